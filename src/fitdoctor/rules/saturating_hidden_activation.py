"""Hidden layers end in sigmoid or tanh.

## Why it matters
A sigmoid passes at most a quarter of the gradient back, and next to nothing where it saturates.
Two or more in a row starve the layers before them.

## How it is measured
From the recipe: a hidden dense layer with softmax; two or more hidden layers with a sigmoid, or six
or more with tanh; three with tanh are a hint. A layer that another is multiplied with is a gate and
does not count.

## What to try
relu in hidden layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.records.change import Change
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import OPAQUE, WEIGHTED, activation_of, last_weighted
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule

LEAST_STATED = 4
MANY_TANH = 6
SQUASHING = {"sigmoid", "hard_sigmoid"}


def saturating_hidden_activation(
    recipe: Recipe | None = None, claims: tuple[Claim, ...] | None = None
) -> Iterator[Evidence]:
    said = stated(claims, "saturating_layers")
    if said is not None and said.value is not None and said.value >= LEAST_STATED:
        yield Evidence(sentence=f"You write: \u201c{said.sentence}\u201d", weight=3.0)
        return
    if recipe is None:
        return
    output = last_weighted(recipe.layers)
    hidden = [
        (layer, activation_of(recipe.layers, index))
        for index, layer in enumerate(recipe.layers[:output])
        if layer.kind in WEIGHTED and not _is_gate(recipe.layers, index)
    ]
    chosen = [x for x, activation in hidden if activation == "softmax" and _is_between(x, recipe)]
    if chosen:
        yield Evidence(
            sentence="A hidden layer ends in softmax: its units share out 1 among them, and each "
            "passes next to no gradient.",
            weight=3.5,
            line=chosen[0].line,
        )
        return
    for name, least in (("sigmoid", 2), ("hard_sigmoid", 2), ("tanh", 3)):
        found = [layer for layer, activation in hidden if activation == name]
        few = name == "tanh" and len(found) < MANY_TANH
        if len(found) >= least:
            yield Evidence(
                sentence=f"{len(found)} hidden layers end in {name}.",
                # tanh passes the gradient whole near zero: networks of a few such layers train.
                weight=1.0 if few else 3.0 if len(found) > least and name != "tanh" else 2.0,
                severity="note" if few else None,
                line=found[0].line,
            )
            return
    early = [x for x, activation in hidden if activation in SQUASHING and x.kind == "Conv2D"]
    if early:
        yield Evidence(
            sentence="A convolution ends in a sigmoid: its gradient is a quarter at most, its "
            "outputs are all positive.",
            weight=2.5,
            severity="note",
            line=early[0].line,
        )


def _is_between(layer: Layer, recipe: Recipe) -> bool:
    """Return whether a dense layer is followed by another one, and all layers are known."""
    after = recipe.layers[recipe.layers.index(layer) + 1 :]
    following = next((x for x in after if x.kind in WEIGHTED), None)
    known = not any(x.kind == OPAQUE for x in recipe.layers)
    return layer.kind == "Dense" and known and following is not None and following.kind == "Dense"


def _is_gate(layers: Sequence[Layer], index: int) -> bool:
    """Return whether this is a layer whose output weighs another: squeeze and excite, attention."""
    behind = (x.kind for x in layers[index + 1 :] if x.kind not in {"Activation", "Reshape"})
    return next(behind, None) == "Multiply"


def _net(activation: str) -> tuple[Layer, ...]:
    hidden = tuple(Layer(kind="Dense", units=32, activation=activation) for _ in range(3))
    return (*hidden, Layer(kind="Dense", units=4, activation="softmax"))


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give hidden layers relu in place of what saturates."""
    recipe = run.recipe or Recipe()
    name = next((n for n in ("hard_sigmoid", "sigmoid", "tanh") if n in seen.sentence), "")
    output = last_weighted(recipe.layers)
    changed: Recipe | None = recipe
    for index, layer in enumerate(recipe.layers[:output]):
        hidden = layer.kind in WEIGHTED and not _is_gate(recipe.layers, index)
        if hidden and activation_of(recipe.layers, index) == name and changed is not None:
            changed = mends.with_activation(changed, index, "relu", run)
    if changed is not None:
        yield Change(
            recipe=changed,
            reason=f"Use relu in place of {name}: its gradient does not fade in a row.",
        )


RULE = Rule(
    code="FD222",
    check=saturating_hidden_activation,
    mend=mend,
    kind="cause",
    severity="warning",
    any_of=("recipe", "claims"),
    prior=0.02,
    explains={"never_learned": 0.4, "underfitting": 0.3},
    helped_by=("relu",),
    advice="relu in hidden layers",
    clear="hidden layers do not saturate in a row, as far as they are shown",
    clear_with=("layers",),
    sick=(
        with_recipe(layers=_net("sigmoid")),
        with_recipe(
            layers=tuple(Layer(kind="Dense", units=n, activation="softmax") for n in (64, 10))
        ),
    ),
    healthy=(with_recipe(layers=_net("relu")),),
)
