"""Diagnoses of real askers' pages against their known causes: benchmarks/truth.md.

Needs the shared cases (`FITDOCTOR_ASSETS`, else ../shared beside the checkout).
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

from fitdoctor import doctor
from fitdoctor.errors import FitdoctorError

ROOT = Path(__file__).parents[1]
ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", ROOT.parent / "shared"))


def main() -> None:
    home = ASSETS / "cases" / "pages"
    if not home.is_dir():
        print(f"no cases at {home}: skipped")
        return
    tallies: Counter[str] = Counter()
    lines = []
    for row in map(json.loads, (home / "expected.jsonl").read_text().splitlines()):
        path = home / row.get("file", f"{row['id']}.txt")
        try:
            diagnosis = doctor.diagnose(path)
            verdict = diagnosis.verdict
            named = [c.rule for c in diagnosis.causes]
            named += [f.rule for f in (*diagnosis.symptoms, *diagnosis.benign)]
        except FitdoctorError as error:
            verdict, named = "unread", [str(error)[:40]]
        kind = "healthy" if row["healthy"] else row["decidable"]
        tallies[f"{kind}: pages"] += 1
        tallies[f"{kind}: first right"] += bool(named) and named[0] in row["primary"]
        tallies[f"{kind}: among three"] += bool(set(named[:3]) & set(row["primary"]))
        tallies[f"{kind}: plainly wrong first"] += bool(named) and named[0] in row["must_not"]
        tallies[f"{kind}: called sick"] += verdict == "sick"
        lines.append(f"{row['id']:40} {verdict:12} {', '.join(named[:3])}")
    print("\n".join(lines))
    kinds = sorted({key.split(":")[0] for key in tallies})
    columns = ["pages", "first right", "among three", "plainly wrong first", "called sick"]
    table = ["# Truth on real pages", "", "| kind | " + " | ".join(columns) + " |"]
    table.append("|---" * (len(columns) + 1) + "|")
    table += [
        f"| {kind} | " + " | ".join(str(tallies[f"{kind}: {c}"]) for c in columns) + " |"
        for kind in kinds
    ]
    text = "\n".join(table) + "\n"
    print(text)
    (Path(__file__).parent / "truth.md").write_text(text)


if __name__ == "__main__":
    main()
