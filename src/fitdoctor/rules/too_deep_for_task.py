"""The network is too deep to be trained like this.

## Why it matters
Beyond some ten plain layers, without shortcuts or normalisation, the signal dies out on its way in
either direction. Fewer layers learn at once.

## How it is measured
A hint, from the layers: six or more hidden Dense layers, or twelve or more convolutions that are
not pretrained, in one chain without normalisation or shortcuts. Surer where training never left its
start, and where eight or more Dense layers stand on a backbone: its features need one or two. Only
a re-run with fewer layers decides.

## What to try
Half the layers; or BatchNormalization, or a network with shortcuts.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import both, flat, with_curves, with_recipe
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import has_kind
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

DENSE, CONVOLUTIONS = 6, 12
CARRIES = ("BatchNormalization", "LayerNormalization", "GroupNormalization", "Add")
"""Normalisation and shortcuts keep the signal up through any depth."""
ON_FEATURES = 8
"""Hidden Dense layers on a backbone's features that are too many, whatever the task."""


def too_deep_for_task(recipe: Recipe, loss: Curve | None = None) -> Iterator[Evidence]:
    if has_kind(recipe.layers, *CARRIES):
        return
    dense = sum(layer.kind == "Dense" for layer in recipe.layers) - 1
    convolutions = sum(layer.kind.endswith("Conv2D") for layer in recipe.layers)
    if dense < DENSE and convolutions < CONVOLUTIONS:
        return
    stuck = loss is not None and len(loss) >= 5 and _unmoved(loss.values)
    on_features = recipe.backbone is not None and dense >= ON_FEATURES
    yield Evidence(
        sentence=f"{dense} hidden Dense layers and {convolutions} convolutions in one chain, "
        "without normalisation"
        + (f", on the features of {recipe.backbone.name}" if recipe.backbone else "")
        + (", and training loss never left its start." if stuck else "."),
        weight=3.0 if stuck or on_features else 1.0,
        severity=None if stuck or on_features else "note",
    )


def _unmoved(values: np.ndarray) -> bool:
    finite = values[np.isfinite(values)]
    return len(finite) > 0 and bool(median(finite[-3:]) > 0.97 * finite[0])


_DEEP = with_recipe(
    backbone=None,
    layers=(*(Layer(kind="Dense", units=32, activation="relu") for _ in range(9)),
            Layer(kind="Dense", units=4, activation="softmax")),
)  # fmt: skip

RULE = Rule(
    code="FD234",
    check=too_deep_for_task,
    kind="cause",
    severity="warning",
    prior=0.01,
    explains={"never_learned": 0.5, "vanishing_gradient": 0.5},
    helped_by=("fewer_layers",),
    advice="half the layers, or BatchNormalization between them",
    torch_advice="half the layers, or BatchNorm between them",
    clear="few layers, or normalised or pretrained ones",
    turns={"capacity": -1},
    sick=(both(with_curves(loss=flat(at=1.386, noise=0.002)), _DEEP),),
    healthy=(with_recipe(),),
)
