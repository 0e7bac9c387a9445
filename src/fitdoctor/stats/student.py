"""The normal and Student's t distribution; tests hold these functions to SciPy's."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import erfc, inf, sqrt

from fitdoctor.stats.beta import beta_cdf


def normal_cdf(z: float) -> float:
    """P(Z <= z), accurate in both tails.

    >>> round(normal_cdf(1.959964), 6)
    0.975
    """
    return 0.5 * erfc(-z / sqrt(2))


def t_cdf(freedom: float, t: float) -> float:
    """P(T <= t) of Student's t with any positive degrees of freedom.

    By the incomplete beta function, P(|T| > t) = I_x(freedom / 2, 1 / 2) with
    x = freedom / (freedom + t^2) (Abramowitz and Stegun 26.7.1).
    """
    if t in (inf, -inf):
        return 1.0 if t > 0 else 0.0
    both_tails = beta_cdf(freedom / 2, 0.5, freedom / (freedom + t * t))
    return 1 - both_tails / 2 if t > 0 else both_tails / 2


@lru_cache(maxsize=4096)
def t_quantile(freedom: float, p: float) -> float:
    """Return t with P(T <= t) = p."""
    return _invert(lambda t: t_cdf(freedom, t), p)


def normal_quantile(p: float) -> float:
    """Return z with P(Z <= z) = p."""
    return _invert(normal_cdf, p)


def _invert(cdf: Callable[[float], float], p: float) -> float:
    """Invert a symmetric distribution by bisection, to double precision."""
    if p < 0.5:
        return -_invert(cdf, 1 - p)
    low, high = 0.0, 1.0
    while cdf(high) < p and high < 1e12:
        low, high = high, high * 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if cdf(middle) < p else (low, middle)
    return (low + high) / 2
