"""Real or fake images and a small network with BatchNorm: validation loss leaps now and then.

What it must show: spikes of validation loss that recover, beyond the scatter of the curve.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from PIL import Image

from fitdoctor.records.recipe import Layer, Optimizer, Recipe, Schedule
from fitdoctor.records.story import (
    FEWER,
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
    Tone,
    spike,
    spike_epoch,
)
from fitdoctor.stats.paired import paired_interval
from fitdoctor.stats.spikes import spikes
from fitdoctor.stories import surfaces
from fitdoctor.stories.story import Story, Work
from fitdoctor.stories.words import between, curves_of, mean, points, ranked

PER_CLASS: dict[Scale, int] = {"small": 300, "medium": 1500, "full": 4000}
EPOCHS: dict[Scale, int] = {"small": 30, "medium": 40, "full": 100}
SEEDS: dict[Scale, int] = {"small": 5, "medium": 8, "full": 8}
SMOOTHED = 8
"""Seeds of what the answer rests on: the highest spike differs much from seed to seed."""
ASKED, FASTER, LAZY = "as asked", "BatchNorm momentum 0.9", "BatchNorm momentum 0.999"
LARGER, SLOWER, BARE = "batch 128", "a quarter of the rate", "no BatchNorm"
FALLING = "a rate that falls to nothing"
SURELY = 0.01
"""The chance below which a spike is called more than scatter."""
SHOWN = 6
"""Images that are shown."""
MUCH = 0.02
"""Validation accuracy that a change may cost and still be called free."""


def draw(settings: Settings) -> None:
    """Draw surfaces, and others that were enlarged as a generator does it."""
    surfaces.draw_copied(settings.images, PER_CLASS[settings.scale], 32)


def recipe(settings: Settings) -> Recipe:
    """Return the asker's network and training."""
    return Recipe(
        images=str(settings.images),
        image_size=32,
        validation_share=0.25,
        input_scale=1 / 255,
        layers=(
            *_convolutions(1, 16, (3, 1)),
            *_convolutions(2, 32, (1, 1)),
            Layer(kind="Flatten"),
            Layer(kind="Dense", name="dense", units=64, activation="relu"),
            Layer(kind="BatchNormalization", name="norm_dense"),
            Layer(kind="Dropout", name="dropout_dense", rate=0.5),
            Layer(kind="Dense", name="out", units=2, activation="softmax"),
        ),
        loss="categorical_crossentropy",
        optimizer=Optimizer(name="Adam", learning_rate=1e-4 if settings.scale == "full" else 1e-3),
        batch_size=16 if settings.scale == "small" else 32,
        epochs=EPOCHS[settings.scale],
        patience=0,
    )


def _convolutions(block: int, filters: int, sizes: tuple[int, ...]) -> tuple[Layer, ...]:
    found: list[Layer] = []
    for number, size in enumerate(sizes, 1):
        name = f"{block}_{number}"
        found += [
            Layer(kind="Conv2D", name=f"conv_{name}", units=filters, kernel_size=size,
                  padding="same", activation="relu"),
            Layer(kind="BatchNormalization", name=f"norm_{name}"),
        ]  # fmt: skip
    pool = Layer(kind="MaxPooling2D", name=f"pool_{block}", pool_size=2)
    return (*found, pool, Layer(kind="Dropout", name=f"dropout_{block}", rate=0.25))


