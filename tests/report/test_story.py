"""The figure of a story: every way to train on one axis, and what does not fit on it is told."""

import pytest

from fitdoctor.records.estimate import Estimate
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.story import Arm, ArmResult, Ended
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
