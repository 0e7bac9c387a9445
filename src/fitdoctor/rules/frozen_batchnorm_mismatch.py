"""The frozen backbone's BatchNorm sees other statistics in training than in inference.

## Why it matters
In Keras up to 2.3 a frozen BatchNorm layer normalises with the batch while training and with the
stored ImageNet statistics in inference. The head learns on features that validation never shows
it: validation stays near or worse than chance, though VGG (which has no BatchNorm) works.

## How it is measured
A hint, from a frozen backbone with BatchNorm whose Keras is old or unknown, together with a
validation loss that ends above what knowing nothing scores (ln K), while training does better.
Keras 3, and Keras inside TensorFlow 2, run a frozen BatchNorm in inference mode, so a run known to
be trained by one of them (by its version, its log or functions that only they have) is clear, and
so is a backbone that is called with `training=False`. Only
the training images measured in inference mode decide: a look inside that finds BatchNorm's own part
of the gap names it. Under a Keras before 2.4, validation accuracy that is chance in every epoch
makes the hint a warning. So does `training=True` where the base, or some of its layers, are frozen.
The same images trained and validated on, with losses far apart, leave
little else.

## What to try
Call the backbone with `training=False`, or use a current Keras; or fine-tune the whole network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from fitdoctor import lazy_re
from fitdoctor.cases import both, falling, straight, with_curves, with_recipe
from fitdoctor.catalogue.backbones import holds_batchnorm, holds_none, written
from fitdoctor.catalogue.layers import having
from fitdoctor.records.claim import AGREE, Claim, Said, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import pairs
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Backbone, Layer, Recipe
from fitdoctor.records.run import Curve, Script
from fitdoctor.rule import Rule
from fitdoctor.stats.proportions import always_chance
from fitdoctor.stats.quantile import median

WORTH = 0.1
"""Part of the validation loss that BatchNorm must account for."""
LEAST_FALL = 0.15
"""Accuracy that the training images must lose when they are evaluated."""


def frozen_batchnorm_mismatch(
    recipe: Recipe,
    val_loss: Curve | None = None,
    loss: Curve | None = None,
    classes: int | None = None,
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
    probe_loss: Curve | None = None,
    probes: tuple[ProbedEpoch, ...] | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
) -> Iterator[Evidence]:
    backbone = recipe.backbone
    if backbone is None:
        return
    if backbone.trainable is not False:
        yield from _frozen_in_part(backbone, script)
        return
    gaps = [p.gap for p in probes or () if p.gap is not None]
    part = gaps[-1].part("batchnorm") if gaps else None
    if part is not None and part.high < 0 and -part.value > WORTH * gaps[-1].validation:
        yield Evidence(
            sentence=f"{backbone.name} is frozen, and BatchNorm's mode alone raises the loss of "
            f"training images by {-part.value:.2f} in inference.",
            weight=7.0,
            line=backbone.line,
        )
        return
    if backbone.batchnorm == "batch":
        apart = _apart(loss, probe_loss)
        yield Evidence(
            sentence=f"{backbone.name} is frozen while its BatchNorm normalises by batch in "
            f"training{apart}.",
            weight=5.0 if apart else 2.5,
            severity=None if apart else "note",
            line=backbone.line,
        )
        return
    if not holds_batchnorm(backbone.name):
        return
    if backbone.training is True:
        yield Evidence(
            sentence=f"{backbone.name} is frozen and called with training=True: its BatchNorm "
            "normalises by batch, in prediction as well.",
            weight=3.0,
            line=backbone.line,
        )
        return
    if (phase := _training_phase(script)) and backbone.training is None:
        yield Evidence(
            sentence=f"{backbone.name} is frozen and built under set_learning_phase(1): its "
            "BatchNorm normalises by batch, in validation as well.",
            weight=4.0,
            line=phase,
            fix="leave out set_learning_phase(1)",
        )
        return
    # Called in inference mode, or frozen under a Keras that then infers, it is what it seems.
    if backbone.training is False or _is_new(recipe, script):
        return
    if words := _stated(claims, accuracy, val_accuracy):
        yield Evidence(
            sentence=f"{backbone.name} is frozen and holds BatchNorm; {words}",
            weight=5.5,
            line=backbone.line,
        )
        return
    if val_loss is None or loss is None or classes is None or len(val_loss) < 3:
        return
    end, train = median(val_loss.values[-3:]), median(loss.values[-3:])
    chance = float(np.log(classes)) if classes > 1 else np.inf
    if not end > chance > train:
        return
    old = _before_freezing_set_the_mode(recipe, script)
    if script is not None and any(
        fed.inputs == other.inputs and fed.inputs.origin
        for fed, other in pairs(script, "validation")
    ):
        yield Evidence(
            sentence=f"{backbone.name} is frozen and holds BatchNorm, and the same images are "
            f"trained and validated on: the losses are {train:.2f} and {end:.2f}.",
            weight=6.0,
            line=backbone.line,
        )
        return
    one_answer = val_accuracy is not None and always_chance(val_accuracy.values, classes)
    yield Evidence(
        sentence=f"{backbone.name} is frozen{' under Keras 1 or 2' if old else ''} and holds "
        f"BatchNorm; validation loss ends at {end:.2f}, above ln {classes} = {chance:.2f}, while "
        f"training does better ({train:.2f}). Dropout does not do that."
        + (" Validation accuracy is chance in every epoch." if one_answer else ""),
        weight=2.0 + 2.0 * one_answer if old else 1.0 + one_answer,
        severity=None if old and one_answer else "note",
        line=backbone.line,
    )


def _frozen_in_part(backbone: Backbone, script: Script | None) -> Iterator[Evidence]:
    """Yield evidence where layers are frozen by hand in a base called with `training=True`."""
    frozen = script.called("set_trainable") if script else ()
    some = any("value" in c.arguments and c.arguments["value"].value is False for c in frozen)
    if backbone.training is True and some and holds_batchnorm(backbone.name):
        yield Evidence(
            sentence=f"Layers of {backbone.name} are frozen, and it is called with training=True: "
            "their BatchNorm normalises by batch, in prediction as well.",
            weight=3.0,
            line=backbone.line,
        )


_TF_2 = lazy_re.compile(r"3|2\.(?:[4-9]|1\d)\b")
_NEW = ("image_dataset_from_directory", "set_random_seed", "split_dataset")
"""Functions that Keras has only since TensorFlow 2."""
_NEW_LAYERS = having("tensorflow 2")


def _is_new(recipe: Recipe, script: Script | None) -> bool:
    """Return whether this is a Keras in which a frozen BatchNorm infers.

    Keras 3 is one, and so are those of TensorFlow 2.
    """
    if recipe.keras:
        return bool(_TF_2.match(recipe.keras))
    layered = any(layer.kind in _NEW_LAYERS for layer in recipe.layers)
    return layered or (script is not None and bool(script.called(*_NEW)))


def _before_freezing_set_the_mode(recipe: Recipe, script: Script | None) -> bool:
    """Return whether this is a Keras in which a frozen BatchNorm still trains by batch.

    Keras 1 is one, and so is Keras 2 up to 2.3.
    """
    if recipe.keras:
        return recipe.keras.startswith(("1.", "2.0", "2.1", "2.2", "2.3"))
    return script is not None and bool(script.keras_1_or_2)


def _training_phase(script: Script | None) -> int:
    """Return the line that sets Keras' learning phase to training for good; 0 where none does."""
    calls = script.called("set_learning_phase") if script else ()
    values = [fact.value for call in calls[-1:] for fact in call.arguments.values()]
    return calls[-1].line if values in ([1], [True]) else 0


