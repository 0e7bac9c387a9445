"""The feature map shrinks to a point too early.

## Why it matters
After enough pooling without padding there is one pixel left, and the convolutions that follow have
nothing to look at; below that the network cannot be built.

## How it is measured
From the recipe, by the formula for each layer: a map of at most 1 x 1 that reaches another
convolution or pooling, or a window that is larger than the map it is to be laid on. A hint where a
window of three or more, by as long a step, takes a map to one or two pixels a side at once. An
average over the whole map is global pooling, and no fault.

## What to try
Fewer pooling layers, or padding="same".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from msgspec.structs import replace

from fitdoctor.cases import with_recipe
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import SPATIAL
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.shapes import with_shapes
from fitdoctor.rule import Rule


def pooling_collapses_map(recipe: Recipe) -> Iterator[Evidence]:
    if recipe.backbone is not None:
        return
    layers = with_shapes(recipe).layers
    for before, layer in pairwise(layers):
        shape = before.output_shape
        if shape is None or len(shape) != 3 or layer.kind not in SPATIAL:
            continue
        sides = [s for s in shape[:2] if s is not None]
        after = [s for s in (layer.output_shape or ())[:2] if s is not None]
        pools = layer.kind in {"MaxPooling2D", "AveragePooling2D"}
        # Windows that overlap, as AlexNet's of 3 by steps of 2, halve a map.
        window = layer.pool_size or 2
        wide = pools and min(layer.strides or window, window) > ORDINARY
        if len(after) == 2 and min(after) < 1 <= min(sides, default=0) and not _turned(layers[0]):
            yield Evidence(
                sentence=f"A window of {layer.kernel_size or window} does not fit on the map of "
                f"{sides[0]} x {sides[1]} where {layer.kind} begins: the network cannot be built.",
                weight=5.0,
                line=layer.line,
            )
            return
        if layer.kind == "AveragePooling2D" and window >= max(sides, default=0):
            return  # global average pooling, written with its size
        if wide and len(after) == 2 and max(after) <= 2 < min(sides, default=0):
            left = "one pixel" if max(after) <= 1 else f"{after[0]} x {after[1]}"
            yield Evidence(
                sentence=f"A window of {layer.pool_size} turns a map of {sides[0]} x {sides[1]} "
                f"into {left}: where things are is lost before the last layers.",
                weight=2.5,
                line=layer.line,
            )
            return
        if len(sides) == 2 and max(sides) <= 1 and (layer.kernel_size or layer.pool_size or 2) > 1:
            yield Evidence(
                sentence=f"The map is {sides[0]} x {sides[1]} where {layer.kind} begins.",
                weight=4.0,
                line=layer.line,
            )
            return


def _turned(first: Layer) -> bool:
    """Return whether images enter as it seems with their channels first: its sizes are no map's."""
    shape = first.input_shape or ()
    return len(shape) == 3 and shape[0] in {1, 3, 4} and shape[0] != shape[1]


ORDINARY = 2
"""Windows of two halve a map; ordinary networks come to one pixel so as well."""


def _net(pools: int) -> tuple[Layer, ...]:
    first = Layer(kind="Conv2D", units=8, kernel_size=3, padding="same", input_shape=(32, 32, 3))
    pooled = tuple(Layer(kind="MaxPooling2D", pool_size=2) for _ in range(pools))
    return (
        first,
        *pooled,
        Layer(kind="Flatten"),
        Layer(kind="Dense", units=4, activation="softmax"),
    )


_WIDE = Layer(kind="Conv2D", units=8, kernel_size=3, padding="valid")
"""Does not fit on the 2 x 2 pixels that four poolings leave of 32 x 32."""

RULE = Rule(
    code="FD224",
    check=pooling_collapses_map,
    kind="cause",
    severity="warning",
    prior=0.005,
    told_by={"error_map_collapsed": 6.0},
    advice="fewer pooling layers, or padding='same'",
    torch_advice="fewer pooling layers, or padding in the convolutions",
    clear="the feature map keeps more than one pixel up to the last convolution, where known",
    sick=(
        with_recipe(backbone=None, layers=_net(7)),
        with_recipe(backbone=None, layers=(*_net(4)[:-2], _WIDE, *_net(4)[-2:])),
    ),
    healthy=(
        with_recipe(
            backbone=None, layers=(*_net(4)[:-2], replace(_WIDE, padding="same"), *_net(4)[-2:])
        ),
        with_recipe(backbone=None, layers=_net(3)),
        with_recipe(
            backbone=None,
            layers=(*_net(3)[:-2], Layer(kind="AveragePooling2D", pool_size=4), *_net(3)[-2:]),
        ),
    ),
)
