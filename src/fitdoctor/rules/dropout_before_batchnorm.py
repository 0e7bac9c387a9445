"""Dropout stands before BatchNormalization.

## Why it matters
Dropout changes the variance of what follows, in training only. BatchNorm stores that variance and
uses it in inference, where dropout is off: the two do not fit (Li et al. 2018, arXiv:1801.05134).

## How it is measured
From the recipe: a Dropout layer of rate 0.3 or more whose output reaches a BatchNormalization with
at most one layer with weights between.

## What to try
Dropout after the last BatchNormalization.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_recipe
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import WEIGHTED
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.rule import Rule

LEAST_RATE = 0.3


def dropout_before_batchnorm(recipe: Recipe) -> Iterator[Evidence]:
    for index, layer in enumerate(recipe.layers):
        if layer.kind != "Dropout" or (layer.rate or 0) < LEAST_RATE:
            continue
        weighted = 0
        for later in recipe.layers[index + 1 :]:
            weighted += later.kind in WEIGHTED
            if weighted > 1 or later.kind.startswith(("Flatten", "Global", "Max")):
                break
            if later.kind == "BatchNormalization":
                yield Evidence(
                    sentence=f"Dropout {layer.rate:g} stands before a BatchNormalization, which "
                    "stores a variance that inference does not have.",
                    weight=1.5,
                    line=layer.line,
                )
                return


RULE = Rule(
    code="FD220",
    check=dropout_before_batchnorm,
    kind="cause",
    severity="note",
    prior=0.01,
    advice="put dropout after the last BatchNormalization",
    torch_advice="put dropout after the last BatchNorm",
    clear="no dropout stands before a BatchNormalization",
    sick=(
        with_recipe(
            layers=(
                Layer(kind="Dropout", rate=0.5),
                Layer(kind="Dense", units=64),
                Layer(kind="BatchNormalization"),
                Layer(kind="Dense", units=4, activation="softmax"),
            )
        ),
    ),
    healthy=(
        with_recipe(
            layers=(
                Layer(kind="BatchNormalization"),
                Layer(kind="Dropout", rate=0.5),
                Layer(kind="Dense", units=4, activation="softmax"),
            )
        ),
    ),
)
