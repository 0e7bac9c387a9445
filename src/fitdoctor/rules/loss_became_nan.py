"""The loss became NaN or infinite.

## Why it matters
From that step on every weight is NaN; nothing after it means anything.

## How it is measured
A training loss that is not a finite number. So is one of 1.1921e-07 in the last rows, beside an
accuracy below a half: Keras clips outputs, and a clip on a GPU takes what is no number for its end.

## What to try
Check labels and inputs for NaN and range; then a lower learning rate, or gradient clipping.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, with_curves
from fitdoctor.interventions.optimisation import lower_learning_rate
from fitdoctor.records.claim import Said
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.proportions import CLIPPED

ROWS = 2
"""Rows that show outputs which were clipped at their upper end."""


def loss_became_nan(loss: Curve, accuracy: Curve | None = None) -> Iterator[Evidence]:
    bad = np.flatnonzero(~np.isfinite(loss.values))
    # A table with holes has NaN here and there; a run that broke stays broken.
    if len(bad) and bool((~np.isfinite(loss.values[bad[0] :])).all()):
        first = int(loss.epochs[bad[0]])
        yield Evidence(
            sentence=f"Training loss is not a number from epoch {first} on.",
            weight=6.0,
            epochs=(first, int(loss.epochs[-1])),
        )
        return
    clipped = np.isclose(loss.values, CLIPPED, rtol=1e-3, atol=0)
    wrong = accuracy is not None and len(accuracy) > 0 and float(accuracy.values[-1]) < 0.5
    if wrong and bool(clipped[-ROWS:].all()) and not clipped.all():
        first = int(loss.epochs[np.flatnonzero(~clipped)[-1] + 1])
        yield Evidence(
            sentence=f"Training loss is {CLIPPED:.5g} from epoch {first} on, and most answers are "
            "wrong: outputs are no numbers any more, and Keras clips them.",
            weight=4.5,
            epochs=(first, int(loss.epochs[-1])),
        )


def _broken(rng: np.random.Generator) -> np.ndarray:
    values = falling(20)(rng)
    values[7:] = np.nan
    return values


def _clipped(rng: np.random.Generator) -> np.ndarray:
    values = falling(20)(rng)
    values[7:] = CLIPPED
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
    sick=(
        with_curves(loss=_broken),
        with_curves(loss=_clipped, accuracy=flat(20, at=0.1, noise=0.001)),
    ),
    healthy=(
        with_curves(loss=falling()),
        with_curves(loss=_clipped, accuracy=flat(20, at=1.0, noise=0.0)),
    ),
)
