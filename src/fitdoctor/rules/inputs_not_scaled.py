"""Raw pixel values 0..255 go into a network that starts from random weights.

## Why it matters
Initial weights are drawn for inputs of about unit size. With inputs a hundred times larger the
first outputs are extreme, gradients are huge, relu units die in the first steps, and whether a run
recovers depends on the dice.

## How it is measured
From the recipe: no backbone (which brings its own preprocessing), pixels multiplied with 1, and no
Rescaling or BatchNormalization before the first layer with weights, or BatchNormalization right
behind it, before any activation. From code: images, folders or
known image sets that reach such a network with nothing on the way that changes their values. Where
neither says how pixels are scaled, the rule is silent. Numbers that the script itself counts out
or draws count from 1000 up; from 50 up they are a hint. Images that were recorded while the script
ran count from 50 up. A hint is a first epoch whose mean loss is twenty times ln K or more, and
three times that of the second.

## What to try
`keras.layers.Rescaling(1 / 255)` as the first layer, so that predicting cannot forget it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from fitdoctor.cases import with_recipe
from fitdoctor.interventions.data import scale_inputs
from fitdoctor.records.change import EVERY_SET, Argument, Change, Prepare
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import CHANGING, holds_pixels
from fitdoctor.records.network import OPAQUE, WEIGHTED
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import PRINTED_RANGE, Curve, DataSummary, Run, Script
from fitdoctor.rule import Rule


def inputs_not_scaled(
    recipe: Recipe | None = None,
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
    data: DataSummary | None = None,
    loss: Curve | None = None,
    classes: int | None = None,
) -> Iterator[Evidence]:
    if data is not None and (seen := _as_printed(data, recipe, loss, classes)):
        yield seen
        return
    if data is not None and data.input_range is not None and max(data.input_range) < FAR:
        return  # what reached the network was recorded
    raw = stated(claims, "raw_pixels")
    # Of backbones some want pixels as they are.
    if raw is not None and (recipe is None or not (recipe.backbone or _scales_itself(recipe))):
        yield Evidence(sentence=f"You write: \u201c{raw.sentence}\u201d", weight=3.5)
        return
    if loss is not None and classes and (hint := _by_first_loss(loss, classes)) is not None:
        yield hint
    if recipe is None:
        return
    if recipe.backbone is None and script is not None:
        yield from _followed(recipe, script, claims)
    if recipe.backbone is not None or recipe.input_scale is None:
        return
    first = next((i for i, x in enumerate(recipe.layers) if x.kind in WEIGHTED), None)
    if first is not None and recipe.input_scale * 255 > 20 and not _scales_itself(recipe):
        yield Evidence(
            sentence=f"Pixels reach {recipe.layers[first].kind} as 0 to "
            f"{255 * recipe.input_scale:.0f}; fresh weights expect about 0 to 1.",
            weight=4.5,
            line=recipe.layers[first].line,
        )


def _as_printed(
    data: DataSummary, recipe: Recipe | None, loss: Curve | None, classes: int | None
) -> Evidence | None:
    """Return that images are printed with values that no network takes as they are."""
    if data.input_range is None or data.origins.get("input_range") != PRINTED_RANGE:
        return None
    low, high = data.input_range
    reach = max(abs(low), abs(high))
    own = recipe is not None and (recipe.backbone is not None or _scales_itself(recipe))
    guess = math.log(classes) if classes and classes > 1 else None
    first = float(loss.values[0]) if loss is not None and len(loss) else None
    if own or reach < VERY_FAR:
        return None
    began = (
        f" The first loss of {first:.4g} is far above ln {classes} = {guess:.2f}, that of a guess."
        if first is not None and guess is not None and first > FAR_ABOVE * guess
        else ""
    )
    return Evidence(
        sentence=f"Images are printed with values from {low:g} to {high:g}; fresh weights expect "
        f"about 0 to 1.{began}",
        weight=6.5 if began else 4.0,
        fix="standardise each channel by its mean and spread over the training images, or divide "
        f"by {high:g}",
    )


FAR_ABOVE = 5.0


HUGE, FALLS = 20.0, 3.0
"""Times ln K that the mean loss of a first epoch is, and times the next one, to be a hint."""


def _by_first_loss(loss: Curve, classes: int) -> Evidence | None:
    """Return a hint where the first outputs were extreme, and training came down from there."""
    chance = float(np.log(max(classes, 2)))
    if len(loss) < 2 or loss.epochs[0] > 1 or not np.isfinite(loss.values[:2]).all():
        return None
    first, second = (float(value) for value in loss.values[:2])
    if first < HUGE * chance or first < FALLS * second:
        return None
    return Evidence(
        sentence=f"The first epoch's mean loss is {first:.4g}, {first / chance:.0f} times the ln "
        f"{classes} = {chance:.2f} of a network that knows nothing: its first outputs are extreme, "
        "as where inputs are far from unit size.",
        weight=3.5,
        severity="note",
        fix="print the smallest and largest value of an image as the network gets it, and bring "
        "each channel to mean 0 and deviation 1, or to 0..1",
    )


FAR, VERY_FAR = 50, 1000
"""Inputs that start a network off badly, and those that nothing but luck mends."""
RESCALES = frozenset(
    {"Rescaling", "BatchNormalization", "Normalization", OPAQUE, "LayerNormalization"}
)


def _scales_itself(recipe: Recipe) -> bool:
    """Return whether something before the first layer with weights changes the inputs' range.

    So does BatchNorm right behind it, before any activation: it divides by the scale again.
    """
    first = next((i for i, x in enumerate(recipe.layers) if x.kind in WEIGHTED), 0)
    return _evened_out(recipe.layers, first) or any(
        layer.kind in RESCALES - {OPAQUE} for layer in recipe.layers[:first]
    )


def _evened_out(layers: tuple[Layer, ...], first: int) -> bool:
    """Return whether BatchNorm stands right behind the first layer with weights."""
    behind = layers[first + 1 : first + 2]
    plain = bool(behind) and layers[first].activation in {None, "linear"}
    return plain and behind[0].kind == "BatchNormalization"


def _followed(
    recipe: Recipe, script: Script, claims: tuple[Claim, ...] | None
) -> Iterator[Evidence]:
    """Yield evidence where the code reads images or bytes and nothing changes their range."""
    first = next((i for i, x in enumerate(recipe.layers) if x.kind in WEIGHTED), None)
    begin = recipe.layers[: (first or 1) + 1]
    inside = any(layer.kind in RESCALES for layer in begin)
    inside |= first is not None and _evened_out(recipe.layers, first)
    for feed in script.fed("train"):
        flow = feed.inputs
        held = flow.numbers
        if held is not None and held.recorded and held.pictures:
            if first is not None and not inside and held.reach >= FAR:
                yield Evidence(
                    sentence=f"As recorded, images reach {recipe.layers[first].kind} with values "
                    f"from {held.low:.4g} to {held.high:.4g}; fresh weights expect about 0 to 1.",
                    weight=5.0,
                    line=feed.line,
                )
            return
        if held is not None and first is not None and not inside and held.reach >= FAR:
            if recipe.layers[first].kind != "Embedding":
                yield Evidence(
                    sentence=f"Numbers up to {held.reach:g} from {flow.origin} reach "
                    f"{recipe.layers[first].kind} as they are.",
                    weight=3.5 if held.reach >= VERY_FAR else 1.0,
                    severity=None if held.reach >= VERY_FAR else "note",
                    line=feed.line,
                )
            return
        # What reads a folder gives 0..255 as well; it counts where the network is shown to begin.
        folder = feed.labels.has("class_mode") and first is not None and script.framework != "torch"
        if inside or flow.has("call", *CHANGING) or not flow.shown:
            continue
        if held is not None:
            return
        if not (holds_pixels(flow) or folder):
            continue
        alike = stated(claims, "same_output_for_all")
        yield Evidence(
            sentence=f"Pixels 0..255 from {flow.origin} reach the network as they are"
            + (f"; stated: \u201c{alike.sentence}\u201d" if alike else "."),
            weight=4.5 if alike or recipe.layers else 3.0,
            line=feed.line,
        )
        return


_NETWORK = (
    Layer(kind="Conv2D", units=16, kernel_size=3),
    Layer(kind="Flatten"),
    Layer(kind="Dense", units=4),
)
_WITH_RELU = replace(_NETWORK[0], activation="relu")
_NORM = Layer(kind="BatchNormalization")


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Divide pixels by 255: in the generators that read them, or before fit."""
    script, recipe = run.script, run.recipe
    if recipe is not None and recipe.input_scale is not None:
        wanted = replace(recipe, input_scale=1 / 255)
        yield Change(recipe=wanted, reason="Scale pixels to 0..1, as fresh weights expect.")
    if script is None or any(f.inputs.numbers and f.inputs.numbers.high > 255
                             for f in script.fed("train")):  # fmt: skip
        return
    why = "Scale pixels to 0..1, as fresh weights expect."
    generators = [
        Argument(line=c.line, calls=(c.name,), names=("rescale",), source="1.0 / 255")
        for c in script.called("ImageDataGenerator")
        if "rescale" not in c.arguments
    ]
    if generators:
        yield Change(edits=tuple(generators), reason=why)
        return
    edit = Prepare(line=seen.line or 0, source="{x} = {x} / 255.0", sets=EVERY_SET)
    yield Change(edits=(edit,), reason=why)


