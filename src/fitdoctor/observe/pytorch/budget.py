"""How much time looks may take: a share of the time that passes, and a little at first."""

from __future__ import annotations

import math
import time

SHARE = 0.01
"""Of the time since torch was imported."""
COUNTING = 0.005
"""Of the time of a batch: what counting batches may take that are not looked at. The wrappers cost
as much again, whatever they do."""
MOST_LEFT_OUT = 25
"""Of so many batches of a training pass one is counted at least."""
FREE = 0.1
"""Seconds that are not counted: a few looks must be possible in short trainings."""


class Budget:
    """The time that looks have taken."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._spent = 0.0

        self._counting, self._rounds = 0.0, 0

    def count(self, seconds: float, rounds: int = 0) -> None:
        """Take what counting batches has taken that were not looked at."""
        self._counting += seconds
        self._rounds += rounds

    def every(self, seconds: float) -> int:
        """Return which part of the batches may be counted, of which each takes so long.

        >>> budget = Budget()
        >>> budget.count(6e-5, rounds=2)
        >>> budget.every(1e-3), budget.every(1.0)
        (6, 1)
        """
        each = self._counting / self._rounds if self._rounds else 0.0
        return max(1, min(MOST_LEFT_OUT, math.ceil(each / (COUNTING * max(seconds, 1e-9)))))

    def spend(self, seconds: float) -> None:
        """Count the processor seconds that a look has taken."""
        self._spent += seconds

    @property
    def allows(self) -> bool:
        """Return whether one more look is within the share."""
        return self._spent < FREE + SHARE * (time.perf_counter() - self._began)
