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
from fitdoctor.differential import by_words
from fitdoctor.errors import FitdoctorError
from fitdoctor.records.finding import Diagnosis
from fitdoctor.stats.proportions import wilson

ROOT = Path(__file__).parents[1]
ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", ROOT.parent / "shared"))
NOTES = {"note", "words"}


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
    causes = [
        (c.rule, c.probability, "words" if by_words(c.evidence) is not None else c.severity)
        for c in diagnosis.causes
    ]
    return [*causes, *((f.rule, 0.0, f.severity) for f in (*diagnosis.symptoms, *diagnosis.benign))]


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
            claims = [name for name, _, severity in case.named if severity not in NOTES]
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
