"""BatchNormalization works along the wrong axis.

## Why it matters
With channels last the channels are axis -1 (or 3). `axis=1` normalises each row of pixels instead,
with statistics that mean nothing for another image.

## How it is measured
From the recipe: BatchNormalization(axis=1 or 2) behind a convolution while the input shape has its
channels last.

## What to try
Leave `axis` out.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_recipe
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.rule import Rule

CONVOLUTIONS = {"Conv2D", "SeparableConv2D", "DepthwiseConv2D"}


def batchnorm_axis_wrong(recipe: Recipe) -> Iterator[Evidence]:
    shape = next((x.input_shape for x in recipe.layers if x.input_shape), None)
    last = (
        shape is not None and len(shape) == 3 and shape[2] in {1, 3, 4} and shape[0] not in {1, 3}
    )
    if not last:
        return
    behind = False
    for layer in recipe.layers:
        behind = behind or layer.kind in CONVOLUTIONS
        if layer.kind in {"Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"}:
            return
        if layer.kind == "BatchNormalization" and behind and layer.axis in {1, 2}:
            yield Evidence(
                sentence=f"BatchNormalization(axis={layer.axis}) behind a convolution whose "
                "channels are last.",
                weight=4.0,
                line=layer.line,
            )
            return


def _net(axis: int | None) -> tuple[Layer, ...]:
    return (
        Layer(kind="Conv2D", units=8, kernel_size=3, input_shape=(64, 64, 3)),
        Layer(kind="BatchNormalization", axis=axis),
        Layer(kind="Flatten"),
        Layer(kind="Dense", units=4, activation="softmax"),
    )


RULE = Rule(
    code="M223",
    check=batchnorm_axis_wrong,
    kind="cause",
    severity="warning",
    prior=0.005,
    advice="leave axis out: channels are last",
    clear="BatchNormalization works on channels, as far as it is shown",
    sick=(with_recipe(backbone=None, layers=_net(1)),),
    healthy=(with_recipe(backbone=None, layers=_net(-1)), with_recipe(layers=_net(None))),
)
