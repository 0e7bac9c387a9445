"""Whether a noisy curve goes up or down, and whether it turned after its minimum."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fitdoctor.records.estimate import Estimate
from fitdoctor.stats.noise import MIN_POINTS, ar1, noise
from fitdoctor.stats.student import t_cdf, t_quantile

DRAWS = 1500


class Trend(msgspec.Struct, frozen=True):
    """Change per epoch with its 95 % interval, and one-sided p-values of both directions."""

    slope: Estimate
    p_rise: float
    p_fall: float
    standard_error: float
    freedom: float


def trend(values: ArrayLike) -> Trend | None:
    """Least-squares slope whose error reckons with autocorrelated scatter.

    The variance of a slope under AR(1) scatter is the independent one times about
    (1 + phi) / (1 - phi), and the degrees of freedom shrink by the same factor
    (Bayley and Hammersley 1946); phi is taken at its upper 84 % point.
    `None` below `MIN_POINTS` finite points.

    >>> rise = trend([0.0, 1.1, 1.9, 3.2, 3.9, 5.1, 6.0, 7.1])
    >>> round(rise.slope.value, 1), rise.p_rise < 0.001
    (1.0, True)
    """
    y = np.asarray(values, dtype=np.float64)
    y = y[np.isfinite(y)]
    n = len(y)
    if n < MIN_POINTS:
        return None
    x = np.arange(n) - (n - 1) / 2
    sxx = float(x @ x)
    slope = float(x @ y) / sxx
    residual = y - y.mean() - slope * x
    scatter = noise(residual, stationary=True)
    inflation = 1.0
    if scatter and scatter.sigma > 0:
        inflation = (1 + scatter.phi_high) / (1 - scatter.phi_high)
    freedom = max(2.0, (n - 2) / inflation**0.5)
    error = float(np.sqrt(residual @ residual / (n - 2) / sxx * inflation))
    if error <= 1e-15 * max(1.0, float(np.abs(y).max())):
        flat = slope == 0
        return Trend(
            Estimate(slope, slope, slope),
            1.0 if flat or slope < 0 else 0.0,
            1.0 if flat or slope > 0 else 0.0,
            0.0,
            float(freedom),
        )
    t = float(slope / error)
    half = t_quantile(freedom, 0.975) * error
    return Trend(
        Estimate(slope, slope - half, slope + half),
        t_cdf(freedom, -t),
        t_cdf(freedom, t),
        error,
        freedom,
    )


def falls_at_end(values: ArrayLike) -> tuple[int, float]:
    """Return how many changes at the end all go down, and the chance of so many at rest.

    Of k + 1 exchangeable values, one order in (k + 1)! falls every time.

    >>> falls_at_end([1.0, 3.0, 2.0, 1.0])
    (2, 0.16666666666666666)
    """
    down = np.diff(np.asarray(values, dtype=np.float64)) < 0
    count = len(down) if down.all() else int(np.argmin(down[::-1]))
    return count, 1 / math.factorial(count + 1)


class Turn(msgspec.Struct, frozen=True):
    """A rise after the lowest stretch of a curve."""

    rise: Estimate
    p_value: float
    lowest: int
    """Index of the middle of the lowest stretch."""


def turn_after_minimum(values: ArrayLike, *, seed: int = 0) -> Turn | None:
    """Test whether a curve rises after its lowest stretch, without rewarding the choice of it.

    The statistic is the median of the last stretch less the lowest stretch median, in units of
    the scatter. Its null distribution is simulated: flat AR(1) scatter, as long as the part of
    the curve near or after its lowest level, with the same estimate of scatter applied to every
    draw, so that searching for the minimum and estimating sigma are both paid for.
    `None` below eight points.
    """
    y = np.asarray(values, dtype=np.float64)
    if len(y) < 8 or not np.isfinite(y).all():
        return None
    width = _width(len(y))
    medians = _medians(y[None, :], width)[0]
    lowest = int(np.argmin(medians))
    rise = float(medians[-1] - medians[lowest])
    scatter = noise(y)
    if scatter is None or lowest == len(medians) - 1:
        return Turn(Estimate(0.0, 0.0, 0.0), 1.0, len(y) - 1)
    near = int(np.argmax(medians <= medians[lowest] + 2 * scatter.sigma))
    flat = max(8, len(y) - near)
    tail = y[-flat:]
    own = float(_scatter(tail[None, :])[0])
    if own <= 0 or rise <= own:
        p_value = 1.0 if rise <= own else 0.0
        return Turn(Estimate(rise, rise, rise), p_value, lowest + width // 2)
    rng = np.random.default_rng(seed)
    draws = ar1(rng, scatter.phi_high, (DRAWS, flat))
    null_medians = _medians(draws, width)
    null = (null_medians[:, -1] - null_medians.min(axis=1)) / _scatter(draws)
    observed = rise / own
    p_value = (1 + int((null >= observed).sum())) / (1 + DRAWS)
    typical, high = np.quantile(null, [0.5, 0.975])
    return Turn(
        Estimate(rise, rise - float(high) * own, rise + float(typical) * own),
        p_value,
        lowest + width // 2,
    )


def _width(n: int) -> int:
    return max(3, min(9, n // 6 | 1))


def _medians(series: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    windows = np.lib.stride_tricks.sliding_window_view(series, width, axis=1)
    half = width // 2
    return np.asarray(np.partition(windows, half, axis=2)[..., half])


def _scatter(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Root mean square of first differences: blind to slow change, the same for data and null."""
    return np.asarray(np.sqrt(np.mean(np.diff(series, axis=1) ** 2, axis=1) / 2))


def last_gain(values: ArrayLike) -> int | None:
    """Index of the last epoch at which a falling curve had gained beyond its scatter.

    From there on the curve stays within two scatters of the level it had reached: the level is
    the median of the last half of what follows. `None` below `MIN_POINTS` points.
    """
    y = np.asarray(values, dtype=np.float64)
    scatter = noise(y)
    if scatter is None:
        return None
    smooth = np.array([np.median(y[max(0, i - 1) : i + 2]) for i in range(len(y))])
    floor = float(np.median(np.sort(smooth)[: max(3, len(y) // 3)]))
    reached = np.flatnonzero(smooth <= floor + 2 * scatter.sigma)
    return int(reached[0]) if len(reached) else None
