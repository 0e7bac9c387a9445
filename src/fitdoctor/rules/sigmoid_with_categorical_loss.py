"""Independent sigmoid scores under a loss for exclusive classes.

## Why it matters
Categorical cross-entropy looks at the score of the right class only. With sigmoid the network may
raise all scores at once and look well trained while it tells nothing apart.

## How it is measured
From the layers and compile: sigmoid on the output under (sparse) categorical cross-entropy. On one
unit the categorical loss is 0 whatever is predicted.

## What to try
Softmax for exclusive classes; binary cross-entropy where several labels can be true at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.records.change import Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule


def sigmoid_with_categorical_loss(recipe: Recipe) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    if output is None or "categorical_crossentropy" not in (recipe.loss or ""):
        return
    layer = recipe.layers[output]
    if activation_of(recipe.layers, output) == "sigmoid":
        count = "Sigmoid" if layer.units is None else f"{layer.units} sigmoid"
        outputs = "One sigmoid output" if layer.units == 1 else f"{count} outputs"
        one = layer.units == 1
        empty = one and (recipe.loss or "").startswith("categorical")
        yield Evidence(
            sentence=f"{outputs} under {recipe.loss}"
            + (
                ": over a single output it is 0 whatever the answer, and nothing is learned."
                if empty
                else "."
            ),
            weight=6.0 if empty else 4.5,
            line=layer.line,
            fix="binary_crossentropy: the loss of one sigmoid output, for two classes"
            if one
            else "",
        )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Let exclusive classes end in softmax, one unit or several true labels in a binary loss."""
    del seen
    recipe = run.recipe or Recipe()
    output = output_index(recipe.layers)
    if output is None:
        return
    if recipe.layers[output].units == 1:
        if (changed := mends.for_one_unit(run, recipe)) is not None:
            why = "Use one unit and the binary loss for two classes, else a unit for each."
            yield Change(recipe=changed, reason=why, certain=True)
        return
    if mends.labels_of(run) == "many-hot":
        yield Change(
            recipe=replace(recipe, loss="binary_crossentropy"),
            reason="binary_crossentropy is the loss of sigmoid outputs.",
            certain=True,
        )
        return
    changed = mends.with_activation(recipe, output, "softmax", run)
    if changed is not None:
        yield Change(
            recipe=changed,
            reason="Use softmax: exclusive classes share one probability, as the loss expects.",
            certain=True,
        )


RULE = Rule(
    code="FD210",
    check=sigmoid_with_categorical_loss,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.02,
    explains={"underfitting": 0.3},
    advice="softmax on the output",
    torch_advice="CrossEntropyLoss on the linear output",
    clear="a categorical loss stands on softmax, or the loss is another",
    turns={"exclusive classes": 1},
    sick=(with_recipe(layers=(Layer(kind="Dense", units=4, activation="sigmoid"),)),),
    healthy=(
        with_recipe(
            layers=(Layer(kind="Dense", units=4, activation="sigmoid"),),
            loss="binary_crossentropy",
        ),
    ),
)
