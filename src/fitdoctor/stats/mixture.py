"""Whether repeated outcomes are of one kind or of two."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS = 4000
LEAST = 4


class Split(msgspec.Struct, frozen=True):
    """The widest gap among the outcomes, and its chance where all are of one kind."""

    lower: int
    """Outcomes below the gap."""
    boundary: float
    p_value: float


def two_kinds(outcomes: ArrayLike, *, seed: int = 0) -> Split | None:
    """Test the widest gap between neighbours in order, in units of the spread within both groups.

    Its null distribution is simulated from as many normal outcomes, so that the search for the gap
    is paid for. `None` below `LEAST` outcomes or where all are equal.

    >>> two_kinds([0.5, 0.94, 0.5, 0.96, 0.51, 0.95, 0.49]).lower
    4
    """
    y = np.sort(np.asarray(outcomes, dtype=np.float64))
    if len(y) < LEAST or not np.isfinite(y).all() or y[0] == y[-1]:
        return None
    at = int(np.diff(y).argmax())
    observed = float(_widest(y[None, :])[0])
    rng = np.random.default_rng(seed)
    null = _widest(np.sort(rng.standard_normal((DRAWS, len(y))), axis=1))
    p_value = (1 + int((null >= observed).sum())) / (1 + DRAWS)
    return Split(at + 1, float(y[at] + y[at + 1]) / 2, p_value)


def _widest(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the widest gap of each row by the mean of the other gaps."""
    gaps = np.diff(ordered, axis=1)
    widest = gaps.max(axis=1)
    rest = (gaps.sum(axis=1) - widest) / (gaps.shape[1] - 1)
    return np.asarray(widest / np.maximum(rest, 1e-12))
