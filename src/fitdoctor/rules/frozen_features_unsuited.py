"""The frozen backbone does not see what tells these classes apart.

## Why it matters
Features learned on photographs need not fit radar, spectrograms or microscope images. A head can
only choose among what the frozen backbone offers; no head then helps.

## How it is measured
A hint, from a frozen backbone together with a training loss that rests above 0.6 ln K: what falls
by more than 5 % over three epochs is still on its way. It is decided by unfreezing the backbone.
What the asker says of the unfrozen network is stronger than the curve.

## What to try
Fine-tune the upper part or all of the backbone at a low rate, or train a small network from
scratch.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import both, falling, straight, with_curves, with_recipe
from fitdoctor.interventions.transfer import unfreeze_backbone
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Backbone, Layer, Recipe
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

FALLS = 0.95
"""Ratio of two medians of three epochs, one after the other, below which a loss does not rest."""


def frozen_features_unsuited(
    recipe: Recipe,
    loss: Curve | None = None,
    classes: int | None = None,
    val_loss: Curve | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    backbone = recipe.backbone
    helps = stated(claims, "unfreezing_helps")
    if backbone is not None and helps is not None:
        yield Evidence(
            sentence=f"{backbone.name} is frozen, and stated: \u201c{helps.sentence}\u201d",
            weight=5.0,
            line=backbone.line,
        )
        return
    if loss is None or classes is None:
        return
    if backbone is None or backbone.trainable is not False or len(loss) < 5 or classes < 2:
        return
    chance = float(np.log(classes))
    train = median(loss.values[-3:])
    val = median(val_loss.values[-3:]) if val_loss is not None else 0.0
    # At chance itself nothing was learned at all, which features alone do not do.
    if not 0.6 * chance < train < 0.98 * chance or train < FALLS * median(loss.values[-6:-3]):
        return
    yield Evidence(
        sentence=f"{backbone.name} is frozen; on its features training loss rests at {train:.2f}"
        + (f" and validation loss at {val:.2f}" if val_loss is not None else "")
        + f" (ln {classes} = {chance:.2f}).",
        weight=1.0,
        severity="note",
        line=backbone.line,
    )


RULE = Rule(
    code="FD112",
    check=frozen_features_unsuited,
    kind="cause",
    severity="warning",
    prior=0.06,
    explains={"underfitting": 0.7},
    helped_by=("from_scratch",),
    remedies=(unfreeze_backbone,),
    clear="no frozen backbone, or training fits well on its features",
    asks={
        "pretrained_part_frozen": {"yes": 0.96, "no": 0.02, "not_pretrained": 0.02},
    },
    denied_by=(Said("frozen", negated=True),),
    sick=(
        both(
            with_curves(
                classes=4, loss=falling(start=1.6, to=1.2), val_loss=falling(start=1.7, to=1.3)
            ),
            with_recipe(
                backbone=Backbone(name="VGG16", trainable=False),
                layers=(Layer(kind="Dense", units=4, activation="softmax"),),
            ),
        ),
    ),
    healthy=(
        with_recipe(backbone=Backbone(name="VGG16", trainable=False)),
        both(
            with_curves(classes=4, loss=straight(start=1.6, to=0.9, epochs=8)),
            with_recipe(backbone=Backbone(name="VGG16", trainable=False)),
        ),
    ),
)
