"""The picture of a learning-rate test: whole, and open about what it leaves out."""

import re
from xml.etree import ElementTree as ET

import numpy as np

from fitdoctor.report.rate_test import svg

RATES = np.logspace(-7, 1, 100)


def words(picture):
    return " ".join(ET.fromstring(picture).itertext())


def test_losses_that_leave_the_picture_are_counted():
    losses = np.concatenate([np.linspace(2.3, 1.0, 96), [5.0, 50.0, 500.0, 4000.0]])
    said = words(svg(RATES, losses, {"valley <1>": 1e-3}))
    assert "4 of 100 losses above" in said
    assert "greatest 4,000" in said
    assert "valley <1> 0.001" in said


def test_missing_losses_break_the_line_and_are_counted():
    losses = np.linspace(2.3, 1.0, 100)
    losses[40:43] = np.nan
    losses[99] = np.inf
    picture = svg(RATES, losses, {"valley": 0.001})
    assert "4 not a finite number" in words(picture)
    assert [len(points.split()) for points in re.findall('points="([^"]*)"', picture)] == [
        40, 0, 56, 0
    ]  # fmt: skip
    assert "nan" not in picture
    assert "inf" not in picture.replace("infinite", "").replace("a finite", "")


def test_nothing_is_said_where_nothing_is_left_out():
    assert "not drawn" not in words(svg(RATES, np.full(100, 1.5), {}))
    assert svg(RATES[:1], np.array([1.0]), {}) == ""
