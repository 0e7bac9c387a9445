"""How much time looks may take: a share of the time that passes, and a little at first."""

from __future__ import annotations

import time

SHARE = 0.015
"""Of the time since the first step; the wrappers themselves cost as much again at most."""
FREE = 0.3
"""Seconds that are not counted: a few looks must be possible in short trainings."""


class Budget:
    """The time that looks have taken."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._spent = 0.0
        self._since = 0.0

    def __enter__(self) -> None:
        self._since = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._spent += time.perf_counter() - self._since

    @property
    def allows(self) -> bool:
        """Return whether one more look is within the share."""
        return self._spent < FREE + SHARE * (time.perf_counter() - self._began)