def arms(settings: Settings) -> tuple[Arm, ...]:
    """Return the asker's training, and one with each thing that could smooth its curve."""
    asked, seeds, many = recipe(settings), SEEDS[settings.scale], SMOOTHED
    assert asked.optimizer is not None
    slower = replace(asked.optimizer, learning_rate=(asked.optimizer.learning_rate or 0) / 4)
    norms = "BatchNormalization"
    falling = replace(asked.optimizer, schedule=Schedule(kind="cosine", factor=0.01))

    def lagging(momentum: float) -> Recipe:
        layers = (replace(x, momentum=momentum) if x.kind == norms else x for x in asked.layers)
        return replace(asked, layers=tuple(layers))

    return (
        Arm(name=ASKED, asks="", recipe=asked, seeds=many, look=True),
        Arm(name=FASTER, asks="Do BatchNorm's averages lag behind the weights?", seeds=seeds,
            recipe=lagging(0.9), cause="batchnorm_inference_gap"),
        Arm(name=LAZY, asks="And if they lag even more?", seeds=seeds, recipe=lagging(0.999)),
        Arm(name=LARGER, asks="Is it the noise of small batches?", seeds=seeds,
            recipe=replace(asked, batch_size=128)),
        Arm(name=SLOWER, asks="Is the rate too high?", seeds=seeds,
            recipe=replace(asked, optimizer=slower), cause="learning_rate_too_high"),
        Arm(name=FALLING, asks="Is it that the rate stays high to the end?", seeds=many,
            recipe=replace(asked, optimizer=falling)),
        Arm(name=BARE, asks="Does it need BatchNorm at all?", seeds=seeds,
            recipe=replace(asked, layers=tuple(x for x in asked.layers if x.kind != norms))),
    )  # fmt: skip


def answer(results: Sequence[ArmResult]) -> tuple[str, ...]:
    """Return what the arms show, each sentence with its figures."""
    asked = results[0]
    said = [
        (
            "Yes, such spikes are normal, and where the weights of the best epoch are kept they "
            "cost "
            "nothing: validation loss is measured at one moment of a walk that is noisy, and the "
            "next "
            "steps undo the worst of it."
        ),
        (
            f"As asked, the highest spike of validation loss stands {mean(asked, 'spike')} above "
            "the "
            f"epochs around it; validation accuracy ends at "
            f"{mean(asked, 'val_accuracy', share=True)}."
        ),
        _beyond_scatter(asked.ended),
    ]
    for r in results[1:]:
        change = r.differences.get("spike")
        if change is None:
            continue
        surely = (
            "lower" if change.high < 0 else "higher" if change.low > 0 else "not surely different"
        )
        said.append(
            f"{r.arm.asks} With {r.arm.name} the highest spike is {surely}: {mean(r, 'spike')}, a "
            f"difference of {between(change)}. Validation accuracy: "
            f"{points(r.differences['val_accuracy'])}."
        )
    said.append(_free(results))
    return tuple(said)


def brief(results: Sequence[ArmResult]) -> Brief:
    """Return validation loss at a constant rate and at one that falls, as curves."""
    by = {r.arm.name: r for r in results}
    asked, calm = by[ASKED], by[FALLING]
    before, after = (r.means["spike"].value for r in (asked, calm))
    change = calm.differences["spike"]
    lower = change.high < 0
    return Brief(
        verdict="Normal: a spike is a step that went wrong, which later steps undo where training "
        "goes on. "
        + (
            "A learning rate that falls lowers the highest spike of a training, in the mean from "
            f"{before:.2f} to {after:.2f}."
            if lower
            else "A learning rate that falls seems to lower the highest spike of a training (in "
            f"the mean {before:.2f} to {after:.2f}); {len(calm.ended)} seeds do not prove it."
        ),
        health="healthy",
        figure="val_loss",
        panels=(
            _panel(asked, "As asked: constant learning rate", "worse"),
            _panel(calm, "Changed: the learning rate falls to nothing", "better"),
        ),
        known=f"The same images and {len(calm.ended)} seeds; nothing but the rate differs. The "
        f"highest spike of a training, over seeds: {before:.2f} in the mean, {after:.2f} with the "
        f"change, a difference of {between(change)}. Validation accuracy changes by "
        f"{points(calm.differences['val_accuracy'])}.",
    )


