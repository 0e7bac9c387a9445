"""The vertical axis of a figure: what it covers, linear or logarithmic, and what lies beyond it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec
import numpy as np

from fitdoctor.report.drawing import number

DECADES = 100.0
"""Ratio of the largest to the smallest value from which on an axis is logarithmic."""
ROOM = 3.0
"""How many times the range of the central values an axis may cover to hold the others as well."""
APART = 0.03
"""Share of the values, and at least one of five, that may lie beyond an axis at either end."""
FEWEST = 5
DRAWN = 1e100
"""Beyond this a number is drawn like an infinite one."""
TINY = 1e-290
"""Numbers nearer to 0 are drawn as 0: steps between them would be no floats."""
TICKS = 6


class Axis(msgspec.Struct, frozen=True):
    """A range of values; `share` may leave 0 to 1 for values that lie beyond it."""

    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        """Return the place of a finite value: 0 at the lower end, 1 at the upper."""
        low, high = self.low, self.high
        if self.log:
            if value <= 0:
                return -math.inf
            value, low, high = math.log10(value), math.log10(low), math.log10(high)
        return (value - low) / (high - low)

    def beyond(self, value: float) -> str:
        """Return "", or why the value has no place: "above", "below" or "nan"."""
        if math.isnan(value):
            return "nan"
        if value > self.high:
            return "above"
        return "below" if value < self.low else ""

    def ticks(self) -> list[float]:
        """Return round values to label."""
        if not self.log:
            return _steps(self.low, self.high)
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        every = max(1, -(-(last - first + 1) // TICKS))
        powers = [10.0**p for p in range(first, last + 1, every)]
        return powers if len(powers) > 1 else [self.low, *powers, self.high]

    @property
    def words(self) -> str:
        """The range in words, as the sentence under a figure states it."""
        verb = "is logarithmic, from" if self.log else "runs from"
        cut = ", not from 0" if self.low > 0 and not self.log else ""
        return f"The vertical axis {verb} {number(self.low)} to {number(self.high)}{cut}."


def fitted(values: Iterable[float]) -> Axis | None:
    """Return the axis for values of any size, or `None` where none of them is a finite number.

    It is logarithmic where the central values span two decades. It leaves out single values that
    would press all others together; a linear axis starts at 0 where no value is negative.
    """
    known = np.sort([v if abs(v) > TINY else 0.0 for v in values if abs(v) < DRAWN])
    if not len(known):
        return None
    apart = max(1, int(APART * len(known))) if len(known) >= FEWEST else 0
    core = known[apart : len(known) - apart]
    least, most = float(core[0]), float(core[-1])
    if least > 0 and most / least >= DECADES:
        low = float(known[0]) if known[0] * DECADES >= least else least
        high = float(known[-1]) if known[-1] <= most * DECADES else most
        return Axis(low / 1.1, high * 1.1, log=True)
    base, top = min(0.0, least), max(0.0, most)
    span = (top - base) or 1.0
    low = min(base, float(known[0])) if base - known[0] <= ROOM * span else base
    high = max(top, float(known[-1])) if known[-1] - top <= ROOM * span else top
    high = high or (0.0 if low < 0 else 1.0)
    return Axis(low * 1.1, high * 1.1)


def of_shares(values: Iterable[float]) -> Axis | None:
    """Return the axis for accuracies: up to 1, from a tenth below the least."""
    known = [v for v in values if 0 <= v <= 1]
    if not known:
        return fitted(values)
    return Axis(max(0.0, math.floor(min(known) * 10 - 0.5) / 10), 1.0)


def _steps(low: float, high: float) -> list[float]:
    step = 10.0 ** math.floor(math.log10(high - low))
    for factor in (0.2, 0.5, 1.0, 2.0):
        if (high - low) / (step * factor) <= TICKS:
            step *= factor
            break
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(n * step, 12) if step > 1e-9 else n * step for n in range(first, last + 1)]
