"""Training had learned, and fell back to chance level within an epoch or two.

## Why it matters
The network gives one answer to every image from there on and does not come back: the weights of the
last epochs are worthless. Those of the best epoch are good.

## How it is measured
Training accuracy falls by 25 points or more within two epochs, to 1 / K (one half or less where K
is not known), and stays within 4 points of it in all epochs that follow, two or more; the loss
there is that of guessing, -ln of the accuracy, or above it. Without accuracies: training loss was
below 0.6 ln K, and lies within 1 % of ln K in all epochs that follow.

## What to try
A tenth of the learning rate from a few epochs before the collapse, or gradients clipped by norm
(`clipnorm=1.0`). If the rate schedule raises the rate there, lower its peak. Keep the best weights
(`ModelCheckpoint(save_best_only=True)`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, with_curves
from fitdoctor.interventions.optimisation import lower_learning_rate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.chance import collapse


def collapse_after_learning(
    loss: Curve, accuracy: Curve | None = None, classes: int | None = None
) -> Iterator[Evidence]:
    right = accuracy.values if accuracy is not None and len(accuracy) == len(loss) else None
    found = collapse(right, loss.values, classes)
    if found is None:
        return
    what = "accuracy fell" if right is not None else "loss rose"
    level = f": chance level of {found.classes} classes" if found.classes else ", at chance level"
    yield Evidence(
        sentence=f"Training {what} from {found.before:.2g} in epoch {loss.epochs[found.last]} to "
        f"{found.after:.2g} in epoch {loss.epochs[found.first]} and stayed there{level}.",
        weight=5.0,
        epochs=(int(loss.epochs[found.first]), int(loss.epochs[-1])),
    )


def _then(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return np.concatenate([before, after])


RULE = Rule(
    code="FD127",
    check=collapse_after_learning,
    kind="symptom",
    severity="error",
    told_by={"collapsed_after_learning": 3.0},
    remedies=(lower_learning_rate,),
    clear="training never fell back to chance level",
    sick=(
        with_curves(
            classes=10,
            loss=lambda rng: _then(falling(9, start=2.3, to=0.4)(rng), flat(5, at=2.3026)(rng)),
            accuracy=lambda rng: _then(
                1 - falling(9, start=0.8, to=0.12)(rng), flat(5, at=0.1, noise=0.002)(rng)
            ),
        ),
        with_curves(
            classes=4,
            loss=lambda rng: _then(
                falling(9, start=1.38, to=0.3)(rng), flat(4, at=1.3863, noise=0.0005)(rng)
            ),
        ),
    ),
    healthy=(
        with_curves(loss=falling(20)),
        with_curves(
            classes=10,
            loss=lambda rng: _then(flat(4, at=2.3)(rng), falling(20, start=2.2, to=0.4)(rng)),
            accuracy=lambda rng: _then(
                flat(4, at=0.1, noise=0.005)(rng), 1 - falling(20, start=0.8, to=0.12)(rng)
            ),
        ),
    ),
)
