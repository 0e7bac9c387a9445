"""Hidden layers have no activation, so the whole stack is one linear map.

## Why it matters
Linear layers one after the other can do no more than a single one, however many there are.

## How it is measured
From the layers: every hidden Dense layer is linear, with no activation after it. An activation
that cannot be told is not missing; a normalisation by the image itself, or another branch that
joins, is no linear map.

## What to try
`activation="relu"` on hidden layers.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.records.change import Behind, Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule


def missing_hidden_activation(recipe: Recipe) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    if output is None or any(x.kind in _BENDING for x in recipe.layers[:output]):
        return
    yield from _convolutions(recipe, output)
    # What is frozen was trained as it is, by something else.
    hidden = [
        i
        for i, x in enumerate(recipe.layers[:output])
        if x.kind == "Dense" and x.trainable is not False
    ]
    linear = [i for i in hidden if activation_of(recipe.layers[:output], i) in {None, "linear"}]
    if hidden and len(linear) == len(hidden):
        yield Evidence(
            sentence=f"{len(linear)} hidden Dense layers without activation: together they are "
            "one linear map."
            if len(linear) > 1
            else "The hidden Dense layer has no activation: with the output it is one linear map.",
            weight=4.0,
            line=recipe.layers[linear[0]].line,
        )
    elif linear and recipe.layers[linear[-1]].units:
        yield Evidence(
            sentence=f"The hidden Dense layer of {recipe.layers[linear[-1]].units} units has no "
            "activation: it adds nothing to the layer after it.",
            weight=2.5,
            severity="note",
            line=recipe.layers[linear[-1]].line,
        )


_BENDING = frozenset({"LayerNormalization", "GroupNormalization", "Add", "Multiply", "Maximum"})
"""Layers that are no linear map, and those that join a branch which may hold one."""


def _convolutions(recipe: Recipe, output: int) -> Iterator[Evidence]:
    found = [i for i, x in enumerate(recipe.layers[:output]) if x.kind == "Conv2D"]
    linear = [i for i in found if activation_of(recipe.layers[:output], i) in {None, "linear"}]
    if len(found) < 2 or len(linear) < len(found):
        return
    # The maximum of a window is no linear map: what lies before it is one by itself.
    parted = any("MaxPooling" in x.kind for x in recipe.layers[found[0] : found[-1]])
    yield Evidence(
        sentence=f"{len(linear)} convolutions without activation: only the pooling between them "
        "keeps them from being one."
        if parted
        else f"{len(linear)} convolutions without activation: together they are one.",
        weight=1.0 if parted else 3.0,
        severity="note" if parted else None,
        line=recipe.layers[linear[0]].line,
    )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give the hidden layers relu."""
    del seen
    recipe = run.recipe or Recipe()
    output = output_index(recipe.layers)
    if mends.in_torch(run):
        lines = [
            layer.line
            for index, layer in enumerate(recipe.layers[:output])
            if layer.kind in TORCH
            and layer.line
            and activation_of(recipe.layers[:output], index) in {None, "linear"}
        ]
        names = tuple(TORCH.values())
        yield Change(
            edits=tuple(Behind(line=n, calls=names, name="ReLU") for n in dict.fromkeys(lines)),
            frees=("layers",),
            reason="Put ReLU behind hidden layers: without it they are one linear map.",
        )
        return
    changed: Recipe | None = recipe
    for index, layer in enumerate(recipe.layers[:output]):
        of_kind = layer.kind in {"Dense", "Conv2D"} and layer.trainable is not False
        if of_kind and activation_of(recipe.layers[:output], index) in {None, "linear"}:
            changed = changed and mends.with_activation(changed, index, "relu", run)
    if changed is not None:
        yield Change(
            recipe=changed, reason="Use relu on hidden layers: without it they are one linear map."
        )


TORCH = {"Dense": "Linear", "Conv2D": "Conv2d"}
"""Layers whose activation is a layer of its own in PyTorch."""


RULE = Rule(
    code="FD214",
    check=missing_hidden_activation,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.02,
    told_by={"no_hidden_activations": 4.0},
    explains={"underfitting": 0.4},
    advice='activation="relu" on hidden layers',
    torch_advice="nn.ReLU() after each hidden layer",
    clear="hidden layers have activations, or there are none",
    asks={
        "hidden_activations": {"yes": 0.02, "no": 0.98},
    },
    sick=(
        with_recipe(
            layers=(Layer(kind="Dense", units=64), Layer(kind="Dense", units=4)),
        ),
    ),
    healthy=(
        with_recipe(
            layers=(
                Layer(kind="Dense", units=64),
                Layer(kind="Activation", activation="relu"),
                Layer(kind="Dense", units=4),
            ),
        ),
        with_recipe(
            layers=(
                Layer(kind="Dense", units=64, activation="unknown"),
                Layer(kind="Dense", units=4),
            )
        ),
    ),
)