def _panel(result: ArmResult, title: str, tone: Tone) -> Panel:
    """Return the trainings of one way, the one with the highest spike in bold."""
    one = ranked(result.ended, "spike", 1.0)
    losses = one.curves.get("val_loss", [])
    height, at = one.last("spike"), spike_epoch(losses)
    remarks = () if at is None else (
        Remark(words=f"+{height:.2f}", epoch=at, value=losses[at - 1], tone=tone, circled=True),
    )  # fmt: skip
    return Panel(
        title=title,
        lines=curves_of(result.ended, "val_loss", lambda _: tone, one),
        remarks=remarks,
        caption=f"Validation loss by epoch, one line a seed of {len(result.ended)}. Bold: the one "
        "with the highest spike after the first third; it is circled, with its height above the "
        "epochs around it.",
    )


def _beyond_scatter(ended: Sequence[Ended]) -> str:
    """Return in how many trainings a spike is more than the scatter of its curve."""
    found = [known for e in ended if (known := spikes(e.curves.get("val_loss", []))) is not None]
    sure = [known for known in found if known.p_value < SURELY]
    if not sure:
        return (
            f"In none of {len(found)} trainings does the highest spike stand out from the scatter "
            "of its own curve: it is noise."
        )
    many = sum(len(known.indices) for known in sure)
    return (
        f"In {len(sure)} of {len(found)} trainings the highest spike is more than the scatter of "
        f"its own curve (chance below {SURELY:.0%} over all epochs): {many} "
        f"epoch{'s' * (many != 1)} in "
        "all; "
        "every other peak is within it: noise."
    )


def _free(results: Sequence[ArmResult]) -> str:
    """Return which changes lower the spikes for sure without losing accuracy."""
    free = [
        f"{r.arm.name} ({between(change)})"
        for r in results[1:]
        if (change := r.differences.get("spike")) is not None
        and change.high < 0
        and r.differences["val_accuracy"].low > -MUCH
    ]
    if not free:
        return (
            "No change lowers the spikes for sure and costs less than "
            f"{MUCH:.0%} of validation accuracy, with so many trainings."
        )
    return (
        f"Smoother at no cost, that is with lower spikes for sure and at most {MUCH:.0%} of "
        f"validation accuracy lost: {', '.join(free)}."
    )


def more(settings: Settings, results: Sequence[ArmResult], work: Work) -> Extras:
    """Return which images make the spikes, what a smaller validation set does, and the surface."""
    asked, instruments = results[0], work.instruments
    said = [_noise(asked.ended, asked.arm.recipe.batch_size or 32)]
    if instruments is None:
        return Extras(said=tuple(said))
    recipe = asked.arm.recipe
    said.extend(_smaller_sets(asked.ended))
    worst, sheet = _culprits(asked.ended, instruments.validation_images(recipe))
    kept = settings.folder / f"descent-{settings.scale}.json"
    return Extras(
        sheets=(sheet,) if sheet is not None else (),
        descents=tuple(instruments.descent(recipe, kept)),
        said=(*said, worst),
    )


def _smaller_sets(ended: Sequence[Ended]) -> list[str]:
    """Return how high the spikes of the same networks are on fewer validation images."""
    n_val = next((e.data.n_val for e in ended if e.data is not None and e.data.n_val), 0)
    whole, said = [e.last("spike") for e in ended], []
    for name, one_in in FEWER.items():
        fewer = [spike(e.curves.get(name, [])) for e in ended]
        if not np.isfinite(fewer).all() or not n_val:
            continue
        change = paired_interval(whole, fewer, 0.05)
        surely = (
            "higher" if change.low > 0 else "lower" if change.high < 0 else "not surely different"
        )
        said.append(
            f"{-(-n_val // one_in)}: {np.mean(fewer):.3f}, {surely} (difference {between(change)})"
        )
    if not said:
        return []
    each = "; on ".join([f"all {n_val}: {np.mean(whole):.3f}", *said])
    return [f"The highest spike of the same networks, on fewer validation images: on {each}."]


