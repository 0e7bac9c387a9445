"""Curves at chance level: validation that stays there, and training that falls back to it."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fitdoctor.stats.quantile import median, quantile

FEWEST = 5
"""Epochs below which nothing is said: moving averages may lag behind training that long."""
ROWS = 3
LEAST_WAY, LEAST_TIMES = 0.1, 2.0
"""Of the way from chance to 1, and times chance, that counts as above chance."""
INFORMED = 0.95
"""Share of ln K below which a cross-entropy tells something of the images."""
NEAR = 0.06
"""Relative distance of an accuracy to 1 / K at which it is read as that of K classes."""
MOST_CLASSES = 1000


def stays_at_chance(
    accuracy: ArrayLike, loss: ArrayLike | None, classes: int, epochs: ArrayLike | None = None
) -> bool:
    """Return whether an accuracy never left 1 / classes, nor its loss came below ln K.

    By medians of three neighbouring rows, which span five epochs or more.

    >>> stays_at_chance([0.1, 0.11, 0.09, 0.1, 0.12], [2.4, 2.9, 3.1, 3.3, 3.9], 10)
    True
    >>> stays_at_chance([0.1, 0.11, 0.3, 0.4, 0.4], [2.4, 2.2, 2.0, 1.9, 1.9], 10)
    False
    """
    y = np.asarray(accuracy, dtype=np.float64)
    if classes < 2 or len(y) < ROWS or not np.isfinite(y).all():
        return False
    at = np.arange(len(y)) if epochs is None else np.asarray(epochs)
    if at[-1] - at[0] + 1 < FEWEST:
        return False
    if _medians(y).max() >= _above(classes):
        return False
    if loss is None:
        return True
    costs = np.asarray(loss, dtype=np.float64)
    if len(costs) < ROWS or not np.isfinite(costs).all():
        return False
    return bool(_medians(costs).min() >= INFORMED * math.log(classes))


def _above(classes: int) -> float:
    """Return the accuracy from which on more than guessing is known.

    >>> round(_above(2), 2), round(_above(10), 2)
    (0.55, 0.19)
    """
    chance = 1 / classes
    return min(chance + LEAST_WAY * (1 - chance), LEAST_TIMES * chance)


def _medians(y: NDArray[np.float64]) -> NDArray[np.float64]:
    return quantile(np.lib.stride_tricks.sliding_window_view(y, 3).T, 0.5)


def classes_by_chance(val_accuracy: ArrayLike, accuracy: ArrayLike, loss: ArrayLike) -> int | None:
    """Return how many classes there would be if validation stood at chance; `None` where it cannot.

    1 / K is the mean validation accuracy, the first training loss is near ln K, and the first
    training accuracy not below 1 / K: training begins no worse than guessing.

    >>> classes_by_chance([0.5, 0.51, 0.49], [0.55, 0.8, 0.9], [0.7, 0.5, 0.2])
    2
    >>> classes_by_chance([0.5, 0.51, 0.49], [0.2, 0.4, 0.6], [2.0, 1.5, 1.0]) is None
    True
    """
    held, right, costs = (np.asarray(v, dtype=np.float64) for v in (val_accuracy, accuracy, loss))
    if not (len(held) and len(right) and len(costs)) or not np.isfinite(held).all():
        return None
    mean = float(held.mean())
    if not 1 / MOST_CLASSES <= mean <= 0.5 * (1 + NEAR):
        return None
    classes = max(2, round(1 / mean))
    begins = 0.3 <= costs[0] / math.log(classes) <= 1.5 and right[0] >= (1 - 2 * NEAR) / classes
    near = abs(mean * classes - 1) < NEAR
    return classes if begins and near else None


class Collapse(msgspec.Struct, frozen=True):
    """Training that had learned and answers at chance from one epoch on."""

    last: int
    """Index of the last epoch that was good."""
    first: int
    """Index of the first epoch that is bad."""
    before: float
    """The accuracy, or where none is known the loss, of the good epoch."""
    after: float
    """That at which it stays."""
    classes: int | None


FELL, STILL, FALL = 0.25, 0.04, 2
"""How far an accuracy falls, how far it may wander afterwards, and in how many epochs it falls."""
ON_CHANCE = 0.01
"""Relative distance of a loss to ln K at which every class has the same probability."""
REST = 2
"""Epochs that stay at chance."""


def collapse(
    accuracy: ArrayLike | None, loss: ArrayLike, classes: int | None = None
) -> Collapse | None:
    """Find where an accuracy falls to chance within two epochs, and stays to the end.

    At chance the loss is that of guessing, -ln of the accuracy, or more: an accuracy that a change
    of the data lowers has a loss below that. Without accuracies the loss decides: it comes back to
    ln K, and stays within 1 % of it.

    >>> collapse([0.5, 0.8, 0.88, 0.1, 0.1, 0.1], [1.5, 0.6, 0.4, 2.303, 2.303, 2.303]).after
    0.1
    >>> collapse([0.5, 0.8, 0.88, 0.3, 0.7, 0.8], [1.5, 0.6, 0.4, 2.0, 0.8, 0.5]) is None
    True
    """
    costs = np.asarray(loss, dtype=np.float64)
    if not np.isfinite(costs).all():
        return None
    if accuracy is None:
        return _of_loss(costs, classes)
    right = np.asarray(accuracy, dtype=np.float64)
    if len(right) != len(costs) or len(right) < REST + 2 or not np.isfinite(right).all():
        return None
    level = median(right[-REST:])
    rest = _length_of_rest(np.abs(right - level) <= STILL)
    first = len(right) - rest
    if rest < REST or first < 1:
        return None
    before = right[max(0, first - FALL) : first]
    last = max(0, first - FALL) + int(before.argmax())
    top = float(before.max())
    if top - level < FELL or not (level < 0.6 * top and _at_chance(level, classes)):
        return None
    cost = median(costs[first:])
    if cost < INFORMED * -math.log(max(level, 1e-6)):
        return None
    return Collapse(last, first, top, level, _classes_of(level, classes))


def _at_chance(level: float, classes: int | None) -> bool:
    return level < _above(classes) if classes and classes > 1 else level <= 0.5 + STILL


def _classes_of(level: float, classes: int | None) -> int | None:
    """Return the number of classes where it is known, or 1 / level is near one."""
    if classes:
        return classes
    if not 1 / MOST_CLASSES <= level <= 0.55:
        return None
    guessed = max(2, round(1 / level))
    return guessed if abs(level * guessed - 1) < NEAR else None


def _of_loss(costs: NDArray[np.float64], classes: int | None) -> Collapse | None:
    if len(costs) < REST + 3 or costs[-1] <= 0:
        return None
    guessed = classes or round(math.exp(min(float(costs[-1]), 10.0)))
    if not 2 <= guessed <= MOST_CLASSES:
        return None
    chance = math.log(guessed)
    near = ON_CHANCE if classes else ON_CHANCE / 5
    rest = _length_of_rest(np.abs(costs - chance) < near * chance)
    first = len(costs) - rest
    least = REST if classes else REST + 1
    if rest < least or first < 1:
        return None
    before = costs[max(0, first - FALL) : first]
    if before.min() > 0.6 * chance:
        return None
    last = max(0, first - FALL) + int(before.argmin())
    return Collapse(last, first, float(before.min()), median(costs[first:]), guessed)


def _length_of_rest(near: NDArray[np.bool_]) -> int:
    """Return how many values at the end are near."""
    away = np.flatnonzero(~near)
    return len(near) - (int(away[-1]) + 1 if len(away) else 0)


KNOWN = 0.995
"""Share of right answers that one answer for every image has in hardly any set of images."""


def knew_before(accuracy: ArrayLike) -> bool:
    """Return whether next to all answers are right, of a network whose loss does not fall.

    Nothing is left for it to learn: its weights were trained before, or all images have one answer.
    """
    right = np.asarray(accuracy, dtype=float)
    return len(right) > 0 and bool(np.isfinite(right).all() and median(right) >= KNOWN)
