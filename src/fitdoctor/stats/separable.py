"""Whether a straight line, or a plane, parts two classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def separable(points: NDArray[Any], above: NDArray[np.bool_]) -> bool:
    """Return whether some plane has all points of one class on one side.

    points: (n, d); above: (n,), which class each is of. The linear programme `s (x w + b) >= 1`
    has a solution just where such a plane exists.
    """
    from scipy.optimize import linprog  # noqa: PLC0415 - 0.2 s that a diagnosis does not need

    signs = np.where(above, 1.0, -1.0)[:, None]
    rows = -signs * np.column_stack([points, np.ones(len(points))])
    free = [(None, None)] * rows.shape[1]
    solved = linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(len(rows)), bounds=free)
    return bool(solved.status != INFEASIBLE)


INFEASIBLE = 2