def _noise(ended: Sequence[Ended], batch: int) -> str:
    """Return the gradient noise scale, in images."""
    looks = [p for e in ended for p in e.probes if p.layers]
    scales = [p.noise_scale.value for p in looks if p.noise_scale is not None]
    if not scales:
        return (
            f"The gradient of a batch of {batch} is mostly noise: in none of {len(looks)} looks "
            "can its direction be told from that of other batches."
        )
    scale = float(np.median(scales))
    most = "most" if scale > batch else "less than half"
    return (
        "The gradient noise scale, the batch at which noise and gradient are of one size "
        f"(McCandlish et al. 2018), is about {scale:.0f} images: the median of the {len(scales)} "
        f"of {len(looks)} looks that could measure it. With batches of {batch}, {most} of a "
        "step is noise."
    )


def _culprits(ended: Sequence[Ended], files: Sequence[Path]) -> tuple[str, Sheet | None]:
    """Return what images are behind the sudden rises, and the worst of them."""
    rises = [p.culprits for e in ended for p in e.probes if p.culprits is not None]
    rises = [r for r in rises if r.rise > 0 and r.images]
    if not rises:
        return "No rise of validation loss was sudden enough to ask which images make it.", None
    counts = Counter(row for r in rises for row in r.images)
    often = [row for row, times in counts.most_common(SHOWN) if row < len(files)]
    again = sum(times > 1 for times in counts.values())
    share = float(np.median([min(r.share_of_top, 1.0) for r in rises]))
    classes = Counter(files[row].parent.name for row in counts if row < len(files))
    said = (
        f"Which images: over {len(rises)} sudden rises of validation loss, a twentieth of the "
        f"images explains {share:.0%} of the rise (median). {again} of the {len(counts)} images "
        f"that rose most did so more than once; by class: {', '.join(_shares(classes))}."
    )
    sheet = Sheet(
        title="The images behind the spikes",
        caption="Validation images whose loss rose most: class, and at how many sudden rises.",
        columns=tuple(f"{files[row].parent.name}, {counts[row]} of {len(rises)}" for row in often),
        rows=(("", tuple(_png(files[row]) for row in often)),),
    )
    return said, sheet


def _shares(classes: Counter[str]) -> list[str]:
    whole = sum(classes.values())
    return [f"{name} is {n / whole:.0%}" for name, n in classes.most_common(2)]


def _png(file: Path) -> bytes:
    seen = BytesIO()
    with Image.open(file) as image:
        image.convert("RGB").resize((96, 96), Image.Resampling.NEAREST).save(seen, "PNG")
    return seen.getvalue()


def replies(results: Sequence[ArmResult]) -> tuple[str, ...]:
    """Return what the figures say of the answer that was given."""
    by = {r.arm.name: r for r in results}
    said = []
    for name, claim in ((LARGER, "Mini-batches add noise"), (SLOWER, "A step may overshoot")):
        change = by[name].differences.get("spike")
        if change is not None:
            right = "right here" if change.high < 0 else "not shown here"
            said.append(
                f'"{claim}": {right}; with {name} the highest spike changes by {between(change)}.'
            )
    lag = by[BARE].differences.get("spike")
    if lag is not None:
        share = "less" if lag.high < 0 else "not surely less"
        said.append(
            f"What the answer left out is BatchNorm: without it the spikes are {share} "
            f"({between(lag)})."
        )
    return tuple(said)


STORY = Story(
    name="spikes",
    title="Real or fake images: validation loss leaps now and then, and recovers",
    asked="A small network with BatchNorm and dropout, some 8,000 images, rate 1e-4, batches of "
    "32, 100 epochs: validation loss has peaks and comes back below training loss. Is that normal?",
    draw=draw,
    arms=arms,
    answer=answer,
    brief=brief,
    change="Keep the weights of the best epoch, and let the rate fall to nothing over the training "
    "(`CosineDecay`), so that the last epochs are calm.",
    mended=FALLING,
    replies=replies,
    more=more,
    figures=("spike", "val_accuracy"),
)
