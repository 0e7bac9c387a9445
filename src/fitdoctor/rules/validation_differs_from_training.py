"""Validation images are of another kind than training images.

## Why it matters
Another camera, another scaling or a split by an unlucky rule puts validation apart from the first
epoch on. No regularisation closes such a gap, and it says nothing about overfitting.

## How it is measured
Early, when nothing can have been learned by heart: over the first three epochs the training images
in inference mode score surely more than 20 points above the validation images (two-proportion
test), and the gap is still there at the end. From a look inside: after the first epochs the part of
the gap that is generalisation exceeds half of ln K. What the asker says of where the images come
from counts too.

## What to try
Compare both sets: brightness, size, source, class shares. Split anew at random, by group.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, with_curves
from fitdoctor.records.claim import AGREE, ON_ONE_SET, Claim, Said, stated
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.run import Curve, DataSummary
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median
from fitdoctor.stats.student import normal_cdf

EARLY = 3
POINTS = 0.2
SMALL = 300
"""With fewer training images they may be known by heart after three epochs."""


def validation_differs_from_training(
    probe_accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    data: DataSummary | None = None,
    probes: tuple[ProbedEpoch, ...] | None = None,
    classes: int | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    other = stated(claims, "other_source")
    if other is not None and stated(claims, "frames_of_videos") is None:
        yield Evidence(sentence=f"You write: \u201c{other.sentence}\u201d", weight=4.5)
        return
    if data is None or not data.n_val or (data.n_train or 0) < SMALL:
        return
    early = [p for p in probes or () if p.gap is not None and p.epoch <= EARLY]
    part = early[0].gap.part("generalisation") if early and early[0].gap else None
    if part is not None and classes and part.high < -0.5 * float(np.log(classes)):
        yield Evidence(
            sentence=f"After epoch {early[0].epoch} validation loss lies {-part.value:.2f} above "
            "that of training images in the same mode.",
            estimate=part,
            p_value=1e-4,
            weight=3.0,
        )
        return
    if probe_accuracy is None or val_accuracy is None:
        return
    n = min(len(probe_accuracy), len(val_accuracy))
    if n < 5:
        return
    train = median(probe_accuracy.values[:EARLY])
    val = median(val_accuracy.values[:EARLY])
    end = median(probe_accuracy.values[n - 3 : n] - val_accuracy.values[n - 3 : n])
    if not (0 <= train <= 1 and 0 <= val <= 1) or end < POINTS / 2:
        return
    n_train = min(data.n_train or 0, 1000)
    error = float(np.sqrt(train * (1 - train) / n_train + val * (1 - val) / data.n_val)) + 1e-9
    difference = train - val
    yield Evidence(
        sentence=f"Within {EARLY} epochs training images in inference mode score {train:.2f}, "
        f"validation images {val:.2f}: too early to know images by heart.",
        estimate=Estimate(difference, difference - 2 * error, difference + 2 * error),
        p_value=normal_cdf(-(difference - POINTS) / error),
        weight=3.0,
        epochs=(1, EARLY),
    )


RULE = Rule(
    code="FD415",
    check=validation_differs_from_training,
    kind="cause",
    severity="warning",
    any_of=("probe_accuracy", "probes", "claims"),
    prior=0.02,
    explains={"train_good_val_bad": 0.97},
    statistical=True,
    advice="compare both sets: brightness, size, source, class shares; split anew",
    clear="training and validation images score alike while nothing is known by heart",
    clear_with=("probe_accuracy val_accuracy", "probes"),
    asks={
        "parts_from_one_source": {"yes": 0.06, "no": 0.94},
        "evaluate_on_training_images": {
            "about_the_same": 0.84,
            "much_worse": 0.02,
            "much_better": 0.14,
        },
    },
    denied_by=(*AGREE, ON_ONE_SET, Said("other_source", negated=True)),
    sick=(with_curves(probe_accuracy=flat(at=0.9), val_accuracy=flat(at=0.4)),),
    healthy=(
        with_curves(
            probe_accuracy=falling(start=0.3, to=0.99), val_accuracy=falling(start=0.3, to=0.8)
        ),
    ),
)
