"""Many training labels are wrong.

## Why it matters
Wrong labels put a ceiling on training: what it gains beyond is learned by heart. Validation labels
that are wrong hide the network's real worth.

## How it is measured
The training images score surely worse *in inference mode* than the validation images, by more than
5 points over the first or the last third of the run: no dropout, augmentation or weight is in that
comparison, so their labels are worse, or their images are (two-proportion test). Or the audit with
`--deep` finds that 3 % or more of the images look like another class. What the asker says of the
labels counts too.

## What to try
`fitdoctor audit --deep` shows the likeliest wrong ones; correct them, or use label smoothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import flat, with_curves, with_images
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.image_finding import ImageFinding, about
from fitdoctor.records.run import Curve, DataSummary
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median
from fitdoctor.stats.student import normal_cdf

POINTS = 0.05
SHARE = 0.03
PROBED = 100
"""Least number of images that a probe of unknown size is taken to have."""


def label_noise(
    probe_accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    data: DataSummary | None = None,
    image_findings: tuple[ImageFinding, ...] | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    doubt = stated(claims, "labels_doubtful")
    if doubt is not None:
        yield Evidence(
            sentence=f"You write: \u201c{doubt.sentence}\u201d: no network can be right more often "
            "than its labels are.",
            weight=4.0,
        )
    suspects = about(image_findings or (), "mislabelled_images")
    images = (data.n_train or 0) + (data.n_val or 0) if data is not None else 0
    if suspects and images and len(suspects) >= SHARE * images:
        yield Evidence(
            sentence=f"{len(suspects)} of {images} images look like another class.", weight=3.0
        )
        return
    if probe_accuracy is None or val_accuracy is None or len(val_accuracy) < 6:
        return
    if len(probe_accuracy) != len(val_accuracy):
        return
    length = max(3, len(val_accuracy) // 3)
    stretches = [
        (median(probe_accuracy.values[s]), median(val_accuracy.values[s]))
        for s in (slice(0, length), slice(-length, None))
    ]
    train, val = max(stretches, key=lambda pair: pair[1] - pair[0])
    if not (0 <= train <= 1 and 0 <= val <= 1):
        return
    n_val = (data.n_val if data is not None else None) or PROBED
    n_train = max(PROBED, min((data.n_train if data is not None else None) or PROBED, 1000))
    error = float(np.sqrt(train * (1 - train) / n_train + val * (1 - val) / n_val)) + 1e-9
    difference = val - train
    yield Evidence(
        sentence=f"In inference mode the training images score {train:.2f}, the validation images "
        f"{val:.2f}: the labels of the training images are worse, or the images are.",
        estimate=Estimate(difference, difference - 2 * error, difference + 2 * error),
        # Two stretches were looked at.
        p_value=min(1.0, 2 * normal_cdf(-(difference - POINTS) / error)),
        weight=3.0,
    )


RULE = Rule(
    code="FD413",
    check=label_noise,
    kind="cause",
    severity="warning",
    any_of=("probe_accuracy", "image_findings", "claims"),
    prior=0.02,
    explains={"underfitting": 0.4},
    statistical=True,
    advice="fitdoctor audit --deep shows the likeliest wrong labels; correct them",
    clear="the training images score as well as the validation images, in the same mode",
    clear_with=("probe_accuracy val_accuracy",),
    asks={
        "pictures_fit_their_labels": {"all": 0.19, "some_do_not": 0.79, "most_do_not": 0.02},
    },
    denied_by=(Said("labels_doubtful", negated=True),),
    sick=(
        with_curves(probe_accuracy=flat(at=0.55), val_accuracy=flat(at=0.88)),
        with_images("mislabelled_images", 40),
    ),
    healthy=(
        with_curves(probe_accuracy=flat(at=0.95), val_accuracy=flat(at=0.9)),
        with_images("mislabelled_images", 3),
    ),
)
