"""Are the probabilities of causes true? Fits, out of fold, what `differential.CALIBRATION` holds.

Cases: shared pages and programs, and the half `tune` of the fault bench; the held half is only
scored. One row a named cause: its log-odds before calibration, whether it is a hint, whether it is
true of the case. A logistic line for findings, one for hints to askers, one for hints on own
trainings, one for rules of notes; each under the greatest probability of its kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks import truth
from benchmarks.faultbench.__main__ import half, run_of, stored
from fitdoctor import differential, doctor
from fitdoctor.stats.proportions import wilson

FOLDS = 20
BANDS = ((0.0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.0))
IDENTITY = dict.fromkeys(differential.CALIBRATION, (0.0, 1.0))
MOST = {
    "finding": 1.0,
    "asked": differential.HINT_MOST,
    "own": differential.HINT_MOST,
    "remark": differential.REMARK_MOST,
    "words": 1.0,
}
"""The greatest probability of each kind; that of findings is clipped, not scaled."""


WORDS = {"words": (0.0, 1.0)}
"""What words alone say is calibrated where it is fitted, by `benchmarks.likeness`."""


class Named(NamedTuple):
    """A cause that was named in a case."""

    case: str
    source: str
    kind: str
    log_odds: float
    true: bool


def gathered() -> Iterator[Named]:
    for case in (*truth.pages(), *truth.programs()):
        if not case.true and not case.healthy:
            continue
        source = case.source.split(",")[0]
        for name, p, kind in case.named:
            if p > 0:
                yield Named(case.name, source, kind, _logit(p / MOST[kind]), name in case.true)
    for row in stored():
        diagnosis = doctor.examine(run_of(row))
        for cause in diagnosis.causes:
            kind = truth.kind_of(cause, diagnosis)
            right = cause.rule in row["causes"]
            # Rows of one set and fault are one case, whatever their seeds.
            name = f"{row['set']}/{row['fault']}/{row['setting']}"
            odds = _logit(cause.probability / MOST[kind])
            yield Named(name, half(row), kind, odds, right)


def _logit(p: float) -> float:
    p = min(max(p, 0.005), 0.995)
    return float(np.log(p / (1 - p)))


def fitted(rows: list[Named]) -> dict[str, tuple[float, float]]:
    """Return intercept and slope of each kind; a weak prior keeps the slope near 1."""
    found = dict(WORDS)
    for kind in IDENTITY:
        some = [r for r in rows if r.kind == kind]
        if not some:
            found[kind] = differential.CALIBRATION[kind]
            continue
        x, y = np.array([r.log_odds for r in some]), np.array([r.true for r in some], float)
        sources = [r.source for r in some]
        # Sources weigh alike, however many rows they have.
        weight = np.array([1 / sources.count(s) for s in sources])
        weight *= len(some) / weight.sum()

        def cost(
            ab: NDArray[np.float64],
            x: NDArray[np.float64] = x,
            y: NDArray[np.float64] = y,
            weight: NDArray[np.float64] = weight,
            most: float = MOST[kind],
        ) -> float:
            p = np.clip(most / (1 + np.exp(-(ab[0] + ab[1] * x))), 1e-9, 1 - 1e-9)
            bits = -(y * np.log(p) + (1 - y) * np.log(1 - p))
            return float((weight * bits).sum() + 2 * (ab[1] - 1) ** 2 + 0.02 * ab[0] ** 2)

        done = minimize(cost, np.array([0.0, 1.0]))
        found[kind] = (round(float(done.x[0]), 1), round(float(done.x[1]), 1))
    return found


def applied(line: dict[str, tuple[float, float]], row: Named) -> float:
    a, b = line[row.kind]
    p = MOST[row.kind] / (1 + np.exp(-(a + b * row.log_odds)))
    return float(np.clip(p, differential.LEAST, differential.MOST))


def table(title: str, pairs: list[tuple[float, bool]]) -> list[str]:
    lines = [
        "",
        f"### {title}",
        "",
        "| probability given | causes | true | share |",
        "|---|---|---|---|",
    ]
    error = 0.0
    for low, high in BANDS:
        band = [(p, true) for p, true in pairs if low < p <= high]
        if not band:
            continue
        count, hits = len(band), sum(true for _, true in band)
        bounds = wilson(hits / count, count)
        error += abs(hits - sum(p for p, _ in band))
        lines.append(f"| {low} - {high} | {count} | {hits} | {hits / count:.0%} "
                     f"({bounds.low:.0%} - {bounds.high:.0%}) |")  # fmt: skip
    lines.append("")
    lines.append(
        f"Expected calibration error {error / max(len(pairs), 1):.3f} over {len(pairs)} causes."
    )
    return lines


def reliability() -> list[str]:
    """Return the tables: out of fold on what the lines are fitted on, and on the held half."""
    kept = differential.CALIBRATION
    differential.CALIBRATION = IDENTITY
    try:
        rows = list(gathered())
    finally:
        differential.CALIBRATION = kept
    seen = [r for r in rows if r.source != "held"]
    names = sorted({r.case for r in seen})
    fold = {name: i % FOLDS for i, name in enumerate(np.random.default_rng(0).permutation(names))}
    out: list[tuple[float, bool]] = []
    for number in range(FOLDS):
        line = fitted([r for r in seen if fold[r.case] != number])
        out += [(applied(line, r), r.true) for r in seen if fold[r.case] == number]
    whole = fitted(seen)
    held = [(applied(whole, r), r.true) for r in rows if r.source == "held"]
    lines = ["", "## Reliability of the probabilities", "",
             f"`differential.CALIBRATION` fitted anew: {whole}; in the code: {kept}."]  # fmt: skip
    lines += table("Pages, programs and the half `tune` of the fault bench, out of fold", out)
    lines += table("The held half of the fault bench", held)
    return lines


if __name__ == "__main__":
    print("\n".join(reliability()))
