"""How much time looks may take: a share of the time that passes, and a little at first."""

from __future__ import annotations

import time

SHARE = 0.01
"""Of the time since torch was imported; the wrappers and their counts cost as much again."""
FREE = 0.1
"""Seconds that are not counted: a few looks must be possible in short trainings."""


class Budget:
    """The time that looks have taken."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._spent = 0.0

    def spend(self, seconds: float) -> None:
        """Count the processor seconds that a look has taken."""
        self._spent += seconds

    @property
    def allows(self) -> bool:
        """Return whether one more look is within the share."""
        return self._spent < FREE + SHARE * (time.perf_counter() - self._began)
