"""Channels stand where height or width is expected.

## Why it matters
An array of (3, 224, 224) fed as (height, width, channels) is a picture three pixels high with 224
colours: convolutions run over the colours, and nothing sensible is learned.

## How it is measured
From the layers: the network takes images whose first side is 1, 3 or 4 and whose other two are
larger, while nothing in the script sets channels first. A note where the Keras may be old, since
its Theano backend put channels first. So does the reverse: channels first is set, and the last
side is 1 or 3. Keras' and torch's own words for it count too. So does a
reshape to (3, height, width) of an image as its reader gave it, or to (32, 32, 3) of the rows of
CIFAR's batches.

## What to try
`np.moveaxis(x, 1, -1)`, or `data_format="channels_first"` where the backend supports it.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fitdoctor.cases import with_recipe
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import PLANES
from fitdoctor.records.network import SPATIAL
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Script
from fitdoctor.rule import Rule


def channels_layout_confused(recipe: Recipe, script: Script | None = None) -> Iterator[Evidence]:
    mixed = next(
        (o for feed in (script.feeds if script else ()) for o in feed.inputs.operations
         if o.name == "scrambled"), None,
    )  # fmt: skip
    if mixed is not None:
        yield Evidence(
            sentence="CIFAR's batches hold each image as three planes; reshape to (32, 32, 3) "
            "mixes up its pixels: reshape to (3, 32, 32), then move the channels."
            if mixed.value == PLANES
            else f"{mixed.value} to (3, height, width) does not move the channels of an image "
            "that was read as (height, width, 3): it mixes up its pixels.",
            weight=5.0,
            line=mixed.line,
        )
        return
    if script is not None and script.framework == "torch":
        return
    first = next((x for x in recipe.layers if x.input_shape is not None), None)
    if first is None or first.input_shape is None or len(first.input_shape) != 3:
        return
    if any(layer.data_format == "channels_first" for layer in recipe.layers):
        rows, _, last = first.input_shape
        if last in {1, 3} and (rows or 0) > MOST_CHANNELS:
            yield Evidence(
                sentence=f"Channels first is set, and images enter as {first.input_shape}: "
                f"{rows} channels, {last} pixel{'s' * (last > 1)} wide.",
                weight=4.5,
                line=first.line,
            )
        return
    spatial = any(layer.kind in SPATIAL for layer in recipe.layers)
    one, two, three = first.input_shape
    if not spatial or one not in {1, 3, 4} or None in {two, three}:
        return
    if (two or 0) > MOST_CHANNELS and (three or 0) > MOST_CHANNELS:
        old = script is not None and bool(script.keras_1_or_2)
        yield Evidence(
            sentence=f"Images enter as {first.input_shape}: {one} pixels high with {three} "
            "channels, unless channels first is set.",
            weight=1.0 if old else 3.0,
            severity="note" if old else None,
            line=first.line,
        )


MOST_CHANNELS = 8


def _network(*shape: int) -> tuple[Layer, ...]:
    return (Layer(kind="Conv2D", units=8, input_shape=shape), Layer(kind="Dense", units=4))


RULE = Rule(
    code="FD231",
    check=channels_layout_confused,
    kind="cause",
    told_by={"error_channels": 6.0, "reshaped_channels": 4.5},
    severity="warning",
    prior=0.01,
    explains={"never_learned": 0.4},
    advice="np.moveaxis(x, 1, -1): height, width, channels",
    torch_advice="images.permute(0, 3, 1, 2): batch, channels, height, width",
    clear="the network takes height, width, channels",
    sick=(with_recipe(backbone=None, layers=_network(3, 64, 64), keras="3.15.1"),),
    healthy=(
        with_recipe(backbone=None, layers=_network(64, 64, 3)),
        with_recipe(
            backbone=None,
            layers=tuple(replace(x, data_format="channels_first") for x in _network(3, 64, 64)),
        ),
    ),
)
