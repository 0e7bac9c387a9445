"""Differences between samples that are not paired, and the smallest that would be seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fitdoctor.records.estimate import Estimate
from fitdoctor.stats.proportions import wilson
from fitdoctor.stats.student import t_quantile


def difference_interval(first: ArrayLike, second: ArrayLike, alpha: float) -> Estimate:
    """Mean of second - first with a two-sided 1 - alpha interval, that of Welch (1947).

    A single value is taken for one more of a sample with the scatter of the other; where both are
    single the interval is infinite.

    >>> found = difference_interval([0.80, 0.82, 0.81], [0.85, 0.86, 0.84], 0.05)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.04, 0.017, 0.063)
    """
    mean, error, freedom = standard_error(first, second)
    if freedom <= 0:
        return Estimate(mean, -np.inf, np.inf)
    half = t_quantile(freedom, 1 - alpha / 2) * error
    return Estimate(mean, mean - half, mean + half)


def standard_error(first: ArrayLike, second: ArrayLike) -> tuple[float, float, float]:
    """Return the difference of means, its standard error, and the degrees of freedom of that.

    Where one sample is a single value, its scatter is taken to be that of the other one; where both
    are, there are no degrees of freedom.
    """
    a, b = (np.asarray(one, dtype=np.float64) for one in (first, second))
    mean = float(b.mean() - a.mean())
    if min(len(a), len(b)) >= 2:
        parts = [float(one.var(ddof=1)) / len(one) for one in (a, b)]
        total = sum(parts)
        if total == 0:
            return mean, 0.0, float(len(a) + len(b) - 2)
        freedom = total**2 / sum(
            part**2 / (len(one) - 1) for part, one in zip(parts, (a, b), strict=True)
        )
        return mean, float(np.sqrt(total)), freedom
    several = a if len(a) > len(b) else b
    n = len(several)
    if n < 2:
        return mean, float(np.inf), 0.0
    return mean, float(several.std(ddof=1) * np.sqrt(1 + 1 / n)), float(n - 1)


def rate_difference(first: float, n: int, second: float, m: int, alpha: float) -> Estimate:
    """Difference second - first of two independent shares of n and m, with a 1 - alpha interval.

    By Newcombe's (1998) method 10, from the score intervals of both.

    >>> found = rate_difference(0.80, 500, 0.84, 500, 0.05)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.04, -0.008, 0.088)
    """
    a, b = wilson(first, n, 1 - alpha), wilson(second, m, 1 - alpha)
    value = second - first
    below = np.hypot(second - b.low, a.high - first)
    above = np.hypot(b.high - second, first - a.low)
    return Estimate(value, float(value - below), float(value + above))


def smallest_shown(error: float, freedom: float, alpha: float, power: float = 0.8) -> float:
    """Return the difference that a two-sided t test of this error shows with this probability.

    (t_(1 - alpha/2) + t_power) standard errors; infinite without degrees of freedom.

    >>> round(smallest_shown(0.01, 8, 0.05), 4)
    0.0319
    """
    if freedom <= 0:
        return float(np.inf)
    return (t_quantile(freedom, 1 - alpha / 2) + t_quantile(freedom, power)) * error
