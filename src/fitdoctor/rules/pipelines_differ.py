"""Training and validation or test images do not go through the same preparation.

## Why it matters
A network that learned on scaled, centred or whitened images is asked about others. Training looks
fine, and validation or test is at chance or far below.

## How it is measured
From the script, by following what fit and evaluate are given: operations that change values
(scale, shift, standardise, preprocessing functions) on one side without an equal on the other.
Augmentation is not one of them. Where a function is not followed on one side only, the rule is
silent.

Or from curves: within the first three epochs validation images are as often right as training
images in inference mode, but score twice their loss and more, beyond 0.75 ln K: sureness differs,
not knowledge.

## What to try
Put the preparation into the model (`Rescaling`, `Normalization`), or into one function for all.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor import mends
from fitdoctor.cases import falling, feeding, rising_after, with_curves, with_script
from fitdoctor.code.own_names import own_names
from fitdoctor.records.change import Alike, Change
from fitdoctor.records.claim import AGREE, Said
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import CHANGING, DECODED, described, differences, pairs, recorded_apart
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Curve, Feed, Operation, Run, Script
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

_OF_DATASETS = ("batch_size", "batch", "target_size", "image_size")
EARLY, ALIKE, TIMES = 3, 0.1, 2.0
OF_VALIDATION = (
    "overfitting",
    "overconfidence",
    "batchnorm_inference_gap",
    "validation_differs_from_training",
    "validation_noise",
)
"""What is read from validation against training: it cannot be while their images differ."""
TORN = 50.0
"""A validation loss that no network reaches on images like those it trains on."""


def pipelines_differ(
    script: Script | None = None,
    probe_loss: Curve | None = None,
    probe_accuracy: Curve | None = None,
    val_loss: Curve | None = None,
    val_accuracy: Curve | None = None,
    classes: int | None = None,
    loss: Curve | None = None,
    recipe: Recipe | None = None,
) -> Iterator[Evidence]:
    penalised = recipe is not None and any(layer.l1 or layer.l2 for layer in recipe.layers)
    thrown = loss is not None and classes and len(loss) and loss.values[0] > 3 * np.log(classes)
    # Penalties are in one of the two losses only; weights thrown far make any image look sure.
    if not penalised and not thrown:
        yield from _scaled_apart(probe_loss, probe_accuracy, val_loss, val_accuracy, classes)
    for train, other in pairs(script, "validation", "evaluate") if script is not None else ():
        apart = recorded_apart(train.inputs, other.inputs)
        if apart:
            yield Evidence(
                sentence=f"What reaches the network lies {apart}, for training and for "
                f"{'validation' if other.use == 'validation' else 'evaluate'}, as recorded.",
                weight=6.0,
                line=other.line,
                explains=OF_VALIDATION if other.use == "validation" else (),
            )
            return
        if apart == "":
            continue  # whatever the text shows, the values are alike
        found = differences(train.inputs, other.inputs)
        # A dataset whose making is not shown may have been prepared in the same way.
        unseen = not (other.inputs.shown or other.inputs.operations)
        if not found or (unseen and train.inputs.has(*_OF_DATASETS)):
            continue
        here = [o for o in found if o in train.inputs.operations]
        sides = ("training", other.use) if here else (other.use, "training")
        known = train.inputs.shown and other.inputs.shown
        # An excerpt may leave out the line that scales the other array as well.
        nowhere = not (
            train.inputs.shown
            or other.inputs.shown
            or other.inputs.operations
            or train.inputs.has("augment", "standardise", "preprocess")
        )
        # Nothing but inputs of another range makes a good network that wrong.
        torn = val_loss is not None and median(val_loss.values) > TORN
        yield Evidence(
            sentence=f"Images for {_named(sides[0], script)} are "
            f"{described(tuple(here) or found)}; those for {_named(sides[1], script)} are not.",
            figures=f"So validation loss is {median(val_loss.values):.3g}."
            if torn and val_loss
            else "",
            weight=5.5 if known else 1.0 if nowhere and not torn else 4.5,
            severity="note" if nowhere and not torn else None,
            line=_line(train, other, found),
            explains=OF_VALIDATION if other.use == "validation" else (),
            fix=f"prepare the images for {sides[1]} in the same way ({described(found)}), or "
            "neither of the two",
        )
        return


def _scaled_apart(
    probe_loss: Curve | None,
    probe_accuracy: Curve | None,
    val_loss: Curve | None,
    val_accuracy: Curve | None,
    classes: int | None,
) -> Iterator[Evidence]:
    """Return whether validation is as right as training but far more, or far less, sure.

    Scaling inputs moves no linear border and every probability.
    """
    if probe_loss is None or probe_accuracy is None or val_loss is None or val_accuracy is None:
        return
    n = min(map(len, (probe_loss, probe_accuracy, val_loss, val_accuracy)))
    if n < 2 * EARLY or not classes or classes < 2:
        return
    some = slice(0, EARLY)
    train, val = (median(c.values[some]) for c in (probe_accuracy, val_accuracy))
    own, other = (median(c.values[some]) for c in (probe_loss, val_loss))
    chance = 1 / classes
    if abs(train - val) > ALIKE or val < chance + 0.3 * (1 - chance) or own <= 0:
        return
    timid = other > TIMES * own and other > 0.75 * float(np.log(classes))
    loud = other > 3 * TIMES * own
    if timid or loud:
        yield Evidence(
            sentence=f"Within {EARLY} epochs validation is about as right as training "
            f"({val:.2f} and {train:.2f}) but scores a loss of {other:.3g} against {own:.3g}: its "
            "images are scaled otherwise.",
            weight=3.5,
        )


_SCALE = ("scale", 1 / 255)


OTHERWISE = frozenset({"augment", "call", "colour", "noise", "resize", "scrambled"})
"""Steps that belong to one set, or that may."""
TWICE = frozenset({"argmax", "call", "codes", "colour", DECODED, "label_encode", "one_hot"})
"""Steps that do harm where they are taken a second time."""


def _sides(train: Feed, other: Feed, found: tuple[Operation, ...]) -> tuple[Feed, Feed]:
    """Return what is prepared, and what is not."""
    here = any(o in train.inputs.operations for o in found)
    return (train, other) if here else (other, train)


def _line(train: Feed, other: Feed, found: tuple[Operation, ...]) -> int:
    """Return where the set that lacks a step is made, last; else the line of the step."""
    has, lacks = _sides(train, other, found)
    lines = {o.line for o in has.inputs.operations}
    own = [o.line for o in lacks.inputs.operations if o.line and o.line not in lines]
    return own[-1] if own else found[0].line


def _not_again(has: Feed, lacks: Feed) -> Iterator[Operation]:
    """Yield the steps of a set that the other one must not take, or has taken already."""
    for one in has.inputs.operations:
        there = lacks.inputs.has(one.name)
        if one.name in CHANGING or one.name in (TWICE if there else OTHERWISE):
            yield one
    for one in has.labels.operations:
        if one.name in TWICE and lacks.labels.has(one.name):
            yield one


def _mapped(train: Feed, other: Feed, found: tuple[Operation, ...]) -> Iterator[Change]:
    """Put the set that lacks steps through the map that the other one goes through."""
    has, lacks = _sides(train, other, found)
    line = _line(train, other, found)
    if line != found[0].line and all(o in has.inputs.operations for o in found):
        but = tuple(o.line for o in _not_again(has, lacks) if o not in found)
        yield Change(
            edits=(Alike(line=found[0].line, to=line, but=but),),
            reason="Put both sets through the same map: a network knows images as it was trained "
            "on them.",
            certain=True,
        )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Scale the images that are raw as the others are."""
    for train, other in pairs(run.script, "validation", "evaluate") if run.script else ():
        found = differences(train.inputs, other.inputs)
        if found and _line(train, other, found) == seen.line:
            yield from _mapped(train, other, found)
            yield from mends.scaled_alike(run, train, other, found)
            return


