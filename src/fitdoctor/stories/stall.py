"""A frozen network with a heavy head on a feature map: training 99 %, validation on a plateau.

What it must show: validation above training at first (dropout and penalties act in training alone),
then training far above a validation accuracy that only scatters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from fitdoctor.errors import WeightsError
from fitdoctor.interventions.transfer import unfreeze_backbone
from fitdoctor.records.probes import PartName
from fitdoctor.records.recipe import Augmentation, Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.story import (
    Arm,
    ArmResult,
    Brief,
    Ended,
    Line,
    Panel,
    Remark,
    Scale,
    Settings,
)
from fitdoctor.stats.paired import paired_interval
from fitdoctor.stories import surfaces
from fitdoctor.stories.story import Story
from fitdoctor.stories.words import effect, mean, points, ranked

COUNTS: dict[Scale, tuple[int, ...]] = {
    "small": (150, 105, 130, 70, 130),
    "medium": (520, 360, 440, 240, 440),
    "full": (2330, 1670, 2000, 1110, 1820),
}
"""Uneven, as class weights were thought to be needed; at the described scale 187 steps an epoch."""
SIDE: dict[Scale, int] = {"small": 96, "medium": 128, "full": 224}
UNITS: dict[Scale, int] = {"small": 128, "medium": 512, "full": 1024}
EPOCHS: dict[Scale, int] = {"small": 40, "medium": 40, "full": 27}
RATE: dict[Scale, float] = {"small": 4e-4, "medium": 3e-5, "full": 5e-6}
"""5e-6 at the described scale; fewer steps are given a rate that goes as far."""
TUNED_EPOCHS: dict[Scale, int] = {"small": 5, "medium": 8, "full": 8}
SEEDS: dict[Scale, int] = {"small": 5, "medium": 8, "full": 8}
ASKED, POOLED, DENSE = "as asked", "pooling in place of Flatten", "one Dense layer on pooled maps"
FREE, WEIGHED, AUGMENTED = "no L2 penalty", "class weights that count", "augmentation"
HALF = "half as many training images"
TUNED = "fine-tuning the last block at 1e-4"
LAST_BLOCK = {"ResNet50": 32, "MobileNetV2": 11}
"""Layers of each network's last block, and of what follows it."""
SHARE = 0.33
"""Of the images that validate; with half of the others moved to them, half as many train."""
PATIENCE = 5
"""Epochs without a lower validation loss after which early stopping would have ended."""


def draw(settings: Settings) -> None:
    """Draw surfaces of five kinds, unless a folder of photos was given."""
    surfaces.draw(settings.images, COUNTS[settings.scale], SIDE[settings.scale])


def _classes(settings: Settings) -> int:
    """Return how many classes the images have: those of the folder that was given, else drawn."""
    if settings.photos is None or not settings.photos.is_dir():
        return len(surfaces.KINDS)
    return sum(path.is_dir() for path in settings.photos.iterdir()) or len(surfaces.KINDS)


def recipe(settings: Settings) -> Recipe:
    """Return the asker's network and training."""
    scale = settings.scale
    weights = settings.weights_of("resnet50") or settings.weights_of("mobilenet_v2_weights")
    if weights is None and settings.weights:
        raise WeightsError("stall: no weight file of ResNet50 or MobileNetV2 was given (--weights)")
    small = weights is not None and "mobilenet" in weights.name
    backbone = Backbone(
        name="MobileNetV2" if small else "ResNet50",
        alpha=0.35 if weights is not None and "0.35" in weights.name else None,
        weights=str(weights or "imagenet"),
        trainable=False,
    )
    return Recipe(
        images=str(settings.images),
        image_size=SIDE[scale],
        validation_share=SHARE,
        backbone=backbone,
        layers=_head(Layer(kind="Flatten"), UNITS[scale], _classes(settings)),
        loss="categorical_crossentropy",
        optimizer=Optimizer(name="Adam", learning_rate=RATE[scale]),
        batch_size=8 if scale == "small" else 32,
        epochs=EPOCHS[scale],
        patience=0,
    )


