"""Nothing happens for the first epochs, and then it does.

## Why it matters
A network can sit at chance while its first layers find something to hold on to. Judged after three
epochs it looks broken; it is not.

## How it is measured
Training loss stays within 3 % of its start for at least three epochs, and later falls by half.

## What to try
Nothing; or a warm-up, a larger rate, or BatchNorm to start sooner.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, with_curves
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule


def slow_start(loss: Curve) -> Iterator[Evidence]:
    x = loss.values
    if len(x) < 8 or not np.isfinite(x).all() or x[0] <= 0 or loss.epochs[0] > 1:
        return
    moved = np.flatnonzero(np.abs(x - x[0]) > 0.03 * x[0])
    if not len(moved):
        return  # it never moved, and never started
    first = int(moved[0])
    if first >= 3:
        yield Evidence(
            sentence=f"Training loss stood at {x[0]:.3g} for {first} epochs and then fell to "
            f"{x[-1]:.3g}.",
            effect=float(1 - x[-1] / x[0]),
            epochs=(int(loss.epochs[0]), int(loss.epochs[first])),
        )


def _late(rng: np.random.Generator) -> np.ndarray:
    return np.concatenate(
        [flat(6, at=1.386, noise=0.002)(rng), falling(20, start=1.3, to=0.1)(rng)]
    )


RULE = Rule(
    code="FD121",
    check=slow_start,
    kind="benign",
    severity="note",
    least_effect=0.5,
    effect_of="the first training loss",
    told_by={"starts_late": 2.5},
    clear="training started at once, or never",
    budget=1.0,
    sick=(with_curves(loss=_late),),
    healthy=(with_curves(loss=falling()), with_curves(loss=flat(10, at=0.69, noise=0.001))),
)
