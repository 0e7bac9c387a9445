"""What a story is: images, the asker's recipe, ways to train that tell causes apart, an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from fitdoctor.records.recipe import Recipe
from fitdoctor.records.story import Arm, ArmResult, Brief, Descent, Extras, Settings


class Instruments(Protocol):
    """What is measured of recipes beside training them; `training.instruments` is this."""

    def rate_test(self, recipe: Recipe, used: tuple[float, float], /) -> str:
        """Return what a range test of the learning rate says beside the rates that were used."""
        ...

    def seconds_of(self, recipe: Recipe, /) -> tuple[float, float]:
        """Return what all trainings of a recipe take together once, and what each takes."""
        ...

    def validation_images(self, recipe: Recipe, /) -> tuple[Path, ...]:
        """Return the files of the validation images that are looked at, in their order."""
        ...

    def descent(self, recipe: Recipe, kept: Path, /) -> Sequence[Descent]:
        """Return the loss surface with exact and noisy descents; computed once, and `kept`."""
        ...


class Work(msgspec.Struct, frozen=True):
    """What a story may do after its ways to train."""

    train: Callable[[str, Sequence[Arm]], Sequence[ArmResult]]
    """What is to be done, in words for who waits, and arms -> what they show."""
    instruments: Instruments | None
    """`None` where nothing can be measured, as in tests of the telling."""


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
    brief: Callable[[Sequence[ArmResult]], Brief]
    """The same for who has ten seconds."""
    replies: Callable[[Sequence[ArmResult]], tuple[str, ...]] = lambda _: ()
    """What the figures say of each answer that the asker got."""
    change: str
    """What to change."""
    mended: str
    """The arm with that change."""
    more: Callable[[Settings, Sequence[ArmResult], Work], Extras] | None = None
    """What else it shows, some of it from further trainings."""
    figures: tuple[str, ...] = ("val_accuracy",)
    """Which figures of the trainings are drawn."""
