"""Radar waveforms, a frozen MobileNetV2 and a head of four units with dropout 0.8.

What it must show: training loss stalls, validation loss lies near or above that of guessing, and a
single Dense layer on the same frozen features does far better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from msgspec.structs import replace
from PIL import Image

from fitdoctor.errors import WeightsError
from fitdoctor.interventions.architecture import drop_hidden_layers, widen_bottleneck
from fitdoctor.interventions.regularisation import remove_dropout
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.story import Arm, ArmResult, Scale, Settings, Table
from fitdoctor.stories import waveforms
from fitdoctor.stories.story import Story
from fitdoctor.stories.words import effect, mean

COUNTS: dict[Scale, tuple[int, ...]] = {
    "small": (150, 150, 150, 150),
    "medium": (800, 700, 800, 800),
    "full": (8000, 7000, 8000, 8000),
}
SIDES: dict[Scale, tuple[int, ...]] = {
    "small": (128, 256), "medium": (128, 256, 512), "full": (128, 256, 512, 1024),
}  # fmt: skip
EPOCHS: dict[Scale, int] = {"small": 40, "medium": 25, "full": 11}
"""Fewer images make shorter epochs: so many that as many steps are taken, as far as time allows."""
SEEDS: dict[Scale, int] = {"small": 8, "medium": 8, "full": 8}
COSTLY: dict[Scale, int] = {"small": 1, "medium": 5, "full": 5}
"""Seeds of trainings that update the whole network."""
WHOLE_EPOCHS: dict[Scale, int] = {"small": 4, "medium": 6, "full": 11}
SNR = (-4.0, 10.0)
"""Decibels, drawn evenly."""
ASKED, DENSE = "as asked", "one Dense layer"
WHOLE, BY_BATCH = "everything trained, one Dense layer", "batch statistics while training"
BOTH, SQUEEZE = "64 units, no dropout", "SqueezeNet, one Dense layer"


def draw(settings: Settings) -> None:
    """Draw the waveforms as grey PNG files of several sizes, one folder a class."""
    rng = np.random.default_rng(0)
    for name, count in zip(waveforms.MAKERS, COUNTS[settings.scale], strict=True):
        home = settings.images / name
        home.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            side = int(rng.choice(SIDES[settings.scale]))
            grey = waveforms.picture(name, rng, snr_db=rng.uniform(*SNR))
            Image.fromarray(grey).resize((side, side)).save(home / f"{number:05}.png")


def recipe(settings: Settings) -> Recipe:
    """Return the asker's network and training."""
    weights = settings.weights_of("mobilenet_v2_weights")
    if weights is None and settings.weights:
        raise WeightsError("radar: no weight file of MobileNetV2 was given (--weights)")
    backbone = Backbone(
        name="MobileNetV2",
        alpha=0.35 if weights is not None and "0.35" in weights.name else None,
        weights=str(weights or "imagenet"),
        trainable=False,
    )
    return Recipe(
        images=str(settings.images),
        image_size=96 if settings.scale == "small" else 128,
        validation_share=0.25,
        backbone=backbone,
        layers=(
            Layer(kind="GlobalAveragePooling2D"),
            Layer(kind="Dense", name="dense_1", units=4, activation="relu"),
            Layer(kind="Dropout", name="dropout_1", rate=0.8),
            Layer(kind="Dense", name="dense_2", units=4, activation="relu"),
            Layer(kind="Dense", name="dense_3", units=4, activation="softmax"),
        ),
        loss="categorical_crossentropy",
        optimizer=Optimizer(name="SGD", learning_rate=0.001, momentum=0.9, decay=4e-5),
        batch_size=32,
        epochs=EPOCHS[settings.scale],
        patience=0,
    )


