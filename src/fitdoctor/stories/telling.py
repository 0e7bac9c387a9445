"""A story's arms trained on the same seeds; what is trained is kept, and never trained again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Literal

import numpy as np
from msgspec.structs import replace

from fitdoctor.experiments.conduct import limit_of_learning
from fitdoctor.experiments.judge import judge
from fitdoctor.records import journal
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.experiment import (
    STREAMS,
    Experiment,
    ManyTrainer,
    Trial,
    TrialFailedError,
    Verdict,
)
from fitdoctor.records.finding import Prescription
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run, curve
from fitdoctor.records.story import FIGURES, Arm, ArmResult, Ended, Settings, Table, Told
from fitdoctor.records.text import to_json
from fitdoctor.records.watcher import Watcher
from fitdoctor.stats.paired import paired_interval
from fitdoctor.stories.story import Story

LEVEL = 0.05
Trained = Callable[[Arm, Ended], None]


def told(
    story: Story,
    settings: Settings,
    trainer: ManyTrainer[Recipe],
    complete: Callable[[Recipe], Recipe],
    watcher: Watcher,
) -> tuple[Told, Run]:
    """Return what a story's trainings show, and the asker's own training that ended worst.

    `complete` fills in what a recipe leaves open. What is drawn and trained already in
    `settings.folder` is not done again.
    """
    settings.folder.mkdir(parents=True, exist_ok=True)
    drawn = settings.folder / f"drawn-{settings.scale}"
    arms = _completed(story.arms(settings), complete)
    if settings.photos is None and not drawn.is_file():
        watcher.say(f"drawing images: {story.title}")
        story.draw(settings)
        drawn.touch()
    kept = settings.folder / f"trainings-{settings.scale}.jsonl"
    found = results(arms, trainer, kept, partial(_hear, watcher))
    tables: tuple[Table, ...] = ()
    if story.sweep is not None:
        table, cells = story.sweep(settings)
        watcher.say(f"a sweep of {len(cells) * len(cells[0])} settings: {table.title}")
        rows = [_completed(row, complete) for row in cells]
        tables = (filled(table, rows, trainer, kept, partial(_hear, watcher)),)
    whole = Told(
        name=story.name,
        title=story.title,
        asked=story.asked,
        scale=settings.scale,
        arms=found,
        tables=tables,
        was=story.answer(found),
        change=story.change,
    )
    after = as_run(whole.arm(story.mended), story.mended)
    return replace(whole, after=after), as_run(found[0], f"{story.name}, as asked")


def _completed(arms: Sequence[Arm], complete: Callable[[Recipe], Recipe]) -> tuple[Arm, ...]:
    return tuple(replace(arm, recipe=complete(arm.recipe)) for arm in arms)


def _hear(watcher: Watcher, arm: Arm, ended: Ended) -> None:
    figure = ended.failure or f"validation accuracy {ended.last('val_accuracy'):.1%}"
    watcher.say(f"{arm.name}, seed {ended.seed}: {figure} ({ended.seconds:.1f} s)")


def results(
    arms: Sequence[Arm], trainer: ManyTrainer[Recipe], kept: Path, on_training: Trained
) -> tuple[ArmResult, ...]:
    """Return what each arm shows, in order; the first is what the others are compared with.

    `kept` is a journal of finished trainings; `on_training` hears of each as it is finished.
    """
    known = {(e.arm, e.seed): e for e in journal.read(kept, Ended)}
    found: dict[str, ArmResult] = {}
    for arm in arms:
        ended = _trained(arm, trainer, known, kept, on_training)
        base = found.get(arm.against) or (found[arms[0].name] if found else None)
        found[arm.name] = _result(arm, ended, base)
    return tuple(found.values())


def _trained(
    arm: Arm,
    trainer: ManyTrainer[Recipe],
    known: dict[tuple[str, int], Ended],
    kept: Path,
    on_training: Trained,
) -> tuple[Ended, ...]:
    key = _key(arm.recipe)
    waiting = [seed for seed in range(arm.seeds) if (key, seed) not in known]
    recipes = [replace(arm.recipe, seed=seed, order_seed=seed) for seed in waiting]
    for done in trainer.train_many(recipes) if recipes else ():
        one = _ended(key, waiting[done.place], done.result, round(done.seconds, 3))
        journal.append(kept, one)
        known[key, one.seed] = one
        on_training(arm, one)
    return tuple(known[key, seed] for seed in range(arm.seeds))


def _key(recipe: Recipe) -> str:
    """Name a recipe by its content but for where its images lie."""
    content = to_json((replace(recipe, images=Path(recipe.images or "").name), STREAMS))
    return sha256(content.encode()).hexdigest()[:16]


def _ended(key: str, seed: int, run: Run | TrialFailedError, seconds: float) -> Ended:
    if isinstance(run, TrialFailedError):
        return Ended(arm=key, seed=seed, seconds=seconds, curves={}, failure=str(run))
    return Ended(
        arm=key,
        seed=seed,
        seconds=seconds,
        curves={name: [round(float(v), 5) for v in c.values] for name, c in run.curves.items()},
        learned_above=limit_of_learning("val_accuracy", run),
        data=run.data,
    )


def _result(arm: Arm, ended: tuple[Ended, ...], base: ArmResult | None) -> ArmResult:
    zeros = np.zeros(len(ended))
    shown = [name for name in FIGURES if not all(np.isnan(e.last(name)) for e in ended)]
    means = {name: paired_interval(zeros, [e.last(name) for e in ended], LEVEL) for name in shown}
    differences: dict[str, Estimate] = {}
    if base is not None:
        both = min(len(ended), len(base.ended))
        differences = {
            name: paired_interval(
                [e.last(name) for e in base.ended[:both]],
                [e.last(name) for e in ended[:both]],
                LEVEL,
            )
            for name in shown
        }
    return ArmResult(
        arm=arm,
        ended=ended,
        means=means,
        differences=differences,
        learned=sum(_learned(e) for e in ended),
        verdict=_verdict(arm, ended, base) if base is not None else None,
    )


def _learned(ended: Ended) -> bool:
    limit = ended.learned_above
    return limit is not None and ended.last("val_accuracy") > limit


def _verdict(arm: Arm, ended: Sequence[Ended], base: ArmResult) -> Verdict:
    pairs = min(len(ended), len(base.ended))
    experiment = Experiment(
        cause=arm.cause or arm.name,
        prescription=Prescription(intervention=arm.name, arguments={}, sentence=arm.asks),
        control=base.arm.recipe,
        treated=arm.recipe,
        pairs=pairs,
    )
    sides: Mapping[Literal["control", "treated"], Iterable[Ended]] = {
        "control": base.ended[:pairs],
        "treated": ended[:pairs],
    }
    return judge(
        experiment,
        tuple(_trial(experiment, side, one) for side, many in sides.items() for one in many),
    )


def _trial(experiment: Experiment, side: Literal["control", "treated"], ended: Ended) -> Trial:
    outcome = ended.last(experiment.outcome)
    failed = ended.failure or ("" if np.isfinite(outcome) else "no validation accuracy")
    return Trial(
        cause=experiment.cause,
        intervention=experiment.prescription.intervention,
        arm=side,
        seed=ended.seed,
        outcome=experiment.worst if failed else outcome,
        seconds=ended.seconds,
        failure=failed or None,
        learned_above=ended.learned_above,
    )


def as_run(result: ArmResult, name: str) -> Run:
    """Return the training of an arm that ended worst, with what its other seeds reached."""
    worst = min(result.ended, key=lambda e: (e.last("val_accuracy"), e.seed))
    return Run(
        name=name,
        kind="observed",
        curves={name: curve(values) for name, values in worst.curves.items()},
        recipe=replace(result.arm.recipe, seed=worst.seed),
        data=worst.data,
        repeats=tuple(e.last("val_accuracy") for e in result.ended)
        if len(result.ended) > 1
        else (),
    )


def filled(
    table: Table, cells: Sequence[Sequence[Arm]], trainer: ManyTrainer[Recipe], kept: Path,
    on_training: Trained,
) -> Table:  # fmt: skip
    """Return a sweep's table with the mean validation accuracy of each cell's trainings."""
    known = {(e.arm, e.seed): e for e in journal.read(kept, Ended)}
    values = [
        tuple(
            float(
                np.mean(
                    [e.last("val_accuracy") for e in _trained(a, trainer, known, kept, on_training)]
                )
            )
            for a in row
        )
        for row in cells
    ]
    return replace(table, values=tuple(values))
