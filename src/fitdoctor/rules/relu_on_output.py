"""Relu stands between the network and its loss or softmax.

## Why it matters
Relu cannot say less than zero: wrong classes cannot be pushed down, a unit that dies can never be
answered again, and a cross-entropy on relu takes the logarithm of zero.

## How it is measured
From the layers and compile: the last Dense layer has relu, under a cross-entropy or before
softmax, or under any loss where accuracy is what is measured. On one unit under a loss for numbers
it is a hint: they may all be positive.

## What to try
No activation before softmax; softmax or sigmoid before the loss.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.records.change import Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import activation_of, last_weighted, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run, Script
from fitdoctor.rule import Rule


def relu_on_output(recipe: Recipe, script: Script | None = None) -> Iterator[Evidence]:
    output = last_weighted(recipe.layers)
    if output is None:
        return
    after = [
        x.activation or x.kind.lower()
        for x in recipe.layers[output + 1 :]
        if x.kind in {"Activation", "Softmax"}
    ]
    metrics = script.compile.get("metrics") if script else None
    for_classes = "crossentropy" in (recipe.loss or "") or "acc" in (
        metrics.source if metrics else ""
    )
    if not for_classes and "softmax" not in after:
        one = recipe.layers[output]
        if (
            recipe.fits_numbers
            and one.units == 1
            and activation_of(recipe.layers, output) == "relu"
        ):
            yield Evidence(
                sentence=f"The one output unit has relu under {recipe.loss}: no number below zero "
                "can be said, and where it falls silent it stays so.",
                weight=1.0,
                severity="note",
                line=one.line,
            )
        return
    if activation_of(recipe.layers, output) == "relu":
        yield Evidence(
            sentence="The last layer with weights has relu"
            + (" before its softmax." if "softmax" in after else f" under {recipe.loss}."),
            weight=6.0,
            line=recipe.layers[output].line,
        )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Let classes end in softmax or sigmoid; take relu from before a softmax."""
    del seen
    recipe = run.recipe or Recipe()
    output = output_index(recipe.layers)
    if output is None:
        return
    behind = recipe.layers[output + 1 :]
    if recipe.layers[output].activation == "relu" and any(
        x.activation == "softmax" or x.kind == "Softmax" for x in behind
    ):
        yield Change(
            recipe=mends.with_layer(recipe, output, activation=None),
            reason="No relu before the softmax: it cuts off all scores below zero.",
            certain=True,
        )
        return
    ends = "sigmoid" if recipe.layers[output].units == 1 else "softmax"
    ends_in = None if mends.in_torch(run) else ends
    if (changed := mends.with_activation(recipe, output, ends_in, run)) is not None:
        yield Change(
            recipe=changed,
            reason=f"Use {ends} on the output: the loss takes probabilities."
            if ends_in
            else "No relu on the output: the loss takes scores of either sign.",
            certain=True,
        )


RULE = Rule(
    code="FD211",
    check=relu_on_output,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.02,
    explains={"constant_output": 0.6, "never_learned": 0.5, "loss_became_nan": 0.3},
    advice="softmax (or sigmoid for one unit) instead of relu on the output",
    torch_advice="no activation before CrossEntropyLoss or BCEWithLogitsLoss",
    clear="the output has no relu",
    asks={
        "output_activation": {"softmax": 0.02, "sigmoid": 0.02, "none": 0.02, "relu_or_tanh": 0.94},
    },
    sick=(
        with_recipe(layers=(Layer(kind="Dense", units=4, activation="relu"),)),
        with_recipe(
            layers=(
                Layer(kind="Dense", units=4, activation="relu"),
                Layer(kind="Activation", activation="softmax"),
            )
        ),
    ),
    healthy=(with_recipe(),),
)
