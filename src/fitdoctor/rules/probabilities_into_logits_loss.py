"""The output gives probabilities, but the loss expects logits.

## Why it matters
Softmax is applied twice. The loss then has a floor it cannot pass, ln(e + K - 1) - 1 for K
classes, gradients shrink, and the predicted probabilities are wrong though accuracy may look
plausible.

## How it is measured
From the layers and compile: softmax or sigmoid on the output and `from_logits=True` in the loss; in
a loop, an output after softmax that is given to a loss which applies its own.
From a log: a loss that ends at the floor with nearly all right; or loss and accuracy that add up to
ln(e + K - 1) in every row, to the digits shown, as where all outputs are 0 or 1.

## What to try
Drop one of the two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from fitdoctor import mends
from fitdoctor.cases import TAPE, TORCH, TRAIN_STEP, scripted, with_recipe
from fitdoctor.records.change import Argument, Change, Drop, Rename
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Program
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Curve, Run, Script
from fitdoctor.rule import Rule
from fitdoctor.stats.digits import double_softmax


def probabilities_into_logits_loss(
    recipe: Recipe | None = None,
    loss: Curve | None = None,
    val_loss: Curve | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    classes: int | None = None,
    claims: tuple[Claim, ...] | None = None,
    script: Script | None = None,
    program: Program | None = None,
) -> Iterator[Evidence]:
    for event in program.events("probabilities") if program is not None else ():
        named = (recipe.loss if recipe is not None else None) or "the loss"
        yield Evidence(
            sentence=f"The loss is given an output after {event.detail}, and {named} applies "
            f"{_own_activation(named) or event.detail} itself.",
            figures=_held_up(event.detail, classes, loss),
            weight=5.5,
            line=event.line,
        )
        return
    if classes and classes > 1 and (told := _stated_floor(classes, claims)):
        yield told
        return
    if (recipe is None or recipe.images is None) and (
        sealed := _saturated(((loss, accuracy), (val_loss, val_accuracy)), classes)
    ):
        yield sealed
        return
    # Of our own trainings it is known what the loss is given.
    if classes and classes > 1 and (recipe is None or recipe.images is None):
        yield from _at_the_floor(classes, loss, accuracy)
        yield from _at_the_floor(classes, val_loss, val_accuracy)
    if recipe is None:
        return
    output = output_index(recipe.layers)
    if not recipe.layers or "from_logits" not in (recipe.loss or ""):
        return
    last = recipe.layers[-1]
    activation: str | None
    if last.kind in {"Activation", "Softmax"}:
        output, activation = len(recipe.layers) - 1, last.activation or last.kind.lower()
    elif output is None:
        return
    else:
        activation = activation_of(recipe.layers, output)
    if activation in {"softmax", "sigmoid"}:
        yield Evidence(
            sentence=f"The output ends in {activation}, and {_applies_its_own(recipe, script)}.",
            figures=_held_up(activation, classes, loss),
            weight=5.5,
            line=recipe.layers[output].line,
        )


def _held_up(activation: str | None, classes: int | None, loss: Curve | None) -> str:
    """Return which loss softmax of a softmax cannot pass, beside the one that was reached."""
    if activation != "softmax" or not classes or classes < 2 or loss is None or not len(loss):
        return ""
    floor, reached = math.log(math.e + classes - 1) - 1, float(loss.values[-1])
    if not floor * (1 - NEAR_FLOOR) <= reached <= math.log(classes):
        return ""
    return f"So the loss of {classes} classes cannot fall below {floor:.3f}; it is {reached:.3g}."


NEAR_FLOOR = 0.01
"""Part by which a printed loss may be below the floor."""


def _own_activation(loss: str) -> str:
    """Return what a loss of PyTorch applies, whatever was applied before; "" where unknown."""
    known = {"CrossEntropyLoss": "softmax", "sparse_categorical_crossentropy": "softmax"}
    return known.get(loss.partition("(")[0], "")


def _applies_its_own(recipe: Recipe, script: Script | None) -> str:
    if script is None or script.framework != "torch":
        return "the loss has from_logits=True"
    own = "sigmoid" if (recipe.loss or "").startswith("binary") else "softmax"
    return f"{recipe.loss} applies {own} itself"


def _stated_floor(classes: int, claims: tuple[Claim, ...] | None) -> Evidence | None:
    floor = math.log(math.e + classes - 1) - 1
    said = stated(claims, "loss_stays_at")
    if said is None or said.value is None or abs(said.value - floor) > max(0.005, 0.006 * floor):
        return None
    return Evidence(
        sentence=f"A softmax of a softmax over {classes} classes cannot go below {floor:.4f}; "
        f"stated: \u201c{said.sentence}\u201d",
        weight=5.0,
    )


def _saturated(
    curves: Sequence[tuple[Curve | None, Curve | None]], classes: int | None
) -> Evidence | None:
    """Return what is seen where loss and accuracy add up to the same number in every row."""
    rows = [
        (float(cost), float(right))
        for loss, accuracy in curves
        if loss is not None and accuracy is not None and len(loss) == len(accuracy)
        for cost, right in zip(loss.values[1:][-ROWS:], accuracy.values[1:][-ROWS:], strict=True)
    ]
    size = double_softmax(rows, classes)
    if size is None:
        return None
    return Evidence(
        sentence=f"In every row loss and accuracy add up to ln(e + {size - 1}) = "
        f"{math.log(math.e + size - 1):.4f}: a softmax whose outputs are all 0 or 1, and a softmax "
        "on top of it.",
        weight=6.0,
    )


ROWS = 5
"""Rows at the end of each part that must show it; the first averages over the way there."""


def _at_the_floor(classes: int, loss: Curve | None, accuracy: Curve | None) -> Iterator[Evidence]:
    """Yield evidence where the loss ends at ln(e + K - 1) - 1, the floor of a double softmax."""
    floor = math.log(math.e + classes - 1) - 1
    if loss is None or accuracy is None or not len(loss) or not len(accuracy):
        return
    end, right = float(loss.values[-1]), float(accuracy.values[-1])
    if not np.isfinite(end) or float(np.nanmin(loss.values)) < floor - 0.002:
        return
    if right > 0.97 and abs(end - floor) < 0.01 + (1 - right) and end > floor - 0.002:
        yield Evidence(
            sentence=f"The loss ends at {end:.4g} with {right:.1%} right; a softmax of a softmax "
            f"over {classes} classes cannot go below {floor:.4f}.",
            weight=6.0,
            epochs=(int(loss.epochs[-1]), int(loss.epochs[-1])),
        )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Take one of the two activations away: that of the loss in Keras, that of the output else."""
    recipe, script = run.recipe or Recipe(), run.script
    loss = (recipe.loss or "").replace("(from_logits)", "")
    if script is not None and script.framework != "torch" and loss != recipe.loss:
        wanted = replace(recipe, loss=loss)
        fact = script.compile.get("loss")
        flag = Argument(
            line=fact.line if fact else 0,
            calls=("".join(part.title() for part in loss.split("_")),),
            names=("from_logits",),
            remove=True,
            position=0,
        )
        why = "Without from_logits the loss takes the probabilities that the output gives."
        yield Change(recipe=wanted, edits=(flag,), written_out=True, reason=why, certain=True)
    if loss == "binary_crossentropy" and mends.in_torch(run):
        yield Change(
            recipe=replace(recipe, loss=loss),
            edits=(Rename(line=0, old="BCEWithLogitsLoss", new="BCELoss"),),
            written_out=True,
            reason="BCELoss takes the probabilities that the output gives.",
            certain=True,
        )
    name = "sigmoid" if loss == "binary_crossentropy" else "softmax"
    why = f"The loss gets the output before {name}, which it applies itself; apply {name} by hand "
    why += "where probabilities are wanted."
    last = mends.last_activation(recipe)
    changed = None if last is None else mends.without_layer(recipe, last)
    if changed is not None:
        yield Change(recipe=changed, reason=why, certain=True)
    called = Drop(line=seen.line or 0, calls=(name, name.title()))
    if changed is not None:
        yield Change(recipe=changed, edits=(called,), written_out=True, reason=why, certain=True)
    yield Change(edits=(called,), written_out=True, reason=why, certain=True)