def _head(first: Layer, units: int, classes: int) -> tuple[Layer, ...]:
    found = [first]
    for number in (1, 2):
        found += [
            Layer(kind="Dense", name=f"dense_{number}", units=units, use_bias=False, l2=0.003),
            Layer(kind="BatchNormalization", name=f"norm_{number}"),
            Layer(kind="Activation", name=f"relu_{number}", activation="relu"),
            Layer(kind="Dropout", name=f"dropout_{number}", rate=0.5),
        ]
    return (
        *found,
        Layer(kind="Dense", name="out", units=classes, use_bias=False),
        Layer(kind="BatchNormalization", name="norm_out"),
        Layer(kind="Activation", name="softmax", activation="softmax"),
    )


def arms(settings: Settings) -> tuple[Arm, ...]:
    """Return the asker's training, and one with each thing that could help."""
    asked, seeds = recipe(settings), SEEDS[settings.scale]
    pooled = replace(asked, layers=(Layer(kind="GlobalAveragePooling2D"), *asked.layers[1:]))
    free = replace(asked, layers=tuple(replace(x, l2=None) for x in asked.layers))
    one = replace(
        pooled,
        layers=(
            Layer(kind="GlobalAveragePooling2D"),
            Layer(kind="Dense", units=_classes(settings), activation="softmax"),
        ),
        optimizer=Optimizer(name="Adam", learning_rate=1e-3),
    )
    views = Augmentation(flip="horizontal", crop=0.15, brightness=0.1, rotation=0.03, views=3)
    found = [
        Arm(name=ASKED, asks="", recipe=asked, seeds=seeds, look=True),
        Arm(name=POOLED, asks="Is it the 1,024 units on a whole feature map?", recipe=pooled,
            seeds=seeds),
        Arm(name=DENSE, asks="Is the head too large?", recipe=one, seeds=seeds,
            cause="overfitting"),
        Arm(name=FREE, asks="Does the L2 penalty help?", recipe=free, seeds=seeds),
        Arm(name=WEIGHED, asks="Would the class weights have helped, where the loss sees them?",
            recipe=replace(asked, class_weight="balanced"), seeds=seeds, cause="class_imbalance"),
        Arm(name=AUGMENTED, asks="Does augmentation help?",
            recipe=replace(asked, augmentation=views), seeds=seeds),
        Arm(name=HALF, asks="What are more images worth? With half as many:",
            recipe=replace(asked, validation_share=(1 + SHARE) / 2), seeds=seeds),
    ]  # fmt: skip
    assert one.backbone is not None
    top = LAST_BLOCK[one.backbone.name]
    tuned = unfreeze_backbone(replace(one, backbone=replace(one.backbone, top=top)))
    found.append(
        Arm(name=TUNED, asks="Does training the network's last block too help?",
            recipe=replace(tuned, epochs=TUNED_EPOCHS[settings.scale]), seeds=5)
    )  # fmt: skip
    return tuple(found)


def answer(results: Sequence[ArmResult]) -> tuple[str, ...]:
    """Return what the arms show, each sentence with its figures."""
    asked = results[0]
    ended = asked.ended
    clean = float(np.mean([e.last("probe_accuracy") for e in ended]))
    n_val = next((e.data.n_val for e in ended if e.data is not None), None)
    said = [_above_at_first(asked)] if _above_at_first(asked) else []
    said.append(
        f"Training accuracy ends at {mean(asked, 'accuracy', share=True)} as it is logged, with "
        f"dropout on, and at {clean:.0%} on training images without it; validation at "
        f"{mean(asked, 'val_accuracy', share=True)}."
    )
    if n_val:
        said.append(_scatter(ended, n_val))
    said += _parts(ended)
    said.append(_stopped(ended))
    said += [f"{r.arm.asks} {effect(r)}" for r in results[1:]]
    said.append(_useful(results))
    return tuple(said)


