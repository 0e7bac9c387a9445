"""False alarms of every rule on healthy draws, with exact upper bounds: benchmarks/calibration.md.

`make bench` draws 20,000; `python -m benchmarks.calibrate 2000` is a quick look.
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from fitdoctor import doctor
from fitdoctor.cases import healthy
from fitdoctor.records.finding import Finding
from fitdoctor.rules import all_rules
from fitdoctor.stats.proportions import clopper_pearson

DRAWS = 20_000
CHUNK = 250


def examined(begin: int) -> tuple[Counter[str], Counter[str]]:
    spoke: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    for seed in range(begin, begin + CHUNK):
        diagnosis = doctor.examine(healthy(np.random.default_rng((101, seed))))
        verdicts[diagnosis.verdict] += 1
        for outcome in diagnosis.outcomes:
            if isinstance(outcome, Finding):
                spoke[outcome.rule] += 1
                spoke[f"{outcome.rule}/graded"] += outcome.severity != "note"
    return spoke, verdicts


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    spoke: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    with ProcessPoolExecutor() as workers:
        for some, ends in workers.map(examined, range(0, draws, CHUNK)):
            spoke += some
            verdicts += ends
    draws = sum(verdicts.values())
    rows = [
        "# False alarms on healthy runs",
        "",
        f"{draws:,} draws of `fitdoctor.cases.healthy`; bounds are exact, 95 %. A benign rule or a "
        "note about small validation sets may speak on healthy runs; its budget is 100 %.",
        "",
        "| rule | budget | speaks | at most | makes the run sick |",
        "|---|---|---|---|---|",
    ]
    for rule in all_rules():
        rate = clopper_pearson(spoke[rule.name], draws)
        graded = spoke[f"{rule.name}/graded"] / draws
        rows.append(
            f"| {rule.name} | {rule.budget:.0%} | {rate.value:.2%} | {rate.high:.2%} | {graded:.2%} |"
        )
    sick = clopper_pearson(verdicts["sick"], draws)
    rows += [
        "",
        f"Called sick over all rules together: {sick.value:.2%} (at most {sick.high:.2%}); "
        f"called healthy: {verdicts['healthy'] / draws:.2%}.",
    ]
    table = "\n".join(rows) + "\n"
    print(table)
    (Path(__file__).parent / "calibration.md").write_text(table)


if __name__ == "__main__":
    main()
