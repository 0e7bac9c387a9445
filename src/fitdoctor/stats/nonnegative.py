"""Least squares under the condition that no coefficient is negative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SMALL = 1e-12


def least_squares(matrix: Array, target: Array) -> Array:
    """Return the x >= 0 with the least |matrix x - target| (Lawson and Hanson 1974, chapter 23).

    matrix: (m, n); target: (m,); x: (n,).

    >>> least_squares(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([2.0, -3.0])).tolist()
    [2.0, 0.0]
    """
    columns = matrix.shape[1]
    x, free = np.zeros(columns), np.zeros(columns, dtype=bool)
    for _ in range(3 * columns + 10):
        slope = matrix.T @ (target - matrix @ x)
        slope[free] = -np.inf
        best = int(slope.argmax())
        if slope[best] <= SMALL:
            break
        free[best] = True
        x = _within(matrix, target, x, free)
    return x


def _within(matrix: Array, target: Array, x: Array, free: NDArray[np.bool_]) -> Array:
    """Return the solution over the free columns; those that would be negative become 0."""
    for _ in range(len(free)):
        wanted = np.zeros_like(x)
        wanted[free] = np.linalg.lstsq(matrix[:, free], target, rcond=None)[0]
        negative = free & (wanted <= SMALL)
        if not negative.any():
            return wanted
        steps = x[negative] / np.maximum(x[negative] - wanted[negative], 1e-300)
        x = x + float(steps.min()) * (wanted - x)
        free &= x > SMALL
        x[~free] = 0.0
    return x