def _stated(
    claims: tuple[Claim, ...] | None, accuracy: Curve | None, val_accuracy: Curve | None
) -> str:
    """Return in words what the asker says of the two modes of the network; "" where nothing."""
    mode = stated(
        claims, "train_good_val_bad", "evaluate_differs", "same_data_for_both",
        "worse_in_eval_mode",
    )  # fmt: skip
    same = stated(claims, "same_data_for_both")
    apart = (
        accuracy is not None
        and val_accuracy is not None
        and float(accuracy.values[-1] - val_accuracy.values[-1]) >= LEAST_FALL
    )
    if same is not None and (apart or stated(claims, "train_good_val_bad", "evaluate_differs")):
        return (
            f"the images it trains on score low in inference; stated: \u201c{same.sentence}\u201d"
        )
    again = stated(claims, "said_accuracy_evaluated")
    if again is not None and again.value is not None and accuracy is not None and len(accuracy):
        end = float(accuracy.values[-1])
        if end - again.value >= LEAST_FALL:
            return f"fit ends at an accuracy of {end:.3g}, and stated: \u201c{again.sentence}\u201d"
    other = stated(claims, "other_backbone_works")
    if other is not None and mode is not None:
        named = _WITHOUT.search(other.sentence)
        test = f"your own test says so: {named[0]}, which has none, works" if named else "stated"
        return f"training is good, validation is not, and {test}: \u201c{other.sentence}\u201d"
    return ""


_WITHOUT = lazy_re.compile(rf"\b(?:{written(holds_none)})", re.IGNORECASE)
"""Networks without BatchNorm, as people write them."""


def _apart(loss: Curve | None, probe_loss: Curve | None) -> str:
    """Say how much worse training images score in inference mode; nothing where they do not."""
    if loss is None or probe_loss is None or len(probe_loss) < 3:
        return ""
    train = median(loss.values[-3:])
    clean = median(probe_loss.values[-3:])
    if not clean > 1.2 * train:
        return ""
    return f", where the loss is {train:.2f}; the same images score {clean:.2f} in inference"


RULE = Rule(
    code="FD111",
    check=frozen_batchnorm_mismatch,
    kind="cause",
    severity="warning",
    prior=0.10,
    explains={
        "validation_never_learned": 0.35,
        "validation_spikes": 0.2,
        "train_good_val_bad": 0.97,
    },
    helped_by=("inference_mode",),
    advice="call the backbone with training=False, or use Keras 3, and train again",
    torch_advice="put the frozen backbone into eval mode after model.train()",
    excluded=lambda run: run.recipe is not None and _is_new(run.recipe, run.script),
    clear="no frozen BatchNorm under an old Keras, or validation does better than chance",
    asks={
        "evaluate_on_training_images": {
            "about_the_same": 0.04,
            "much_worse": 0.83,
            "much_better": 0.13,
        },
        "batchnorm": {"yes": 0.98, "no": 0.02},
        "pretrained_part_frozen": {"yes": 0.96, "no": 0.02, "not_pretrained": 0.02},
        "library_version": {"yes": 0.93, "no": 0.07},
        "without_batchnorm": {"yes": 0.8, "no": 0.2},
    },
    denied_by=(*AGREE, Said("batchnorm_used", negated=True), Said("frozen", negated=True)),
    sick=(
        both(
            with_curves(
                classes=4,
                loss=falling(start=1.6, to=0.5),
                val_loss=straight(start=1.6, to=2.5, noise=0.05),
            ),
            with_recipe(
                keras=None,
                backbone=Backbone(name="ResNet50", trainable=False),
                layers=(Layer(kind="Dense", units=4, activation="softmax"),),
            ),
        ),
    ),
    healthy=(with_recipe(keras="2.2.4"),),
)
