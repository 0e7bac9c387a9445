"""Two activations follow each other.

## Why it matters
relu of relu changes nothing, softmax of softmax or sigmoid of relu squeezes what should be free:
the second sees only what the first let through.

## How it is measured
From the recipe: a layer with an activation (other than linear) directly before an Activation, ReLU
or Softmax layer, or two such layers in a row.

## What to try
Keep one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.catalogue.layers import ACTIVATION_LAYERS
from fitdoctor.records.change import Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule

KINDS = {"Activation", *ACTIVATION_LAYERS}


def redundant_activation(recipe: Recipe) -> Iterator[Evidence]:
    for before, layer in pairwise(recipe.layers):
        if layer.kind not in KINDS or layer.activation == "linear":
            continue
        first = before.activation if before.kind not in KINDS else _name(before)
        if first in {None, "linear", "unknown"}:
            continue
        second = _name(layer)
        harmless = first == second == "relu"
        yield Evidence(
            sentence=f"{first} is followed by {second}"
            + (", which changes nothing." if harmless else "."),
            weight=0.5 if harmless else 3.0,
            severity="note" if harmless else None,
            line=layer.line,
        )
        return


def _name(layer: Layer) -> str:
    return layer.activation or ACTIVATION_LAYERS.get(layer.kind, layer.kind.lower())


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Take the second of two activations out."""
    recipe = run.recipe or Recipe()
    for index, layer in enumerate(recipe.layers):
        if index and layer.kind in KINDS and layer.line == seen.line:
            before = recipe.layers[index - 1]
            first = before.activation if before.kind not in KINDS else _name(before)
            same = first == _name(layer)
            yield Change(
                recipe=mends.without_layer(recipe, index),
                reason=f"One {first} is enough." if same else f"{first} alone ends the layer.",
                certain=same,
            )
            return


RULE = Rule(
    code="FD225",
    check=redundant_activation,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.005,
    advice="keep one of the two activations",
    clear="no two activations follow each other",
    sick=(
        with_recipe(
            layers=(
                Layer(kind="Dense", units=4, activation="relu"),
                Layer(kind="Activation", activation="softmax"),
            )
        ),
    ),
    healthy=(
        with_recipe(
            layers=(
                Layer(kind="Dense", units=4),
                Layer(kind="Activation", activation="softmax"),
            )
        ),
    ),
)
