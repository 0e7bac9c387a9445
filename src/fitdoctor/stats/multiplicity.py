"""Many tests at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float], tests: int, alpha: float = 0.05) -> tuple[bool, ...]:
    """Return which p-values stay significant over `tests` tests in all (Holm 1979).

    Tests that were made and gave no small p-value count in `tests` without being listed.

    >>> holm([0.001, 0.03, 0.04], tests=5)
    (True, False, False)
    """
    kept = [False] * len(p_values)
    for rank, index in enumerate(np.argsort(p_values)):
        if p_values[index] > alpha / (tests - rank):
            break
        kept[int(index)] = True
    return tuple(kept)
