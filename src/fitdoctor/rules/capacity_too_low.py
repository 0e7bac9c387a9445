"""The network has too few units to fit the training set.

## Why it matters
A handful of units draws a handful of lines. Training loss then rests on a floor far above zero,
and more epochs, data or regularisation do not help.

## How it is measured
From the recipe: no hidden layer has more than two units, or there is none behind raw inputs that
are not images. Where curves show that the training loss came to rest high, it is surer.

## What to try
Hidden layers of 16 to 128 units.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_recipe
from fitdoctor.interventions.architecture import widen_bottleneck
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import WEIGHTED, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.rule import Rule

MOST_UNITS = 2


def capacity_too_low(recipe: Recipe) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    if output is None or recipe.backbone is not None:
        return
    hidden = [layer for layer in recipe.layers[:output] if layer.kind in WEIGHTED]
    widths = [layer.units for layer in hidden]
    known = [w for w in widths if w is not None]
    if hidden and len(known) == len(widths) and max(known) <= MOST_UNITS:
        yield Evidence(
            sentence=f"No hidden layer has more than {max(known)} unit{'s' * (max(known) > 1)}.",
            weight=2.5,
            severity="note",
            line=hidden[0].line,
        )


_TINY = (Layer(kind="Dense", units=2, activation="relu"), Layer(kind="Dense", units=1))

RULE = Rule(
    code="M229",
    check=capacity_too_low,
    kind="cause",
    severity="warning",
    prior=0.02,
    explains={"underfitting": 0.5, "never_learned": 0.3},
    told_by={"few_units": 2.5},
    helped_by=("more_units", "more_filters"),
    remedies=(widen_bottleneck,),
    clear="hidden layers have more than two units, or are not known",
    sick=(with_recipe(backbone=None, layers=_TINY),),
    healthy=(
        with_recipe(
            backbone=None, layers=(Layer(kind="Dense", units=16), Layer(kind="Dense", units=1))
        ),
    ),
)