RULE = Rule(
    code="FD402",
    check=inputs_not_scaled,
    mend=mend,
    kind="cause",
    severity="warning",
    any_of=("recipe", "claims"),
    prior=0.03,
    explains={
        "collapse_after_learning": 0.1,
        "outcome_depends_on_seed": 0.5,
        "never_learned": 0.4,
        "constant_output": 0.3,
        "underfitting": 0.3,
    },
    helped_by=("scaling",),
    remedies=(scale_inputs,),
    clear="pixels are scaled, or nothing says how",
    clear_with=("script",),
    asks={
        "backbone_input_as_documented": {"yes": 0.05, "no": 0.03, "not_pretrained": 0.92},
        "pixel_range": {
            "0_to_1": 0.02,
            "-1_to_1": 0.02,
            "0_to_255": 0.92,
            "standardised": 0.02,
            "constant": 0.02,
        },
    },
    denied_by=(Said("scaled", split="training"),),
    sick=(
        with_recipe(backbone=None, input_scale=1.0, layers=_NETWORK),
        with_recipe(backbone=None, input_scale=1.0, layers=(_WITH_RELU, _NORM, *_NETWORK[1:])),
    ),
    healthy=(
        with_recipe(backbone=None, input_scale=1 / 255, layers=_NETWORK),
        with_recipe(backbone=None, input_scale=None, layers=_NETWORK),
        with_recipe(backbone=None, input_scale=1.0, layers=(_NETWORK[0], _NORM, *_NETWORK[1:])),
    ),
)
