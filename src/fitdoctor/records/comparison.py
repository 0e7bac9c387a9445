"""Whether runs, or groups of runs, differ by more than chance."""

from __future__ import annotations

from typing import Literal

import msgspec

from fitdoctor.records.estimate import Estimate

How = Literal["pairs", "groups", "one_against_group", "validation_noise", "nothing"]
"""What a difference is held against: pairs of the same seed, the scatter of both groups, that of
the group that has several runs, the noise of validation images, or nothing that is known."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Runs that are taken for repetitions of one another."""

    name: str
    runs: tuple[str, ...]
    outcomes: tuple[float, ...]
    """At the last epoch of each."""
    seeds: tuple[int | None, ...] = ()
    splits: tuple[str | None, ...] = ()
    """What says which images each validates on, where it is known: equal texts, equal images."""
    n_val: tuple[int | None, ...] = ()
    """Validation images of each."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two groups, their difference, and whether it is shown."""

    outcome: str
    first: Group
    second: Group
    how: How
    measure: Literal["mean", "success_rate"] = "mean"
    """What is compared: mean outcomes, or, where some runs learn and others do not, how many do."""
    difference: Estimate
    """Second less first, with an interval of this level."""
    level: float
    shared_split: bool | None = None
    """Whether all validate on the same images; `None` where that is not known."""
    shown: bool | None
    """Whether 0 lies outside the interval; `None` where there is none."""
    smallest_shown: float | None
    """The difference that such a comparison shows four times in five."""
    sentence: str
    limits: tuple[str, ...] = ()
    """What the comparison cannot say, and what would let it."""
