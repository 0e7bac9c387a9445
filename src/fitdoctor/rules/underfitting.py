"""Training itself has come to rest, or nearly so, at a high loss.

## Why it matters
The network does not even fit the images it is trained on. No regularisation, augmentation or
longer training mends that: something holds the training down, or the network sees too little.

## How it is measured
Training loss (in inference mode where that curve is known) over the last third of at least eight
epochs lies above 0.6 ln K for K classes, beyond its scatter, and moves little: less than five per
cent over that third, not a fifth above its least, and less than ten in as many epochs again if it
goes on like that. Where K is not known: it has come to rest with fewer than half of the training
images right, at a loss that cross-entropy can have with so many wrong (each costs ln 2 or more).
Cross-entropy only.

## What to try
Look for what holds it down: dropout, a bottleneck, penalties, a rate too low or decayed, frozen
features that do not suit the images. Train on sixteen images until they are learned by heart.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from fitdoctor.cases import falling, with_curves
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Curve, Run
from fitdoctor.rule import Rule
from fitdoctor.stats.noise import noise
from fitdoctor.stats.proportions import least_cross_entropy
from fitdoctor.stats.quantile import median
from fitdoctor.stats.student import normal_cdf
from fitdoctor.stats.trend import falls_at_end, trend

SHARE = 0.6


def underfitting(
    loss: Curve,
    classes: int | None = None,
    recipe: Recipe | None = None,
    probe_loss: Curve | None = None,
    accuracy: Curve | None = None,
) -> Iterator[Evidence]:
    train = probe_loss if probe_loss is not None and len(probe_loss) else loss
    y = train.values
    n = len(y)
    if n < 8 or not np.isfinite(y).all() or _other_loss(recipe):
        return
    end = y[-max(3, n // 3) :]
    scatter = noise(y)
    level, gained = median(end), float(end[0] - end[-1])
    if abs(gained) > 0.05 * level or y[-1] > RISEN * y.min() or _still_falls(train):
        return
    epochs = (int(train.epochs[-len(end)]), int(train.epochs[-1]))
    if classes is None:
        yield from _few_right(accuracy, level, _state(train, level), epochs)
        return
    threshold = SHARE * np.log(classes)
    error = (scatter.sigma if scatter else 0.0) + 1e-9
    if classes < 2 or level > 1.5 * np.log(classes):
        return
    yield Evidence(
        sentence=f"Training loss {_state(train, level)}; chance level is ln {classes} = "
        f"{np.log(classes):.3f}.",
        estimate=Estimate(level, level - 2 * error, level + 2 * error),
        p_value=normal_cdf(-(level - threshold) / error),
        severity="note" if _beats_chance(accuracy, classes) else None,
        epochs=epochs,
    )


RISEN = 1.2
"""A loss that ends so many times its least is at no rest."""
TINY = 1e-3


def _state(train: Curve, level: float) -> str:
    """Say whether a loss rests or still falls, and where."""
    y = train.values
    going = trend(y[-max(6, len(train) // 3) :])
    if going is None or going.p_fall > 0.01 or -going.slope.value < TINY * level:
        return f"has plateaued at about {level:.3f}"
    return f"falls by only {-going.slope.value:.2g} an epoch and is at {y[-1]:.3f} in the end"


FALLS_ON = 0.1
"""Share of its level that a loss would gain in as many epochs again, and is not at rest."""


def _still_falls(train: Curve) -> bool:
    """Return whether a loss may still fall at a pace that counts: then nothing is at rest.

    In a short excerpt a slow fall is told by its order alone: few rows do not tell their scatter.
    """
    end = train.values[-max(6, len(train) // 3) :]
    going = trend(end)
    if going is None or min(going.p_fall, falls_at_end(end)[1]) > 0.01:
        return False
    gain = -going.slope.value * int(train.epochs[-1])
    return gain > FALLS_ON * median(train.values[-3:])


FEW = 0.5


def _few_right(
    accuracy: Curve | None, level: float, state: str, epochs: tuple[int, int]
) -> Iterator[Evidence]:
    if accuracy is None or len(accuracy) < 8 or not np.isfinite(accuracy.values).all():
        return
    scatter = noise(accuracy.values)
    right = median(accuracy.values[-max(3, len(accuracy) // 3) :])
    if not 0 < right < FEW or level < least_cross_entropy(right):
        return
    error = (scatter.sigma if scatter else 0.0) + 1e-9
    yield Evidence(
        sentence=f"Training loss {state}, with {right:.0%} of the training images right"
        f"{_as_guessed(level, right)}.",
        estimate=Estimate(right, right - 2 * error, right + 2 * error),
        p_value=normal_cdf(-(FEW - right) / error),
        epochs=epochs,
    )


def _as_guessed(level: float, right: float) -> str:
    """Say that loss and accuracy are those of a guess, where they are for one number of classes."""
    number = round(1 / right)
    if number < 2 or abs(level / np.log(number) - 1) > ALIKE or abs(right * number - 1) > NEARLY:
        return ""
    return f": a guess among {number} classes gives ln {number} = {np.log(number):.3f}"


ALIKE, NEARLY = 0.005, 0.1
"""By which part of themselves loss and accuracy may differ from those of a guess."""
FAIR = 0.4


def _beats_chance(accuracy: Curve | None, classes: int) -> bool:
    """Return whether training accuracy has come `FAIR` of the way from chance to 1."""
    if accuracy is None or not len(accuracy):
        return False
    chance = 1 / classes
    return median(accuracy.values[-3:]) >= chance + FAIR * (1 - chance)


def _other_loss(recipe: Recipe | None) -> bool:
    return bool(recipe and recipe.loss and "crossentropy" not in recipe.loss)


def _log_alone(rng: np.random.Generator) -> Run:
    run = with_curves(
        loss=falling(12, start=1.34, to=1.18), accuracy=falling(12, start=0.3, to=0.4)
    )(rng)
    return replace(run, data=None, recipe=None)


RULE = Rule(
    code="FD103",
    check=underfitting,
    kind="symptom",
    severity="warning",
    statistical=True,
    told_by={"both_low": 3.0},
    clear="training loss ends well below what knowing nothing scores, or is still falling",
    sick=(
        with_curves(classes=10, loss=falling(start=2.3, to=1.8)),
        with_curves(classes=4, loss=falling(12, start=1.34, to=1.18)),
        _log_alone,
    ),
    healthy=(with_curves(classes=2, loss=falling(start=0.7, to=0.15)),),
)
