"""Radar waveforms, a frozen MobileNetV2 and a head of four units with dropout 0.8.

What it must show: training loss stalls, validation loss lies near or above that of guessing, and a
single Dense layer on the same frozen features does far better.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Literal

import numpy as np
from msgspec.structs import replace
from PIL import Image

from fitdoctor.errors import WeightsError
from fitdoctor.interventions.architecture import drop_hidden_layers, widen_bottleneck
from fitdoctor.interventions.regularisation import remove_dropout
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.story import (
    Arm,
    ArmResult,
    Brief,
    Ended,
    Extras,
    Panel,
    Remark,
    Scale,
    Settings,
    Sheet,
    Table,
    Tone,
)
from fitdoctor.stories import waveforms
from fitdoctor.stories.story import Story, Work
from fitdoctor.stories.words import curves_of, effect, mean

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
SEEDS: dict[Scale, int] = {"small": 20, "medium": 20, "full": 20}
"""Of heads on features that are computed once: cheap, and a training that sometimes learns needs
many."""
COSTLY: dict[Scale, int] = {"small": 5, "medium": 5, "full": 5}
"""Seeds of trainings that update the whole network."""
WHOLE_EPOCHS: dict[Scale, int] = {"small": 4, "medium": 6, "full": 11}
SNR = (-4.0, 10.0)
"""Decibels, drawn evenly."""
ASKED, DENSE = "as asked", "one Dense layer"
WHOLE, BY_BATCH = "everything trained, one Dense layer", "batch statistics while training"
BOTH, BARE = "64 units, no dropout", "one Dense layer"
LESS, SPARSE = "dropout 0.2", "sparse_categorical_crossentropy"
WITHOUT_NORM = {"vgg16": "VGG16", "squeezenet": "SqueezeNet"}
"""Weight files of networks without BatchNorm, the asker's own first."""


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
        Arm(name=LESS, asks="Is dropout 0.2 enough, as the first answer said?", seeds=seeds,
            recipe=_with_dropout(asked, 0.2), cause="dropout_too_high"),
        Arm(name=SPARSE, asks="Is it the loss, as the first answer suspected?", seeds=seeds,
            recipe=replace(asked, loss="sparse_categorical_crossentropy")),
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
    for file, network in WITHOUT_NORM.items():
        weights = settings.weights_of(file)
        if weights is not None:
            bare = Backbone(name=network, weights=str(weights), trainable=False)
            found.append(
                Arm(name=f"{network}, {BARE}", asks="Does a network without BatchNorm do better, "
                    "with one Dense layer on it?", seeds=seeds,
                    recipe=replace(one, backbone=bare), against=DENSE)
            )  # fmt: skip
    by_batch = replace(asked.backbone, batchnorm="batch")
    found.append(
        Arm(name=BY_BATCH, asks="Is it BatchNorm on batch statistics in a frozen network, as "
            "Keras up to 2.3.1 did?", seeds=costly, recipe=replace(asked, backbone=by_batch),
            cause="frozen_batchnorm_mismatch")
    )  # fmt: skip
    found.append(
        Arm(name=WHOLE, asks="Does training all of it with one Dense layer reach a validation "
            "loss near zero, as the asker found?", seeds=costly, recipe=whole)
    )  # fmt: skip
    return tuple(found)


def _with_dropout(recipe: Recipe, rate: float) -> Recipe:
    return replace(
        recipe,
        layers=tuple(replace(x, rate=rate) if x.kind == "Dropout" else x for x in recipe.layers),
    )


UNITS = (4, 16, 64, 256, 1024)
SWEPT = 2
"""Seeds of each cell of the sweep."""


def _tried(asked: Recipe) -> dict[str, Recipe]:
    """Return what was tried by hand beside the units, one setting at a time."""
    assert asked.optimizer is not None

    def at(rate: float) -> Recipe:
        assert asked.optimizer is not None
        return replace(asked, optimizer=replace(asked.optimizer, learning_rate=rate))

    def penalised(l1: float) -> Recipe:
        layers = tuple(replace(x, l1=l1) if x.kind == "Dense" else x for x in asked.layers)
        return replace(asked, layers=layers)

    return {
        ASKED: asked, "rate 0.0001": at(1e-4), "rate 0.01": at(1e-2),
        "batch 16": replace(asked, batch_size=16), "batch 64": replace(asked, batch_size=64),
        "L1 0.0001": penalised(1e-4), "L1 0.001": penalised(1e-3),
        "no dropout": remove_dropout(asked),
    }  # fmt: skip


def _wide(recipe: Recipe, units: int) -> Recipe:
    hidden = {"dense_1", "dense_2"}
    layers = tuple(replace(x, units=units) if x.name in hidden else x for x in recipe.layers)
    return replace(recipe, layers=layers)


