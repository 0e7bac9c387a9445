"""BatchNormalization works along the wrong axis.

## Why it matters
With channels last the channels are axis -1 (or 3). `axis=1` normalises each row of pixels instead,
with statistics that mean nothing for another image.

## How it is measured
From the recipe: BatchNormalization(axis=1 or 2) behind a convolution while the input shape has its
channels last; or without `axis=1` behind one with `data_format="channels_first"`.

## What to try
Leave `axis` out where channels are last, write `axis=1` where they are first.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.records.change import Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule

CONVOLUTIONS = {"Conv2D", "SeparableConv2D", "DepthwiseConv2D"}


def batchnorm_axis_wrong(recipe: Recipe) -> Iterator[Evidence]:
    shape = next((x.input_shape for x in recipe.layers if x.input_shape), None)
    last = (
        shape is not None and len(shape) == 3 and shape[2] in {1, 3, 4} and shape[0] not in {1, 3}
    )
    first = None
    for layer in recipe.layers:
        if layer.kind in CONVOLUTIONS and first is None:
            # Where it is not said, the images' shape tells; an old Keras may have had either.
            first = layer.data_format == "channels_first" if layer.data_format or last else None
        if layer.kind in {"Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"}:
            return
        if layer.kind != "BatchNormalization" or first is None:
            continue
        if layer.axis in ({None, -1, 2, 3} if first else {1, 2}):
            written = " without axis=1" if layer.axis is None else f"(axis={layer.axis})"
            yield Evidence(
                sentence=f"BatchNormalization{written} behind a convolution whose channels are "
                f"{'first' if first else 'last'}.",
                weight=4.0,
                line=layer.line,
            )
            return


def _net(axis: int | None, *, first: bool = False) -> tuple[Layer, ...]:
    return (
        Layer(
            kind="Conv2D",
            units=8,
            kernel_size=3,
            input_shape=(3, 64, 64) if first else (64, 64, 3),
            data_format="channels_first" if first else None,
        ),
        Layer(kind="BatchNormalization", axis=axis),
        Layer(kind="Flatten"),
        Layer(kind="Dense", units=4, activation="softmax"),
    )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Normalise over the axis of the channels."""
    recipe = run.recipe or Recipe()
    for index, layer in enumerate(recipe.layers):
        if layer.kind == "BatchNormalization" and layer.line == seen.line:
            axis = 1 if "channels are first" in seen.sentence else None
            for at, other in enumerate(recipe.layers):
                if other.kind == layer.kind and other.axis == layer.axis and at >= index:
                    recipe = mends.with_layer(recipe, at, axis=axis)
            yield Change(
                recipe=recipe,
                reason="Normalise the axis of the channels, each by its own statistics.",
                certain=True,
            )
            return


RULE = Rule(
    code="FD223",
    check=batchnorm_axis_wrong,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.005,
    advice="leave axis out where channels are last, axis=1 where they are first",
    torch_advice="channels in the second place: batch, channels, height, width",
    clear="BatchNormalization works on channels, as far as it is shown",
    sick=(
        with_recipe(backbone=None, layers=_net(1)),
        with_recipe(backbone=None, layers=_net(None, first=True)),
    ),
    healthy=(
        with_recipe(backbone=None, layers=_net(-1)),
        with_recipe(backbone=None, layers=_net(1, first=True)),
        with_recipe(layers=_net(None)),
    ),
)
