"""One class dominates, and the accuracy hides it.

## Why it matters
Answering the largest class for every image already scores its share. Accuracy then looks like
learning, and the rare classes are never answered.

## How it is measured
The counts of images a class, stated or counted: the largest is at least three times the smallest.
A note by itself; a warning where accuracy, of training or validation, stands at the share of the
largest class (within half a point) in its last three epochs.

## What to try
Class weights in `fit`, more images of the rare classes, and a metric a class.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import with_data
from fitdoctor.interventions.optimisation import balance_classes
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve, DataSummary
from fitdoctor.rule import Rule


def class_imbalance(
    data: DataSummary, val_accuracy: Curve | None = None, accuracy: Curve | None = None
) -> Iterator[Evidence]:
    counts = data.class_counts
    if len(counts) < 2 or min(counts) < 1 or max(counts) < 3 * min(counts):
        return
    share = max(counts) / sum(counts)
    stuck = any(
        curve is not None
        and len(curve) >= 3
        and bool(np.all(np.abs(curve.values[-3:] - share) < 0.005))
        for curve in (val_accuracy, accuracy)
    )
    yield Evidence(
        sentence=f"Classes hold {min(counts)} to {max(counts)} images; always answering the "
        f"largest scores {share:.1%}" + (", and that is the accuracy reached." if stuck else "."),
        weight=5.0 if stuck else 2.0,
        severity=None if stuck else "note",
    )


RULE = Rule(
    code="D403",
    check=class_imbalance,
    kind="cause",
    severity="warning",
    prior=0.03,
    explains={"constant_output": 0.5},
    remedies=(balance_classes,),
    clear="no class has three times as many images as another, as far as is known",
    sick=(with_data(class_counts=(900, 100, 50)),),
    healthy=(with_data(class_counts=(300, 280, 120)),),
)
