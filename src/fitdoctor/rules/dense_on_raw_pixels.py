"""A Dense layer works on raw pixels.

## Why it matters
Flatten and Dense give every pixel a weight of its own, so what is learned at one place says
nothing about the next; there are far more weights than images. A Dense layer *before* flattening
sees one pixel at a time and nothing of its neighbours, at the price of a huge activation.

## How it is measured
From the layers: the first weighted layer is Dense, no backbone and no convolution before it, on an
input of 64 x 64 x 3 values or more (below that, as for MNIST, it is common practice).

## What to try
Begin with convolutions and pooling, or with a pretrained backbone.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from fitdoctor.cases import with_recipe
from fitdoctor.interventions.architecture import use_convolutions
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import scale_of
from fitdoctor.records.network import OPAQUE, WEIGHTED
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import DataSummary, Script, training_feeds
from fitdoctor.rule import Rule

LEAST_VALUES = 64 * 64 * 3
CHANNELS = frozenset({1, 2, 3, 4})


def dense_on_raw_pixels(
    recipe: Recipe, data: DataSummary | None = None, script: Script | None = None
) -> Iterator[Evidence]:
    if recipe.backbone is not None:
        return
    first = next((i for i, x in enumerate(recipe.layers) if x.kind in WEIGHTED), None)
    if first is None or recipe.layers[first].kind != "Dense":
        return
    before = recipe.layers[:first]
    if any(x.kind in {OPAQUE, "Reshape"} or x.kind.startswith("Global") for x in before):
        return  # patches, one value a channel, or what is not known
    shape = next((x.input_shape for x in recipe.layers if x.input_shape), None)
    if shape is None and recipe.image_size and recipe.images is not None:
        shape = (recipe.image_size, recipe.image_size, 3)
    sides = [s for s in shape or () if s]
    if len(sides) == 3 and CHANNELS.isdisjoint({sides[0], sides[-1]}):
        return  # maps of features
    values = prod(sides) if len(sides) == len(shape or ()) else 0
    flattened = any(x.kind == "Flatten" for x in before)
    per_pixel = not flattened and len(sides) == 3
    # A vector of values that were pixels: they are scaled as such.
    flattened = flattened or (len(sides) == 1 and _of_pixels(script))
    if not (per_pixel or (flattened and values >= LEAST_VALUES)):
        return
    units = recipe.layers[first].units or 0
    n = f" for {data.n_train} images" if data and data.n_train else ""
    what = (
        f"Dense({units}) acts on each of {sides[0]} x {sides[1]} pixels alone: "
        f"{units * sides[0] * sides[1]:,} activations an image reach the next layer{n}."
        if per_pixel
        else f"Flatten and Dense({units}) on {values:,} raw values: {units * values:,} weights{n}."
    )
    yield Evidence(sentence=what, weight=4.0, line=recipe.layers[first].line)


def _of_pixels(script: Script | None) -> bool:
    feeds = training_feeds(script)
    scales = [scale_of(feed.inputs) for feed in feeds]
    return any(scale is not None and abs(scale * 255 - 1) < 0.01 for scale in scales)


RULE = Rule(
    code="FD203",
    check=dense_on_raw_pixels,
    kind="cause",
    severity="warning",
    prior=0.02,
    told_by={"pixels_into_dense": 2.5},
    explains={"outcome_depends_on_seed": 0.6, "underfitting": 0.3, "never_learned": 0.2},
    remedies=(use_convolutions,),
    clear="pixels first meet a convolution or a backbone",
    sick=(
        with_recipe(
            backbone=None,
            layers=(
                Layer(kind="Dense", units=112, input_shape=(224, 224, 3)),
                Layer(kind="Flatten"),
                Layer(kind="Dense", units=3),
            ),
        ),
        with_recipe(
            backbone=None,
            layers=(
                Layer(kind="Flatten", input_shape=(128, 128, 3)),
                Layer(kind="Dense", units=512),
                Layer(kind="Dense", units=3),
            ),
        ),
    ),
    healthy=(
        with_recipe(
            backbone=None,
            layers=(
                Layer(kind="Flatten", input_shape=(28, 28)),
                Layer(kind="Dense", units=128),
                Layer(kind="Dense", units=10),
            ),
        ),
        with_recipe(
            backbone=None,
            layers=(
                Layer(kind="InputLayer", input_shape=(5, 5, 512)),
                Layer(kind="Flatten"),
                Layer(kind="Dense", units=256, activation="relu"),
                Layer(kind="Dense", units=3),
            ),
        ),
    ),
)
