"""What the printed digits of a log decide, however few its rows are.

Curves of a network that learns move from epoch to epoch by far more than their last digit. How
often they match a value by chance follows from the unit of that digit and from how far they
usually move; enough rows are asked for that the product of these chances is below `BUDGET`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fitdoctor.stats.quantile import median

BUDGET = 1e-3
"""Share of logs of learning networks on which a signature may speak."""
MOST_DECIMALS = 7
MOVES = 0.1
"""What the loss of a learning network moves in its first epochs, as a share of ln K."""
SCATTERS = 0.02
"""How far losses differ from one epoch to the next at least, as a share of their level."""
REPEATS = 0.25
"""How often accuracies of a learning network repeat by chance, where few images are counted."""
NEAR_GUESSING = 5e-4
"""Share of ln K by which the loss of a network that guesses lies off it."""
NEAR_SHARE = 0.15
"""Share of 1 / K by which its accuracy does."""
KNOWN_SIZES = (*range(2, 21), 43, 47, 62, 100, 101, 102, 120, 196, 200, 256, 257, 365, 1000)
"""Numbers of classes that a loss may tell: small ones, and those of common sets of images."""
MOST_UNITS = 2000
CLIPPED = (16.1181, 15.9424, 34.5388)
"""-ln 1e-7, the same for a sigmoid in float32, and -ln 1e-15: a wrong and certain answer costs it
where probabilities are clipped."""


def unit_of(*curves: ArrayLike) -> float:
    """Return the unit of the last digit that the numbers of one log are printed to.

    All curves of a log together: 0.1000 alone does not show its digits.

    >>> unit_of([2.3026, 2.303]), unit_of([0.1, 0.12]), unit_of([0.1, 0.1], [2.3026])
    (0.0001, 0.01, 0.0001)
    """
    y = np.concatenate([np.asarray(values, dtype=np.float64) for values in curves])
    y = y[np.isfinite(y)]
    for decimals in range(MOST_DECIMALS):
        if np.all(np.abs(np.round(y, decimals) - y) < 1e-9 * np.maximum(1, np.abs(y))):
            return float(10.0**-decimals)
    return float(10.0**-MOST_DECIMALS)


def guesses_among(
    loss: ArrayLike, accuracy: ArrayLike | None = None, classes: int | None = None
) -> int | None:
    """Return K where every loss is ln K, and every accuracy 1 / K, as far as the digits tell.

    Where neither K nor an accuracy is known, K is 20 at most and one row more is asked for.

    >>> guesses_among([2.3027, 2.3026], [0.1, 0.0998])
    10
    >>> guesses_among([6.9079, 6.9077], [0.001, 0.001])
    1000
    >>> guesses_among([2.30, 2.31], [0.1, 0.1]) is None
    True
    """
    y = np.asarray(loss, dtype=np.float64)
    if len(y) < 2 or not np.isfinite(y).all() or y.min() <= 0.1 or y.max() > 10:
        return None
    sizes = [classes] if classes else [_nearest(math.exp(median(y)))]
    for size in sizes:
        if size is None or size < 2:
            continue
        chance = math.log(size)
        unit = unit_of(y) if accuracy is None else unit_of(y, accuracy)
        room = max(unit, NEAR_GUESSING * chance)
        least = rows_needed(2 * room / (MOVES * chance))
        if accuracy is None and not classes:
            least += 1
            if size > KNOWN_SIZES[18]:
                continue
        if len(y) < least or np.abs(y - chance).max() > room:
            continue
        if accuracy is None or _is_share(np.asarray(accuracy, dtype=np.float64), size):
            return size
    return None


def _nearest(size: float) -> int | None:
    """Return the known number of classes that is nearest, if it is within a twentieth."""
    best = min(KNOWN_SIZES, key=lambda known: abs(known - size))
    return best if abs(best - size) < 0.05 * best else None


def _is_share(accuracy: NDArray[np.float64], classes: int) -> bool:
    if not len(accuracy) or not np.isfinite(accuracy).all():
        return False
    return bool(np.abs(accuracy * classes - 1).max() <= NEAR_SHARE)


def rows_needed(chance: float) -> int:
    """Return how many rows that each match by this chance come to less than `BUDGET`; 2 at least.

    >>> rows_needed(0.006), rows_needed(0.087), rows_needed(0.3)
    (2, 3, 6)
    """
    if chance >= 1:
        return 10**9
    return max(2, math.ceil(math.log(BUDGET) / math.log(max(chance, 1e-12))))


def chance_of_repeats(losses: Sequence[ArrayLike], accuracies: Sequence[ArrayLike]) -> float:
    """Return by what chance a learning network's curves repeat to the last digit in every row.

    Curves that move have chance 1: they say nothing here.

    >>> chance_of_repeats([[2.3026, 2.3026], [2.3026, 2.3026]], [[0.1, 0.1]]) < BUDGET
    True
    >>> chance_of_repeats([[0.69, 0.69]], [[0.5, 0.5]]) < BUDGET
    False
    """
    chance = 1.0
    unit = unit_of(*losses, *accuracies)
    for values in losses:
        y = np.asarray(values, dtype=np.float64)
        if _repeats(y) and y[0] > 0:
            chance *= min(1.0, unit / (SCATTERS * float(y[0]))) ** (len(y) - 1)
    for values in accuracies:
        y = np.asarray(values, dtype=np.float64)
        if _repeats(y):
            chance *= REPEATS ** (len(y) - 1)
    return chance


def _repeats(y: NDArray[np.float64]) -> bool:
    return len(y) >= 2 and bool(np.isfinite(y).all() and np.ptp(y) == 0)


def is_uninformed(loss: float, accuracy: float) -> bool:
    """Return whether a loss is what one answer for all costs at this share of right ones, or more.

    The entropy of the classes is at least that of right against wrong; by Jensen's inequality a
    calibrated network that tells images apart costs less.

    >>> is_uninformed(0.6931, 0.5), is_uninformed(0.21, 0.93)
    (True, False)
    """
    if not 0 < accuracy < 1:
        return False
    entropy = -accuracy * math.log(accuracy) - (1 - accuracy) * math.log(1 - accuracy)
    return loss >= 0.98 * entropy


def clip_of(loss: ArrayLike, accuracy: ArrayLike) -> float | None:
    """Return the clip that each row of a loss is the error rate times, within the digits.

    Every answer is then certain, right or wrong. Two rows at least.

    >>> clip_of([14.5063, 14.5063], [0.1, 0.1])
    16.1181
    >>> clip_of([2.1, 1.9], [0.2, 0.3]) is None
    True
    """
    y, right = (np.asarray(v, dtype=np.float64) for v in (loss, accuracy))
    if (
        len(y) < 2
        or len(y) != len(right)
        or not (np.isfinite(y).all() and np.isfinite(right).all())
    ):
        return None
    if right.max() > 0.99 or y.min() < 1:
        return None
    for clip in CLIPPED:
        room = (clip / 2 + 1) * unit_of(y, right)
        if room < 0.05 and np.abs(y - clip * (1 - right)).max() <= room:
            return clip
    return None


def double_softmax(rows: Sequence[tuple[float, float]], classes: int | None = None) -> int | None:
    """Return K where each loss and its accuracy add up to ln(e + K - 1), within the digits.

    So it is where a softmax whose outputs are all 0 or 1 passes another one: a right answer costs
    ln(e + K - 1) - 1, a wrong one 1 more. Of `rows` (loss, accuracy) two that differ are needed.

    >>> double_softmax([(2.3652, 0.0960), (2.3611, 0.1001)])
    10
    >>> double_softmax([(2.3652, 0.0960), (2.3652, 0.0960)]) is None
    True
    """
    distinct = sorted({row for row in rows if all(map(math.isfinite, row))})
    if len(distinct) < 2 or len(distinct) < len(set(rows)):
        return None
    sums = [loss + right for loss, right in distinct]
    unit = unit_of([loss for loss, _ in distinct], [right for _, right in distinct])
    middle = float(np.mean(sums))
    if not 0 < middle < math.log(MOST_UNITS):
        return None
    size = classes or round(math.exp(middle) - math.e + 1)
    if size not in KNOWN_SIZES and size != classes:
        return None
    level = math.log(math.e + size - 1)
    chance = 2 * unit / (MOVES * level)
    close = all(abs(one - level) <= unit * (1 + 1e-6) for one in sums)
    return size if close and len(distinct) >= rows_needed(chance) else None
