"""Proofs by a trainer of known truth: how often they err, and what is never trained twice."""

import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor.errors import TrialRefusedError
from fitdoctor.observe import proving, seeds
from fitdoctor.records.experiment import Done, Trial
from fitdoctor.records.job import Job
from fitdoctor.records.journal import read
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.report import seed_study

JOB = Job(script="/train.py", folder="/", digest="d")
CAUSES = ("dropout_too_high", "excess_weight_penalty", "overfitting")


class Known:
    """Trains no script: accuracy is 0.7, a part by each seed, and what a treatment gains."""

    def __init__(
        self, *, world=0, gains=(), by_weights=0.02, by_order=0.02, nothing=(), modes=None
    ):
        self.world, self.gains, self.nothing, self.modes = world, dict(gains), nothing, modes
        self.parts = by_weights, by_order
        self.trained = []

    def train_many(self, jobs):
        for place in reversed(range(len(jobs))):  # they finish in another order
            job = jobs[place]
            name = job.treatment.intervention if job.treatment else ""
            if name in self.nothing:
                raise TrialRefusedError(f"{name} would change nothing here")
            self.trained.append((name, job.seed, job.order_seed))
            yield Done(place, self._run(job, name), 1.0, name and f"changed by {name}")

    def train(self, job):
        raise NotImplementedError

    def _run(self, job, name):
        def drawn(*key):
            return np.random.default_rng((self.world, *key)).normal()

        own = drawn(3, job.seed, job.order_seed, *map(ord, name))
        value = 0.7 + self.parts[0] * drawn(1, job.seed) + self.parts[1] * drawn(2, job.order_seed)
        value += 0.02 * own + self.gains.get(name, 0.0)
        if self.modes is not None:
            value = (0.9 if own > self.modes else 0.5) + 0.01 * drawn(4, job.seed)
        data = DataSummary(n_val=100, class_counts=(50, 50))
        return Run(curves={job.outcome: curve(np.array([value]))}, data=data)

    def estimate_seconds(self, job):
        return 1.0


def proofs(trainer, folder, causes=CAUSES, pairs=8, **terms):
    given = proving.Terms(pairs=pairs, **terms)
    said = []
    return proving.proven(causes, JOB, folder, trainer, given, said.append), said


@pytest.mark.slow
@pytest.mark.parametrize("modes", [None, 0.3])
def test_three_causes_that_are_none_are_seldom_proven_in_one_proof(tmp_path, modes):
    worlds, claims = 120, 0
    for world in range(worlds):
        (folder := tmp_path / str(world)).mkdir()
        verdicts, _ = proofs(
            Known(world=world, modes=modes), folder, pairs=12, smallest_difference=0.001
        )
        claims += any(v.decision in {"helps", "harms"} for v in verdicts)
    assert claims / worlds <= 0.05 + 3 * (0.05 * 0.95 / worlds) ** 0.5


def test_a_cause_is_proven_and_the_ones_behind_it_are_not_tested(tmp_path):
    trainer = Known(gains={"remove_weight_penalty": 0.2})
    verdicts, said = proofs(trainer, tmp_path)
    assert [v.experiment.cause for v in verdicts] == ["dropout_too_high", "excess_weight_penalty"]
    assert verdicts[-1].decision == "helps"
    assert verdicts[-1].experiment.alpha == pytest.approx(0.05 / 3)
    assert "overfitting" not in " ".join(said)


def test_the_script_as_it_is_is_trained_once_a_seed_for_all_causes(tmp_path):
    trainer = Known()
    proofs(trainer, tmp_path)
    plain = [seed for name, seed, _ in trainer.trained if not name]
    assert sorted(plain) == sorted(set(plain))
    assert len(trainer.trained) == len(set(trainer.trained))
    again = Known()
    verdicts, _ = proofs(again, tmp_path)
    assert again.trained == []
    assert all(v.trials == tuple(sorted(v.trials, key=lambda t: (t.seed, t.arm))) for v in verdicts)


def test_a_proof_that_was_killed_goes_on_with_what_is_missing(tmp_path):
    trainer = Known(gains={"remove_dropout": 0.3})
    verdicts, _ = proofs(trainer, tmp_path)
    journal = tmp_path / proving.TRIALS
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-3]) + lines[-3][:30])
    again = Known(gains={"remove_dropout": 0.3})
    assert proofs(again, tmp_path)[0] == verdicts
    assert len(again.trained) == 3
    assert len(read(journal, Trial)) == len(lines)


def test_a_treatment_that_changes_nothing_gives_way_to_the_next_and_a_cause_to_the_next(tmp_path):
    trainer = Known(gains={"lower_dropout": 0.3}, nothing={"remove_dropout"})
    (verdict,), _ = proofs(trainer, tmp_path)
    assert verdict.experiment.prescription.intervention == "lower_dropout"
    assert verdict.decision == "helps"
    (tmp_path / "other").mkdir()
    nothing = {"remove_dropout", "lower_dropout"}
    trainer = Known(gains={"remove_weight_penalty": 0.3}, nothing=nothing)
    (verdict,), said = proofs(trainer, tmp_path / "other")
    assert verdict.experiment.cause == "excess_weight_penalty"
    assert "would change nothing" in " ".join(said)


def test_nothing_is_begun_when_the_time_is_up(tmp_path):
    verdicts, said = proofs(Known(), tmp_path, until=0.0)
    assert verdicts == ()
    assert "budget" in said[0]


def test_another_script_shares_no_trial(tmp_path):
    proofs(Known(), tmp_path, CAUSES[:1])
    trainer = Known()
    given = proving.Terms(pairs=8)
    proving.proven(CAUSES[:1], replace(JOB, digest="e"), tmp_path, trainer, given, print)
    assert len(trainer.trained) >= 10


@pytest.mark.parametrize(
    ("weights", "order", "largest"), [(0.2, 0.01, "weights"), (0.01, 0.2, "order")]
)
def test_a_study_of_seeds_says_what_outcomes_vary_by(tmp_path, weights, order, largest):
    trainer = Known(by_weights=weights, by_order=order)
    found = seeds.study(JOB, tmp_path, trainer, proving.Terms(pairs=8))
    assert getattr(found, largest) > 0.5
    assert found.weights + found.order + found.rest == pytest.approx(1)
    assert len(trainer.trained) == len(set(trainer.trained)) == 8 + 12
    again = Known()
    assert seeds.study(JOB, tmp_path, again, proving.Terms(pairs=8)) == found
    assert again.trained == []
    assert "of the variance" in seed_study.text(found).lower()


def test_a_study_takes_up_what_experiments_have_trained(tmp_path):
    proofs(Known(), tmp_path, CAUSES[:1], pairs=5)
    trainer = Known()
    seeds.study(JOB, tmp_path, trainer, proving.Terms(pairs=5))
    assert len(trainer.trained) == 12
    assert all(weights != order for _, weights, order in trainer.trained)


def test_a_study_counts_how_many_learn(tmp_path):
    trainer = Known(modes=0.0)
    found = seeds.study(JOB, tmp_path, trainer, proving.Terms(pairs=20))
    learned = sum(outcome > 0.65 for outcome in found.outcomes)
    assert found.rate.value == learned / 20
    assert 0 < found.rate.low < learned / 20 < found.rate.high < 1
    assert f"{learned} of 20 learn" in seed_study.text(found)