def brief(results: Sequence[ArmResult]) -> Brief:
    """Return the training that lies in the middle, both curves, beside what every way reaches."""
    asked = results[0]
    clean = float(np.mean([e.last("probe_accuracy") for e in asked.ended]))
    known = asked.means["val_accuracy"].value
    helps, half = _helping(results), next(r for r in results if r.arm.name == HALF)
    verdict = (
        f"Overfitting: {clean:.0%} of the training images right, {known:.0%} of new ones. "
        + (
            f"Most is gained by {helps[0].arm.name}."
            if helps
            else "Nothing that was tried is surely better."
        )
    )
    return Brief(
        verdict=verdict,
        health="sick",
        figure="val_accuracy",
        panels=(_panel(asked),),
        every_way=True,
        known=f"The same images and {len(asked.ended)} seeds for every way to train. "
        f"{_useful(results)} With half as many training images: {effect(half)} The gap is measured "
        "on one network, without dropout; the logged training accuracy, with dropout, hides it.",
    )  # fmt: skip


def _panel(asked: ArmResult) -> Panel:
    one = ranked(asked.ended, "val_accuracy")
    clean, seen = (one.curves.get(name, []) for name in ("probe_accuracy", "val_accuracy"))
    n_val = one.data.n_val if one.data is not None else None
    end = float(np.mean(seen[len(seen) // 2 :])) if seen else 0.0
    chance = 1.96 * float(np.sqrt(end * (1 - end) / n_val)) if n_val else 0.0
    epochs, gap = len(seen), one.last("probe_accuracy") - one.last("val_accuracy")
    return Panel(
        title="As asked: old and new images",
        lines=(
            Line(tuple(clean), "train", strong=True),
            Line(tuple(seen), "worse", strong=True, band=chance),
        ),
        remarks=(
            Remark(words=f"training images, {one.last('probe_accuracy'):.0%}", epoch=0.66 * epochs,
                   value=min(one.last("probe_accuracy") + 0.035, 1), tone="train"),
            Remark(words=f"gap of {100 * gap:.0f} points: overfitting", epoch=0.66 * epochs,
                   value=end + gap / 2, tone="train"),
            Remark(words=f"validation images, {one.last('val_accuracy'):.0%}", epoch=0.66 * epochs,
                   value=end - chance - 0.04, tone="worse"),
        ),
        caption="Accuracy by epoch of the training in the middle, both curves without dropout. The "
        + (
            f"band is what chance alone moves a share of {n_val} images by, ±{100 * chance:.0f} "
            "points: what wobbles within it is noise."
            if n_val
            else "number of validation images is not known."
        ),
    )  # fmt: skip


def _parts(ended: Sequence[Ended]) -> list[str]:
    """Return what training loss is made of at the end, and what parts it from validation."""
    gaps = [g for e in ended if e.probes and (g := e.probes[-1].gap) is not None]
    if not gaps:
        return []

    def part(name: PartName) -> float:
        known = [p.value for g in gaps if (p := g.part(name)) is not None]
        return float(np.mean(known)) if known else 0.0

    logged = float(np.mean([g.training for g in gaps]))
    terms = part("terms")
    return [
        (
            f"Of the training loss of {logged:.2f} at the end, {terms:.2f} ({terms / logged:.0%}) "
            "is "
            f"the L2 penalty and {part('random'):.2f} comes from dropout; it says little of how "
            "well "
            "the images are fitted. The rest of the gap to validation, training minus validation: "
            f"{part('averaging'):+.2f} because the logged figure is a mean over the epoch, "
            f"{part('batchnorm'):+.2f} from BatchNorm's two modes, and "
            f"{part('generalisation'):+.2f} "
            "because validation images are others: that part is overfitting."
        )
    ]


def _above_at_first(asked: ArmResult) -> str:
    first = [(e.curves["val_accuracy"][0], e.curves["accuracy"][0]) for e in asked.ended]
    if not all(validation > training for validation, training in first):
        return ""
    return (
        "Validation lies above training in the first epoch on every seed, by "
        f"{np.mean([v - t for v, t in first]):.0%}: dropout acts in training alone, and training "
        "accuracy is the mean over an epoch in which the network still learned."
    )


def _scatter(ended: Sequence[Ended], n_val: int) -> str:
    late = [np.array(e.curves["val_accuracy"][len(e.curves["val_accuracy"]) // 2 :]) for e in ended]
    seen = float(np.mean([np.std(np.diff(x)) / np.sqrt(2) for x in late]))
    p = float(np.mean([x.mean() for x in late]))
    return (
        f"From one epoch to the next validation accuracy scatters by {seen:.1%}; one network on "
        f"{n_val} images is known to {np.sqrt(p * (1 - p) / n_val):.1%} (one standard error). What "
        "wobbles within that is noise."
    )


def _stopped(ended: Sequence[Ended]) -> str:
    """Return what early stopping would have saved: it changes nothing before it stops."""
    kept, stops = [], []
    for e in ended:
        losses = np.array(e.curves["val_loss"])
        best = [int(np.argmin(losses[: i + 1])) for i in range(len(losses))]
        stop = next((i for i, b in enumerate(best) if i - b >= PATIENCE), len(losses) - 1)
        stops.append(stop + 1)
        kept.append(e.curves["val_accuracy"][best[stop]])
    change = paired_interval([e.last("val_accuracy") for e in ended], kept, 0.05)
    epochs = len(ended[0].curves["val_loss"])
    surely = "more" if change.low > 0 else "less" if change.high < 0 else "neither more nor less"
    return (
        f"Early stopping after {PATIENCE} epochs without a lower validation loss, with the best "
        f"weights put back: it would have ended in epoch {min(stops)} to {max(stops)} of {epochs} "
        f"and saved {1 - np.mean(stops) / epochs:.0%} of the time. Its validation accuracy is "
        f"{surely}: {points(change)}. It saves time."
    )


def _useful(results: Sequence[ArmResult]) -> str:
    """Return which changes help, by how much, the best first."""
    helps = _helping(results)
    if not helps:
        return "None of these changes helps for sure with so many trainings."
    each = [f"{r.arm.name} {points(r.differences['val_accuracy'])}" for r in helps]
    return f"What helps, as a difference of validation accuracy: {'; '.join(each)}."


def _helping(results: Sequence[ArmResult]) -> list[ArmResult]:
    """Return the ways that help for sure, the best first."""
    helps = [r for r in results if r.verdict is not None and r.verdict.decision == "helps"]
    return sorted(helps, key=lambda r: -r.differences["val_accuracy"].value)


def replies(results: Sequence[ArmResult]) -> tuple[str, ...]:
    """Return what the figures say of the answer that was given, and of what was tried."""
    by = {r.arm.name: r for r in results}
    ended = results[0].ended
    gap = paired_interval(
        [e.last("val_accuracy") for e in ended], [e.last("probe_accuracy") for e in ended], 0.05
    )
    return (
        (
            '"Your model overfits": on the same network in inference mode training accuracy '
            f"differs from validation accuracy by {points(gap)}."
        ),
        f'"Use augmentation": {effect(by[AUGMENTED])}',
        (
            "The class weights that were passed as `weighted_metrics` change a figure that is "
            "printed, not the loss. "
            f"Given to `fit(class_weight=...)`: {effect(by[WEIGHED])}"
        ),
    )


STORY = Story(
    name="stall",
    title="A frozen network with a heavy head: training 99 %, validation on a plateau",
    asked="ResNet50 frozen, Flatten, two Dense layers of 1024 with L2, BatchNorm and dropout, Adam "
    "at 5e-6, class weights given to weighted_metrics: training reaches 99 %, validation stays at "
    "81 % give or take 1 %. Why, and how does it get better?",
    draw=draw,
    arms=arms,
    answer=answer,
    brief=brief,
    change="Take the small head: one Dense layer on pooled maps does about as well with a fraction "
    "of the weights and of the time. Nothing tried here surely raises the plateau; whether more "
    "images would, train on half of yours and compare.",
    mended=DENSE,
    replies=replies,
)
