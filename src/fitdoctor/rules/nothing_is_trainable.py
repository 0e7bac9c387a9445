"""Every layer with weights is frozen.

## Why it matters
The optimizer has nothing to change. Curves move by dropout and batches alone.

## How it is measured
From the script: the backbone and every layer with weights are set to `trainable = False`; in a loop
of PyTorch, none of the weights that the optimizer was given takes gradients when it steps, and no
others are left that could learn.

## What to try
Freeze the backbone only, and compile again after changing `trainable`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted, with_recipe
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Program
from fitdoctor.records.network import WEIGHTED
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Script
from fitdoctor.rule import Rule


def nothing_is_trainable(
    recipe: Recipe | None = None, program: Program | None = None, script: Script | None = None
) -> Iterator[Evidence]:
    if program is not None and (frozen := _all_frozen(program)):
        yield Evidence(
            sentence="None of the weights that the optimizer was given takes gradients: all were "
            "frozen.",
            weight=7.0,
            line=frozen,
        )
        return
    if recipe is None or (program is not None and any(True for _ in program.events("step"))):
        return  # what takes a step says more than the layers
    if script is not None and not _is_trained(script, recipe):
        return  # what is frozen may be a part of a network that is built later
    weighted = [x for x in recipe.layers if x.kind in WEIGHTED]
    backbone = recipe.backbone is None or recipe.backbone.trainable is False
    if weighted and backbone and all(x.trainable is False for x in weighted):
        yield Evidence(
            sentence="Every layer with weights is frozen, the output too.",
            weight=7.0,
            line=weighted[-1].line,
        )


def _is_trained(script: Script, recipe: Recipe) -> bool:
    """Return whether a network is compiled or fitted in what is shown."""
    told = recipe.loss is not None or recipe.optimizer is not None
    return bool(told or script.compile or script.fit or script.fed("train"))


def _all_frozen(program: Program) -> int:
    """Return the line of an optimizer, where all that take a step hold frozen weights alone."""
    stepped = {n for e in program.events("step") for n in e.optimizers}
    made = [program.optimizers[n] for n in sorted(stepped)]
    if not made or not program.whole or not all(o.shown and o.all_frozen for o in made):
        return 0
    if any(program.unheld(number) for number in program.learning):
        return 0  # something is left to learn, and no optimizer was given it: another cause
    return made[0].line


_FROZEN = """
from tensorflow import keras
base = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(9, activation="softmax")])
base.trainable = False
base.summary()
"""

RULE = Rule(
    code="FD215",
    check=nothing_is_trainable,
    kind="cause",
    severity="error",
    prior=0.01,
    any_of=("recipe", "program"),
    explains={"never_learned": 0.95, "underfitting": 0.8},
    told_by={"nothing_trainable": 6.0, "error_no_gradient": 2.5},
    advice="leave the head trainable, and compile after changing trainable",
    torch_advice="leave the head trainable, and give its parameters to the optimizer",
    clear="some layer with weights can learn",
    clear_with=("recipe",),
    asks={
        "weights_move": {"yes": 0.02, "no": 0.98},
    },
    sick=(
        with_recipe(layers=(Layer(kind="Dense", units=4, trainable=False),)),
        scripted(_FROZEN + 'base.compile("sgd", "categorical_crossentropy")\n'),
        scripted(TORCH, ("cost =", "for p in net.parameters(): p.requires_grad = False\ncost =")),
        scripted(
            TORCH,
            (
                "cost =",
                "net[4] = nn.Linear(288, 5)\nnet.requires_grad_(False)\ncost =",
            ),
        ),
    ),
    healthy=(
        with_recipe(),
        scripted(_FROZEN),
        scripted(TORCH),
        scripted(
            TORCH,
            (
                "cost =",
                "net.requires_grad_(False)\nnet[4] = nn.Linear(288, 5)\ncost =",
            ),
        ),
        scripted(
            TORCH,
            (
                "cost =",
                "for n, p in net.named_parameters(): p.requires_grad = '0' in n\ncost =",
            ),
        ),
    ),
)
