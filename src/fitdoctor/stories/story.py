"""What a story is: images, the asker's recipe, ways to train that tell causes apart, an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from fitdoctor.records.story import Arm, ArmResult, Settings, Table


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One system that somebody asked about."""

    name: str
    title: str
    asked: str
    draw: Callable[[Settings], None]
    """Makes the images in `Settings.images`, where they are not there yet."""
    arms: Callable[[Settings], tuple[Arm, ...]]
    """The ways to train; the first is the asker's own."""
    answer: Callable[[Sequence[ArmResult]], tuple[str, ...]]
    """What it was and how that is known, from the figures."""
    change: str
    """What to change."""
    mended: str
    """The arm with that change."""
    sweep: Callable[[Settings], tuple[Table, tuple[tuple[Arm, ...], ...]]] | None = None
    """A table without its values, and the arm of each cell, by rows."""
