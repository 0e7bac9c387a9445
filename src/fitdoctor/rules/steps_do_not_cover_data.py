"""steps_per_epoch times the batch size is not the number of images.

## Why it matters
An epoch that sees part of the images, or the same ones several times, is not an epoch: curves of
different runs do not compare, and `validation_steps` may leave out whole classes.

## How it is measured
From the script and the known number of images: steps times batch size below 70 % or above 130 % of
them, for training or validation (where no batch size is known, below it even at 512 a batch);
steps_per_epoch given as the number of images to a generator of Keras 2; or the length of a set that
is batched, which counts batches, divided by their size once more. `samples_per_epoch` of
Keras 1 counts images. Up to five steps are a hint where the images are not counted. Keras' own
words, that the input ran out of data, count too.

## What to try
Leave steps_per_epoch out, or `math.ceil(n / batch_size)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import lazy_re
from fitdoctor.cases import Case, both, scripted, with_data, with_script
from fitdoctor.records.change import Argument, Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import STEPS_OF_BATCHES, STEPS_OF_IMAGES, DataSummary, Fact, Run, Script
from fitdoctor.rule import Rule

LEAST, MOST = 0.7, 1.3
FEW_STEPS = 5
"""Batches an epoch that hardly any set of images is as small as."""
LARGE_BATCH = 512
"""Images a batch where nothing says how many; larger ones are written down."""
OLD = {"steps_per_epoch": "samples_per_epoch", "validation_steps": "nb_val_samples"}
"""Names of Keras 1, which counted images."""


def steps_do_not_cover_data(
    script: Script, recipe: Recipe, data: DataSummary | None = None
) -> Iterator[Evidence]:
    batch = recipe.batch_size
    if mistaken := _images_as_steps(script, batch):
        yield mistaken
        return
    for call in script.called(STEPS_OF_IMAGES):
        name = str(call.arguments["argument"].value)
        images = call.arguments[name]
        yield Evidence(
            sentence=f"{name} = {images.source[:60]} is the number of images; a step reads a "
            "whole batch.",
            weight=4.5,
            line=images.line,
        )
        return
    for call in script.called(STEPS_OF_BATCHES):
        name = str(call.arguments["argument"].value)
        divided = call.arguments[name]
        yield Evidence(
            sentence=f"{name} = {divided.source[:60]} divides a number of batches by their size: "
            "an epoch reads a small part of the images.",
            weight=5.0,
            line=divided.line,
        )
        return
    few = script.fit.get("steps_per_epoch")
    if few is not None and few.value in range(1, FEW_STEPS + 1) and not (data and data.n_train):
        yield Evidence(
            sentence=f"steps_per_epoch = {few.value}: an epoch reads {few.value} "
            f"batch{'es' * (few.value != 1)}, however many images there are.",
            weight=2.0,
            severity="note",
            line=few.line,
        )
        return
    if data is None:
        return
    for argument, size, words in (
        ("steps_per_epoch", data.n_train, "training"),
        ("validation_steps", data.n_val, "validation"),
    ):
        counted = script.fit.get(OLD[argument])
        fact = counted or script.fit.get(argument)
        steps = fact.value if fact else None
        if counted is not None and isinstance(steps, int) and size:
            if steps < LEAST * size:
                yield Evidence(
                    sentence=f"{OLD[argument]} = {steps}: an epoch reads {steps} of {size} {words} "
                    "images.",
                    weight=3.5,
                    line=counted.line,
                )
            continue
        if fact is None or not isinstance(steps, int) or isinstance(steps, bool) or not size:
            continue
        origin = data.origins.get("n_train", "")
        if "steps" in origin or (steps == size and "counter" in origin):
            continue
        if batch is None:
            if steps * LARGE_BATCH < LEAST * size:
                yield Evidence(
                    sentence=f"{argument} = {steps}: even at {LARGE_BATCH} images a batch an epoch "
                    f"reads {steps * LARGE_BATCH} of {size} {words} images.",
                    weight=3.0,
                    line=fact.line,
                )
            continue
        share = steps * batch / size
        if not LEAST <= share <= MOST:
            yield Evidence(
                sentence=f"{argument} = {steps} of {batch} images reads {steps * batch} of "
                f"{size} {words} images an epoch ({share:.0%}).",
                weight=3.0,
                line=fact.line,
            )


_IMAGES = lazy_re.compile(r"\w+\.(?:samples|n)")


def _images_as_steps(script: Script, batch: int | None) -> Evidence | None:
    """Return whether these are steps that are the number of images.

    An epoch reads each of them `batch` times.
    """
    for argument in ("steps_per_epoch", "validation_steps"):
        fact = script.fit.get(argument)
        if fact is not None and _IMAGES.fullmatch(fact.source) and batch != 1:
            return Evidence(
                sentence=f"{argument} = {fact.source} is the number of images; a step reads a "
                "whole batch.",
                weight=4.5,
                line=fact.line,
            )
    return None


def _with_steps(steps: int, batch: int | None = 32) -> Case:
    fact = Fact(str(steps), steps, 7)
    return with_script({}, {"steps_per_epoch": fact}, recipe=Recipe(batch_size=batch))


_BATCHED = """
from tensorflow import keras
SIZE = 32
images = keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255)
train = images.flow_from_directory("photos", class_mode="sparse", batch_size=SIZE)
net = keras.Sequential([keras.layers.Conv2D(8, 3), keras.layers.Flatten(), keras.layers.Dense(5)])
net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
net.fit(train, epochs=5, steps_per_epoch=len(train) // SIZE)
"""


_FLOWING = """
import numpy as np
from tensorflow import keras
x, y = np.load("images.npy"), np.load("labels.npy")
images = keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255)
net = keras.Sequential([keras.layers.Conv2D(8, 3), keras.layers.Flatten(), keras.layers.Dense(5)])
net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
net.fit(images.flow(x, y, batch_size=64), epochs=5, steps_per_epoch=x.shape[0])
"""


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Leave the number of steps to Keras, which counts the batches of a generator."""
    fits = run.script.called("fit", "fit_generator") if run.script else ()
    for name in ("steps_per_epoch", "validation_steps"):
        counted = "number of images" in seen.sentence or "number of batches" in seen.sentence
        if len(fits) == 1 and f"{name} = " in seen.sentence and counted:
            edit = Argument(line=fits[0].line, calls=(fits[0].name,), names=(name,), remove=True)
            yield Change(
                edits=(edit,),
                reason=f"Without {name} an epoch reads each image once.",
                certain=True,
            )


