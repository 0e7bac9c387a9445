"""The validation images are the tail of data sorted by class.

## Why it matters
`validation_split` takes the last part of the arrays as they stand. If they are sorted by class, the
network is validated on classes it never saw: validation accuracy is near 0 while training is fine.

## How it is measured
Training accuracy ends above twice chance while validation accuracy stays below a quarter of it in
every epoch of three or more. A script with `validation_split` makes it more likely.

## What to try
Shuffle images and labels together before the split, or split by class.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, straight, with_curves
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve, Script
from fitdoctor.rule import Rule


def validation_split_is_ordered(
    accuracy: Curve, val_accuracy: Curve, classes: int, script: Script | None = None
) -> Iterator[Evidence]:
    if len(val_accuracy) < 3 or classes < 2 or not np.isfinite(val_accuracy.values).all():
        return
    chance = 1 / classes
    end, best = float(np.median(accuracy.values[-3:])), float(val_accuracy.values.max())
    if end > min(0.9, 2 * chance) and best < 0.25 * chance:
        split = script is not None and "validation_split" in script.fit
        yield Evidence(
            sentence=f"Validation accuracy never exceeds {best:.3f}, far below chance "
            f"({chance:.2f}), while training reaches {end:.2f}"
            + (": validation_split took the end of sorted data." if split else "."),
            weight=6.0 if split else 4.5,
            line=script.fit["validation_split"].line if split and script else None,
        )


RULE = Rule(
    code="C117",
    check=validation_split_is_ordered,
    kind="cause",
    severity="error",
    prior=0.05,
    advice="shuffle images and labels together before the split",
    clear="validation accuracy is not far below chance",
    sick=(
        with_curves(
            classes=4,
            accuracy=straight(start=0.3, to=0.95),
            val_accuracy=flat(at=0.0, noise=0.0),
            loss=falling(),
        ),
    ),
    healthy=(
        with_curves(
            classes=4, accuracy=straight(start=0.3, to=0.95), val_accuracy=flat(at=0.24, noise=0.01)
        ),
    ),
)
