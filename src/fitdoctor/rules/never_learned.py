"""Training loss never fell below its start.

## Why it matters
Nothing was learned, so every other curve of this run says nothing either.

## How it is measured
Over at least five epochs the training loss fell by clearly less than the tenth that any learning
run gains: the p-value is the chance of so small a fall if a tenth were gained. Where the level is
ln K for K classes, the network gives every class the same probability. Two to four epochs decide
where the digits do: each loss is ln K within its last digit or 0.05 %, each accuracy 1 / K, in so
many rows that a network which learns would show it in less than one log of a thousand (two rows at
four decimals, more at two; rows of validation count too where they have both figures). K is then
any number of 20 or less, or that of a common set of images (43, 100, 200, 1000, ...), where it is
not known. So do the last rows where those before were above ln K (one row more), three epochs where
the loss came down to ln K from far above it, as after a step that killed the network, and a loss
that the asker says stays there. A loss that falls in three of four epochs while accuracy rises to
its highest, by half or by five points, is learning, however slow. Where 995 answers of 1000
are right, nothing is left to learn: the weights may have been trained before.

## What to try
Check that labels and loss agree and that inputs are scaled; then try rates a hundred times higher
and lower. Train on sixteen images until they are learned by heart.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, with_curves
from fitdoctor.interventions.optimisation import lower_learning_rate, raise_learning_rate
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import BatchCurve, Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.chance import knew_before
from fitdoctor.stats.digits import guesses_among
from fitdoctor.stats.noise import noise
from fitdoctor.stats.plateau import fell_to
from fitdoctor.stats.quantile import median
from fitdoctor.stats.student import normal_cdf


def never_learned(
    loss: Curve | None = None,
    classes: int | None = None,
    claims: tuple[Claim, ...] | None = None,
    accuracy: Curve | None = None,
    val_loss: Curve | None = None,
    val_accuracy: Curve | None = None,
    batch_loss: BatchCurve | None = None,
) -> Iterator[Evidence]:
    if loss is None:
        yield from _as_stated(claims, classes)
        return
    y = loss.values
    if stuck := _at_chance(loss, classes) or _by_digits(loss, accuracy, classes):
        yield stuck
        return
    if stuck := _within_an_epoch(loss, batch_loss, accuracy, classes):
        yield stuck
        return
    if stuck := _with_validation(loss, val_loss, val_accuracy, classes):
        yield stuck
        return
    if len(y) < 5 or not np.isfinite(y).all() or median(y) <= 0:
        return
    if loss.epochs[0] > LATEST_START:
        return  # what came before is not shown
    begin, end = median(y[:2]), median(y[-3:])
    best = float(np.min([median(y[i : i + 3]) for i in range(len(y) - 2)]))
    fall = begin - best
    scatter = noise(y)
    error = (scatter.sigma if scatter else 0.0) + 1e-9
    right = accuracy.values[-3:] if accuracy is not None and len(accuracy) == len(y) else None
    classes = classes or guesses_among(y[-3:], right)
    at_chance = classes is not None and abs(end - np.log(classes)) < 0.02 * np.log(classes)
    known = right is not None and knew_before(right)
    if fall > 0.06 * begin or _learns_slowly(y, accuracy) or known:
        return
    extra = f", at ln {classes} = {np.log(classes or 1):.3f}: every class the same probability"
    yield Evidence(
        sentence=f"Training loss went from {y[0]:.4g} to {y[-1]:.4g} over {len(y)} epochs"
        f"{extra if at_chance else ''}.",
        estimate=Estimate(fall, fall - 2 * error, fall + 2 * error),
        p_value=normal_cdf((fall - 0.1 * begin) / error),
        weight=4.0,
        epochs=(int(loss.epochs[0]), int(loss.epochs[-1])),
    )


def _learns_slowly(y: np.ndarray, accuracy: Curve | None) -> bool:
    """Return whether loss falls in most epochs while accuracy rises to its highest.

    The last two losses must be below all others, and accuracy must have gained half or five points.
    """
    if accuracy is None or len(accuracy) != len(y):
        return False
    right = accuracy.values
    steady = min((np.diff(y) < 0).mean(), (np.diff(right) > 0).mean()) >= MOSTLY
    ends = y[-2:].max() < y[:-2].min() and right[-1] == right.max()
    gained = 0 < MORE * right[0] <= right[-1] or right[-1] - right[0] >= POINTS
    return bool(steady and ends and gained)


MORE, POINTS, MOSTLY = 1.5, 0.05, 0.75


def _as_stated(claims: tuple[Claim, ...] | None, classes: int | None) -> Iterator[Evidence]:
    said = stated(claims, "loss_stays_at")
    if said is None or said.value is None or not classes or classes < 2:
        return
    if abs(said.value - np.log(classes)) < 0.005 * np.log(classes) + 0.005:
        yield Evidence(
            sentence=f"ln {classes} = {np.log(classes):.3f}: every class the same probability; "
            f"stated: \u201c{said.sentence}\u201d",
            weight=4.0,
        )


LATE, LATEST_START = 5, 3
"""Epochs from which on the test of the fall decides, and the latest that a log may begin with."""


def _at_chance(loss: Curve, classes: int | None) -> Evidence | None:
    """Return what is seen where the loss came down to ln K and stands there."""
    y = loss.values
    if classes and classes > 1 and loss.epochs[0] <= 1 and fell_to(y, float(np.log(classes))):
        return Evidence(
            sentence=f"From {y[0]:.3g} the loss came down to ln {classes} = {np.log(classes):.3f} "
            "and stands there: every class the same probability.",
            weight=4.0,
            epochs=(int(loss.epochs[0]), int(loss.epochs[-1])),
        )
    return None


def _within_an_epoch(
    loss: Curve, batch_loss: BatchCurve | None, accuracy: Curve | None, classes: int | None
) -> Evidence | None:
    """Return what the figures of batches tell, where one epoch is shown that is not the first."""
    if batch_loss is None or len(loss) != 1 or accuracy is None or loss.epochs[0] < LATEST_START:
        return None
    return _guessing(
        loss, batch_loss.values, accuracy, classes,
        f"In epoch {loss.epochs[0]} the loss is ln {{0}} = {{1:.4f}} in {1 + len(batch_loss)} "
        "figures, accuracy is 1 in {0}",
    )  # fmt: skip


def _with_validation(
    loss: Curve, val_loss: Curve | None, val_accuracy: Curve | None, classes: int | None
) -> Evidence | None:
    """Return what a few rows of training and of validation tell together."""
    if len(loss) >= LATE or val_loss is None or val_accuracy is None:
        return None
    return _guessing(
        loss, val_loss.values, val_accuracy, classes,
        "Losses of training and validation are ln {0} = {1:.4f} in each row, validation accuracy "
        "is 1 in {0}",
    )  # fmt: skip


def _guessing(
    loss: Curve, further: np.ndarray, accuracy: Curve, classes: int | None, told: str
) -> Evidence | None:
    """Return that training losses and `further` ones are ln K, and an accuracy 1 in K.

    `told` is the sentence, with places for K and for its logarithm.
    """
    size = guesses_among(np.concatenate((loss.values, further)), accuracy.values, classes)
    if size is None:
        return None
    return Evidence(
        sentence=f"{told.format(size, np.log(size))}: every class the same probability.",
        weight=4.0,
        epochs=(int(loss.epochs[0]), int(loss.epochs[-1])),
    )


def _by_digits(loss: Curve, accuracy: Curve | None, classes: int | None) -> Evidence | None:
    """Return evidence where loss and accuracy are, digit for digit, those of chance level.

    Of all rows, or of the last ones, where those before were above: the network came down to it.
    """
    right = accuracy.values if accuracy is not None and len(accuracy) == len(loss) else None
    if len(loss) < LATE and (size := guesses_among(loss.values, right, classes)):
        return _stands_at(loss, size, 0, share=right is not None)
    if loss.epochs[0] > LATEST_START or right is None:
        return None
    for start in range(1, len(loss) - 2):
        # One row more is asked for, since the first of them was chosen.
        size = guesses_among(loss.values[start + 1 :], right[start + 1 :], classes)
        stands = guesses_among(loss.values[start:], right[start:], classes)
        above = float(loss.values[:start].min())
        if size is not None and stands == size and above > ABOVE * np.log(size):
            return _stands_at(loss, size, start, share=True)
    return None


ABOVE = 1.02
"""Times ln K above which a loss came down to it."""


def _stands_at(loss: Curve, size: int, start: int, *, share: bool) -> Evidence:
    rows = f"In each of {len(loss)} epochs" if not start else f"From epoch {loss.epochs[start]} on"
    right = f", accuracy is 1 in {size}" if share else ""
    return Evidence(
        sentence=f"{rows} the loss is ln {size} = {np.log(size):.4f} to the digits shown{right}: "
        "every class the same probability.",
        weight=4.0,
        epochs=(int(loss.epochs[start]), int(loss.epochs[-1])),
    )


RULE = Rule(
    code="FD104",
    check=never_learned,
    kind="symptom",
    severity="error",
    any_of=("loss", "claims"),
    remedies=(lower_learning_rate, raise_learning_rate),
    statistical=True,
    clear="training loss fell",
    clear_with=("loss",),
    sick=(with_curves(loss=flat()), with_curves(loss=flat(12, noise=0.02))),
    healthy=(with_curves(loss=falling()), with_curves(loss=falling(8, noise=0.05))),
)