def more(settings: Settings, results: Sequence[ArmResult], work: Work) -> Extras:
    """Return what the asker tried by hand as one sweep, and what the images look like."""
    tried = _tried(recipe(settings))
    names = [(units, name) for units in UNITS for name in tried]
    cells = work.train(
        f"a sweep of {len(names)} settings: what was tried by hand",
        [
            Arm(name=f"{units} units, {name}", asks="", recipe=_wide(tried[name], units),
                seeds=SWEPT)
            for units, name in names
        ],
    )  # fmt: skip
    at = dict(zip(names, cells, strict=True))

    def table(
        title: str, caption: str, says: Callable[[Table], str], value: Callable[[Ended], float]
    ) -> Table:
        found = Table(
            title=title,
            caption=caption,
            says="",
            row_name="units of both hidden layers",
            column_name="one setting changed, the others as asked",
            rows=tuple(map(str, UNITS)),
            columns=tuple(tried),
            values=tuple(
                tuple(float(np.mean([value(e) for e in at[units, name].ended])) for name in tried)
                for units in UNITS
            ),
        )
        return replace(found, says=says(found))

    return Extras(
        tables=(
            table(
                "What was tried by hand, as one sweep: validation accuracy",
                f"{SWEPT} seeds a cell, on features that are computed once. Dropout 0.8 is left "
                "in but in the last column.",
                _swept,
                lambda e: e.last("val_accuracy"),
            ),
            table(
                "The same sweep: training above validation accuracy",
                "Both in inference mode, on the same network: how far each setting overfits.",
                lambda found: f"Nothing here overfits by more than {np.nanmax(found.values):.0%}.",
                lambda e: e.last("probe_accuracy") - e.last("val_accuracy"),
            ),
        ),
        sheets=() if settings.photos else (_sheet(),),
        said=(_time(results, cells),),
    )


def _swept(found: Table) -> str:
    """Return the narrowest width at which every setting comes near the best, and what helps 4."""
    values, best = np.array(found.values), float(np.nanmax(found.values))
    first = dict(zip(found.columns, values[0], strict=True))
    helps = max(first, key=lambda name: first[name])
    wide = next(
        (n for n, row in zip(found.rows, values, strict=True) if row.min() > best - 0.1), ""
    )
    more = f" From {wide} units on every setting is within 10 points of the best, {best:.0%}." * (
        wide != ""
    )
    return (
        f"With {found.rows[0]} units what helps most is {helps}: {first[helps]:.0%}, "
        f"{first[ASKED]:.0%} as asked.{more}"
    )


def _time(results: Sequence[ArmResult], cells: Sequence[ArmResult]) -> str:
    """Return what the sweep took, beside one training that computes its features every step."""
    whole = sum(e.seconds for r in cells for e in r.ended)
    count = sum(len(r.ended) for r in cells)
    plain = next(r for r in results if r.arm.name == BY_BATCH)
    one = float(np.mean([e.seconds for e in plain.ended]))
    return (
        f"The sweep over what was tried by hand, {count} trainings, took {whole:.0f} s on cached "
        f"features: {whole / one:.2g} times one training of {plain.arm.recipe.epochs} epochs that "
        f"computes them anew every step ({one:.0f} s)."
    )


def _sheet() -> Sheet:
    """Return one signal of each class, at 6 dB, in the three ways to draw it."""
    rows = []
    for name in waveforms.MAKERS:
        files = []
        for transform in waveforms.TRANSFORMS:
            rng = np.random.default_rng(1)
            grey = waveforms.picture(name, rng, snr_db=6.0, transform=transform)
            file = BytesIO()
            Image.fromarray(grey).resize((112, 112)).quantize(32).save(file, "PNG", optimize=True)
            files.append(file.getvalue())
        rows.append((name, tuple(files)))
    return Sheet(
        title="The images",
        caption="One signal of each class, 6 dB above the noise, time to the right and frequency "
        "upwards. The networks are trained on the first kind, with "
        f"{SNR[0]:g} to {SNR[1]:g} dB, {', '.join(map(str, SIDES['full']))} pixels a side at most.",
        columns=("Choi-Williams", "Wigner-Ville", "short-time Fourier"),
        rows=tuple(rows),
    )


def answer(results: Sequence[ArmResult]) -> tuple[str, ...]:
    """Return what the arms show, each sentence with its figures."""
    by = {r.arm.name: r for r in results}
    asked = by[ASKED]
    guess = np.log(4)
    said = [
        (
            f"As asked, training loss ends at {mean(asked, 'loss')} and validation accuracy at "
            f"{mean(asked, 'val_accuracy', share=True)}; guessing among four classes has a loss of "
            f"ln 4 = {guess:.3f}."
        ),
        (
            "Dropout 0.8 on four units silences all of them for 0.8^4 = 41 % of the images of each "
            "step: for these the network can only guess, whatever it learns. That is a floor under "
            f"the training loss of {0.8**4 * guess:.2f}, and validation does not have it."
        ),
    ]
    said += [
        f"{r.arm.asks} {effect(r)}"
        for r in results[1:]
        if r.verdict is not None and r.arm.asks and r.arm.name not in {LESS, SPARSE}
    ]
    said.append(_above_guessing(results))
    if _helps(by[DENSE]):
        said.append(
            "The features are not to blame: the same frozen network with one Dense layer reaches "
            f"{mean(by[DENSE], 'val_accuracy', share=True)}. What stands on them is."
        )
    whole = by[WHOLE]
    over = float(np.mean([e.last("probe_accuracy") - e.last("val_accuracy") for e in whole.ended]))
    said.append(
        f"Everything trained, with one Dense layer: validation loss {mean(whole, 'val_loss')}, "
        f"training {over:+.1%} above validation accuracy. That is what the asker expected to see."
    )
    return tuple(said)


