"""The backbone is fed another range or channel order than it was trained with.

## Why it matters
Pretrained weights expect exactly what they were trained on: -1..1 (MobileNet, Inception, Xception,
NASNet, ResNetV2), BGR minus the ImageNet means (ResNet, VGG), ImageNet mean and deviation
(DenseNet), or raw 0..255 with the scaling inside (EfficientNet, MobileNetV3, ConvNeXt). Fed
anything else the features are poor and training stops early at a mediocre value.

## How it is measured
From the script: the operations on the way of the training images (of those that features are
computed of, where nothing is trained), against the table of keras.applications. A preprocessing
function of another backbone counts; so does rescaling on top of `preprocess_input`, and rescaling
for a backbone that rescales inside. Images whose making is not shown are left alone; where a
function or a sub-model that was not followed may change them, it is a note. A Rescaling layer by
1/255 in a network whose backbone wants other pixels counts as well; so do pixels of 0..255, as they
were read, for a backbone that wants -1..1 or ImageNet's mean and deviation. So does a neighbouring
range (0..1 for -1..1, plain RGB for BGR minus means) where the whole way into the backbone is
shown, with less weight: many a training does well on it. `preprocess_input` inside the network on
what a Rescaling layer brought to 0..1 is a fault. In torchvision and fastai 1 it is pixels of 0..1
that nothing normalises.

## What to try
The backbone's own `preprocess_input`, once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from fitdoctor import mends
from fitdoctor.cases import feeding, with_script
from fitdoctor.catalogue.backbones import INPUTS, RANGE, RAW, STANDARDISED, module_of
from fitdoctor.records.change import EVERY_SET, Argument, Change, Edit, Import, Prepare, Unscale
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import CHANGING, holds_pixels, scale_of
from fitdoctor.records.network import OPAQUE, WEIGHTED, prepares_inputs
from fitdoctor.records.recipe import Backbone, Layer, Recipe
from fitdoctor.records.run import DataSummary, Feed, Flow, Run, Script
from fitdoctor.records.written import Numbers
from fitdoctor.rule import Rule

UNSCALED = 20
"""What is larger was not scaled."""
FAR = (RANGE, STANDARDISED)
"""Ranges of which 0..255 is no neighbour: features break down, which means alone do not do."""


def _rescaling(layers: Sequence[Layer]) -> Layer | None:
    """Return the layer that brings images to a range of one, if nothing unknown is behind it."""
    at = next((i for i, x in enumerate(layers) if x.kind == "Rescaling" and _range(x.rate)), None)
    if at is None:
        return None
    behind = (x.kind for x in layers[at + 1 :] if x.kind in WEIGHTED or x.kind == OPAQUE)
    return None if next(behind, None) == OPAQUE else layers[at]


def _rescaled(name: str, module: str, layer: Layer, recipe: Recipe) -> Evidence | None:
    """Return what is wrong with a layer of the network that rescales raw images for a backbone."""
    if INPUTS[module] != RANGE:
        return Evidence(
            sentence=f"{name} wants {INPUTS[module]}; the network multiplies the images by "
            f"{_range(layer.rate)} before it.",
            weight=5.0,
            line=layer.line,
        )
    moved = any(prepares_inputs(x) or x.kind in {"Normalization", OPAQUE} for x in recipe.layers)
    if moved or _range(layer.rate) != "1/255":
        return None
    return Evidence(
        sentence=f"{name} wants {RANGE}; the network brings the images to 0..1.",
        weight=NEAR,
        line=layer.line,
    )


def wrong_backbone_preprocessing(
    recipe: Recipe,
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
    data: DataSummary | None = None,
) -> Iterator[Evidence]:
    backbone = recipe.backbone
    recorded = data.input_range if data is not None else None
    if script is None or not script.feeds:
        yield from _by_words(backbone, claims)
    if script is None:
        return
    if script.framework in {"torch", "fastai"}:
        yield from _of_torchvision(script, backbone)
        return
    module = module_of(backbone.name) if backbone else None
    if backbone is None or module is None or backbone.weights == "none":
        return
    feeds = script.fed("train") or script.fed("predict")  # features alone are predicted
    raw = not any(f.inputs.has("scale", "preprocess") for f in feeds)
    wrong = _rescaling(recipe.layers)
    if raw and wrong is not None and (inside := _rescaled(backbone.name, module, wrong, recipe)):
        yield inside
        return
    own = next((x for x in recipe.layers if prepares_inputs(x)), None)
    if own is not None:
        before = recipe.layers[: recipe.layers.index(own)]
        sentence = _mistake_inside(backbone.name, module, own.name or "", script, before)
        if sentence is not None:
            yield Evidence(sentence=sentence, weight=5.0, line=own.line)
        return
    kinds = {layer.kind for layer in recipe.layers}
    if kinds & {"Rescaling", "Normalization"}:
        return
    for feed in feeds:
        moved = feed.inputs.has("shift") and not (
            INPUTS[module] == RAW and _range(scale_of(feed.inputs)) == "1/127.5"
        )
        held = feed.inputs.numbers
        if held is not None and held.recorded and held.pictures:
            if OPAQUE not in kinds:
                yield from _as_recorded(backbone.name, INPUTS[module], held, feed.line)
            return
        if moved or feed.inputs.has("standardise", "divide"):
            yield from _standardised(backbone.name, INPUTS[module], feed.inputs, kinds)
            return
        # A network that was recorded is known: what it does to images itself is no gap of the text.
        if recorded is not None and (OPAQUE in kinds or _fits(INPUTS[module], *recorded)):
            return
        unknown = OPAQUE in kinds or feed.inputs.has("call")
        if (found := _in_feed(backbone.name, module, feed)) is not None:
            yield _unless_changed(found) if unknown else found
            return
        if unknown:
            return


def _in_feed(name: str, module: str, feed: Feed) -> Evidence | None:
    """Return what is wrong with one feed of a backbone, as far as its way is shown."""
    steps = [o for o in feed.inputs.operations if o.name in {"scale", "preprocess"}]
    line = steps[0].line if steps else feed.line
    if sentence := _mistake(name, module, feed):
        shown = feed.inputs.shown and feed.inputs.operations
        return Evidence(sentence=sentence, weight=5.0 if shown else 2.0, line=line)
    near = _near(name, module, feed)
    return Evidence(sentence=near, weight=NEAR, line=line) if near else None


UNSURE = -1.5
"""Weight where something that is not followed may prepare the images: mostly that is what it is."""


def _unless_changed(found: Evidence) -> Evidence:
    """Return evidence as a note: a function or sub-model on the way may bring the right range."""
    sentence = f"{found.sentence} A function or sub-model that is not followed may change that."
    return replace(found, sentence=sentence, weight=UNSURE, severity="note")


def _as_recorded(name: str, wanted: str, held: Numbers, line: int) -> Iterator[Evidence]:
    """Yield what the recorded range of the images says."""
    if _fits(wanted, held.low, held.high):
        return
    raw, unit = held.low >= 0 and held.high > UNSCALED, held.reach <= UNIT
    far = (raw and wanted in FAR) or (unit and wanted not in FAR)
    yield Evidence(
        sentence=f"{name} wants {wanted}; as recorded, images reach it with values from "
        f"{held.low:.4g} to {held.high:.4g}.",
        weight=5.5 if far else NEAR,
        severity=None if far else "note",
        line=line,
    )


UNIT = 1.5


def _fits(wanted: str, low: float, high: float) -> bool:
    """Return whether recorded values may be what a backbone wants, whatever the text shows."""
    if wanted == RAW:
        return low >= 0 and high > UNSCALED
    return low < 0


def _by_words(backbone: Backbone | None, claims: tuple[Claim, ...] | None) -> Iterator[Evidence]:
    """Yield evidence where the asker states a range of pixels that the backbone does not want."""
    if backbone is None or backbone.weights != "imagenet":
        return
    module = module_of(backbone.name)
    if module is None:
        return
    said = stated(claims, "raw_pixels" if INPUTS[module] == RANGE else "scaled_to_unit")
    if said is None:
        return
    yield Evidence(
        sentence=f"{backbone.name} wants {INPUTS[module]}; stated: \u201c{said.sentence}\u201d",
        weight=4.0,
        line=backbone.line,
    )


def _range(factor: float | None) -> str | None:
    """Return the usual factor that this is: to 0..1, or to 0..2 before 1 is taken away."""
    for divisor in ("255", "127.5"):
        if factor is not None and abs(factor * float(divisor) - 1) < 0.02:
            return f"1/{divisor}"
    return None


_NORMALISED_BY: dict[str, str] = {
    "torch": "transforms.Normalize",
    "fastai": "data.normalize(imagenet_stats)",
}


def _of_torchvision(script: Script, backbone: Backbone | None) -> Iterator[Evidence]:
    """Yield evidence of images of 0..1 for weights of torchvision.

    These all want ImageNet's mean and deviation.
    """
    if backbone is None or backbone.weights != "imagenet":
        return
    by = _NORMALISED_BY[script.framework or "torch"]
    for feed in script.fed("train"):
        flow = feed.inputs
        if flow.shown and flow.has("scale") and not flow.has("standardise", "call", "preprocess"):
            yield Evidence(
                sentence=f"{backbone.name} of torchvision wants ImageNet's mean and deviation "
                f"({by}); the images come as 0..1.",
                weight=3.5,
                line=feed.line,
            )
            return


def _mistake_inside(
    name: str, module: str, given: str, script: Script, before: Sequence[Layer]
) -> str | None:
    """Say what is wrong where the network itself calls `preprocess_input`."""
    other = _module_of(given)
    if other is not None and INPUTS[other] != INPUTS[module]:
        return f"{name} wants {INPUTS[module]}; {other}.preprocess_input gives {INPUTS[other]}."
    factors = [_range(x.rate) for x in before if x.kind == "Rescaling"]
    if factors and factors[0] and INPUTS[module] != RAW:
        return (
            f"The network multiplies the images by {factors[0]} before its own preprocess_input, "
            f"which wants 0..255; {name} wants {INPUTS[module]}."
        )
    inner = [x.rate for x in before if x.kind == "Rescaling"]
    twice = next((f for f in script.fed("train") if _prepared(f.inputs, inner)), None)
    if twice is None or INPUTS[module] == RAW:
        return None
    return (
        f"Images are prepared on their way in and by preprocess_input inside the network; {name} "
        f"wants {INPUTS[module]}."
    )


def _prepared(flow: Flow, inner: Sequence[float | None]) -> bool:
    """Return whether images are changed on their way in, and no factor of the network undoes it."""
    factors = [o.value for o in flow.operations if o.name == "scale"]
    return flow.has("preprocess") or (bool(factors) and not _undone([*factors, *inner]))


def _module_of(function: str) -> str | None:
    return next((m for m in INPUTS if f".{m}." in f".{function}."), None)


def _mistake(name: str, module: str, feed: Feed) -> str | None:
    flow, kind = feed.inputs, INPUTS[module]
    scale = scale_of(flow)
    if flow.has("preprocess"):
        given = str(flow.value("preprocess") or "")
        other = _module_of(given)
        if other is not None and INPUTS[other] != kind:
            return f"{name} wants {kind}; {other}.preprocess_input gives {INPUTS[other]}."
        factors = [o.value for o in flow.operations if o.name == "scale"]
        if not factors or _undone(factors):
            return None
        if given.endswith("preprocess_input"):
            return f"Images are rescaled on top of preprocess_input; {name} wants {kind}."
        factor = _range(math.prod(factors)) if None not in factors else None
        return _by_factor(name, kind, factor)  # a function of the script's own comes before
    if not flow.has("scale"):
        raw = flow.shown and (holds_pixels(flow) or feed.labels.has("class_mode"))
        return f"{name} wants {kind}; the images come as 0..255." if raw and kind in FAR else None
    if scale is None:
        return None
    return _by_factor(name, kind, _range(scale))


def _by_factor(name: str, kind: str, factor: str | None) -> str | None:
    if factor is None or kind == RANGE:
        return None
    inside = " and rescales inside" if kind == RAW else ""
    return f"{name} wants {kind}{inside}; the images are multiplied by {factor}."


def _undone(factors: Sequence[float | None]) -> bool:
    """Return whether factors cancel each other: 255 takes back what 1/255 did."""
    known = [f for f in factors if f is not None]
    return len(known) == len(factors) and math.isclose(math.prod(known), 1, rel_tol=0.02)


_TO_UNIT_DEVIATION = frozenset(
    {"samplewise_std_normalization", "featurewise_std_normalization", "per_image_standardization"}
)


def _standardised(name: str, kind: str, flow: Flow, layers: set[str]) -> Iterator[Evidence]:
    """Yield what is wrong with images of deviation 1 for a backbone that wants up to 255."""
    done = next((o for o in flow.operations if o.value in _TO_UNIT_DEVIATION), None)
    last = flow.operations[flow.operations.index(done) :] if done else ()
    later = any(o.name in CHANGING and o.name != "standardise" for o in last)
    far = kind == RAW or kind.startswith("BGR")
    if done is None or later or not far or OPAQUE in layers or flow.has("call"):
        return
    inside = " and rescales inside" if kind == RAW else ""
    yield Evidence(
        sentence=f"{name} wants {kind}{inside}; the images are standardised to a deviation of 1.",
        weight=5.0,
        line=done.line,
    )


NEAR = 0.5
"""Weight of a neighbouring range: features are worse, and many a training does well on them."""


def _near(name: str, module: str, feed: Feed) -> str | None:
    """Say which neighbouring range comes, where the way from file to model is shown whole."""
    flow, kind = feed.inputs, INPUTS[module]
    if not flow.shown or not (holds_pixels(flow) or feed.labels.has("class_mode")):
        return None
    if kind == RANGE and _range(scale_of(flow)) == "1/255":
        return f"{name} wants {kind}; the images come as 0..1."
    if kind.startswith("BGR") and not flow.has("scale", "preprocess"):
        return f"{name} wants {kind}; the images come as 0..255, RGB as a rule."
    return None


def _advise(run: Run) -> str:
    """Return what this backbone is to be given, where its name is known."""
    backbone = run.recipe.backbone if run.recipe else None
    module = module_of(backbone.name) if backbone else None
    if backbone is None or module is None:
        return ""
    if INPUTS[module] == RAW:
        return (
            f"give {backbone.name} pixels of 0..255: it rescales inside, so leave out any other "
            "scaling"
        )
    return (
        f"keras.applications.{module}.preprocess_input on pixels of 0..255, once, in place of any "
        "other scaling"
    )


_SCALED = (feeding("train", ("scale", 1 / 255)),)


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Prepare images with the function of the backbone itself, in every generator."""
    del seen
    script, backbone = run.script, run.recipe.backbone if run.recipe else None
    module = module_of(backbone.name) if backbone else None
    if script is None or module is None or script.framework == "torch":
        return
    own = Import(module=f"applications.{module}", name="preprocess_input")
    why = f"{backbone.name if backbone else module} was trained on images that its own "
    why += "preprocess_input has prepared."
    if INPUTS[module] == RAW:
        why = f"Give {backbone.name if backbone else module} pixels of 0..255: it rescales inside."
    edits: list[Edit] = [own] if INPUTS[module] != RAW else []
    for call in script.called("ImageDataGenerator"):
        given = ("rescale", "preprocessing_function")
        if not any(name in call.arguments for name in given):
            continue
        function = Argument(
            line=call.line, calls=(call.name,), names=given[1:], source="preprocess_input"
        )
        scale = Argument(line=call.line, calls=(call.name,), names=given[:1], remove=True)
        edits += [function] if INPUTS[module] != RAW else []
        edits += [scale] if "rescale" in call.arguments else []
    if edits and edits != [own]:
        yield Change(edits=tuple(edits), reason=why, certain=True)
        return
    inside = next((i for i, x in enumerate(run.recipe.layers) if _range(x.rate)
                   and x.kind == "Rescaling"), None) if run.recipe else None  # fmt: skip
    if run.recipe and inside is not None and INPUTS[module] == RAW:
        yield Change(recipe=mends.without_layer(run.recipe, inside), reason=why, certain=True)
        return
    lines = [o.line for f in script.feeds for o in f.inputs.operations if o.name == "scale"]
    prepared = any(f.inputs.has("preprocess") for f in script.fed("train"))
    raw = prepared or INPUTS[module] == RAW
    source = "{it}" if raw else "preprocess_input({it})"
    scales = [Unscale(line=line, source=source) for line in dict.fromkeys(lines)]
    if scales:
        yield Change(edits=tuple(scales) if raw else (own, *scales), reason=why, certain=True)
    elif not prepared:
        before = Prepare(
            line=script.fed("train")[0].line if script.fed("train") else 0,
            source="{x} = preprocess_input({x})",
            sets=EVERY_SET,
        )
        yield Change(edits=(own, before), reason=why, certain=True)


