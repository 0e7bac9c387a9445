"""What proofs cost, and how often they are wrong, by a trainer whose truth is known.

`python -m benchmarks.proof_rates [WORLDS]` simulates proofs of three causes in turn, as `fitdoctor
prove` makes them on a script, and prints for each kind of world how often a cause that is none is
called proven, how often the true one is, how often intervals hold the true effect, and the number of
trainings. Nothing is trained. The table stands in `benchmarks/proof_rates.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from fitdoctor.observe import proving
from fitdoctor.records.experiment import Done, Verdict
from fitdoctor.records.job import Job
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.stats.proportions import clopper_pearson

TABLE = Path(__file__).with_suffix(".md")
HEAD = """# What proofs cost, and how often they are wrong

`python -m benchmarks.proof_rates`: {worlds} simulated proofs of each kind of world, each of three causes
in turn with up to 8 pairs of trainings, looked at after 5 and 8 pairs. At most 5 % false proofs are
wanted over all looks and causes, and intervals that hold the true effect in 95 %. "Below" is the
upper end of the 95 % interval by Clopper and Pearson. The trainings of the script as it is serve
all three causes.

"""
JOB = Job(script="/train.py", folder="/", digest="d")
CAUSES = ("dropout_too_high", "excess_weight_penalty", "overfitting")
ACTS = ("remove_dropout", "remove_weight_penalty", "stop_early")


class World(NamedTuple):
    """How outcomes come about: one mode with normal scatter, or a rate of learning an arm."""

    name: str
    gains: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """What each treatment adds to the accuracy."""
    rates: tuple[float, float, float, float] | None = None
    """Share of trainings that learn: as it is, and by each treatment."""

    def truth(self, number: int, measure: str) -> float:
        if self.rates is None:
            return self.gains[number]
        difference = self.rates[number + 1] - self.rates[0]
        return difference if measure == "success_rate" else 0.4 * difference

    @property
    def helpful(self) -> tuple[bool, ...]:
        return tuple(self.truth(n, "mean") > 0 for n in range(3))


WORLDS = (
    World("nothing helps, one mode"),
    World("nothing helps, 3 of 10 learn", rates=(0.3, 0.3, 0.3, 0.3)),
    World("nothing helps, half learn", rates=(0.5, 0.5, 0.5, 0.5)),
    World("the first gains 0.20", (0.2, 0.0, 0.0)),
    World("the second gains 0.20", (0.0, 0.2, 0.0)),
    World("the first gains 0.05", (0.05, 0.0, 0.0)),
    World("the first gains 0.02", (0.02, 0.0, 0.0)),
    World("all harm by 0.05", (-0.05, -0.05, -0.05)),
    World("none learns, all with the first", rates=(0.0, 1.0, 0.0, 0.0)),
    World("none learns, 9 of 10 with the first", rates=(0.0, 0.9, 0.0, 0.0)),
    World("3 of 10 learn, 9 of 10 with the first", rates=(0.3, 0.9, 0.3, 0.3)),
)


class Known:
    """Trains no script: accuracy is 0.6, a part by each seed, and what a treatment gains."""

    def __init__(self, world: World, number: int) -> None:
        self.world, self.number, self.trained = world, number, 0

    def train_many(self, jobs: Sequence[Job]) -> Iterator[Done]:
        for place, job in enumerate(jobs):
            self.trained += 1
            yield Done(place, self.train(job), 1.0)

    def train(self, job: Job) -> Run:
        arm = 1 + ACTS.index(job.treatment.intervention) if job.treatment else 0
        seed = job.seed or 0
        shared = np.random.default_rng((self.number, seed)).normal(0, 0.02)
        own = np.random.default_rng((self.number, seed, arm, 9))
        value = 0.6 + shared + own.normal(0, 0.02)
        if self.world.rates is None:
            value += self.world.gains[arm - 1] if arm else 0.0
        else:
            value = (0.9 if own.uniform() < self.world.rates[arm] else 0.5) + shared / 4
        data = DataSummary(n_val=200, class_counts=(100, 100))
        value = round(float(value) * 200) / 200
        return Run(curves={job.outcome: curve(np.array([value]))}, data=data)

    def estimate_seconds(self, job: Job) -> float:  # noqa: ARG002 - each costs the same
        return 1.0


class Seen(NamedTuple):
    """What came of the proofs of one kind of world."""

    false: int
    proven: int
    held: int
    verdicts: int
    trainings: tuple[int, ...]


def simulated(world: World, worlds: int, pairs: int = 8) -> Seen:
    """Return what so many proofs come to."""
    false = proven = held = count = 0
    trainings = []
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as home:
        for number in range(worlds):
            (folder := Path(home) / str(number)).mkdir()
            trainer = Known(world, number)
            terms = proving.Terms(pairs=pairs)
            verdicts = proving.proven(CAUSES, JOB, folder, trainer, terms, lambda _: None)
            trainings.append(trainer.trained)
            helped = {CAUSES.index(v.experiment.cause) for v in verdicts if v.decision == "helps"}
            false += any(not world.helpful[n] for n in helped)
            proven += any(world.helpful[n] for n in helped)
            held += sum(_holds(world, v) for v in verdicts)
            count += len(verdicts)
    return Seen(false, proven, held, count, tuple(trainings))


def _holds(world: World, verdict: Verdict) -> bool:
    truth = world.truth(CAUSES.index(verdict.experiment.cause), verdict.measure)
    return verdict.effect.low - 1e-9 <= truth <= verdict.effect.high + 1e-9


def main() -> None:
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    lines = [
        "| world | false proof | true proof | intervals hold | trainings, median | mean |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    for world in WORLDS:
        lines.append(_line(world, simulated(world, worlds), worlds))
        print(lines[-1], flush=True)
    TABLE.write_text(HEAD.format(worlds=worlds) + "\n".join(lines) + "\n")


def _line(world: World, seen: Seen, worlds: int) -> str:
    bound = clopper_pearson(seen.false, worlds).high
    return (
        f"| {world.name} | {seen.false / worlds:.1%} (below {bound:.1%}) "
        f"| {seen.proven / worlds:.0%} | {seen.held / seen.verdicts:.1%} "
        f"| {median(seen.trainings):g} | {np.mean(seen.trainings):.1f} |"
    )


if __name__ == "__main__":
    main()
