"""Two classes told apart by the colour of one pixel, learned by a dense net on raw pixels.

What it must show: the same recipe on the same images sometimes fits within a few epochs and
sometimes stays at 50 %, and which of the two depends on the seeds alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from PIL import Image

from fitdoctor.records.recipe import Layer, Optimizer, Recipe, Schedule
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
from fitdoctor.stats.crossed import variance_shares
from fitdoctor.stats.proportions import clopper_pearson
from fitdoctor.stories.story import Story, Work
from fitdoctor.stories.words import curves_of, effect

COLOURS = {"green": (0, 255, 0), "red": (255, 0, 0)}
PER_CLASS: dict[Scale, int] = {"small": 200, "medium": 1000, "full": 2000}
SIZE: dict[Scale, int] = {"small": 8, "medium": 48, "full": 224}
RATES: dict[Scale, tuple[float, float]] = {
    "small": (1.32e-2, 0.8), "medium": (1.8e-4, 0.0107), "full": (5e-6, 3e-4),
}  # fmt: skip
"""Lowest and highest rate of the cycle. One step of Adam moves an output by the rate times the
features before it, which grow with the area: smaller images are given rates that move it as far,
or, where a training takes a tenth of the steps, farther, so that some of them get stuck."""
HALF_CYCLE: dict[Scale, int] = {"small": 20, "medium": 100, "full": 200}
"""Steps; about two epochs, as described."""
SEEDS: dict[Scale, int] = {"small": 20, "medium": 12, "full": 20}
CROSSED: dict[Scale, int] = {"small": 8, "medium": 4, "full": 4}
OTHERS: dict[Scale, int] = {"small": 12, "medium": 8, "full": 12}
"""Seeds of ways that never learn, which few show; those that always do take as many as `SEEDS`."""
ALL = 0.99
"""Silent units from which on nothing comes through."""
LOOKED = 6
"""Trainings that are looked into."""
EPOCHS, UNITS, SHARE = 10, 112, 0.25
ASKED, ORDERED, SECOND = "as asked", "shuffle=False", "Adam, decay 0.01, ReduceLROnPlateau"
SCALED, SLOWER = "pixels 0 to 1", "a tenth of the rates"


def draw(settings: Settings) -> None:
    """Draw noise images of each class as PNG files, the telling pixel set."""
    pictures(settings.images, per_class=PER_CLASS[settings.scale], size=SIZE[settings.scale])


def pictures(folder: Path, *, per_class: int, size: int, seed: int = 0) -> None:
    """Draw `per_class` images of each class; one pixel is green or red, the rest is noise."""
    rng = np.random.default_rng(seed)
    for name, colour in COLOURS.items():
        home = folder / name
        home.mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            pixels = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
            pixels[size // 3, size // 2] = colour
            Image.fromarray(pixels).save(home / f"{number:04}.png")


def recipe(settings: Settings) -> Recipe:
    """Return the asker's network: Dense on each raw pixel, dropout, Flatten, three outputs."""
    size = SIZE[settings.scale]
    low, high = RATES[settings.scale]
    cycle = Schedule(kind="triangular", low=low, high=high, every=HALF_CYCLE[settings.scale])
    return Recipe(
        images=str(settings.images),
        image_size=size,
        validation_share=SHARE,
        input_scale=1.0,
        layers=(
            Layer(kind="Dense", name="dense", units=UNITS, activation="relu",
                  input_shape=(size, size, 3)),
            Layer(kind="Dropout", rate=0.4),
            Layer(kind="Flatten"),
            Layer(kind="Dense", name="out", units=3, activation="softmax"),
        ),
        loss="categorical_crossentropy",
        optimizer=Optimizer(name="Adam", learning_rate=high, schedule=cycle),
        batch_size=32,
        epochs=EPOCHS,
        patience=0,
    )  # fmt: skip


