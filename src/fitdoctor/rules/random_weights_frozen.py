"""A backbone is frozen whose weights are random: only the head learns, on random features.

## Why it matters
Freezing keeps what was learned before. A network that was made with `weights=None` (Keras) or
without `weights=` (torchvision) has learned nothing: its head is fitted to random features, and
training stays far below what the network can do, without an error.

## How it is measured
From the script: the backbone is made without pretrained weights, all of it is frozen at the last
`fit`, and nothing loads weights into a network: no `load_weights`, `set_weights`,
`load_state_dict`, `load_model` or the like, and no function that is not shown is given one in a
loop. Nothing is said where the weights are told by a name that is not known.

## What to try
`weights="imagenet"`, or leave the backbone trainable.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_recipe, with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.loop import Program
from fitdoctor.records.recipe import Backbone, Layer, Recipe
from fitdoctor.records.run import Call, Script
from fitdoctor.rule import Rule

LOADS = ("load_weights", "set_weights", "load_state_dict", "load_model", "restore", "load")


def random_weights_frozen(
    recipe: Recipe, script: Script | None = None, program: Program | None = None
) -> Iterator[Evidence]:
    backbone = recipe.backbone
    if backbone is None or backbone.weights != "none" or backbone.trainable is not False:
        return
    if script is not None and script.called(*LOADS):
        return
    given = {n for e in program.events("unknown") for n in e.networks} if program else set[int]()
    if program is not None and any(not program.networks[n].keras for n in given):
        return
    yield Evidence(
        sentence=f"{backbone.name} is made without pretrained weights, and frozen: its features "
        "are random, and only the head learns.",
        weight=5.0,
        line=backbone.line,
    )


_HEAD = (Layer(kind="GlobalAveragePooling2D"), Layer(kind="Dense", units=6, activation="softmax"))


def _body(weights: str | None, *, trainable: bool | None) -> Backbone:
    return Backbone(name="ResNet50V2", weights=weights, trainable=trainable, include_top=False)


RULE = Rule(
    code="FD239",
    check=random_weights_frozen,
    kind="cause",
    severity="error",
    prior=0.005,
    explains={"underfitting": 0.8, "never_learned": 0.4},
    advice='weights="imagenet" for the frozen backbone, or leave it trainable',
    torch_advice="weights=... for the frozen backbone, or leave it trainable",
    clear="what is frozen was trained before, as far as that is told",
    sick=(with_recipe(backbone=_body("none", trainable=False), layers=_HEAD),),
    healthy=(
        with_recipe(backbone=_body("imagenet", trainable=False), layers=_HEAD),
        with_recipe(backbone=_body("none", trainable=True), layers=_HEAD),
        with_recipe(backbone=_body(None, trainable=False), layers=_HEAD),
        with_script(
            recipe=Recipe(backbone=_body("none", trainable=False), layers=_HEAD),
            calls=(Call(name="load_weights"),),
        ),
    ),
)
