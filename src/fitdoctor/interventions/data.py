"""Interventions on what the network is shown."""

from __future__ import annotations

from msgspec.structs import replace

from fitdoctor.records.recipe import Recipe


def scale_inputs(recipe: Recipe) -> Recipe:
    """Multiply pixel values with 1/255."""
    if recipe.backbone is not None:
        return recipe
    return replace(recipe, input_scale=1 / 255)