def arms(settings: Settings) -> tuple[Arm, ...]:
    """Return the asker's training, the other two that were reported, and what could mend it."""
    asked, scale = recipe(settings), settings.scale
    low, high = RATES[scale]
    assert asked.optimizer is not None
    assert asked.optimizer.schedule is not None
    # The asker's 0.001 stands above the top of the cycle as here.
    start = high * 0.001 / RATES["full"][1]
    plateau = Schedule(kind="plateau", factor=0.2, every=5, low=0.01 * start)
    second = Optimizer(name="Adam", learning_rate=start, decay=0.01, schedule=plateau)
    few = replace(asked.optimizer.schedule, low=low / 10, high=high / 10)
    slower = Optimizer(name="Adam", learning_rate=high / 10, schedule=few)
    others = OTHERS[scale]
    return (
        Arm(name=ASKED, asks="", recipe=asked, seeds=SEEDS[scale], crossed=CROSSED[scale]),
        Arm(name=ORDERED, asks="Is it the order of the images?", seeds=others,
            recipe=replace(asked, shuffle=False), cause="training_not_shuffled"),
        Arm(name=SECOND, asks="Does the second attempt, without the cycle, do better?",
            recipe=replace(asked, optimizer=second), seeds=others),
        Arm(name=SCALED, asks="Is it that pixels are not scaled?", seeds=SEEDS[scale],
            recipe=replace(asked, input_scale=1 / 255), cause="inputs_not_scaled"),
        Arm(name=SLOWER, asks="Is the rate too high?", seeds=SEEDS[scale],
            recipe=replace(asked, optimizer=slower), cause="learning_rate_too_high"),
    )  # fmt: skip


def answer(results: Sequence[ArmResult]) -> tuple[str, ...]:
    """Return what the arms show, each sentence with its figures."""
    asked = results[0]
    said = [
        (
            f"The same recipe on the same images learns in {_rate(asked)} of its trainings; the "
            "others "
            f"end at {_stuck(asked.ended)}. Nothing differs but the seeds."
        )
    ]
    if asked.crossed:
        said.append(_shares(asked))
    said += [f"{r.arm.asks} With {r.arm.name}: {_rate(r)} learn. {effect(r)}" for r in results[1:]]
    return tuple(said)


def brief(results: Sequence[ArmResult]) -> Brief:
    """Return the same seeds at the asked rates and at a tenth of them, as curves."""
    by = {r.arm.name: r for r in results}
    asked, slower, scaled = by[ASKED], by[SLOWER], by[SCALED]
    few, many = (f"{r.learned} of {len(r.ended)}" for r in (asked, slower))
    sure, either = (
        r.verdict is not None and r.verdict.decision == "helps" for r in (slower, scaled)
    )
    stuck = len(asked.ended) - asked.learned
    pixels = " for pixels of 0 to 255" * either
    verdict = (
        f"The learning rate is too high{pixels}, so luck decides: {few} trainings learn. At a "
        f"tenth of it {many} do."
        if sure
        else f"Luck decides: with nothing changed but the seeds {few} trainings learn. A tenth of "
        f"the learning rate does not surely change that: {many}."
    )
    return Brief(
        verdict=verdict,
        health="sick" if sure else "cannot_tell",
        figure="val_accuracy",
        guessing=0.5,
        panels=(
            _panel(asked, f"As asked: learning rate up to {_top(asked):.3g}", (
                Remark(words=f"{few} learn", epoch=0.4 * EPOCHS, value=0.8, tone="train"),
                Remark(words=f"{stuck} of {len(asked.ended)} end by guessing",
                       epoch=0.5 * EPOCHS, value=0.56, tone="worse"),
            )),
            _panel(slower, f"Changed: learning rate up to {_top(slower):.3g}", (
                Remark(words=f"{many} learn", epoch=0.6 * EPOCHS, value=0.8, tone="better"),
            )),
        ),
        known=f"The same images, code and {len(slower.ended)} seeds on both sides: nothing but the "
        "rate differs. At the high rate a step silences the relu units for every image, early or "
        f"late, and silent units do not learn. Pixels scaled to 0 to 1 instead: {effect(scaled)}",
    )  # fmt: skip


