"""The experiment loop on a trainer whose truth is known."""

import numpy as np
import pytest

from fitdoctor import doctor
from fitdoctor.errors import RecipeError
from fitdoctor.experiments import conduct, design, judge
from fitdoctor.interventions import all_interventions
from fitdoctor.records.experiment import TrialFailedError
from fitdoctor.records.finding import Prescription
from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.records.run import Run, curve

RECIPE = Recipe(
    images="nowhere",
    layers=(
        Layer(kind="GlobalAveragePooling2D", name="pool"),
        Layer(kind="Dense", name="hidden", units=4, activation="relu"),
        Layer(kind="Dropout", name="drop", rate=0.8),
        Layer(kind="Dense", name="output", units=5, activation="softmax"),
    ),
    optimizer=Optimizer(name="Adam", learning_rate=1e-3, decay=0.01),
    n_classes=5,
    epochs=10,
)


class FakeTrainer:
    """Accuracy is 0.7, plus `gain` without dropout, plus scatter: half by seed, half its own."""

    def __init__(self, gain: float, *, spread: float = 0.03, universe: int = 0, fails=()) -> None:
        self.gain, self.spread, self.universe, self.fails = gain, spread, universe, set(fails)
        self.trained = 0

    def train(self, recipe: Recipe) -> Run:
        self.trained += 1
        treated = all(layer.kind != "Dropout" for layer in recipe.layers)
        if (treated, recipe.seed) in self.fails:
            raise TrialFailedError("the loss became NaN")
        shared = np.random.default_rng((self.universe, recipe.seed)).normal(0, self.spread)
        own = np.random.default_rng((self.universe, recipe.seed, treated, 9)).normal(0, self.spread)
        return Run(curves={"val_accuracy": curve([0.7 + self.gain * treated + shared + own])})

    def estimate_seconds(self, recipe: Recipe) -> float:
        return 1.0


def run(trainer: FakeTrainer, pairs: int = 20, journal=None, **options):
    experiment = design.first_that_applies(
        "dropout_too_high",
        (Prescription(intervention="remove_dropout", arguments={}, sentence=""),),
        RECIPE,
        pairs=pairs,
        **options,
    )
    return judge.judge(experiment, tuple(conduct.conduct(experiment, trainer, journal)))


@pytest.mark.slow
def test_false_helps_stay_within_five_per_cent_over_all_looks():
    worlds = 600
    verdicts = [run(FakeTrainer(0.0, universe=u), smallest_difference=0.001) for u in range(worlds)]
    claims = sum(v.decision in {"helps", "harms"} for v in verdicts)
    assert claims / worlds <= 0.05 + 3 * (0.05 * 0.95 / worlds) ** 0.5


@pytest.mark.parametrize("gain", [0.0, 0.03, -0.05])
def test_the_interval_covers_the_truth_where_the_experiment_stopped(gain):
    worlds = 400
    verdicts = [run(FakeTrainer(gain, universe=u)) for u in range(worlds)]
    hits = sum(v.effect.low <= gain <= v.effect.high for v in verdicts)
    assert hits / worlds >= 0.95 - 3 * (0.05 * 0.95 / worlds) ** 0.5


@pytest.mark.parametrize(
    ("gain", "spread", "decision"),
    [(0.1, 0.01, "helps"), (-0.1, 0.01, "harms"), (0.0, 0.002, "no_difference")],
)
def test_finds_a_clear_truth_at_the_first_look(gain, spread, decision):
    trainer = FakeTrainer(gain, spread=spread)
    assert run(trainer).decision == decision
    assert trainer.trained == 10


def test_an_open_question_says_how_many_pairs_it_would_take():
    verdict = run(FakeTrainer(0.03, spread=0.08, universe=3), pairs=5)
    assert verdict.decision == "undecided"
    assert verdict.pairs_needed > 5
    assert "about" in verdict.sentence


def test_a_failed_trial_counts_as_worst_and_is_never_dropped():
    fails = [(True, seed) for seed in range(5)]
    verdict = run(FakeTrainer(0.2, spread=0.005, fails=fails), pairs=5)
    assert verdict.decision == "harms"
    assert sum(t.failure is not None for t in verdict.trials) == 5
    assert "5 failed trials" in verdict.sentence
    assert repr(verdict).startswith("<Verdict on ")
    assert "harms; val_accuracy -" in repr(verdict)


def test_finished_trials_are_never_repeated(tmp_path):
    journal = tmp_path / "trials.jsonl"
    first = FakeTrainer(0.05, spread=0.05, universe=1)
    run(first, pairs=8, journal=journal)
    lines = journal.read_bytes().splitlines(keepends=True)
    # What a kill leaves: all but the last three trials, and a torn line.
    journal.write_bytes(b"".join(lines[:-3]) + lines[-3][:20])
    again = FakeTrainer(0.05, spread=0.05, universe=1)
    verdict = run(again, pairs=8, journal=journal)
    assert again.trained == 3
    whole = run(FakeTrainer(0.05, spread=0.05, universe=1), pairs=8)
    assert (verdict.effect, verdict.decision) == (whole.effect, whole.decision)
    assert [t.outcome for t in verdict.trials] == [t.outcome for t in whole.trials]


def test_a_changed_recipe_does_not_reuse_old_trials(tmp_path):
    from msgspec.structs import replace

    journal = tmp_path / "trials.jsonl"
    run(FakeTrainer(0.1), pairs=5, journal=journal)
    other = design.first_that_applies(
        "dropout_too_high",
        (Prescription(intervention="remove_dropout", arguments={}, sentence=""),),
        replace(RECIPE, epochs=11),
        pairs=5,
    )
    trainer = FakeTrainer(0.1)
    list(conduct.conduct(other, trainer, journal))
    assert trainer.trained == 10


def test_prove_runs_the_first_remedy_that_changes_something():
    plans = []
    verdict = doctor.prove(
        RECIPE,
        "dropout_too_high",
        trainer=FakeTrainer(0.2, spread=0.01),
        on_plan=lambda trials, seconds: plans.append((trials, seconds)),
    )
    assert verdict.decision == "helps"
    assert plans == [(10, 10.0)]


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        ("full_moon", "there is no such cause"),
        ("small_validation_set", "no intervention"),
        ("class_weights_unused", None),
        ("learning_rate_too_low", None),
    ],
)
def test_prove_says_what_it_cannot_do(cause, message):
    trainer = FakeTrainer(0.0)
    if message is None:
        assert doctor.prove(RECIPE, cause, trainer=trainer).decision == "no_difference"
    else:
        with pytest.raises(RecipeError, match=message):
            doctor.prove(RECIPE, cause, trainer=trainer)


@pytest.mark.parametrize("name", all_interventions())
def test_every_intervention_edits_a_recipe_and_keeps_it_whole(name):
    from fitdoctor.records.text import from_json, to_json

    edited = all_interventions()[name](RECIPE)
    assert from_json(to_json(edited), Recipe) == edited
    assert edited.images == RECIPE.images
    assert all_interventions()[name].__doc__


def test_interventions_keep_the_names_of_layers_they_leave_alone():
    edited = all_interventions()["remove_dropout"](RECIPE)
    assert [layer.name for layer in edited.layers] == ["pool", "hidden", "output"]