RULE = Rule(
    code="FD209",
    check=probabilities_into_logits_loss,
    mend=mend,
    kind="cause",
    severity="error",
    any_of=("recipe", "loss", "val_loss", "claims", "program"),
    told_by={"softmax_before_cross_entropy": 4.5},
    prior=0.02,
    explains={"underfitting": 0.4},
    helped_by=("no_softmax",),
    advice="drop the output activation, or from_logits=True",
    torch_advice="give the loss the linear output; softmax and sigmoid are for predictions only",
    clear="output activation and loss agree on probabilities or logits",
    clear_with=("layers",),
    asks={
        "softmax_applied_twice": {"yes": 0.98, "no": 0.02},
    },
    turns={"output activation": -1},
    sick=(
        with_recipe(
            layers=(Layer(kind="Dense", units=4, activation="softmax"),),
            loss="sparse_categorical_crossentropy(from_logits)",
        ),
        scripted(TORCH, ("cost(net(x), y)", "cost(torch.softmax(net(x), 1), y)")),
        scripted(TORCH, ("nn.Linear(288, 5))", "nn.Linear(288, 5), nn.Softmax(dim=1))")),
        scripted(TAPE, ("net(x, training=True)", "tf.nn.softmax(net(x, training=True))")),
        scripted(TRAIN_STEP, ("Dense(5)", 'Dense(5, activation="softmax")')),
        scripted(TRAIN_STEP, ("compiled_loss(y, out, ", "compiled_loss(y, tf.nn.softmax(out), ")),
    ),
    healthy=(
        with_recipe(),
        scripted(TORCH),
        scripted(TAPE),
        scripted(TRAIN_STEP),
        scripted(TORCH, ("net(x).argmax", "torch.softmax(net(x), 1).argmax")),
        scripted(
            TORCH, ("cost(net(x), y)", "nn.functional.nll_loss(torch.log_softmax(net(x), 1), y)")
        ),
    ),
)
