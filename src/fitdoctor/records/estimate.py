"""A number that was measured, and how well it is known."""

from __future__ import annotations

import msgspec


class Estimate(msgspec.Struct, frozen=True):
    """A number and the interval it is known to."""

    value: float
    low: float
    high: float
