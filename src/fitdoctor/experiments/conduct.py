"""Train both arms on the same seeds, pair by pair; what is finished is never trained again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from fitdoctor import locks
from fitdoctor.experiments.judge import is_futile, judge
from fitdoctor.records import journal as journals
from fitdoctor.records.experiment import (
    ARMS,
    STREAMS,
    AnyTrainer,
    Arm,
    Experiment,
    ManyTrainer,
    Trial,
    TrialFailedError,
)
from fitdoctor.records.job import Job
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run
from fitdoctor.records.text import to_json
from fitdoctor.stats.sequential import next_look


def conduct(
    experiment: Experiment,
    trainer: AnyTrainer,
    journal: Path | None = None,
    on_plan: Callable[[int, float], None] = lambda _trials, _seconds: None,
    *,
    give_up: bool = True,
) -> Iterator[Trial]:
    """Yield the trials of each pair until a look decides or none of the later ones is likely to.

    Without `give_up` all pairs are trained until one decides, however unlikely that is.
    Trials of one look come in the order in which they finish, and are in `journal` by then. Others
    may train into the same journal, on other machines too: no trial is made twice. Pairs
    that it holds beyond `experiment.pairs` count too: fewer seeds asked for later take nothing
    back. `on_plan` hears the number of trials still to run at most and the seconds they should
    take.
    """
    finished = _finished(experiment, journal)
    known_pairs = _whole_pairs(finished)
    most = max(experiment.pairs, known_pairs)
    waiting = [(s, a) for s in range(most) for a in ARMS if (a, s) not in finished]
    on_plan(
        len(waiting), sum(trainer.estimate_seconds(_order(experiment, a, s)) for s, a in waiting)
    )
    trials: list[Trial] = []
    begin = 0
    while begin < most:
        look = min(next_look(begin + 1), most)
        pairs = [(arm, seed) for seed in range(begin, look) for arm in ARMS]
        with _alone(trainer, journal):
            finished |= _finished(experiment, journal)
            known = [finished[pair] for pair in pairs if pair in finished]
            trials += known
            yield from known
            for trial in _trained(experiment, trainer, [p for p in pairs if p not in finished]):
                trials.append(kept(journal, trial))
                yield trials[-1]
        if judge(experiment, tuple(trials)).decision != "undecided":
            return
        begin = look
        if give_up and is_futile(experiment, tuple(trials), most):
            most = known_pairs  # those cost nothing


def _alone(trainer: AnyTrainer, journal: Path | None) -> contextlib.AbstractContextManager[Any]:
    """Return a context in which no other process trains into a journal, where that matters."""
    if journal is None or getattr(trainer, "apart", False):
        return contextlib.nullcontext()
    return locks.held(journal.with_name(f"{journal.name}.training.lock"))


def kept(journal: Path | None, trial: Trial) -> Trial:
    """Return a trial as the journal has it, in which it is once, whoever made it."""
    if journal is None:
        return trial
    name = (trial.intervention, trial.arm, trial.seed)
    found = journals.settle(journal, trial, lambda t: (t.intervention, t.arm, t.seed) == name)
    return replace(found, cause=trial.cause)


def _trained(
    experiment: Experiment, trainer: AnyTrainer, waiting: list[tuple[Arm, int]]
) -> Iterator[Trial]:
    """Yield the trials that wait for the next look, trained together where that is cheaper."""
    orders = [_order(experiment, arm, seed) for arm, seed in waiting]
    if isinstance(trainer, ManyTrainer):
        for done in trainer.train_many(orders) if orders else ():
            trial = _trial(experiment, done.result, *waiting[done.place], done.seconds)
            yield replace(trial, changed=done.changed)
        return
    for order, (arm, seed) in zip(orders, waiting, strict=True):
        began = time.perf_counter()
        result: Run | TrialFailedError
        try:
            result = trainer.train(order)
        except TrialFailedError as error:
            result = error
        except MemoryError as error:
            result = TrialFailedError(f"out of memory: {error}")
        yield _trial(experiment, result, arm, seed, time.perf_counter() - began)


def _trial(
    experiment: Experiment, result: Run | TrialFailedError, arm: Arm, seed: int, seconds: float
) -> Trial:
    return as_trial(experiment, _key(experiment, arm), result, arm, seed, seconds)


def as_trial(
    experiment: Experiment, key: str, result: Run | TrialFailedError, arm: Arm, seed: int,
    seconds: float,
) -> Trial:  # fmt: skip
    """Return a training as a trial; one that failed is the worst outcome and is never dropped."""
    failure: str | None = None
    outcome, learned_above = experiment.worst, None
    if isinstance(result, TrialFailedError):
        failure = f"{type(result).__name__}: {result}"
    elif experiment.outcome not in result.curves:
        failure = f"there is no {experiment.outcome}"
    else:
        learned_above = limit_of_learning(experiment.outcome, result)
        value = float(result.curves[experiment.outcome].values[-1])
        if np.isfinite(value):
            outcome = value
        else:
            failure = f"{experiment.outcome} is {value}"
    return Trial(
        cause=experiment.cause,
        intervention=key,
        arm=arm,
        seed=seed,
        outcome=outcome,
        seconds=round(seconds, 3),
        failure=failure,
        learned_above=learned_above,
    )


def limit_of_learning(outcome: str, run: Run) -> float | None:
    """Return what surely is more than guessing reaches on so many validation images.

    Three standard errors above the share of the largest class, at most half of the way to 1;
    `None` where classes or images are not known.
    """
    data = run.data
    if not outcome.endswith("accuracy") or data is None or not data.n_val:
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


def _order(experiment: Experiment, arm: Arm, seed: int) -> Recipe | Job:
    if experiment.jobs is not None:
        return replace(experiment.jobs[ARMS.index(arm)], seed=seed, order_seed=seed)
    recipe = experiment.control if arm == "control" else experiment.treated
    return replace(recipe, seed=seed, order_seed=seed)


def _finished(experiment: Experiment, journal: Path | None) -> dict[tuple[Arm, int], Trial]:
    if journal is None:
        return {}
    keys = {_key(experiment, arm): arm for arm in ARMS}
    trials = journals.read(journal, Trial)
    if experiment.jobs is None:
        return {(t.arm, t.seed): t for t in trials if t.intervention in keys}
    # A script as it is serves every experiment on it.
    return {
        (arm, t.seed): replace(t, cause=experiment.cause, arm=arm)
        for t in trials
        if (arm := keys.get(t.intervention)) is not None
    }


def _key(experiment: Experiment, arm: Arm) -> str:
    """Name what is trained, so that a changed recipe or script is a new one."""
    if experiment.jobs is not None:
        return key_of(experiment.jobs[ARMS.index(arm)])
    content = (experiment.control, experiment.treated, experiment.outcome, STREAMS)
    return f"{experiment.prescription.intervention}-{_digest(content)}"


def key_of(job: Job) -> str:
    """Name the trials of a script by what is trained, whatever they are compared with."""
    name = "as-it-is" if job.treatment is None else job.treatment.intervention
    return f"{name}-{_digest((job, job.outcome, STREAMS))}"


def _digest(content: Any) -> str:
    return sha256(to_json(content).encode()).hexdigest()[:12]
