"""The systems that people asked about: image makers, recipes, arms, and what each must show."""

from __future__ import annotations

from importlib import import_module

from fitdoctor.errors import RecipeError, did_you_mean
from fitdoctor.stories.story import Story

NAMES = ("pixel", "radar", "stall", "spikes")


def story(name: str) -> Story:
    """Return a story by its name; raises `RecipeError` where there is none."""
    if name not in NAMES:
        raise RecipeError(
            f"{name}: there is no such story.{did_you_mean(name, NAMES, ', '.join(NAMES))}"
        )
    found = import_module(f"{__name__}.{name}").STORY
    assert isinstance(found, Story)
    return found
