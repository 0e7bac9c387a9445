"""At which numbers of pairs an experiment is judged, and what each look may spend of its error."""

from __future__ import annotations

LOOKS = (5, 8, 12, 20, 32, 50, 80, 125, 200)
"""Fixed for all experiments, so that one that is cut short is the beginning of a longer one."""


def shares(alpha: float = 0.05) -> dict[int, float]:
    """Return the error rate of each look: half of what is left, and the rest at the last.

    Together they are `alpha`, so by Bonferroni's inequality no more than that is spent however the
    looks hang together, and wherever somebody stops or goes on. For a t interval the bounds come
    to 3.3 to 3.8 standard errors at every look.

    >>> {look: round(share, 4) for look, share in shares().items() if look <= 20}
    {5: 0.025, 8: 0.0125, 12: 0.0063, 20: 0.0031}
    """
    left = alpha
    found = {}
    for look in LOOKS[:-1]:
        left /= 2
        found[look] = left
    return {**found, LOOKS[-1]: left}


def next_look(pairs: int) -> int:
    """Return the first look at `pairs` or later; the last one where there is none.

    >>> next_look(2), next_look(5), next_look(6)
    (5, 5, 8)
    """
    return next((look for look in LOOKS if look >= pairs), LOOKS[-1])
