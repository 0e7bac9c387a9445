"""Softmax where several labels can be true at once.

## Why it matters
Softmax shares one unit of probability among the classes: of two true labels neither can be sure,
and the threshold of 0.5 finds at most one.

## How it is measured
The asker states that an image may carry several labels, and the network ends in softmax.

## What to try
A sigmoid for each label, under `binary_crossentropy`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fitdoctor.cases import Case, stating, with_recipe
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Statement, stated
from fitdoctor.rule import Rule


def softmax_for_many_labels(
    recipe: Recipe, statements: tuple[Statement, ...]
) -> Iterator[Evidence]:
    said = stated(statements, "several_labels")
    output = output_index(recipe.layers)
    if said is None or output is None:
        return
    if activation_of(recipe.layers, output) == "softmax":
        yield Evidence(
            sentence=f"The network ends in softmax; stated: \u201c{said.sentence}\u201d",
            weight=5.0,
            line=recipe.layers[output].line,
        )


def _said(activation: str) -> Case:
    words = stating("several_labels", None, "an image can have several labels")
    layers = (Layer(kind="Dense", units=6, activation=activation),)
    return lambda rng: replace(words(rng), recipe=with_recipe(layers=layers)(rng).recipe)


RULE = Rule(
    code="M233",
    check=softmax_for_many_labels,
    kind="cause",
    severity="error",
    prior=0.01,
    explains={"underfitting": 0.3},
    advice="sigmoid outputs under binary_crossentropy",
    clear="labels exclude each other, or the outputs do not",
    sick=(_said("softmax"),),
    healthy=(_said("sigmoid"),),
)
