"""Interventions on what holds the training back, or should."""

from __future__ import annotations

from msgspec.structs import replace

from fitdoctor.records.network import output_index
from fitdoctor.records.recipe import Layer, Recipe


def remove_dropout(recipe: Recipe) -> Recipe:
    """Take every Dropout layer out."""
    return replace(recipe, layers=tuple(x for x in recipe.layers if x.kind != "Dropout"))


def lower_dropout(recipe: Recipe, *, rate: float = 0.2) -> Recipe:
    """Set every dropout rate above `rate` to it."""
    return replace(
        recipe,
        layers=tuple(
            replace(x, rate=rate) if x.kind == "Dropout" and (x.rate or 0) > rate else x
            for x in recipe.layers
        ),
    )


def add_dropout(recipe: Recipe, *, rate: float = 0.3) -> Recipe:
    """Put dropout before the output layer, where there is none."""
    output = output_index(recipe.layers)
    if output is None or (output and recipe.layers[output - 1].kind == "Dropout"):
        return recipe
    dropout = Layer(kind="Dropout", name="added_dropout", rate=rate)
    return replace(recipe, layers=(*recipe.layers[:output], dropout, *recipe.layers[output:]))


def stop_early(recipe: Recipe, *, patience: int = 5) -> Recipe:
    """Stop when validation loss has not improved for `patience` epochs, and keep the best."""
    return replace(recipe, patience=patience)
