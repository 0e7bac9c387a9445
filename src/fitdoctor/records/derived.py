"""What follows of a run from its settings, its counters and its curves."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.run import Curve, Run
from fitdoctor.records.schedule import rate_by_epoch


def epochs_of(run: Run) -> int:
    """Return how many epochs are known of: the longest curve, else the setting."""
    longest = max((len(c) for c in run.curves.values()), default=0)
    return longest or (run.recipe.epochs if run.recipe and run.recipe.epochs else 0)


def steps_per_epoch(run: Run) -> int | None:
    """Return the updates of one epoch, from the log's counter, else from images and batch size."""
    if run.data is None:
        return None
    if run.data.steps_per_epoch is not None:
        return run.data.steps_per_epoch
    batch = run.recipe.batch_size if run.recipe else None
    return -(-run.data.n_train // batch) if run.data.n_train and batch else None


def learning_rates(run: Run) -> NDArray[np.float64] | None:
    """Return the learning rate at the end of each epoch where a schedule or decay changes it."""
    optimizer = run.recipe.optimizer if run.recipe else None
    if optimizer is None or not (optimizer.schedule or optimizer.decay) or not epochs_of(run):
        return None
    version = (run.recipe.keras if run.recipe else None) or ""
    val_loss = run.curves.get("val_loss")
    return rate_by_epoch(
        optimizer,
        epochs_of(run),
        steps_per_epoch(run),
        decay_has_effect=not version.startswith("3"),
        val_loss=val_loss.values if val_loss else None,
    )


SAME_RATE = 1e-6
"""Relative difference up to which two learning rates are the same, written with other digits."""


class RateChange(msgspec.Struct, frozen=True):
    """A learning rate that differs from that of the epoch before."""

    epoch: int
    """The first epoch at the new rate."""
    before: float
    after: float


def rate_curve(run: Run) -> tuple[Curve, str] | None:
    """Return the learning rate by epoch and where it is known from, if it is."""
    logged = run.curves.get("learning_rate")
    if logged is not None and len(logged):
        return logged, "as logged"
    rates = learning_rates(run)
    longest = max(run.curves.values(), key=len, default=None)
    if rates is None or longest is None or len(rates) != len(longest):
        return None
    return Curve(longest.epochs, rates), "by its schedule"


def rate_changes(rates: Curve) -> tuple[RateChange, ...]:
    """Return the epochs from which on the learning rate was another."""
    return tuple(
        RateChange(int(epoch), float(before), float(after))
        for epoch, before, after in zip(
            rates.epochs[1:], rates.values[:-1], rates.values[1:], strict=True
        )
        if abs(after - before) > SAME_RATE * max(abs(before), abs(after))
    )


def loss_floor(smoothing: float | None, classes: int | None, loss: str | None) -> float | None:
    """Return the least cross-entropy that smoothed labels leave, which is their own entropy.

    `smoothing` is the share of each label that is spread over all classes. `None` where labels are
    whole, or the loss is another.

    >>> round(loss_floor(0.1, 10, "categorical_crossentropy"), 3)
    0.5
    """
    if not smoothing or not classes or classes < 2 or "crossentropy" not in (loss or ""):
        return None
    other = smoothing / classes
    own = 1 - smoothing + other
    return float(-own * np.log(own) - (classes - 1) * other * np.log(other))


TERMS = 2000
"""Of a series whose terms fall as reciprocal squares; an integral stands for the rest."""


def loss_of_mixed_labels(mixed: float, smoothing: float, classes: int) -> float:
    """Return a least training cross-entropy under mixup or CutMix, by the entropy of the labels.

    `mixed` is alpha of the Beta distribution that weights are drawn from: their mean entropy is
    psi(2 alpha + 1) - psi(alpha + 1), of two images of different classes. Labels that are smoothed
    as well hold at least the share that entropy's concavity leaves.

    >>> round(loss_of_mixed_labels(1.0, 0.0, 1000), 2)
    0.5
    """
    k = np.arange(1, TERMS + 1)
    whole = float((mixed / ((k + mixed) * (k + 2 * mixed))).sum())
    whole += float(np.log((TERMS + 2 * mixed) / (TERMS + mixed)))
    of_two = whole * (classes - 1) / classes
    return (1 - smoothing) * of_two + smoothing * float(np.log(classes))
