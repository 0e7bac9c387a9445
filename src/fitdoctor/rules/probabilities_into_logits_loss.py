"""The output gives probabilities, but the loss expects logits.

## Why it matters
Softmax is applied twice. The loss then has a floor it cannot pass, ln(e + K - 1) - 1 for K classes,
gradients shrink, and the predicted probabilities are wrong though accuracy may look plausible.

## How it is measured
From the layers and compile: softmax or sigmoid on the output and `from_logits=True` in the loss.

## What to try
Drop one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_recipe
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.rule import Rule


def probabilities_into_logits_loss(recipe: Recipe) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    if output is None or "from_logits" not in (recipe.loss or ""):
        return
    activation = activation_of(recipe.layers, output)
    if activation in {"softmax", "sigmoid"}:
        yield Evidence(
            sentence=f"The output ends in {activation} and the loss has from_logits=True.",
            weight=5.5,
            line=recipe.layers[output].line,
        )


RULE = Rule(
    code="M209",
    check=probabilities_into_logits_loss,
    kind="cause",
    severity="error",
    prior=0.02,
    explains={"underfitting": 0.4},
    advice="drop the output activation, or from_logits=True",
    clear="output activation and loss agree on probabilities or logits",
    sick=(
        with_recipe(
            layers=(Layer(kind="Dense", units=4, activation="softmax"),),
            loss="sparse_categorical_crossentropy(from_logits)",
        ),
    ),
    healthy=(with_recipe(),),
)
