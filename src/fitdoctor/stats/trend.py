"""Whether a noisy curve goes up or down, and whether it turned after its minimum."""

from __future__ import annotations

import math
from functools import cache

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fitdoctor.records.estimate import Estimate
from fitdoctor.stats.draws import Draws
from fitdoctor.stats.noise import MIN_POINTS, ar1, noise
from fitdoctor.stats.quantile import median, quantile
from fitdoctor.stats.student import t_cdf, t_quantile

DRAWS, LEAST_DRAWS, NUMBERS = 4000, 1000, 2_000_000
"""Simulated curves; fewer of long ones, so that so many numbers are drawn at most."""


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


MEMORY = 0.8
"""Autocorrelation that a rise is held against: the strongest that healthy curves have."""
LEAST_RISE, STRETCHES = 5, 12
"""Points of the shortest stretch that is tried, and how many lengths are tried at most."""
SETTLED = 0.15
LEAST_MEASURED = 8
"""Points from which on the autocorrelation is measured, at its upper 84 % point."""


def turn_after_minimum(values: ArrayLike) -> Turn | None:
    """Test whether a curve rises towards its end, after its lowest stretch.

    The rise of the least-squares line over the last k points is measured in units of their second
    differences, which a steady rise leaves alone: first differences, and an autocorrelation
    estimated from few points, take the rise for scatter. Every k is tried from `LEAST_RISE` points
    to all points since the curve came down; the greatest counts, each in units of what one null
    draw in a hundred exceeds. The null is flat AR(1) scatter, its autocorrelation measured after
    the lowest point, or `MEMORY` where that is more or too few points follow.
    `None` below eight points.
    """
    y = np.asarray(values, dtype=np.float64)
    if len(y) < 8 or not np.isfinite(y).all():
        return None
    width = _width(len(y))
    medians = _medians(y[None, :], width)[0]
    lowest = int(np.argmin(medians))
    rise = float(medians[-1] - medians[lowest])
    if lowest == len(medians) - 1 or rise <= 0:
        return Turn(Estimate(0.0, 0.0, 0.0), 1.0, len(y) - 1)
    down = int(np.flatnonzero(y - y.min() <= SETTLED * max(0.0, float(y[0] - y.min())))[0])
    length = max(LEAST_RISE + 1, len(y) - down)
    tail = y[None, -length:]
    memory = _memory(y[int(np.argmin(y)) :])
    null = _null(length, memory)
    seen = float((_rises(tail)[0] / null.rare).max())
    draws = len(null.greatest)
    p_value = (1 + draws - int(np.searchsorted(null.greatest, seen))) / (1 + draws)
    # A median of `width` points scatters about half as much as one point does.
    sigma = float(_second(tail)[0]) / math.sqrt(2 * (1 - memory) * (3 - memory))
    half = t_quantile(max(2.0, len(y) / 3), 0.975) * sigma
    return Turn(Estimate(rise, rise - half, rise + half), p_value, lowest + width // 2)


class _Null(msgspec.Struct, frozen=True):
    rare: NDArray[np.float64]
    """The rise that one draw in a hundred exceeds, for each length of stretch."""
    greatest: NDArray[np.float64]
    """The greatest rise over the stretches of a draw, each in units of `rare`; sorted."""


def _memory(rising: NDArray[np.float64]) -> float:
    """Return the autocorrelation to reckon with; differences less their mean hold no slope."""
    scatter = noise(rising, stationary=True)
    if scatter is None or len(rising) < LEAST_MEASURED:
        return MEMORY
    return min(MEMORY, math.ceil(10 * scatter.phi_high) / 10)


@cache
def _null(length: int, memory: float) -> _Null:
    """Simulate what flat scatter shows; the same in every run of the program."""
    draws = max(LEAST_DRAWS, min(DRAWS, NUMBERS // length))
    drawn = _rises(ar1(Draws(0), memory, (draws, length)))
    rare = quantile(drawn, 0.99)
    return _Null(rare, np.sort((drawn / rare).max(axis=1)))


def _rises(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rise of a line over the end of each series, by length, in second differences."""
    longest = series.shape[1]
    lengths = sorted({round(n) for n in np.geomspace(LEAST_RISE, longest, STRETCHES)})
    columns = []
    for length in lengths:
        end = series[:, -length:]
        x = np.arange(length) - (length - 1) / 2
        rise = end @ x / float(x @ x) * (length - 1)
        columns.append(rise / np.maximum(_second(end), 1e-12))
    return np.stack(columns, axis=1)


def _second(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the root mean square of second differences."""
    return np.asarray(np.sqrt(np.mean(np.diff(series, 2, axis=1) ** 2, axis=1)))


def _width(n: int) -> int:
    return max(3, min(9, n // 6 | 1))


def _medians(series: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    windows = np.lib.stride_tricks.sliding_window_view(series, width, axis=1)
    half = width // 2
    return np.asarray(np.partition(windows, half, axis=2)[..., half])


def last_gain(values: ArrayLike) -> int | None:
    """Index of the last epoch at which a falling curve had gained beyond its scatter.

    From there on the curve stays within two scatters of the level it had reached: the level is
    the median of the last half of what follows. `None` below `MIN_POINTS` points.
    """
    y = np.asarray(values, dtype=np.float64)
    scatter = noise(y)
    if scatter is None:
        return None
    smooth = np.array([median(y[max(0, i - 1) : i + 2]) for i in range(len(y))])
    floor = median(np.sort(smooth)[: max(3, len(y) // 3)])
    reached = np.flatnonzero(smooth <= floor + 2 * scatter.sigma)
    return int(reached[0]) if len(reached) else None
