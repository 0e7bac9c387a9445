"""Train both arms on the same seeds, pair by pair; what is finished is never trained again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from itertools import count
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from fitdoctor.experiments.judge import judge
from fitdoctor.records import journal as journals
from fitdoctor.records.experiment import (
    ARMS,
    STREAMS,
    Arm,
    Experiment,
    ManyTrainer,
    Trainer,
    Trial,
    TrialFailedError,
)
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run
from fitdoctor.records.text import to_json
from fitdoctor.stats.sequential import LOOKS


def conduct(
    experiment: Experiment,
    trainer: Trainer,
    journal: Path | None = None,
    on_plan: Callable[[int, float], None] = lambda _trials, _seconds: None,
) -> Iterator[Trial]:
    """Yield the trials of each pair until a look decides, or all pairs are trained.

    Pairs that `journal` holds beyond `experiment.pairs` count too: fewer seeds asked for later take
    nothing back. `on_plan` hears the number of trials still to run at most and the seconds they
    should take.
    """
    finished = _finished(experiment, journal)
    most = max(experiment.pairs, _whole_pairs(finished))
    waiting = [(s, a) for s in range(most) for a in ARMS if (a, s) not in finished]
    on_plan(
        len(waiting), sum(trainer.estimate_seconds(_recipe(experiment, a, s)) for s, a in waiting)
    )
    trials: list[Trial] = []
    begin = 0
    for look in (*(look for look in LOOKS if look < most), most):
        pairs = [(seed, arm) for seed in range(begin, look) for arm in ARMS]
        fresh = _trained(experiment, trainer, [p for p in pairs if p[::-1] not in finished])
        for seed, arm in pairs:
            trial = finished.get((arm, seed)) or next(fresh)
            if (arm, seed) not in finished and journal is not None:
                journals.append(journal, trial)
            trials.append(trial)
            yield trial
        if judge(experiment, tuple(trials)).decision != "undecided":
            return
        begin = look


def _trained(
    experiment: Experiment, trainer: Trainer, waiting: list[tuple[int, Arm]]
) -> Iterator[Trial]:
    """Yield the trials that wait for the next look, trained together where that is cheaper."""
    if not isinstance(trainer, ManyTrainer):
        for seed, arm in waiting:
            yield _try(experiment, trainer, arm, seed)
        return
    began = time.perf_counter()
    recipes = [_recipe(experiment, arm, seed) for seed, arm in waiting]
    results = trainer.train_many(recipes) if recipes else []
    each = (time.perf_counter() - began) / max(len(results), 1)
    for (seed, arm), result in zip(waiting, results, strict=True):

        def given(result: Run | TrialFailedError = result) -> Run:
            if isinstance(result, TrialFailedError):
                raise result
            return result

        yield _trial(experiment, given, arm, seed, each)


def _try(experiment: Experiment, trainer: Trainer, arm: Arm, seed: int) -> Trial:
    return _trial(experiment, lambda: trainer.train(_recipe(experiment, arm, seed)), arm, seed)


def _trial(
    experiment: Experiment,
    train: Callable[[], Run],
    arm: Arm,
    seed: int,
    seconds: float | None = None,
) -> Trial:
    """Train once; a training that fails counts as the worst outcome and is never dropped."""
    began = time.perf_counter()
    failure: str | None = None
    outcome, learned_above = experiment.worst, None
    try:
        run = train()
        learned_above = _learned_above(experiment, run)
        value = float(run.curves[experiment.outcome].values[-1])
        if np.isfinite(value):
            outcome = value
        else:
            failure = f"{experiment.outcome} is {value}"
    except (TrialFailedError, MemoryError, KeyError) as error:
        failure = f"{type(error).__name__}: {error}"
    return Trial(
        cause=experiment.cause,
        intervention=_key(experiment),
        arm=arm,
        seed=seed,
        outcome=outcome,
        seconds=round(time.perf_counter() - began if seconds is None else seconds, 3),
        failure=failure,
        learned_above=learned_above,
    )


def _learned_above(experiment: Experiment, run: Run) -> float | None:
    """Return what surely is more than guessing reaches on so many validation images.

    Three standard errors above the share of the largest class, at most half of the way to 1;
    `None` where classes or images are not known.
    """
    data = run.data
    if experiment.outcome != "val_accuracy" or data is None or not data.n_val:
        return None
    counts = data.class_counts
    if not counts or sum(counts) == 0:
        return None
    chance = max(1 / len(counts), max(counts) / sum(counts))
    error = float(np.sqrt(chance * (1 - chance) / data.n_val))
    return min(chance + 3 * error, (1 + chance) / 2)


def _whole_pairs(finished: Mapping[tuple[Arm, int], Trial]) -> int:
    """Return how many pairs, counted from seed 0 on, are finished."""
    return next(n for n in count() if any((arm, n) not in finished for arm in ARMS))


def _recipe(experiment: Experiment, arm: Arm, seed: int) -> Recipe:
    recipe = experiment.control if arm == "control" else experiment.treated
    return replace(recipe, seed=seed, order_seed=seed)


def _finished(experiment: Experiment, journal: Path | None) -> dict[tuple[Arm, int], Trial]:
    if journal is None:
        return {}
    key = _key(experiment)
    trials = journals.read(journal, Trial)
    return {(t.arm, t.seed): t for t in trials if t.intervention == key}


def _key(experiment: Experiment) -> str:
    """Name the experiment by what is compared, so that a changed recipe is a new one."""
    content = to_json((experiment.control, experiment.treated, experiment.outcome, STREAMS))
    return f"{experiment.prescription.intervention}-{sha256(content.encode()).hexdigest()[:12]}"
