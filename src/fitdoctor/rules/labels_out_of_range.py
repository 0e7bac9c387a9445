"""A cross-entropy below zero: the labels are outside the range that the loss takes.

## Why it matters
Cross-entropy of labels between 0 and 1 cannot be negative. With labels such as 2 or 7 it can fall
without end, and the network is pushed to one extreme.

## How it is measured
A training loss below -0.001 under a cross-entropy, or where the loss is not known but accuracy is.
Exact: nothing else does it, unless a negative regularisation term was added.

## What to try
Class numbers with the sparse loss and one unit per class, or one-hot labels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import straight, with_curves
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule


def labels_out_of_range(
    loss: Curve, recipe: Recipe | None = None, accuracy: Curve | None = None
) -> Iterator[Evidence]:
    known = recipe.loss if recipe else None
    if ("crossentropy" not in known) if known else accuracy is None:
        return
    finite = loss.values[np.isfinite(loss.values)]
    if len(finite) and float(finite.min()) < -0.001:
        yield Evidence(
            sentence=f"The loss is negative ({finite.min():.3g}), which a cross-entropy on labels "
            "between 0 and 1 cannot be.",
            weight=7.0,
        )


RULE = Rule(
    code="C116",
    check=labels_out_of_range,
    kind="cause",
    severity="error",
    prior=0.02,
    explains={"constant_output": 0.5, "loss_diverged": 0.2},
    advice="labels 0..K-1 with the sparse loss and K units, or one-hot labels",
    clear="the loss is not negative",
    sick=(with_curves(loss=straight(start=-5, to=-60)),),
    healthy=(with_curves(loss=straight(start=1.0, to=0.05, noise=0.0)),),
)
