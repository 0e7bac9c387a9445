"""A hidden layer is no wider than the output.

## Why it matters
Everything the network knows of an image must pass through a handful of numbers, half of which relu
sets to zero. A unit that dies takes a large part of what is left with it.

## How it is measured
From the layers: a hidden Dense layer with no more units than the output has classes, and at most
sixteen. With relu, or with more than one such layer, the evidence is stronger. One linear unit
whose loss is not shown may be fitted to a number, which needs no more than that.

## What to try
Make the hidden layer several times wider than the number of classes, or leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_recipe
from fitdoctor.interventions.architecture import drop_hidden_layers, widen_bottleneck
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import gives_back
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Script
from fitdoctor.rule import Rule

MOST_UNITS = 16


def bottleneck_before_output(
    classes: int,
    recipe: Recipe | None = None,
    claims: tuple[Claim, ...] | None = None,
    script: Script | None = None,
) -> Iterator[Evidence]:
    said = stated(claims, "units_before_output")
    if said is not None and said.value is not None and 0 < said.value <= min(classes, MOST_UNITS):
        yield Evidence(sentence=f"You write: \u201c{said.sentence}\u201d", weight=3.6)
        return
    if recipe is None or gives_back(script):
        return
    output = output_index(recipe.layers)
    if output is None or classes < 2:
        return
    narrow = [
        index
        for index, layer in enumerate(recipe.layers[:output])
        if layer.kind == "Dense" and layer.units and layer.units <= min(classes, MOST_UNITS)
    ]
    narrow = [index for index in narrow if not _as_wide_as_its_input(recipe, index)]
    if not narrow or _per_pixel(recipe, narrow[0]):
        return
    numbers = recipe.fits_numbers or _may_be_a_number(recipe, output)
    if numbers and not _half(recipe, narrow[0], output):
        return
    relu = any(activation_of(recipe.layers, index) == "relu" for index in narrow)
    first = recipe.layers[narrow[0]]
    times = f"{len(narrow)} hidden layers" if len(narrow) > 1 else "A hidden layer"
    yield Evidence(
        sentence=f"{times} of {first.units} units{' with relu' if relu else ''} before an output "
        f"of {classes} classes.",
        weight=3.6 + 0.6 * relu + 0.4 * (len(narrow) > 1),
        line=first.line,
    )


def _may_be_a_number(recipe: Recipe, output: int) -> bool:
    """Return whether the output is one linear unit under a loss that is not shown."""
    linear = activation_of(recipe.layers, output) in {None, "linear"}
    return recipe.layers[output].units == 1 and linear and recipe.loss is None


def _half(recipe: Recipe, index: int, output: int) -> bool:
    """Return whether this is a relu layer with half the units of the output.

    A regression suffers from that too.
    """
    own, end = recipe.layers[index].units or 0, recipe.layers[output].units or 0
    return activation_of(recipe.layers, index) == "relu" and 2 * own <= end


def _as_wide_as_its_input(recipe: Recipe, index: int) -> bool:
    """Return whether a layer has at least as many units as the network has inputs."""
    shape = next((x.input_shape for x in recipe.layers[: index + 1] if x.input_shape), None)
    units = recipe.layers[index].units or 0
    return shape is not None and len(shape) == 1 and shape[0] is not None and shape[0] <= units


def _per_pixel(recipe: Recipe, index: int) -> bool:
    """Return whether this is a Dense layer before any flattening that acts on every pixel."""
    before = recipe.layers[: index + 1]
    return any(x.input_shape and len(x.input_shape) == 3 for x in before) and not any(
        x.kind.startswith(("Flatten", "Global")) for x in before
    )


def _head(units: int) -> tuple[Layer, ...]:
    return (
        Layer(kind="GlobalAveragePooling2D"),
        Layer(kind="Dense", units=units, activation="relu"),
        Layer(kind="Dense", units=5, activation="softmax"),
    )


RULE = Rule(
    code="FD202",
    check=bottleneck_before_output,
    kind="cause",
    severity="warning",
    any_of=("recipe", "claims"),
    prior=0.02,
    explains={"underfitting": 0.6, "never_learned": 0.2},
    helped_by=("more_units",),
    remedies=(widen_bottleneck, drop_hidden_layers),
    clear="no hidden layer is as narrow as the output",
    clear_with=("layers",),
    asks={
        "small_hidden_layer": {"yes": 0.94, "no": 0.06},
    },
    turns={"capacity": 1},
    sick=(with_recipe(layers=_head(2)),),
    healthy=(with_recipe(layers=_head(64)),),
)