RULE = Rule(
    code="FD314",
    check=steps_do_not_cover_data,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.02,
    told_by={"ran_out_of_data": 4.0},
    advice="steps = ceil(images / batch size), or leave it out",
    clear="an epoch reads the images about once, as far as the numbers are known",
    asks={
        "steps_cover_the_data": {"yes": 0.05, "no": 0.95},
    },
    sick=(
        both(with_data(n_train=2000), _with_steps(10)),
        both(with_data(n_train=60000), _with_steps(20, batch=None)),
        scripted(_BATCHED),
        scripted(_BATCHED, ("len(train) // SIZE", "int(len(train) / SIZE)")),
        scripted(_FLOWING),
        scripted(_FLOWING, ("x.shape[0]", "len(x)")),
    ),
    healthy=(
        both(with_data(n_train=2000), _with_steps(63)),
        both(with_data(n_train=2000), _with_steps(10, batch=None)),
        scripted(_BATCHED, ("len(train) // SIZE", "len(train)")),
        scripted(_FLOWING, ("x.shape[0]", "x.shape[0] // 64")),
        scripted(_FLOWING, ("batch_size=64", "batch_size=1")),
        scripted(_BATCHED, ("len(train) // SIZE", "train.samples // SIZE")),
        scripted(_BATCHED, ("train = ", "train = files = listed()\nparts = ")),
    ),
)
