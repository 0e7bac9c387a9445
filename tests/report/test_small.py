"""Curves of a word's size, and several runs in one figure."""

import re

import numpy as np
import pytest

from fitdoctor.records.run import Run, curve
from fitdoctor.report.small import HEIGHT, WIDTH, small

LONG = np.abs(np.random.default_rng(0).normal(1, 0.2, 5000))


def test_all_curves_of_a_metric_stand_in_it_and_are_told():
    run = Run(curves={"loss": curve([1.0, 0.5]), "val_loss": curve([1.1, 0.8, 0.9])})
    drawn = small(run, "loss")
    assert drawn.count("<polyline") == 2
    assert "validation 1.1 to 0.9" in drawn
    assert small(run, "accuracy") == ""


@pytest.mark.parametrize(
    "values",
    [[0.0], [1.0, float("nan"), 3.0], [1e99, -1e99], [float("inf"), 1.0], list(LONG), [0, 0, 0],
     [1e-9, 1e9, 1.0, 1.0, 1.0, 1.0]],
)  # fmt: skip
def test_every_point_stands_within_the_picture(values):
    drawn = small(Run(curves={"loss": curve(values), "val_loss": curve(values[:1])}), "loss")
    points = re.findall(
        r"(-?[\d.e+]+),(-?[\d.e+]+)", " ".join(re.findall(r'points="([^"]*)"', drawn))
    )
    assert points
    assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in points)
    assert len(drawn) < 20_000


def test_nothing_finite_is_no_picture():
    assert small(Run(curves={"loss": curve([float("nan")] * 3)}), "loss") == ""


def test_what_lies_beyond_the_range_is_marked_and_no_spike_is_thinned_away():
    values = [1.0 + 0.01 * (i % 7) for i in range(3000)]
    values[1234] = 2.5
    drawn = small(Run(curves={"loss": curve(values)}), "loss", (1235, 1235))
    xy = re.findall(r"([\d.]+),([\d.]+)", re.search(r'points="([^"]*)"', drawn)[1])
    assert min(float(y) for _, y in xy) < HEIGHT / 4
    assert 'class="span"' in drawn
    assert 'class="mark' not in drawn
    values[1234] = 1e4
    assert small(Run(curves={"loss": curve(values)}), "loss").count('class="mark train"') == 1
