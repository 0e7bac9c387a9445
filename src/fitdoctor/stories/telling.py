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
from fitdoctor.records.story import FEWER, FIGURES, Arm, ArmResult, Ended, Extras, Settings, Told
from fitdoctor.records.text import to_json
from fitdoctor.records.watcher import Watcher
from fitdoctor.stats.paired import paired_interval
from fitdoctor.stories.story import Instruments, Story, Work
from fitdoctor.stories.words import between, duration, effect

LEVEL = 0.05
Trained = Callable[[Arm, Ended], None]


def told(
    story: Story,
    settings: Settings,
    trainer: ManyTrainer[Recipe],
    complete: Callable[[Recipe], Recipe],
    watcher: Watcher,
    looking: ManyTrainer[Recipe] | None = None,
    instruments: Instruments | None = None,
) -> tuple[Told, Run]:
    """Return what a story's trainings show, and the asker's own training that ended worst.

    `complete` fills in what a recipe leaves open; `looking` is a trainer that looks inside,
    `instruments` measure what a training does not. What is drawn and trained already in
    `settings.folder` is not done again.
    """
    ready = partial(_ready, settings, complete)
    arms = ready(story.arms(settings))
    settings.folder.mkdir(parents=True, exist_ok=True)
    drawn = settings.folder / f"drawn-{settings.scale}"
    if settings.photos is None and not drawn.is_file():
        watcher.say(f"drawing images: {story.title}")
        story.draw(settings)
        drawn.touch()
    kept = settings.folder / f"trainings-{settings.scale}.jsonl"
    hear = partial(_hear, watcher)
    if settings.scale == "full" and instruments is not None:
        watcher.say(_estimate(arms, kept, instruments))
    found = results(arms, trainer, kept, hear, looking)
    more: list[ArmResult] = []

    def train(words: str, others: Sequence[Arm]) -> Sequence[ArmResult]:
        watcher.say(words)
        more.extend(results(ready(others), trainer, kept, hear, looking))
        return more[-len(others) :]

    extras = (
        story.more(settings, found, Work(train, instruments))
        if story.more is not None
        else Extras()
    )
    whole = Told(
        name=story.name,
        title=story.title,
        asked=story.asked,
        brief=story.brief(found),
        scale=settings.scale,
        arms=found,
        extras=extras,
        figures=story.figures,
        was=(*story.answer(found), *extras.said),
        replies=story.replies(found),
        change=story.change,
        shown=_shown(story, found),
        duration=duration(sum(e.seconds for r in (*found, *more) for e in _all(r))),
    )
    after = as_run(whole.arm(story.mended), story.mended)
    return replace(whole, after=after), as_run(found[0], f"{story.name}, as asked")


def _shown(story: Story, results: Sequence[ArmResult]) -> str:
    """Return what these trainings show of the change."""
    mended = next(r for r in results if r.arm.name == story.mended)
    if story.figures[0] == "val_accuracy":
        return f"With {story.mended}: {effect(mended)}"
    # Of the other figures less is better.
    change = mended.differences.get(story.figures[0])
    if change is not None and change.high < 0:
        return f"With {story.mended}: a difference of {between(change)}."
    return f"{len(mended.ended)} seeds of it do not show yet that this helps."


def _estimate(arms: Sequence[Arm], kept: Path, instruments: Instruments) -> str:
    """Return how many trainings are to come and about how long they take, by a few steps of each.

    What else the story trains, a sweep on cached features say, is little beside them.
    """
    known = {(e.arm, e.seed, _order(e)) for e in journal.read(kept, Ended)}
    seconds, count = 0.0, 0
    for arm in arms:
        key = _key(arm.recipe, look=arm.look)
        waiting = sum((key, *pair) not in known for pair in _pairs(arm))
        count += waiting
        if waiting:
            once, each = instruments.seconds_of(arm.recipe)
            seconds += once + waiting * each
    return (
        f"{count} trainings are to come: about {duration(seconds)} on this machine, by a few steps "
        "of each. What is trained is kept; stop it whenever you like, and call it again"
    )


