"""Dropout acts on the output itself.

## Why it matters
In training the answer for a class is set to zero at random, so the loss punishes the network for
what dropout did. No weight can mend that.

## How it is measured
From the layers: a Dropout layer after the last layer with weights.

## What to try
Put dropout before the last Dense layer, or leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.interventions.regularisation import remove_dropout
from fitdoctor.records.change import Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule


def dropout_on_output(recipe: Recipe) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    if output is None:
        return
    for layer in recipe.layers[output + 1 :]:
        if layer.kind == "Dropout" and layer.rate != 0:
            yield Evidence(
                sentence="Dropout stands after the last layer with weights.",
                weight=6.5,
                line=layer.line,
            )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Take the dropout behind the output out."""
    recipe = run.recipe or Recipe()
    for index, layer in enumerate(recipe.layers):
        if layer.kind == "Dropout" and layer.line == seen.line:
            yield Change(
                recipe=mends.without_layer(recipe, index),
                reason="No dropout behind the output: it silences answers, not features.",
                certain=True,
            )
            return


RULE = Rule(
    code="FD213",
    check=dropout_on_output,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.01,
    explains={"underfitting": 0.6, "never_learned": 0.3},
    remedies=(remove_dropout,),
    clear="no dropout after the last layer with weights",
    sick=(with_recipe(layers=(Layer(kind="Dense", units=4), Layer(kind="Dropout", rate=0.5))),),
    healthy=(
        with_recipe(
            layers=(Layer(kind="Dropout", rate=0.5), Layer(kind="Dense", units=4)),
        ),
    ),
)