def _top(result: ArmResult) -> float:
    optimizer = result.arm.recipe.optimizer
    assert optimizer is not None
    assert optimizer.schedule is not None
    return optimizer.schedule.high or 0.0


def _panel(result: ArmResult, title: str, remarks: tuple[Remark, ...]) -> Panel:
    def tone(ended: Ended) -> Tone:
        if not ended.has_learned:
            return "worse"
        return "train" if result.arm.name == ASKED else "better"

    return Panel(
        title=title,
        lines=curves_of(result.ended, "val_accuracy", tone),
        remarks=remarks,
        caption=f"Validation accuracy by epoch, one line a seed. Above guessing at the end: "
        f"{_rate(result)}, with the 95 % interval of that share.",
    )


def _rate(result: ArmResult) -> str:
    n = len(result.ended)
    exact = clopper_pearson(result.learned, n)
    return f"{result.learned} of {n} ({exact.low:.0%} to {exact.high:.0%})"


def _stuck(ended: Sequence[Ended]) -> str:
    stuck = [e.last("val_accuracy") for e in ended if not e.has_learned]
    if not stuck:
        return "nothing worse"
    return f"{np.mean(stuck):.0%}, which is guessing among two classes"


def _shares(asked: ArmResult) -> str:
    table = np.array([[float(e.has_learned) for e in row] for row in asked.crossed])
    shares, n = variance_shares(table), len(table)
    return (
        f"{n} seeds of the initial weights, each with {n} orders of the images: {table.sum():.0f} "
        f"of {n * n} learn. Of what decides about {shares.rows:.0%} goes with the initial weights "
        f"and dropout masks, {shares.columns:.0%} with the order of the images, and "
        f"{shares.rest:.0%} with how both fall together (a rough figure)."
    )


def more(settings: Settings, results: Sequence[ArmResult], work: Work) -> Extras:
    """Return the crossed outcomes, what is inside the stuck trainings, and the rate test."""
    asked = results[0]
    arm = replace(asked.arm, seeds=min(LOOKED, len(asked.ended)), crossed=0, look=True)
    (seen,) = work.train("looking inside trainings that learn and that do not", [arm])
    said = list(_inside(seen.ended))
    if work.instruments is not None:
        said.append(work.instruments.rate_test(asked.arm.recipe, RATES[settings.scale]))
    return Extras(
        tables=(_table(asked),) if asked.crossed else (),
        sheets=(_sheet(settings.images),),
        said=tuple(said),
    )


def _table(asked: ArmResult) -> Table:
    learned = np.array([[e.has_learned for e in row] for row in asked.crossed])
    mixed = [int(np.sum(learned.any(axis) & ~learned.all(axis))) for axis in (1, 0)]
    n = len(learned)
    many = [str(n) for n in range(len(asked.crossed))]
    return Table(
        title="Which seeds learn",
        says=f"{learned.sum()} of {n * n} learn"
        + (", and no seed decides alone" if min(mixed) > n / 2 else "")
        + f": both outcomes come with {mixed[0]} of {n} seeds of the weights and with {mixed[1]} "
        f"of {n} seeds of the order.",
        caption="Validation accuracy at the last epoch, as asked. A row that is all alike would "
        "say that the initial weights decide; a column, that the order of the images does.",
        row_name="seed of the initial weights",
        column_name="seed of the order of the images",
        rows=tuple(many),
        columns=tuple(many),
        values=tuple(tuple(e.last("val_accuracy") for e in row) for row in asked.crossed),
    )


