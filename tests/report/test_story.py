"""The figure of a story: every way to train on one axis, and what does not fit on it is told."""

import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cases import falling, rising_after, with_curves
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.experiment import Experiment, Verdict
from fitdoctor.records.finding import Prescription
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.story import Arm, ArmResult, Ended, Told
from fitdoctor.report import story


def result(mean, name="as asked"):
    ended = Ended(arm="x", seed=0, seconds=1.0, curves={"val_accuracy": [0.8]})
    return ArmResult(
        arm=Arm(name=name, asks="", recipe=Recipe(), seeds=1), ended=(ended,),
        means={"val_accuracy": mean}, differences={}, learned=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("mean", "cut"),
    [(Estimate(0.8, 0.76, 0.84), False), (Estimate(0.88, 0.76, 1.07), True),
     (Estimate(0.8, 0.2, 0.9), True), (Estimate(0.8, float("nan"), float("nan")), False)],
)  # fmt: skip
def test_an_interval_that_is_cut_off_is_told(mean, cut):
    assert ("cut off" in story.arms((result(mean),)).caption) is cut


def test_names_are_words():
    figure = story.arms((result(Estimate(0.8, 0.7, 0.9), "<b>bold"),))
    assert "<b>" not in figure.svg


def test_the_head_says_what_was_found_and_what_an_experiment_shows():
    run = with_curves(classes=4, loss=falling(40, to=0.02), val_loss=rising_after(8, rise=0.04))
    diagnosis = doctor.examine(run(np.random.default_rng(5)))
    shown = [replace(result(Estimate(0.8, 0.7, 0.9), name), verdict=proof(decision))
             for name, decision in (("a way", "helps"), ("another", "undecided"))]  # fmt: skip
    told = Told(name="x", title="Why?", asked="It rises.", scale="small", arms=tuple(shown))
    page = story.render(told, diagnosis).partition("</header>")[0]
    assert "Problem found: overfitting" in page
    assert "It helps." in page
    assert "It undecided." not in page
    open_one = story.render(replace(told, arms=tuple(shown[1:])), diagnosis)
    assert "Proof" not in open_one.partition("</header>")[0]


def proof(decision):
    experiment = Experiment(
        cause="overfitting", control=Recipe(), treated=Recipe(), pairs=0,
        prescription=Prescription(intervention="x", arguments={}, sentence="Do x."),
    )  # fmt: skip
    return Verdict(
        experiment=experiment, trials=(), pairs=0, effect=Estimate(0.2, 0.1, 0.3), level=0.95,
        decision=decision, pairs_needed=None, sentence=f"It {decision}.",
    )  # fmt: skip
