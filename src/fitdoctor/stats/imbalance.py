"""Which classes hold too few images beside the largest one."""

from __future__ import annotations

import math
from collections.abc import Sequence

RATIO = 2.5
"""The largest class against a smaller one."""
ALPHA = 0.05


def rare(counts: Sequence[int]) -> tuple[int, ...]:
    """Return the positions of classes that the largest holds `RATIO` times or more.

    Empty classes are passed over. A difference that an even draw from equal classes would show in
    5 % of data sets or more (binomial, Bonferroni over the classes) is none.

    >>> rare([40, 42, 40, 16]), rare([7, 2]), rare([100, 0, 90])
    ((3,), (), ())
    """
    largest, filled = max(counts, default=0), sum(count > 0 for count in counts)
    return tuple(
        place
        for place, count in enumerate(counts)
        if count > 0 and count * RATIO <= largest and _chance(count, largest) * filled < ALPHA
    )


def _chance(few: int, many: int) -> float:
    """Return the probability that of few + many fair draws at most `few` fall on one side."""
    total = few + many
    if total > 1000:
        # Beyond a ratio of 2.5 it is below 1e-40.
        return 0.0
    return sum(math.comb(total, k) for k in range(few + 1)) / (1 << total)