_CALLED = {
    "training": ("train", "x_train", "train_loader"),
    "validation": ("validation_data", "x_val", "val_loader"),
}


def _named(side: str, script: Script | None) -> str:
    """Return a part of the images with what the script calls it, where that is short."""
    names = own_names(script.text) if script is not None and script.text else {}
    own = next((names[usual] for usual in _CALLED.get(side, ()) if usual in names), "")
    return f"{side} ({own})" if own and "," not in own else side


RULE = Rule(
    code="FD303",
    check=pipelines_differ,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.05,
    explains={
        "validation_never_learned": 0.25,
        "validation_spikes": 0.2,
        "train_good_val_bad": 0.97,
    },
    told_by={"scaled_apart": 4.5, "channels_apart": 4.0},
    advice="give training, validation and test images the same preparation",
    clear="training and validation images go through the same preparation, as far as it is shown",
    clear_with=("script", "probe_loss val_loss"),
    asks={
        "same_preparation": {"yes": 0.02, "no": 0.98},
        "evaluate_on_training_images": {
            "about_the_same": 0.81,
            "much_worse": 0.05,
            "much_better": 0.14,
        },
    },
    denied_by=(*AGREE, Said("test_far_below_validation")),
    sick=(
        with_curves(
            classes=4,
            probe_loss=falling(start=0.6, to=0.1),
            val_loss=falling(start=1.35, to=1.25),
            probe_accuracy=falling(start=0.75, to=0.97),
            val_accuracy=falling(start=0.74, to=0.8),
        ),
        with_script(feeds=(feeding("train", _SCALE), feeding("validation"))),
        with_script(feeds=(feeding("train"), feeding("evaluate", _SCALE))),
        with_script(
            feeds=(feeding("train", ("standardise", "zca_whitening")), feeding("validation"))
        ),
    ),
    any_of=("script", "probe_loss"),
    healthy=(
        with_curves(
            classes=4,
            probe_loss=falling(start=1.0, to=0.02),
            val_loss=rising_after(5),
            probe_accuracy=falling(start=0.6, to=1.0),
            val_accuracy=falling(start=0.6, to=0.85),
        ),
        with_script(feeds=(feeding("train", _SCALE), feeding("validation", _SCALE))),
        with_script(
            feeds=(
                feeding("train", _SCALE, ("augment", ("horizontal_flip",))),
                feeding("validation", ("scale", 0.00392)),
            )
        ),
        with_script(feeds=(feeding("train", ("call", "load")), feeding("validation", _SCALE))),
    ),
)
