"""Validation loss is not a number, while training loss is one.

## Why it matters
Weights that are no numbers give no training loss that is one. So it is the validation set: an image
that holds NaN or infinity, a label that is none of the classes, or an output of 0 under a logarithm
that the loss does not guard. A lower learning rate changes nothing about it.

## How it is measured
Validation loss is not a number in two epochs or more and in the last one, while training loss is a
number in all of them.

## What to try
Evaluate batch by batch and print the loss of each: the first that is not a number holds the image.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, with_curves
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule

LEAST = 2


def validation_holds_no_number(loss: Curve, val_loss: Curve) -> Iterator[Evidence]:
    bad = ~np.isfinite(val_loss.values)
    if bad.sum() < LEAST or not bad[-1] or not np.isfinite(loss.values).all():
        return
    yield Evidence(
        sentence=f"Validation loss is not a number in {bad.sum()} of {len(bad)} epochs, while "
        f"training loss is, {loss.values[-1]:.3g} in the last: the weights are numbers, so it is "
        "an image or a label of validation.",
        weight=4.5,
        epochs=(int(val_loss.epochs[np.flatnonzero(bad)[0]]), int(val_loss.epochs[-1])),
    )


def _without_numbers(rng: np.random.Generator) -> np.ndarray:
    return np.full(12, np.nan) + 0 * rng.normal(size=12)


def _once(rng: np.random.Generator) -> np.ndarray:
    values = falling(12)(rng)
    values[3] = np.nan
    return values


RULE = Rule(
    code="FD145",
    check=validation_holds_no_number,
    kind="cause",
    severity="error",
    prior=0.01,
    advice="evaluate validation batch by batch, and look at the images and labels of the first "
    "batch whose loss is not a number",
    clear="validation loss is a number wherever training loss is",
    sick=(with_curves(loss=falling(12), val_loss=_without_numbers),),
    healthy=(
        with_curves(loss=falling(12), val_loss=falling(12)),
        with_curves(loss=falling(12), val_loss=_once),
        with_curves(loss=_without_numbers, val_loss=_without_numbers),
    ),
)
