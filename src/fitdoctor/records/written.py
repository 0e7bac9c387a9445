"""What is known of the numbers in an array, by a script's text or a recording of it."""

from __future__ import annotations

import msgspec

SOFTENED = (-0.3, 1.3)
MOST_NAMED = 20
"""Of more different whole numbers than this each must be there five times to be a class."""


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """An array that a script writes down, computes or draws, or that a library brings with it."""

    rows: int | None = None
    columns: int
    """Numbers in a row, all axes behind the first together."""
    low: float
    high: float
    whole: bool
    """Every number is a whole one."""
    draws: tuple[int, ...] = ()
    """A number for each draw that it comes of: what shares none has nothing to do with it. With a 0
    it comes of something that cannot be told as well."""
    distinct: int = 0
    """Different values of one column of whole numbers, or columns of one-hot rows; 0 of others."""
    one_hot: bool = False
    in_order: bool = False
    """One class behind the other: the rows of each stand together."""
    counts: tuple[int, ...] = ()
    """How often each value is there, where they are few."""
    table: tuple[tuple[float, ...], ...] = ()
    """The rows themselves, where they are few and none is drawn."""
    seen: int | None = None
    """Rows that were looked at while the script ran; `None` where its text tells the numbers."""
    passed: bool = False
    """Recorded batch by batch in the order of training; else an array, which fit shuffles."""
    shape: tuple[int, ...] = ()
    """Of one row, where it was recorded."""
    dtype: str = ""
    """Of the array, where it was recorded."""
    mean: float | None = None
    """Of the rows that were looked at."""
    mixing: float | None = None
    """Of recorded labels: the share of neighbours that differ, as a part of what a random order of
    them gives; near 0 where each class comes in blocks."""
    values: tuple[float, ...] = ()
    """The different values of a recorded column of whole numbers, or the columns of one-hot rows
    that hold a one, where they are few; `counts` says how often each is there."""

    def apart_from(self, other: Numbers) -> bool:
        """Return whether numbers are drawn, and their draws are none of the other's."""
        told = 0 not in (*self.draws, *other.draws)
        return bool(self.draws) and told and not set(self.draws) & set(other.draws)

    @property
    def recorded(self) -> bool:
        """Whether these are the numbers that training was given, not what a text tells of them."""
        return self.seen is not None

    @property
    def pictures(self) -> bool:
        """Whether the rows have the shape of images."""
        return len(self.shape) >= 2 and min(self.shape[:2]) > 1

    @property
    def drawn(self) -> bool:
        """Drawn at random or brought by a library: shape and ends are true, the numbers others."""
        return bool(self.draws)

    @property
    def classes(self) -> int:
        """How many classes these are as labels 0, 1, 2 ... or as one-hot rows; 0 where none."""
        if self.one_hot:
            return self.columns
        numbered = self.whole and self.columns == 1 and self.low == 0
        return int(self.high) + 1 if numbered and self.distinct == self.high + 1 else 0

    def measured(self, units: int | None) -> bool:
        """Return whether labels are numbers of one column that name no class of so many units.

        They are no whole ones, or too many, or none is there twice; one unit has no room for many.
        """
        once = self.distinct == self.rows and self.distinct > 2
        often = self.distinct if units == 1 or self.rows is None else self.distinct - self.rows / 5
        # Softened or noisy names of two classes stay near 0 and 1.
        low, high = SOFTENED if units == 1 else (0.0, 1.0)
        between = not self.whole and (self.low < low or self.high > high)
        return self.columns == 1 and (between or once or (self.distinct > MOST_NAMED and often > 0))

    @property
    def many_hot(self) -> bool:
        """Rows of zeros and ones, of which some hold several ones."""
        zeros_and_ones = self.whole and (self.low, self.high) == (0, 1)
        return zeros_and_ones and self.columns > 1 and not self.one_hot

    @property
    def reach(self) -> float:
        """The largest size of a number."""
        return max(abs(self.low), abs(self.high))