def _inside(ended: Sequence[Ended]) -> tuple[str, ...]:
    """Return how many units are silent, in trainings that learned and in those that did not."""

    def dead(learned: bool) -> list[float]:
        last = [e.probes[-1] for e in ended if e.has_learned is learned and e.probes]
        return [s.dead for p in last for s in p.layers if s.name == "dense" and s.dead is not None]

    stuck, well = dead(learned=False), dead(learned=True)
    if not stuck or not well:
        return ()
    seen = (
        f"Inside, after the last epoch: of the {UNITS} relu units {np.mean(stuck):.0%} answer no "
        f"image at all where the training is stuck ({len(stuck)} looked into), and "
        f"{np.mean(well):.0%} where it learned ({len(well)})."
    )
    why = (
        "A step that is too long pushes them below zero for every image; their gradient is zero "
        "from then on, and only the biases of the output are left to learn, which gives the shares "
        "of the classes: 50 %."
        if min(stuck) > ALL
        else "Units answer in stuck trainings too, so that silent ones are not all of it."
    )
    return (f"{seen} {why}",)


def _sheet(folder: Path) -> Sheet:
    def enlarged(path: Path) -> bytes:
        file = BytesIO()
        with Image.open(path) as image:
            image.resize((96, 96), Image.Resampling.NEAREST).save(file, "PNG")
        return file.getvalue()

    rows = tuple(
        (name, tuple(enlarged(p) for p in sorted((folder / name).glob("*.png"))[:3]))
        for name in COLOURS
        if (folder / name).is_dir()
    )
    return Sheet(
        title="The images",
        caption="One pixel, a third from the top and in the middle, is green or red; the rest is "
        "noise.",
        columns=(),
        rows=rows,
    )


def replies(results: Sequence[ArmResult]) -> tuple[str, ...]:
    """Return what the figures say of the answers that were given."""
    by = {r.arm.name: r for r in results}
    asked = results[0]
    every = {(e.seed, e.order): e for row in (asked.ended, *asked.crossed) for e in row}
    half = max(len(e.curves.get("val_accuracy", [])) for e in every.values()) // 2
    whole = [
        e
        for e in every.values()
        if e.learned_above is not None and len(e.curves["val_accuracy"]) > half
    ]
    began = [e.curves["val_accuracy"][half - 1] > (e.learned_above or 0.0) for e in whole]
    late = [e for e, has in zip(whole, began, strict=True) if not has]
    lost = sum(has and not e.has_learned for e, has in zip(whole, began, strict=True))
    said = [
        (
            '"Shuffling must be on": right where the images lie class by class: without it '
            f"{_rate(by[ORDERED])} learn. It is not why the others fail: all of these shuffle, and "
            f"{_rate(asked)} learn."
        ),
        (
            f'"Leave the cyclical rate out": without it, by the second attempt, {_rate(by[SECOND])}'
            f" learn. It is the size of the rate: with the same cycle at a tenth, "
            f"{_rate(by[SLOWER])}."
        ),
    ]
    if late or lost:
        said.append(
            f'"Train longer": of {len(late)} trainings at chance level after epoch {half}, '
            f"{sum(e.has_learned for e in late)} learned by epoch {2 * half}; {lost} others had "
            "learned by then and lost it again."
        )
    said.append(
        f"What nobody said: the pixels went in as 0 to 255. Scaled to 0 to 1, {_rate(by[SCALED])} "
        "learn."
    )
    return tuple(said)


STORY = Story(
    name="pixel",
    title="Two classes told apart by one pixel: sometimes it fits, sometimes it stays at 50 %",
    asked="Two classes of 2000 images that differ in the colour of one pixel, Dense(112) on raw "
    "pixels, Flatten, Dense(3), a cyclical rate: the same code reaches a high accuracy within "
    "a few epochs, or stays at 50 %. Only shuffle in fit differs. Why does it sometimes not fit?",
    draw=draw,
    arms=arms,
    answer=answer,
    brief=brief,
    change="Divide both ends of the rate's cycle by ten: then no step silences the relu units.",
    mended=SLOWER,
    replies=replies,
    more=more,
)
