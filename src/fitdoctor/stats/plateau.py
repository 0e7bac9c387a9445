"""Where a falling curve will come to rest, and when."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fitdoctor.records.estimate import Estimate
from fitdoctor.stats.noise import effective_length, noise
from fitdoctor.stats.student import t_quantile

LEAST_POINTS = 8
SPEEDS = 160
LONGEST = 6.0
"""Slowest speed that is tried, in lengths of the curve: slower ones are not told from a line."""
ARRIVED = 0.95


class Plateau(msgspec.Struct, frozen=True):
    """The level that a curve falls to, and the epochs it still takes; 95 % intervals.

    `low` of the level is minus infinity, and `high` of the epochs infinity, where the curve does
    not yet bend enough to say.
    """

    level: Estimate
    epochs_left: Estimate
    """Until 95 % of what is left to gain is gained."""


REST_POINTS, ABOVE, NEAR, AT = 3, 1.2, 0.01, 0.002


def fell_to(values: ArrayLike, level: float) -> bool:
    """Return whether a curve began a fifth or more above a level, and stood on it from then on.

    `level` is positive; "on it" is within 1 % of it at each of three further points or more, and
    within 0.2 % at the last two.

    >>> fell_to([4.82, 2.7081, 2.7080, 2.7081], 2.70805)
    True
    >>> fell_to([2.75, 2.7081, 2.7080, 2.7081], 2.70805)
    False
    """
    y = np.asarray(values, dtype=np.float64)
    if len(y) <= REST_POINTS or not np.isfinite(y).all() or level <= 0:
        return False
    off = np.abs(y[1:] - level) / level
    return bool(y[0] > ABOVE * level and off.max() < NEAR and off[-2:].max() < AT)


def stands(values: ArrayLike, low: float, high: float, spread: float) -> bool:
    """Return whether a curve keeps one level from its second value on, three values at least.

    The level, their mean, lies between `low` and `high`; their range is less than `spread` of it.

    >>> stands([2.41, 2.3026, 2.3025, 2.3026], 2.2, 2.4, 1e-3)
    True
    >>> stands([2.41, 2.3026, 2.2025, 2.1026], 2.1, 2.4, 1e-3)
    False
    """
    later = np.asarray(values, dtype=np.float64)[1:]
    if len(later) < REST_POINTS or not np.isfinite(later).all():
        return False
    level = later.mean()
    return bool(low < level < high and np.ptp(later) < spread * level)


def plateau(values: ArrayLike) -> Plateau | None:
    """Fit `level + height * exp(-epoch / speed)` and profile over the speed.

    Speeds whose residual sum of squares is not beyond what an F test at 95 % allows are kept; the
    interval of the level is the union over them of its least-squares intervals. Points are counted
    as n (1 - phi) / (1 + phi) for AR(1) scatter (Bayley and Hammersley 1946), phi at its upper 84 %
    point. `None` below `LEAST_POINTS` finite points, or where the curve does not fall.

    >>> found = plateau(0.3 + 0.7 * np.exp(-np.arange(40) / 6.0))
    >>> round(found.level.value, 2)
    0.3
    """
    y = np.asarray(values, dtype=np.float64)
    n = len(y)
    if n < LEAST_POINTS or not np.isfinite(y).all():
        return None
    t = np.arange(n, dtype=np.float64)
    speeds = np.geomspace(0.7, LONGEST * n, SPEEDS)
    levels, heights, squares, errors = _fits(t, y, speeds)
    best = int(squares.argmin())
    if heights[best] <= 0:
        return None
    fitted = levels[best] + heights[best] * np.exp(-t / speeds[best])
    scatter = noise(y - fitted, stationary=True)
    phi = scatter.phi_high if scatter is not None else 0.0
    counted = max(4.0, effective_length(n, phi))
    quantile = t_quantile(counted - 3, 0.975)
    variance = max(float(squares[best]) / (n - 3), 1e-30) * n / counted
    allowed = (squares <= squares[best] + variance * quantile**2) & (heights > 0)
    half = quantile * np.sqrt(variance) * errors[allowed]
    left = -speeds * np.log(1 - ARRIVED)
    open_end = bool(allowed[-1])
    low = -np.inf if open_end else float((levels[allowed] - half).min())
    high = float((levels[allowed] + half).max())
    last = np.inf if open_end else float(left[allowed].max())
    return Plateau(
        Estimate(float(levels[best]), low, high),
        Estimate(float(left[best]), float(left[allowed].min()), last),
    )


def _fits(
    t: NDArray[np.float64], y: NDArray[np.float64], speeds: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """Return level, height, residual squares and the level's error by unit scatter, per speed."""
    e = np.exp(-t[None, :] / speeds[:, None])
    centred, mean = e - e.mean(axis=1, keepdims=True), e.mean(axis=1)
    spread = np.maximum((centred**2).sum(axis=1), 1e-300)
    heights = centred @ y / spread
    levels = y.mean() - heights * mean
    residual = y[None, :] - levels[:, None] - heights[:, None] * e
    errors = np.sqrt(1 / len(y) + mean**2 / spread)
    return levels, heights, (residual**2).sum(axis=1), errors
