"""How much a curve scatters from epoch to epoch, and how long the scatter remembers."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fitdoctor.stats.draws import Draws
from fitdoctor.stats.quantile import median

MIN_POINTS = 5
MAX_PHI = 0.9


class Noise(msgspec.Struct, frozen=True):
    """Stationary scatter: standard deviation and first-order autocorrelation.

    `phi_high` is the upper 84 % point of phi: what a careful test should reckon with.
    """

    sigma: float
    phi: float
    phi_high: float


def noise(values: ArrayLike, *, stationary: bool = False) -> Noise | None:
    """Estimate AR(1) scatter from differences, so that a slow trend does not count as scatter.

    First differences of AR(1) scatter have variance 2 (1 - phi) sigma^2, second differences
    2 (1 - phi) (3 - phi) sigma^2; their ratio gives phi, the first then gives sigma. Only the
    settled part of the curve is used, unless it is `stationary` throughout: a steep start would
    pass for memory. A remaining trend adds its slope to first differences, which is taken out.
    `None` below `MIN_POINTS` points.
    """
    y = np.asarray(values, dtype=np.float64)
    if len(y) < MIN_POINTS:
        return None
    if not stationary:
        y = y[settled(y) :]
    n = len(y)
    first = np.diff(y)
    first = first - first.mean()
    second = np.diff(first)
    v1 = float(np.mean(first**2))
    v2 = float(np.mean(second**2))
    if v1 <= 1e-24:
        return Noise(0.0, 0.0, 0.0)
    phi = float(np.clip(3.0 - v2 / v1, 0.0, MAX_PHI))
    # Simulated: the spread of this estimate is close to 1.7 / sqrt(n) over phi 0 to 0.8.
    high = float(np.clip(3.0 - v2 / v1 + 1.7 / np.sqrt(n), 0.0, MAX_PHI))
    sigma = float(np.sqrt(v1 / (2.0 * (1.0 - phi))))
    return Noise(sigma, phi, high)


def local_scatter(values: ArrayLike) -> float:
    """Return the standard deviation of what second differences show on the settled part of a curve.

    Steady rises and falls leave second differences alone, and so do slow changes; those of
    independent scatter have six times its variance. 0 below `MIN_POINTS` points.

    >>> local_scatter([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    0.0
    """
    y = np.asarray(values, dtype=np.float64)
    if len(y) < MIN_POINTS:
        return 0.0
    return float(np.sqrt(np.mean(np.diff(y[settled(y) :], 2) ** 2) / 6))


def effective_length(n: int, phi: float) -> float:
    """Return how many independent points n points of AR(1) scatter are worth for a mean.

    Bayley and Hammersley 1946: n (1 - phi) / (1 + phi).

    >>> round(effective_length(30, 0.5), 6)
    10.0
    """
    return n * (1 - phi) / (1 + phi)


def settled(y: NDArray[np.float64]) -> int:
    """Index from which a curve has covered 85 % of its way; at most the middle of the curve."""
    level = median(y[len(y) // 2 :])
    way = abs(float(y[0]) - level)
    arrived = np.flatnonzero(np.abs(y - level) <= 0.15 * way)
    first = int(arrived[0]) if way > 0 and len(arrived) else 0
    return min(first, max(0, len(y) // 2), len(y) - MIN_POINTS)


def ar1(
    rng: np.random.Generator | Draws, phi: float, shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Draw `shape[0]` stationary AR(1) series of length `shape[1]` with unit deviation."""
    draws = rng.standard_normal(shape)
    if phi:
        scale = np.sqrt(1.0 - phi * phi)
        for t in range(1, shape[1]):
            draws[:, t] = phi * draws[:, t - 1] + scale * draws[:, t]
    return draws
