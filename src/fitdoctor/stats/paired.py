"""The difference between paired samples, looked at more than once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from fitdoctor.records.estimate import Estimate
from fitdoctor.stats.student import t_quantile

MOST_PAIRS = 100_000


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


def spent_alpha(looks: Sequence[int], alpha: float = 0.05) -> tuple[float, ...]:
    """Error rate for each look so that all of them together stay within `alpha`.

    Pocock-type spending alpha ln(1 + (e - 1) t) at information t = pairs / most pairs (Lan and
    DeMets 1983); each look gets its increment outright, which by Bonferroni's inequality keeps
    the sum whatever the correlation between looks.

    >>> [round(a, 4) for a in spent_alpha((5, 8, 12, 20))]
    [0.0179, 0.0083, 0.0093, 0.0146]
    """
    share = np.array([0, *looks]) / looks[-1]
    spent = alpha * np.log1p((np.e - 1) * share)
    return tuple(float(a) for a in np.diff(spent))


def pairs_needed(effect: float, deviation: float, alpha: float, power: float = 0.8) -> int:
    """Pairs for which a paired t test would see `effect` with probability `power`.

    The least n with t_(n-1, 1 - alpha/2) + t_(n-1, power) <= sqrt(n) effect / deviation, found by
    bisection; at most `MOST_PAIRS`.
    """
    if effect == 0 or deviation == 0:
        return 2
    ratio = abs(effect) / deviation
    low, high = 1, MOST_PAIRS
    while high - low > 1:
        n = (low + high) // 2
        needed = t_quantile(n - 1, 1 - alpha / 2) + t_quantile(n - 1, power)
        low, high = (low, n) if np.sqrt(n) * ratio >= needed else (n, high)
    return high