def arms(settings: Settings) -> tuple[Arm, ...]:
    """Return the asker's training and, for each thing that could explain it, one without that."""
    asked = recipe(settings)
    assert asked.backbone is not None
    seeds, costly = SEEDS[settings.scale], COSTLY[settings.scale]
    one = drop_hidden_layers(asked)
    adam = Optimizer(name="Adam", learning_rate=3e-4)
    whole = replace(
        one,
        backbone=replace(asked.backbone, trainable=True),
        optimizer=adam,
        epochs=WHOLE_EPOCHS[settings.scale],
    )

    backbone = asked.backbone

    def fed(how: Literal["0_to_1", "raw"]) -> Recipe:
        return replace(asked, backbone=replace(backbone, fed=how))

    found = [
        Arm(name=ASKED, asks="", recipe=asked, seeds=seeds),
        Arm(name="no dropout", asks="Is it dropout 0.8 on four units?", seeds=seeds,
            recipe=remove_dropout(asked), cause="dropout_too_high"),
        Arm(name="64 units", asks="Is it the bottleneck of four units?", seeds=seeds,
            recipe=widen_bottleneck(asked), cause="bottleneck_too_narrow"),
        Arm(name=BOTH, asks="Are dropout and bottleneck all of it?", seeds=seeds,
            recipe=remove_dropout(widen_bottleneck(asked))),
        Arm(name="pixels 0 to 1", asks="Would images scaled to 0..1, not to -1..1, explain it?",
            seeds=seeds, recipe=fed("0_to_1"), cause="wrong_backbone_preprocessing"),
        Arm(name="pixels 0 to 255", asks="Would raw images explain it?", seeds=seeds,
            recipe=fed("raw"), cause="wrong_backbone_preprocessing"),
        Arm(name=DENSE, asks="Do ImageNet features carry over to radar images at all?",
            seeds=seeds, recipe=one),
    ]  # fmt: skip
    squeeze = settings.weights_of("squeezenet")
    if squeeze is not None:
        bare = Backbone(name="SqueezeNet", weights=str(squeeze), trainable=False)
        found.append(
            Arm(name=SQUEEZE, asks="Does a backbone without BatchNorm do better?", seeds=seeds,
                recipe=replace(one, backbone=bare), against=DENSE)
        )  # fmt: skip
    if settings.scale != "small":
        by_batch = replace(asked.backbone, batchnorm="batch")
        found.append(
            Arm(name=BY_BATCH, asks="Is it BatchNorm on batch statistics in a frozen network, as "
                "Keras did before 2.2?", seeds=costly, recipe=replace(asked, backbone=by_batch),
                cause="frozen_batchnorm_mismatch")
        )  # fmt: skip
    found.append(
        Arm(name=WHOLE, asks="Does training all of it with one Dense layer reach a validation "
            "loss near zero, as the asker found?", seeds=costly, recipe=whole)
    )  # fmt: skip
    return tuple(found)


UNITS, RATES = (4, 16, 64, 256, 1024), (1e-4, 1e-3, 1e-2)


def sweep(settings: Settings) -> tuple[Table, tuple[tuple[Arm, ...], ...]]:
    """Return what the asker tried by hand: units of the hidden layers by learning rate."""
    asked = recipe(settings)

    def tried(units: int, rate: float) -> Recipe:
        assert asked.optimizer is not None
        wide = tuple(
            replace(x, units=units) if x.name in {"dense_1", "dense_2"} else x for x in asked.layers
        )
        optimizer = replace(asked.optimizer, learning_rate=rate)
        return replace(asked, layers=wide, optimizer=optimizer)

    table = Table(
        title="Validation accuracy by units and learning rate, dropout 0.8 left in",
        caption="What was tried by hand, two seeds a cell, on features that are computed once.",
        row_name="units of both hidden layers",
        column_name="learning rate",
        rows=tuple(map(str, UNITS)),
        columns=tuple(f"{rate:g}" for rate in RATES),
        values=(),
    )
    cells = tuple(
        tuple(
            Arm(name=f"{units} units, rate {rate:g}", asks="", recipe=tried(units, rate), seeds=2)
            for rate in RATES
        )
        for units in UNITS
    )
    return table, cells


def answer(results: Sequence[ArmResult]) -> tuple[str, ...]:
    """Return what the arms show, each sentence with its figures."""
    by = {r.arm.name: r for r in results}
    asked = by[ASKED]
    said = []
    said.append(
        f"As asked, training loss ends at {mean(asked, 'loss')} and validation accuracy at "
        f"{mean(asked, 'val_accuracy', share=True)}; guessing among four classes has a loss of "
        f"ln 4 = {np.log(4):.3f}."
    )
    said += [
        f"{r.arm.asks} {effect(r)}" for r in results[1:] if r.verdict is not None and r.arm.asks
    ]
    if _helps(by[DENSE]):
        said.append(
            "The features are not to blame: the same frozen network with one Dense layer reaches "
            f"{mean(by[DENSE], 'val_accuracy', share=True)}. What stands on them is."
        )
    if _helps(by[BOTH]):
        parts = [n for n in ("no dropout", "64 units") if _helps(by[n])]
        alone = " and ".join(parts) if parts else "neither"
        said.append(
            "Of the answers that were given, lower dropout was right in part: with both dropout "
            f"and bottleneck gone it learns; of the two alone, {alone} surely helps."
        )
    return tuple(said)


def _helps(result: ArmResult) -> bool:
    return result.verdict is not None and result.verdict.decision == "helps"


STORY = Story(
    name="radar",
    title="Radar images, a frozen MobileNetV2, and a head of four units",
    asked="Four classes of radar waveforms, MobileNetV2 frozen, two Dense layers of four units "
    "with dropout 0.8: training loss stalls, validation loss climbs. Training everything, or VGG16 "
    "with one Dense layer, worked. Why?",
    draw=draw,
    arms=arms,
    answer=answer,
    change="Take the two hidden layers and the dropout out: one Dense layer on the frozen "
    "features. For the last points, train everything at a small rate afterwards.",
    mended=WHOLE,
    sweep=sweep,
)