RULE = Rule(
    code="FD315",
    check=wrong_backbone_preprocessing,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.05,
    explains={"underfitting": 0.4},
    told_by={"other_preprocessing": 4.0},
    helped_by=("preprocessing",),
    advice="the backbone's own preprocess_input, once, and nothing else",
    advise=_advise,
    torch_advice="transforms.Normalize with ImageNet's mean and deviation after ToTensor, or "
    "the transforms of the weights",
    clear="images reach the backbone as it expects them, as far as it is shown",
    asks={
        "backbone_input_as_documented": {"yes": 0.02, "no": 0.96, "not_pretrained": 0.02},
    },
    turns={"scaling": -1},
    sick=(
        with_script(
            recipe=Recipe(backbone=Backbone(name="EfficientNetB0", weights="imagenet")),
            feeds=_SCALED,
        ),
        with_script(
            recipe=Recipe(backbone=Backbone(name="VGG16", weights="imagenet")), feeds=_SCALED
        ),
    ),
    healthy=(
        with_script(
            recipe=Recipe(backbone=Backbone(name="VGG16", weights="imagenet")),
            feeds=(feeding("train", ("preprocess", "keras.applications.vgg16.preprocess_input")),),
        ),
        with_script(recipe=Recipe(backbone=Backbone(name="MobileNetV2"))),
    ),
)
