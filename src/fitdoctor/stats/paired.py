"""The mean difference between paired samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fitdoctor.records.estimate import Estimate
from fitdoctor.stats.student import t_cdf, t_quantile


def paired_interval(control: ArrayLike, treated: ArrayLike, alpha: float) -> Estimate:
    """Mean of treated - control with the two-sided 1 - alpha Student t interval over pairs.

    With fewer than two pairs the interval is infinite; with no spread at all it is a point.
    """
    difference = np.asarray(treated, dtype=np.float64) - np.asarray(control, dtype=np.float64)
    n = len(difference)
    mean = float(difference.mean()) if n else 0.0
    if n < 2:
        return Estimate(mean, -np.inf, np.inf)
    half = t_quantile(n - 1, 1 - alpha / 2) * float(difference.std(ddof=1)) / np.sqrt(n)
    return Estimate(mean, mean - half, mean + half)


def probability_above(
    control: ArrayLike, treated: ArrayLike, least: float, resolution: float = 1e-3
) -> float | None:
    """Probability that the mean of treated - control is `least` or more; `None` below two pairs.

    The posterior of a normal mean under the flat prior on it and on the logarithm of the scatter:
    Student's t around the observed mean. `resolution` is the least scatter of a difference that is
    believed: outcomes are shares of some hundred images, and may agree by chance.
    """
    difference = np.asarray(treated, dtype=np.float64) - np.asarray(control, dtype=np.float64)
    n = len(difference)
    if n < 2:
        return None
    error = max(float(difference.std(ddof=1)), resolution) / np.sqrt(n)
    return t_cdf(n - 1, float(difference.mean() - least) / float(error))


def pairs_suffice(
    pairs: int, effect: float, deviation: float, alpha: float, power: float = 0.8
) -> bool:
    """Return whether a paired t test on so many pairs sees `effect` with probability `power`.

    Where t_(n-1, 1 - alpha/2) + t_(n-1, power) <= sqrt(n) effect / deviation.

    >>> pairs_suffice(6, 2.0, 1.0, 0.05), pairs_suffice(25, 0.5, 1.0, 0.05)
    (True, False)
    """
    if deviation == 0:
        return True
    needed = t_quantile(pairs - 1, 1 - alpha / 2) + t_quantile(pairs - 1, power)
    return bool(np.sqrt(pairs) * abs(effect) / deviation >= needed)
