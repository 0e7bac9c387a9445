"""The gap of training and validation loss: its parts as they were measured, and none invented."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitdoctor.cases import gap_of
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.run import Run, curve
from fitdoctor.report import drawing, gap, html


def probed(**parts):
    return Run(probes=(ProbedEpoch(epoch=2), ProbedEpoch(epoch=7, gap=gap_of(**parts))))


def ends(svg):
    return [
        (float(x), float(x) + float(w))
        for x, w in re.findall(r'class="bar-of \w+" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)
    ]


def test_steps_lead_from_training_to_validation_loss():
    figure = gap.draw(probed(random=0.4, generalisation=-0.9))
    assert figure.title == "What the gap is made of, epoch 7"
    dots = [float(x) for x in re.findall(r'class="dot \w+" cx="([\d.]+)"', figure.svg)]
    bars = ends(figure.svg)
    assert len(bars) == 5
    assert bars[2] == pytest.approx((dots[0] - (bars[2][1] - bars[2][0]), dots[0]), abs=0.2)
    assert bars[4][1] == pytest.approx(dots[1], abs=0.2)
    assert "validation loss is 0.5 above training loss" in figure.caption
    assert "other images: overfitting, or harder ones +0.9 (+0.88 to +0.92)" in figure.caption
    assert "training alone \u22120.4 (\u22120.42 to \u22120.38)" in figure.caption


def test_a_gap_whose_parts_nobody_measured_has_no_figure():
    assert gap.draw(Run(curves={"loss": curve([1.0, 0.1]), "val_loss": curve([1.0, 2.0])})) is None
    assert gap.draw(Run(probes=(ProbedEpoch(epoch=1),))) is None
    lost = {"loss": [1.0, np.nan], "probe_loss": [np.nan, 0.2], "val_loss": [1.0, 2.0]}
    assert gap.draw(Run(curves={n: curve(v) for n, v in lost.items()})) is None


def test_inference_mode_divides_the_gap_in_two_and_no_further():
    known = {"loss": [1.0, 0.6, 0.5], "probe_loss": [0.9, 0.4, np.nan], "val_loss": [1.1, 1.0, 1.2]}
    figure = gap.draw(Run(curves={name: curve(values) for name, values in known.items()}))
    assert figure.title.endswith("epoch 2")
    assert len(ends(figure.svg)) == 2
    assert "whisker" not in figure.svg
    assert "average over the epoch \u22120.2; other images" in figure.caption
    assert "harder ones +0.6" in figure.caption


@given(st.lists(st.floats(-50, 50), min_size=5, max_size=5))
def test_every_part_is_drawn_inside_the_figure(values):
    names = ("averaging", "terms", "random", "batchnorm", "generalisation")
    figure = gap.draw(probed(**dict(zip(names, values, strict=True))))
    assert len(ends(figure.svg)) == 5
    for left, right in ends(figure.svg):
        assert 0 <= left <= right <= drawing.WIDTH
    assert all(drawing.swatch(key).startswith("<svg") for key in figure.keys)


def test_the_page_shows_it():
    from fitdoctor import doctor

    assert "What the gap is made of" in html.render([doctor.examine(probed(random=0.1))])
