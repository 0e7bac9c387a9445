"""Pixels are divided by 255 twice, and reach the network as nearly nothing.

## Why it matters
What is left is 0 to 0.004: every image looks black, the first layers give almost the same for all
of them, and weights must grow some hundred times before differences between images count. A network
without BatchNorm learns nothing for many epochs, or very slowly. It happens where a generator, a
dataset or `ToTensor` scales the images and a `Rescaling` layer, or an older line of the script,
does so again.

## How it is measured
From the script: of the steps from the images to the first layer with weights, those that multiply
with a number of at most 1/50, two or more of them, with no function between that is not shown and
nothing that makes pixels large again. A note where a BatchNormalization stands before the layers
with weights or right behind the first of them, since it undoes the factor.

## What to try
One of the two: `Rescaling(1 / 255)` in the model and images 0..255 from the generator, so that
predicting cannot forget it.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import mends
from fitdoctor.cases import scripted
from fitdoctor.records.change import Argument, Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import WEIGHTED
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Flow, Operation, Run, Script
from fitdoctor.rule import Rule

SMALL = 1 / 50
"""What pixels are multiplied with once, at most, to come to about one."""
LEFT = 0.1
"""The largest value that pixels may keep for the two factors to be one too many."""
BATCHNORM = "BatchNormalization"


def inputs_scaled_twice(recipe: Recipe, script: Script) -> Iterator[Evidence]:
    for feed in script.fed("train"):
        steps = [*_factors(feed.inputs), *_in_front(recipe)]
        small = [step for step in steps if step.value <= SMALL]
        highest = feed.inputs.numbers.reach if feed.inputs.numbers is not None else 255.0
        left = highest
        for step in steps:
            left *= step.value
        if len(small) < 2 or left > LEFT:
            continue
        mild = _normalised(recipe)
        yield Evidence(
            sentence=f"Images are divided by {1 / small[0].value:.4g} and again by "
            f"{1 / small[1].value:.4g}: what reaches the network is 0 to {left:.2g}"
            + (", which BatchNormalization undoes." if mild else "."),
            weight=1.0 if mild else 5.0,
            severity="note" if mild else None,
            line=small[1].line or feed.line,
        )
        return


def _factors(flow: Flow) -> list[Operation]:
    """Return the steps that multiply by a known number, since the last that may do anything."""
    found: list[Operation] = []
    for step in flow.operations:
        if step.name == "scale" and isinstance(step.value, (int, float)):
            found.append(step)
        elif step.name in {"call", "preprocess", "standardise", "divide", "multiply", "scale"}:
            found = []
    return found


def _in_front(recipe: Recipe) -> list[Operation]:
    """Return the factors of the layers before the first one that may do anything else."""
    found = []
    for layer in recipe.layers:
        if layer.kind == "Rescaling" and isinstance(layer.rate, (int, float)):
            found.append(Operation("scale", layer.rate, layer.line or 0))
        elif layer.kind not in {"InputLayer", "Resizing", "CenterCrop"} and not (
            layer.kind.startswith("Random")
        ):
            break
    return found


def _normalised(recipe: Recipe) -> bool:
    """Return whether BatchNorm stands before what learns, or right behind the first of it."""
    kinds = [layer.kind for layer in recipe.layers]
    first = next((at for at, kind in enumerate(kinds) if kind in WEIGHTED - {BATCHNORM}), None)
    return first is not None and BATCHNORM in kinds[: first + 2]


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Take the second of the two out: a layer of the network, or what a generator is told."""
    del seen
    recipe, script = run.recipe or Recipe(), run.script
    why = "Divide by 255 once: that brings pixels to 0..1."
    for index, layer in enumerate(recipe.layers):
        if layer.kind == "Rescaling":
            yield Change(recipe=mends.without_layer(recipe, index), reason=why, certain=True)
            return
    generators = [
        Argument(line=call.line, calls=(call.name,), names=("rescale",), remove=True)
        for call in (script.called("ImageDataGenerator") if script is not None else ())
        if "rescale" in call.arguments
    ]
    if generators:
        yield Change(edits=tuple(generators), reason=why, certain=True)


TWICE = """
from tensorflow import keras
images = keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255, horizontal_flip=True)
train = images.flow_from_directory("photos", class_mode="sparse", target_size=(64, 64))
net = keras.Sequential([
    keras.Input((64, 64, 3)),
    keras.layers.Rescaling(1 / 255),
    keras.layers.Conv2D(16, 3, activation="relu"),
    keras.layers.GlobalAveragePooling2D(),
    keras.layers.Dense(5, activation="softmax"),
])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(train, epochs=9)
"""
IN_ARRAYS = """
from tensorflow import keras
(x, y), _ = keras.datasets.cifar10.load_data()
x = x / 255.0
images = keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255)
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(images.flow(x, y, batch_size=32), epochs=9)
"""

RULE = Rule(
    code="FD237",
    check=inputs_scaled_twice,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.01,
    explains={"never_learned": 0.4, "underfitting": 0.3},
    helped_by=("scaling",),
    advice="scale the images once: in the generator or dataset, or by a layer of the network",
    torch_advice="scale the images once: ToTensor divides by 255 already",
    clear="pixels are scaled once, or nothing says how",
    clear_with=("script",),
    sick=(
        scripted(TWICE),
        scripted(TWICE, ("Rescaling(1 / 255)", "Rescaling(scale=1.0 / 127.5)")),
        scripted(IN_ARRAYS),
    ),
    healthy=(
        scripted(TWICE, ("rescale=1 / 255, ", "")),
        scripted(TWICE, ("    keras.layers.Rescaling(1 / 255),\n", "")),
        scripted(TWICE, ("Rescaling(1 / 255)", "Rescaling(2.0, offset=-1)")),
        scripted(IN_ARRAYS, ("x = x / 255.0", "x = prepared(x / 255.0)")),
        scripted(IN_ARRAYS, ("x = x / 255.0", "x = x / 255.0 * 255")),
        scripted(IN_ARRAYS, ("x = x / 255.0\n", "")),
    ),
)
