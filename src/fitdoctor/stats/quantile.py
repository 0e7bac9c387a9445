"""Quantiles by sorting: the first of NumPy's own loads all of `numpy.ma`."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def quantile(values: ArrayLike, share: float) -> NDArray[np.float64]:
    """Return the quantile of each column, linear between the two nearest values.

    >>> float(quantile([4.0, 1.0, 3.0, 2.0], 0.5))
    2.5
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=0)
    place = share * (len(ordered) - 1)
    low, high = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    return np.asarray(low + (high - low) * (place % 1))


def median(values: ArrayLike) -> float:
    """Return the middle of all values; not a number where one is, or where there is none.

    >>> median([4.0, 1.0, 3.0, 2.0])
    2.5
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=None)
    if not len(ordered) or np.isnan(ordered[-1]):
        return float("nan")
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
