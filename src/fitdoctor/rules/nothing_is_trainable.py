"""Every layer with weights is frozen.

## Why it matters
The optimizer has nothing to change. Curves move by dropout and batches alone.

## How it is measured
From the script: the backbone and every layer with weights are set to `trainable = False`.

## What to try
Freeze the backbone only, and compile again after changing `trainable`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_recipe
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import WEIGHTED
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.rule import Rule


def nothing_is_trainable(recipe: Recipe) -> Iterator[Evidence]:
    weighted = [x for x in recipe.layers if x.kind in WEIGHTED]
    backbone = recipe.backbone is None or recipe.backbone.trainable is False
    if weighted and backbone and all(x.trainable is False for x in weighted):
        yield Evidence(
            sentence="Every layer with weights is frozen, the output too.",
            weight=7.0,
            line=weighted[-1].line,
        )


RULE = Rule(
    code="FD215",
    check=nothing_is_trainable,
    kind="cause",
    severity="error",
    prior=0.01,
    explains={"never_learned": 0.95, "underfitting": 0.8},
    told_by={"nothing_trainable": 6.0, "error_no_gradient": 2.5},
    advice="leave the head trainable, and compile after changing trainable",
    torch_advice="leave the head trainable, and give its parameters to the optimizer",
    clear="some layer with weights can learn",
    asks={
        "weights_move": {"yes": 0.02, "no": 0.98},
    },
    sick=(with_recipe(layers=(Layer(kind="Dense", units=4, trainable=False),)),),
    healthy=(with_recipe(),),
)
