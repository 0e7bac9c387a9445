"""Interventions on the layers."""

from __future__ import annotations

from msgspec.structs import replace

from fitdoctor.records.network import (
    FLATTENING,
    SPATIAL,
    has_kind,
    output_index,
    output_units,
)
from fitdoctor.records.recipe import Layer, Recipe


def widen_bottleneck(recipe: Recipe, *, units: int = 64) -> Recipe:
    """Give every hidden Dense layer that is no wider than the output more units."""
    output = output_index(recipe.layers)
    width = output_units(recipe.layers)
    if output is None or width is None:
        return recipe
    return replace(
        recipe,
        layers=tuple(
            replace(layer, units=max(units, 4 * width))
            if layer.kind == "Dense" and index < output and (layer.units or units) <= width
            else layer
            for index, layer in enumerate(recipe.layers)
        ),
    )


def use_convolutions(recipe: Recipe, *, filters: int = 16) -> Recipe:
    """Put two small convolutions with pooling in the place of dense layers on raw pixels."""
    output = output_index(recipe.layers)
    if recipe.backbone is not None or output is None or has_kind(recipe.layers, *SPATIAL):
        return recipe
    block = tuple(
        layer
        for number, width in enumerate((filters, 2 * filters), start=1)
        for layer in (
            Layer(
                kind="Conv2D",
                name=f"convolution_{number}",
                units=width,
                kernel_size=3,
                activation="relu",
                padding="same",
            ),
            Layer(kind="MaxPooling2D", name=f"pooling_{number}", pool_size=2),
        )
    )
    return replace(
        recipe,
        layers=(*block, Layer(kind="GlobalMaxPooling2D", name="top"), *recipe.layers[output:]),
    )


def drop_hidden_layers(recipe: Recipe) -> Recipe:
    """Leave one Dense output layer on the backbone, and nothing between."""
    output = output_index(recipe.layers)
    if output is None or recipe.backbone is None:
        return recipe
    first = tuple(layer for layer in recipe.layers[:output] if layer.kind in FLATTENING)[:1]
    return replace(recipe, layers=(*first, *recipe.layers[output:]))


def match_output_to_classes(recipe: Recipe) -> Recipe:
    """Give the output layer one unit per class."""
    output = output_index(recipe.layers)
    if output is None or recipe.n_classes is None:
        return recipe
    layers = list(recipe.layers)
    layers[output] = replace(layers[output], units=recipe.n_classes)
    return replace(recipe, layers=tuple(layers))
