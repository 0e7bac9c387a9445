"""Nothing wrong was found, and enough was seen to say so.

## Why it matters
Most worrying curves are ordinary. Saying so is an answer, and a claim that needs its own evidence:
not finding anything in half a log is no proof of health.

## How it is measured
At least eight epochs with training and validation loss; training loss fell by a quarter or more;
validation loss ended below its start and does not rise beyond its scatter; validation accuracy,
where known with the number of classes, has come a fifth of
the way from chance to 1. The verdict also asks that no rule has a
warning or an error.

## What to try
Nothing, or train longer if validation still improves.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, with_curves
from fitdoctor.cases import healthy as healthy_case
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.trend import turn_after_minimum

LEAST_EPOCHS = 8
LEAST_SHARE = 0.2
"""Of the way from chance to 1 that validation accuracy must have come."""
LEAST_WHEN_CLOSE = 5
"""Enough where validation stays within a tenth of training in every epoch."""


def healthy(
    loss: Curve, val_loss: Curve, val_accuracy: Curve | None = None, classes: int | None = None
) -> Iterator[Evidence]:
    x, y = loss.values, val_loss.values
    n = min(len(x), len(y))
    close = n >= LEAST_WHEN_CLOSE and bool(np.all(np.abs(y[:n] - x[:n]) < 0.1 * np.abs(x[:n])))
    if n < (LEAST_WHEN_CLOSE if close else LEAST_EPOCHS) or not (
        np.isfinite(x).all() and np.isfinite(y).all()
    ):
        return
    fell = float(np.median(x[-3:])) < 0.75 * float(np.max(x[:2]))
    followed = float(np.median(y[-3:])) < float(np.max(y[:3]))
    turn = turn_after_minimum(y)
    above = True
    if val_accuracy is not None and classes:
        end = float(np.median(val_accuracy.values[-3:]))
        above = end > 1 / classes + LEAST_SHARE * (1 - 1 / classes)
    if fell and followed and above and (turn is None or turn.p_value > 0.01):
        yield Evidence(
            sentence=f"Training loss fell from {x[0]:.3g} to {x[-1]:.3g}, validation loss from "
            f"{y[0]:.3g} to {y[-1]:.3g}, and it does not rise beyond its scatter.",
            weight=3.0,
        )


RULE = Rule(
    code="C100",
    check=healthy,
    kind="benign",
    severity="note",
    clear="too little was seen to call the run healthy, or it does not look it",
    budget=1.0,
    sick=(healthy_case,),
    healthy=(with_curves(loss=flat(), val_loss=flat(at=1.3)), with_curves(loss=falling())),
)
