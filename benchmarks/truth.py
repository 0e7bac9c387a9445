"""Diagnoses of shared cases against their known causes: benchmarks/truth.md.

Needs the shared cases (`FITDOCTOR_ASSETS`, else ../shared beside the checkout). One row a source;
intervals are Wilson's at 95 %.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.programs import run_of
from fitdoctor import doctor
from fitdoctor.errors import FitdoctorError
from fitdoctor.records.finding import LIKELY, Cause, Diagnosis, Finding
from fitdoctor.rules import all_rules
from fitdoctor.stats.proportions import wilson

ROOT = Path(__file__).parents[1]
ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", ROOT.parent / "shared"))
REMARKS = {rule.name for rule in all_rules() if rule.severity == "note"}


class Scored(NamedTuple):
    """One case: what was named, likeliest first, and what is true of it."""

    source: str
    name: str
    verdict: str
    named: list[tuple[str, float, str]]
    primary: set[str]
    true: set[str]
    wrong: set[str]
    healthy: bool


def named(diagnosis: Diagnosis) -> list[tuple[str, float, str]]:
    """Return what is named, in its order, with its probability and the kind of its evidence.

    A cause that is only usual behind what was seen is named by nothing of this run.
    """
    seen = [c for c in diagnosis.causes if not c.usual]
    causes = [(c.rule, c.probability, kind_of(c, diagnosis)) for c in seen]
    return [*causes, *((f.rule, 0.0, f.severity) for f in (*diagnosis.symptoms, *diagnosis.benign))]


def kind_of(cause: Cause, diagnosis: Diagnosis) -> str:
    """Return the line of `differential.CALIBRATION` that a cause is on; `words` for a guess."""
    if cause.guess or cause.usual:
        return "words"
    found = (o for o in diagnosis.outcomes if isinstance(o, Finding) and o.rule == cause.rule)
    if next(found).severity != "note":
        return "finding"
    if cause.rule in REMARKS:
        return "remark"
    recipe = diagnosis.run.recipe
    return "own" if recipe is not None and recipe.images is not None else "asked"


def pages() -> Iterator[Scored]:
    home = ASSETS / "cases" / "pages"
    for row in map(json.loads, (home / "expected.jsonl").read_text().splitlines()):
        path = home / row.get("file", f"{row['id']}.txt")
        verdict, found = "unread", []
        try:
            diagnosis = doctor.diagnose(path)
            verdict, found = diagnosis.verdict, named(diagnosis)
        except FitdoctorError:
            pass
        kind = "healthy" if row["healthy"] else row["decidable"]
        primary = set(row["primary"])
        true = primary | set(row["also"])
        yield Scored(f"pages, {kind}", row["id"], verdict, found, primary, true,
                     set(row["must_not"]), row["healthy"])  # fmt: skip


def programs() -> Iterator[Scored]:
    for row in map(json.loads, (ASSETS / "cases" / "programs.jsonl").read_text().splitlines()):
        run = run_of(row)
        true = set(row["causes"]) - {"healthy"}
        if not true:
            continue
        diagnosis = doctor.examine(run)
        yield Scored(f"programs, tier {row['tier']}", row["id"], diagnosis.verdict,
                     named(diagnosis), true, true, set(), False)  # fmt: skip


def logs() -> Iterator[Scored]:
    for path in sorted((ASSETS / "logs").glob("*.txt")):
        kind = path.stem.split("-")[-2]
        try:
            diagnosis = doctor.diagnose(path)
        except FitdoctorError:
            continue
        yield Scored(f"logs, {kind}", path.stem, diagnosis.verdict, named(diagnosis), set(), set(),
                     set(), kind == "fixed")  # fmt: skip


def rows(cases: list[Scored]) -> Iterator[str]:
    yield "| source | cases | first right | among three | any | precision | plainly wrong first | called sick |"
    yield "|---|---|---|---|---|---|---|---|"
    for source in sorted({c.source for c in cases}):
        these = [c for c in cases if c.source == source]
        n = len(these)
        tally: Counter[str] = Counter()
        for case in these:
            names = [name for name, *_ in case.named]
            claims = [name for name, probability, _ in case.named if probability >= LIKELY]
            tally["first"] += bool(names) and names[0] in case.primary
            tally["three"] += bool(set(names[:3]) & case.primary)
            tally["any"] += bool(set(names) & case.true)
            tally["right"] += len(set(claims) & case.true)
            tally["claims"] += len(set(claims))
            tally["wrong"] += bool(names) and names[0] in case.wrong
            tally["sick"] += case.verdict == "sick"
        known = any(c.true for c in these)
        first = _share(tally["first"], n) if known else "-"
        precision = f"{tally['right']}/{tally['claims']}" if known else "-"
        columns = [
            source, n, first, tally["three"] if known else "-", tally["any"] if known else "-",
            precision, tally["wrong"], _share(tally["sick"], n),
        ]  # fmt: skip
        yield "| " + " | ".join(str(c) for c in columns) + " |"


def _share(count: int, n: int) -> str:
    bounds = wilson(count / n, n)
    return f"{count} ({bounds.low:.0%} - {bounds.high:.0%})"


def main() -> None:
    if not (ASSETS / "cases").is_dir():
        print(f"no cases at {ASSETS}: skipped")
        return
    from benchmarks.calibration_of_causes import reliability

    cases = [*pages(), *programs(), *logs()]
    for case in cases:
        if case.true and not {name for name, *_ in case.named[:1]} & case.primary:
            print(
                f"{case.name:38} {case.verdict:12} {[n for n, *_ in case.named[:4]]}  want {sorted(case.primary)}"
            )
    text = "\n".join(
        [
            "# Truth on shared cases",
            "",
            "Written by `make bench-truth`. Thresholds were chosen with the pages in view: on pages",
            "that nobody has looked at expect less. Logs of faulty programs are mostly of tabular and",
            "regression networks; their causes are in `programs`.",
            "",
            *rows(cases),
            *reliability(),
            "",
        ]
    )
    print(text)
    (Path(__file__).parent / "truth.md").write_text(text)


if __name__ == "__main__":
    main()
