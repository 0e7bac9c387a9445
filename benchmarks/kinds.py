"""Small pages and scripts that hold one kind of fault each: `python -m benchmarks.kinds [WORD ...]`.

Needs the shared cases (`FITDOCTOR_ASSETS`, else ../shared beside the checkout): `cases/faults`, where
`expected.jsonl` says of each input what is to be named first (`primary`; `also` is right as well),
what must not be named (`must_not`), and whether the training is `healthy`. Each WORD chooses inputs
whose names hold it. An input is right where

- nothing of `must_not` is named, guesses from wording among it;
- a healthy training is not called sick;
- else what is named first is in `primary` or `also`; where both are empty, or there is no rule yet
  (`no_name`), an answer that names nothing at even odds is right as well.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from fitdoctor import doctor, lint
from fitdoctor.errors import FitdoctorError
from fitdoctor.records.finding import LIKELY, Diagnosis
from fitdoctor.stats.proportions import wilson

ROOT = Path(__file__).parents[1]
ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", ROOT.parent / "shared"))
NAMED_SINCE = {
    "optimizer.step() missing": "optimizer_never_steps",
    "accuracy counted wrongly (integer division)": "accuracy_miscounted",
    "evaluated in training mode, possibly": "eval_mode_missing",
}
"""Causes that had no rule when the expectations were written, as these call them."""
MOST_SECONDS = 20.0
"""No input is long: what takes longer hangs, on however busy a machine."""


class Answer(NamedTuple):
    """What was said of one input: everything named, likeliest first, and what is sure of it."""

    verdict: str
    named: tuple[str, ...]
    likely: tuple[str, ...]


def answer(row: dict[str, Any], path: Path) -> Answer:
    """Return the answer of the command that an input is for."""
    try:
        if row.get("command") == "check":
            remarks = lint.check([path])
            names = tuple(dict.fromkeys(remark.rule for remark in remarks))
            grave = tuple(r.rule for r in remarks if r.severity != "note")
            return Answer("sick" if grave else "healthy", names, grave)
        return of_diagnosis(doctor.diagnose(path))
    except FitdoctorError as error:
        return Answer(f"unread: {error}"[:60], (), ())


def of_diagnosis(diagnosis: Diagnosis) -> Answer:
    causes = [c for c in diagnosis.causes if not c.usual]
    seen = (*(c.rule for c in causes), *(f.rule for f in diagnosis.symptoms))
    benign = tuple(f.rule for f in diagnosis.benign)
    likely = tuple(c.rule for c in causes if c.probability >= LIKELY)
    return Answer(diagnosis.verdict, (*seen, *benign), likely)


def fault_of(row: dict[str, Any], said: Answer, seconds: float) -> str:
    """Return what is wrong with an answer, "" where nothing is."""
    if seconds > MOST_SECONDS:
        return f"took {seconds:.0f} s"
    wrong = {name for name in row["must_not"] if name in said.named or name == said.verdict}
    if wrong:
        return f"names {', '.join(sorted(wrong))}"
    if row["healthy"]:
        return "called sick" if said.verdict == "sick" else ""
    since = NAMED_SINCE.get(row.get("no_name") or "")
    true = {*row["primary"], *row["also"], *([since] if since else [])}
    if true & {*said.named[:1], said.verdict}:
        return ""
    if (not row["primary"] or row.get("no_name")) and not said.likely and said.verdict != "healthy":
        return ""
    return (
        f"names {', '.join(said.named[:3]) or 'nothing'}, wanted {', '.join(sorted(true)) or '-'}"
    )


def main() -> None:
    home = ASSETS / "cases" / "faults"
    if not (home / "expected.jsonl").is_file():
        print(f"no inputs at {home}: skipped")
        return
    rows = [json.loads(line) for line in (home / "expected.jsonl").read_text().splitlines()]
    rows = [r for r in rows if all(word in r["id"] for word in sys.argv[1:])]
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in rows:
        began = time.perf_counter()
        said = answer(row, home / row["file"])
        fault = fault_of(row, said, time.perf_counter() - began)
        kind = row["id"].partition("-")[0]
        total[kind] += 1
        right[kind] += not fault
        if fault:
            print(f"{row['id']:44} {said.verdict:12} {fault}")
    for kind, n in (*total.items(), ("all", total.total())):
        count = right.total() if kind == "all" else right[kind]
        bounds = wilson(count / n, n)
        print(f"{kind:8} {count} of {n} right ({bounds.low:.0%} - {bounds.high:.0%})")


if __name__ == "__main__":
    main()
