"""Training has hardly begun, and does what a beginning looks like.

## Why it matters
A network that knows nothing of K classes has a loss of ln K: 2.30 of 10, 6.91 of 1000. The first
epochs leave that level, slowly where there are many classes, and slower still while the rate is
warmed up. Stopped there, nothing has been learned of the training.

## How it is measured
No more than three epochs are over, and no more than a tenth of those that are planned. Of batches
within the first epoch: the loss began within a quarter of ln K and came down at least 1 % of it,
to its lowest value, below ln K; where accuracies are printed, their last mean is above 1 / K. Of
whole epochs: training loss fell in each, ends below ln K by a tenth of it, and accuracy, of
validation where it is known, rose in each to twice 1 / K or more.

## What to try
Go on. What has to be seen by when is said with the figures.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, starting, with_batches, with_curves
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import BatchCurve, Curve, Run
from fitdoctor.rule import Rule

MOST_EPOCHS, LEAST_PLANNED = 3, 10
"""Epochs that are a beginning, and times as many that must be planned, where that is known."""
NEAR, FELL, BELOW, TIMES = 0.25, 0.01, 0.1, 2.0
LEAST_CLASSES = 10
"""Of few classes the level of chance is left within the first batches."""
FEWEST_BATCHES = 3


def judged_too_early(
    classes: int,
    loss: Curve | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    batch_loss: BatchCurve | None = None,
    batch_accuracy: BatchCurve | None = None,
    recipe: Recipe | None = None,
) -> Iterator[Evidence]:
    if classes < LEAST_CLASSES or _resumed(loss, batch_loss):
        return
    over = len(loss) if loss is not None else 0
    planned = recipe.epochs if recipe else None
    if batch_loss is not None and len(np.unique(batch_loss.epochs)) == 1 and over <= 1:
        yield from _within_an_epoch(classes, batch_loss, accuracy, batch_accuracy)
    elif loss is not None and 1 < over <= MOST_EPOCHS and (planned or 0) >= LEAST_PLANNED * over:
        right = val_accuracy if val_accuracy is not None else accuracy
        yield from _within_a_training(classes, loss, right, planned or 0)


def _resumed(loss: Curve | None, batch_loss: BatchCurve | None) -> bool:
    """Return whether the figures do not begin where training does."""
    epochs = [int(one.epochs[0]) for one in (loss, batch_loss) if one is not None and len(one)]
    return any(first > 1 for first in epochs)


def _within_an_epoch(
    classes: int, batch_loss: BatchCurve, accuracy: Curve | None, batches: BatchCurve | None
) -> Iterator[Evidence]:
    """Yield that the first batches come down from the level of chance."""
    values, chance = batch_loss.values, float(np.log(classes))
    if len(values) < FEWEST_BATCHES or not np.isfinite(values).all():
        return
    first, last = float(values[0]), float(values[-1])
    if abs(first - chance) > NEAR * chance or last > first - FELL * chance:
        return
    if last >= chance or last > values.min():
        return
    right = float(accuracy.values[-1]) if accuracy is not None and len(accuracy) else None
    if right is None and batches is not None and len(batches):
        right = float(np.mean(batches.values))
    if right is not None and right <= 1 / classes:
        return
    guessed = f" {right:.2%} are right, by guessing {1 / classes:.2%} would be." if right else ""
    yield Evidence(
        sentence=f"A network that knows nothing of {classes} classes has a loss of ln {classes} = "
        f"{chance:.2f}. Yours began at {first:.2f} and is at {last:.2f} after "
        f"{int(batch_loss.batches[-1])} batches of its first epoch.{guessed} It learns; with fewer "
        "classes a loss is lower from the start, so two such logs do not compare.",
        weight=3.0,
        settles=SETTLED,
        fix="do not stop it, let it run on to the end of the second epoch (and of the warm-up); "
        f"only if the loss is still near {chance:.2f} then is something wrong",
    )


def _within_a_training(
    classes: int, loss: Curve, right: Curve | None, planned: int
) -> Iterator[Evidence]:
    """Yield that the first epochs of many are each better than the one before."""
    chance = float(np.log(classes))
    if right is None or len(right) < len(loss) or not np.isfinite(loss.values).all():
        return
    falls = bool((np.diff(loss.values) < 0).all() and (np.diff(right.values) > 0).all())
    learned = loss.values[-1] < (1 - BELOW) * chance and right.values[-1] >= TIMES / classes
    if not falls or not learned:
        return
    yield Evidence(
        sentence=f"{len(loss)} of {planned} epochs are over, and each was better than the one "
        f"before: loss {loss.values[0]:.3g} to {loss.values[-1]:.3g} (knowing nothing of {classes} "
        f"classes gives ln {classes} = {chance:.2f}), accuracy {right.values[0]:.1%} to "
        f"{right.values[-1]:.1%} (guessing gives {1 / classes:.1%}).",
        weight=2.0,
        settles=SETTLED,
        fix="let it run; look again when a tenth of the epochs are over, and compare with a run "
        "that is known to be good at the same epoch",
    )


SETTLED = ("training_does_not_learn", "learns_but_ends_low")


def _of_thousand(rng: np.random.Generator) -> Run:
    """Return the first batches of a training on 100 classes."""
    run = with_batches(per_epoch=10, loss=starting(4.72, 4.68, 4.61, 4.55, 4.48, count=5))(rng)
    return with_classes(run)


def with_classes(run: Run) -> Run:
    """Return a run on 100 classes."""
    return Run(batches=run.batches, recipe=Recipe(n_classes=100))


RULE = Rule(
    code="FD131",
    check=judged_too_early,
    kind="benign",
    severity="note",
    any_of=("loss", "batch_loss"),
    clear="training is past its beginning, or does not leave the level of chance",
    clear_with=("classes loss", "classes batch_loss"),
    budget=1.0,
    sick=(_of_thousand,),
    healthy=(
        with_curves(classes=20, loss=falling(40)),
        lambda rng: with_classes(with_batches(loss=starting(4.7, 4.71, 4.7, count=5))(rng)),
    ),
)
