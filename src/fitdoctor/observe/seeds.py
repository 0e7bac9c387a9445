"""What the seeds of a script do: trainings by initial weights crossed with the order of images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from msgspec.structs import replace

from fitdoctor.experiments import conduct
from fitdoctor.observe.proving import TRIALS, Terms
from fitdoctor.observe.treated_by import OF_SEEDS
from fitdoctor.records import journal
from fitdoctor.records.experiment import Experiment, ManyTrainer, SeedStudy, Trial
from fitdoctor.records.finding import Prescription
from fitdoctor.records.job import Job
from fitdoctor.stats.crossed import variance_shares
from fitdoctor.stats.proportions import clopper_pearson

CROSSED = 4
STUDY = "seeds.jsonl"
Seeds = tuple[int, int]


def study(job: Job, folder: Path, trainer: ManyTrainer[Job], terms: Terms) -> SeedStudy:
    """Return what a script's outcomes vary by, over `terms.pairs` seeds and a crossed part of them.

    Finished trials in `folder`, also those of experiments, are not run again.
    """
    alone = [(seed, seed) for seed in range(max(terms.pairs, CROSSED))]
    cells = [(i, j) for i in range(CROSSED) for j in range(CROSSED) if i != j]
    trials = _trained(job, [*alone, *cells], folder, trainer, terms)
    outcomes = np.array([trials[pair].outcome for pair in alone])
    table = np.array([[trials[i, j].outcome for j in range(CROSSED)] for i in range(CROSSED)])
    shares = variance_shares(table)
    bar = next((t.learned_above for t in trials.values() if t.learned_above is not None), None)
    learned = int((outcomes > bar).sum()) if bar is not None else 0
    found = SeedStudy(
        outcome=job.outcome,
        outcomes=tuple(map(float, outcomes)),
        learned_above=bar,
        rate=clopper_pearson(learned, len(outcomes)) if bar is not None else None,
        spread=float(outcomes.std(ddof=1)),
        weights=shares.rows,
        order=shares.columns,
        rest=shares.rest,
        crossed=CROSSED,
    )
    journal.append(folder / STUDY, found, shared=True)
    return found


def _trained(
    job: Job, wanted: list[Seeds], folder: Path, trainer: ManyTrainer[Job], terms: Terms
) -> dict[Seeds, Trial]:
    """Return the trial of each pair of seeds: of the weights, and of the order."""
    experiment = Experiment(
        cause=OF_SEEDS,
        prescription=Prescription(intervention="as_it_is", arguments={}, sentence=""),
        jobs=(job, job),
        pairs=len(wanted),
        outcome=job.outcome,
    )
    known = {(t.intervention, t.seed): t for t in journal.read(folder / TRIALS, Trial)}
    keys = {pair: (_key(job, pair), pair[0]) for pair in wanted}
    waiting = [pair for pair in wanted if keys[pair] not in known]
    orders = [replace(job, seed=seed, order_seed=order) for seed, order in waiting]
    terms.on_plan(len(orders), sum(trainer.estimate_seconds(order) for order in orders))
    for done in trainer.train_many(orders) if orders else ():
        key, seed = keys[waiting[done.place]]
        made = conduct.as_trial(experiment, key, done.result, "control", seed, done.seconds)
        trial = known[key, seed] = conduct.kept(folder / TRIALS, made)
        terms.on_trial(trial, len(wanted))
    return {pair: known[keys[pair]] for pair in wanted}


def _key(job: Job, pair: Seeds) -> str:
    """Name a trial as experiments do, where both seeds are the same."""
    key = conduct.key_of(job)
    return key if pair[0] == pair[1] else f"{key}-order-{pair[1]}"
