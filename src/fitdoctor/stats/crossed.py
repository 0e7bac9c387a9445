"""Two random factors crossed, one outcome each: which of them the outcomes vary by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Shares(NamedTuple):
    """Shares of the variance of a single outcome; they sum to one where it varies at all."""

    rows: float
    columns: float
    rest: float
    """Both together, and what neither fixes."""


def variance_shares(table: NDArray[np.float64]) -> Shares:
    """Return the shares of the variance of outcomes by row, by column, and by neither.

    Components of variance from the mean squares of a table with one outcome a cell, both factors
    random (Searle, Casella and McCulloch 1992, chapter 4); negative ones count as 0.

    >>> rows = np.array([[1.0, 1.0], [3.0, 3.0]])
    >>> variance_shares(rows), variance_shares(rows.T)
    (Shares(rows=1.0, columns=0.0, rest=0.0), Shares(rows=0.0, columns=1.0, rest=0.0))
    """
    r, c = table.shape
    if np.ptp(table) == 0:
        return Shares(0.0, 0.0, 0.0)
    centre = table.mean()
    by_row, by_column = table.mean(axis=1) - centre, table.mean(axis=0) - centre
    residual = table - centre - by_row[:, None] - by_column[None, :]
    mean_rows = c * float((by_row**2).sum()) / (r - 1)
    mean_columns = r * float((by_column**2).sum()) / (c - 1)
    rest = float((residual**2).sum()) / ((r - 1) * (c - 1))
    parts = (max(0.0, (mean_rows - rest) / c), max(0.0, (mean_columns - rest) / r), rest)
    whole = sum(parts)
    return Shares(*(part / whole for part in parts))
