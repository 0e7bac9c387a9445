"""The network has too few units to fit the training set.

## Why it matters
A handful of units draws a handful of lines. Training loss then rests on a floor far above zero,
and more epochs, data or regularisation do not help.

## How it is measured
From the recipe: no hidden layer has more than two units, or there is none behind raw inputs that
are not images. Two classes of rows that the script writes out, which no straight line parts, and
no hidden layer: that is certain, by linear programming. Where curves show that the training loss
came to rest high, it is surer.

## What to try
Hidden layers of 16 to 128 units.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import with_recipe
from fitdoctor.interventions.architecture import widen_bottleneck
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import WEIGHTED, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Script, training_feeds
from fitdoctor.rule import Rule
from fitdoctor.stats.separable import separable

MOST_UNITS = 2


def capacity_too_low(recipe: Recipe, script: Script | None = None) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    if output is None or recipe.backbone is not None:
        return
    hidden = [layer for layer in recipe.layers[:output] if layer.kind in WEIGHTED]
    widths = [layer.units for layer in hidden]
    known = [w for w in widths if w is not None]
    if not hidden and (count := _no_line_parts(script)):
        yield Evidence(
            sentence=f"No straight line parts the two classes of these {count} rows, and there is "
            "no hidden layer to draw another.",
            weight=5.0,
            line=recipe.layers[output].line,
        )
        return
    if hidden and len(known) == len(widths) and max(known) <= MOST_UNITS:
        yield Evidence(
            sentence=f"No hidden layer has more than {max(known)} unit{'s' * (max(known) > 1)}.",
            weight=2.5,
            severity="note",
            line=hidden[0].line,
        )


MOST_ROWS = 200


def _no_line_parts(script: Script | None) -> int:
    """Return how many rows a script writes out that no line parts by their label; else 0."""
    for feed in training_feeds(script):
        inputs, labels = feed.inputs.table, feed.labels.table
        if not inputs or not len(inputs) == len(labels) <= MOST_ROWS:
            continue
        answers = np.array(labels)
        two = answers.shape[1] == 1 and set(answers.ravel()) in ({0.0, 1.0}, {-1.0, 1.0})
        if two and not separable(np.array(inputs), answers.ravel() > 0):
            return len(inputs)
    return 0


_TINY = (Layer(kind="Dense", units=2, activation="relu"), Layer(kind="Dense", units=1))

RULE = Rule(
    code="FD229",
    check=capacity_too_low,
    kind="cause",
    severity="warning",
    prior=0.02,
    explains={"underfitting": 0.5, "never_learned": 0.3},
    told_by={"few_units": 2.5},
    helped_by=("more_units", "more_filters"),
    remedies=(widen_bottleneck,),
    clear="hidden layers have more than two units, or are not known",
    asks={
        "fits_twenty_images": {"yes": 0.17, "no": 0.83},
    },
    turns={"capacity": 1},
    sick=(with_recipe(backbone=None, layers=_TINY),),
    healthy=(
        with_recipe(
            backbone=None, layers=(Layer(kind="Dense", units=16), Layer(kind="Dense", units=1))
        ),
    ),
)
