"""Whether a straight line, or a plane, parts two classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.stats.nonnegative import least_squares

TOUCHING = 1e-9
"""Squared distance from 0, with points of length 1, below which a hull holds it."""


def separable(points: NDArray[Any], above: NDArray[np.bool_]) -> bool:
    """Return whether some plane has all points of one class strictly on one side.

    points: (n, d); above: (n,), which class each is of. With s = +1 or -1 by class, such a plane
    exists just where 0 is outside the convex hull of the vectors s (x, 1) (Gordan 1873).
    """
    centred = points - points.mean(axis=0)
    spread = np.abs(centred).max(axis=0)
    scaled = centred / np.where(spread > 0, spread, 1.0)
    rows = np.where(above, 1.0, -1.0)[:, None] * np.column_stack([scaled, np.ones(len(points))])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    matrix = np.vstack([rows.T, np.ones(len(rows))])
    target = np.zeros(len(matrix))
    target[-1] = 1.0
    shares = least_squares(matrix, target)
    return bool(((matrix @ shares - target) ** 2).sum() > TOUCHING)
