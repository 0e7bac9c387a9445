"""The loss became NaN or infinite.

## Why it matters
From that step on every weight is NaN; nothing after it means anything.

## How it is measured
A training or validation loss that is not a finite number.

## What to try
Check labels and inputs for NaN and range; then a lower learning rate, or gradient clipping.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, with_curves
from fitdoctor.interventions.optimisation import lower_learning_rate
from fitdoctor.records.claim import Said
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule


def loss_became_nan(loss: Curve) -> Iterator[Evidence]:
    bad = np.flatnonzero(~np.isfinite(loss.values))
    # A table with holes has NaN here and there; a run that broke stays broken.
    if len(bad) and bool((~np.isfinite(loss.values[bad[0] :])).all()):
        first = int(loss.epochs[bad[0]])
        yield Evidence(
            sentence=f"Training loss is not a number from epoch {first} on.",
            weight=6.0,
            epochs=(first, int(loss.epochs[-1])),
        )


def _broken(rng: np.random.Generator) -> np.ndarray:
    values = falling(20)(rng)
    values[7:] = np.nan
    return values


RULE = Rule(
    code="FD114",
    check=loss_became_nan,
    kind="symptom",
    severity="error",
    told_by={"nan_printed": 5.0},
    remedies=(lower_learning_rate,),
    clear="every training loss is a finite number",
    denied_by=(Said("is_nan", negated=True),),
    sick=(with_curves(loss=_broken),),
    healthy=(with_curves(loss=falling()),),
)