def _pairs(arm: Arm) -> set[tuple[int, int]]:
    """Return the seeds of weights and of order that an arm is trained with."""
    many = range(arm.crossed)
    return {(seed, seed) for seed in range(arm.seeds)} | {(a, b) for a in many for b in many}


def _all(result: ArmResult) -> Sequence[Ended]:
    """Return every training of an arm once."""
    rest = [e for i, row in enumerate(result.crossed) for j, e in enumerate(row) if i != j]
    return (*result.ended, *rest)


def _ready(
    settings: Settings, complete: Callable[[Recipe], Recipe], arms: Sequence[Arm]
) -> tuple[Arm, ...]:
    """Return arms with whole recipes, and with no more seeds than are wanted."""
    most = settings.seeds or max((arm.seeds for arm in arms), default=1)
    return tuple(
        replace(
            arm,
            recipe=complete(arm.recipe),
            seeds=min(arm.seeds, most),
            crossed=min(arm.crossed, most) if most > 1 else 0,
        )
        for arm in arms
    )


def _hear(watcher: Watcher, arm: Arm, ended: Ended) -> None:
    figure = ended.failure or f"validation accuracy {ended.last('val_accuracy'):.1%}"
    order = "" if ended.order in {None, ended.seed} else f", order {ended.order}"
    watcher.say(f"{arm.name}, seed {ended.seed}{order}: {figure} ({ended.seconds:.1f} s)")


def results(
    arms: Sequence[Arm],
    trainer: ManyTrainer[Recipe],
    kept: Path,
    on_training: Trained,
    looking: ManyTrainer[Recipe] | None = None,
) -> tuple[ArmResult, ...]:
    """Return what each arm shows, in order; the first is what the others are compared with.

    `kept` is a journal of finished trainings; `on_training` hears of each as it is finished.
    """
    known = {(e.arm, e.seed, _order(e)): e for e in journal.read(kept, Ended)}
    found: dict[str, ArmResult] = {}
    for arm in arms:
        by = looking if arm.look and looking is not None else trainer
        ended, crossed = _trained(arm, by, known, kept, on_training)
        base = found.get(arm.against) or (found[arms[0].name] if found else None)
        found[arm.name] = replace(_result(arm, ended, base), crossed=crossed)
    return tuple(found.values())


def _order(ended: Ended) -> int:
    return ended.seed if ended.order is None else ended.order


def _trained(
    arm: Arm,
    trainer: ManyTrainer[Recipe],
    known: dict[tuple[str, int, int], Ended],
    kept: Path,
    on_training: Trained,
) -> tuple[tuple[Ended, ...], tuple[tuple[Ended, ...], ...]]:
    """Return an arm's trainings by seed, and those of its crossed seeds."""
    key, many = _key(arm.recipe, look=arm.look), range(arm.crossed)
    waiting = sorted(pair for pair in _pairs(arm) if (key, *pair) not in known)
    recipes = [replace(arm.recipe, seed=seed, order_seed=order) for seed, order in waiting]
    for done in trainer.train_many(recipes) if recipes else ():
        seed, order = waiting[done.place]
        one = _ended(key, seed, done.result, round(done.seconds, 3))
        one = replace(one, order=order)
        journal.append(kept, one)
        known[key, seed, order] = one
        on_training(arm, one)
    plain = tuple(known[key, seed, seed] for seed in range(arm.seeds))
    return plain, tuple(tuple(known[key, a, b] for b in many) for a in many)


def _key(recipe: Recipe, *, look: bool = False) -> str:
    """Name a recipe by its content but for where its images lie."""
    plain = replace(recipe, images=Path(recipe.images or "").name)
    content = to_json((plain, STREAMS, "looked into", *FEWER) if look else (plain, STREAMS))
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
        probes=run.probes,
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
        learned=sum(e.has_learned for e in ended),
        verdict=_verdict(arm, ended, base) if base is not None else None,
    )


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
        curves={name: curve(values) for name, values in worst.curves.items() if name not in FEWER},
        recipe=replace(result.arm.recipe, seed=worst.seed),
        data=worst.data,
        repeats=tuple(e.last("val_accuracy") for e in result.ended)
        if len(result.ended) > 1
        else (),
    )