def brief(results: Sequence[ArmResult]) -> Brief:
    """Return the asked head and one Dense layer on the same frozen features, as curves."""
    by = {r.arm.name: r for r in results}
    asked, one = by[ASKED], by[DENSE]
    before, after = (r.means["val_accuracy"].value for r in (asked, one))
    verdict = (
        f"The small head is at fault, not the features: {before:.0%} right with it, {after:.0%} "
        "with one Dense layer on the same frozen network."
        if _helps(one)
        else f"One Dense layer on the same frozen network is not surely better: {after:.0%} right, "
        f"{before:.0%} as asked."
    )
    return Brief(
        verdict=verdict,
        health="sick" if _helps(one) else "cannot_tell",
        figure="val_accuracy",
        guessing=0.25,
        panels=(
            _panel(asked, "As asked: Dense(4), Dropout(0.8), Dense(4)", "worse",
                   f"{before:.0%} in the mean"),
            _panel(one, "Changed: one Dense layer, no dropout", "better",
                   f"{after:.0%} in the mean"),
        ),
        known=f"The same images, features and {len(one.ended)} seeds on both sides. {effect(one)} "
        "Dropout 0.8 on four units silences all four for 0.8^4 = 41 % of the images of every step: "
        "for these the network can only guess.",
    )  # fmt: skip


def _panel(result: ArmResult, title: str, tone: Tone, words: str) -> Panel:
    known = result.means["val_accuracy"]
    low = min((min(e.curves["val_accuracy"]) for e in result.ended if e.curves), default=0.25)
    return Panel(
        title=title,
        lines=curves_of(result.ended, "val_accuracy", lambda _: tone),
        remarks=(
            Remark(words=words, epoch=0.62 * (result.arm.recipe.epochs or 1), value=max(low, 0.32),
                   tone=tone),
        ),
        caption=f"Validation accuracy by epoch, one line a seed; at the end {known.value:.0%} in "
        f"the mean (95 % interval {known.low:.0%} to {min(known.high, 1):.0%}).",
    )  # fmt: skip


def _above_guessing(results: Sequence[ArmResult]) -> str:
    """Return which ways to train put validation loss above that of guessing, and how often."""
    guess = float(np.log(4))
    often = {
        r.arm.name: float(np.mean([v > guess for e in r.ended for v in e.curves["val_loss"][1:]]))
        for r in results
        if any(e.curves for e in r.ended)
    }
    by_batch = often.pop(BY_BATCH, 0.0)
    most = max(often, key=lambda name: often[name])
    others = f"in {often[most]:.1%} with {most}, which comes next" if often[most] else "never else"
    return (
        f"Validation loss above ln 4 = {guess:.3f}, as the asker saw it, after the first epoch: in "
        f"{by_batch:.1%} of the epochs with {BY_BATCH} (Keras up to 2.3.1), {others}. A network "
        "with stored statistics that does not learn has ln 4 in validation, hardly more."
    )


def replies(results: Sequence[ArmResult]) -> tuple[str, ...]:
    """Return what the figures say of the answers that were given."""
    by = {r.arm.name: r for r in results}
    less, sparse = by[LESS], by[SPARSE]
    same = max((abs(e.value) for e in sparse.differences.values()), default=0.0)
    wider = mean(by[BOTH], "val_accuracy", share=True)
    said = [
        (
            f'"Use `sparse_categorical_crossentropy`": it is the same loss for labels written as '
            f"numbers. On the same seeds its figures differ by at most {same:.1g}."
        ),
        (
            f'"Dropout 0.2 in place of 0.8": {effect(less)} It reaches '
            f"{mean(less, 'val_accuracy', share=True)}; with 64 units and no dropout it is {wider}."
        ),
        (
            f'"Train the whole network, with one Dense layer": {effect(by[WHOLE])} One Dense layer '
            f"on the frozen network: {effect(by[DENSE])}"
        ),
    ]
    for name in WITHOUT_NORM.values():
        bare = by.get(f"{name}, {BARE}")
        if bare is not None:
            said.append(
                f'"A network without BatchNorm works, so MobileNetV2 has learned the wrong '
                f'features": with one Dense layer on each, {name} against MobileNetV2: '
                f"{effect(bare)}"
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
    brief=brief,
    change="Take the two hidden layers and the dropout out: one Dense layer on the frozen "
    "features. For the last points, train everything at a small rate afterwards.",
    mended=WHOLE,
    replies=replies,
    more=more,
)
