"""The figure of a story: every way to train on one axis, and what does not fit on it is told."""

import re

import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cases import falling, rising_after, with_curves
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.story import Arm, ArmResult, Brief, Ended, Line, Panel, Remark, Told
from fitdoctor.report import story
from fitdoctor.report.brief import figures


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


def test_the_head_says_what_it_was_shows_it_and_says_what_to_change():
    run = with_curves(classes=4, loss=falling(40, to=0.02), val_loss=rising_after(8, rise=0.04))
    diagnosis = doctor.examine(run(np.random.default_rng(5)))
    brief = Brief(
        verdict="The rate is <b>too</b> high.", health="sick", figure="val_accuracy", guessing=0.5,
        panels=tuple(
            Panel(
                title=title, lines=(Line((0.5, 0.6, end)),), caption=f"It ends at {end}.",
                remarks=(Remark(words=f"{end:.0%} & more", epoch=2, value=0.7, tone="worse"),),
            )
            for title, end in (("Before", 0.5), ("After", 0.9))
        ),
        known="Nothing else differs.",
    )  # fmt: skip
    told = Told(name="x", title="Why?", asked="It rises.", brief=brief, scale="small",
                arms=(result(Estimate(0.8, 0.7, 0.9)),), change="Divide it.")  # fmt: skip
    head = story.render(told, diagnosis).partition("</header>")[0]
    order = ["The rate is &lt;b&gt;too", "Before", "After", "Divide it.", "Nothing else differs."]
    places = [head.index(words) for words in order]
    assert places == sorted(places)
    assert "card head sick" in head
    assert "90% &amp; more" in head
    assert "every way to train" not in head
    whole = story.render(replace(told, brief=replace(brief, every_way=True)), diagnosis)
    assert "every way to train" in whole.partition("</header>")[0]
    assert whole.count("Validation accuracy of every way to train</h") == 1


@pytest.mark.parametrize(("far", "said"), [(1.2, False), (1e6, True)])
def test_a_brief_has_one_axis_and_tells_what_lies_beyond_it(far, said):
    calm = tuple(np.linspace(1, 0.5, 30))
    leap = (*calm[:20], far, *calm[21:])
    panels = tuple(
        Panel(title=t, lines=(Line(v),), caption=t) for t, v in (("a", leap), ("b", calm))
    )
    brief = Brief(verdict="", health="sick", figure="val_loss", panels=panels, known="")
    first, second = figures(brief)
    assert ("beyond the axis" in first.caption) is said
    assert "beyond" not in second.caption
    ticks = [re.findall(r'text-anchor="end">([^<]*)<', figure.svg) for figure in (first, second)]
    assert ticks[0] == ticks[1]
