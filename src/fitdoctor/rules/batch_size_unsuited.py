"""Batches are too small for BatchNorm, or too large for the number of images.

## Why it matters
BatchNorm over one or two images normalises each image with itself: what it learned does not hold
in inference mode. A batch that holds most of the images leaves a handful of updates an epoch.

## How it is measured
From the recipe: batches of at most 2 with BatchNormalization among the layers; or fewer than 5
steps an epoch in batches of more than 64 images. In smaller ones few steps are what few images
give, and more epochs give more of them. Stated results that hold at one batch size and not at
another count.

## What to try
Batches of 16 to 64. Where updates are few, more epochs as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import both, with_data, with_recipe
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import has_kind
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import DataSummary
from fitdoctor.rule import Rule

HUGE, USUAL_MOST = 1000, 64
FEWEST_STEPS, FEWEST_IMAGES = 5, 50


def batch_size_unsuited(
    recipe: Recipe,
    data: DataSummary | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    batch = recipe.batch_size
    if batch is None:
        return
    normalised = has_kind(recipe.layers, "BatchNormalization") or (
        stated(claims, "batchnorm_used") is not None
    )
    differs = stated(claims, "batch_size_changes_it")
    if batch <= 2 and normalised:
        yield Evidence(
            sentence=f"BatchNormalization over batches of {batch}"
            + (f"; stated: \u201c{differs.sentence}\u201d" if differs else "."),
            weight=5.0 if differs else 3.5,
        )
    elif batch >= HUGE and (data is None or not data.n_train):
        yield Evidence(
            sentence=f"Batches of {batch} leave few updates an epoch.", weight=1.0, severity="note"
        )
    elif (
        batch > USUAL_MOST
        and data is not None
        and data.n_train
        and data.n_train / batch < FEWEST_STEPS
        and data.n_train > FEWEST_IMAGES
    ):
        yield Evidence(
            sentence=f"{data.n_train} images in batches of {batch}: "
            f"{-(-data.n_train // batch)} updates an epoch.",
            weight=2.0,
            severity="note",
        )


_NORMALISED = (Layer(kind="BatchNormalization"), Layer(kind="Dense", units=4))

RULE = Rule(
    code="FD218",
    check=batch_size_unsuited,
    kind="cause",
    severity="warning",
    prior=0.02,
    told_by={"few_updates": 3.0},
    helped_by=("larger_batch", "smaller_batch"),
    advice="batches of 16 to 64 images",
    clear="the batch size is neither tiny under BatchNorm nor most of the images",
    asks={
        "batch_size": {"up_to_4": 0.36, "5_to_15": 0.23, "16_or_more": 0.41},
    },
    sick=(
        with_recipe(batch_size=1, layers=_NORMALISED),
        both(with_data(n_train=1000), with_recipe(batch_size=512)),
    ),
    healthy=(
        with_recipe(batch_size=32, layers=_NORMALISED),
        both(with_data(n_train=120), with_recipe(batch_size=32)),
    ),
)
