"""Outcomes by hand: whatever the encoding, the share of right answers is the same."""

import numpy as np
import pytest

from fitdoctor.observe import arrays, scoring
from fitdoctor.records.job import Job

CLASSES = Job(script="", folder="", digest="")
TRUTH = np.array([0, 1, 2, 1, 0, 2, 2, 1])
TOLD = np.array([0, 1, 1, 1, 0, 2, 0, 1])


def one_hot(numbers, classes=3):
    return np.eye(classes)[numbers]


@pytest.mark.parametrize(
    "labels", [TRUTH, TRUTH[:, None], TRUTH.astype(float), one_hot(TRUTH)], ids=str
)
def test_right_answers_are_counted_in_every_encoding(labels):
    found = scoring.scored(0.7 * one_hot(TOLD) + 0.1, labels, CLASSES, logits=False)
    assert found.value == 0.75
    assert found.counts == (2, 3, 3)
    assert found.outcome == "val_accuracy"


@pytest.mark.parametrize(
    ("truth", "told", "logits"),
    [
        ([0, 1, 1, 0], [0.2, 0.7, 0.4, 0.1], False),
        ([0, 1, 1, 0], [-2.0, 0.1, -0.3, -4.0], True),
        ([-1, 1, 1, -1], [-0.5, 0.4, -0.1, -0.9], False),
        ([[0], [1], [1], [0]], [[0.2], [0.7], [0.4], [0.1]], False),
    ],
)
def test_one_unit_tells_two_classes_by_its_middle(truth, told, logits):
    found = scoring.scored(np.array(told), np.array(truth), CLASSES, logits=logits)
    assert found.value == 0.75


def test_one_unit_that_tells_numbers_of_classes_is_right_where_it_rounds_to_them():
    told = np.array([[0.2], [1.4], [1.6], [3.0]])
    assert scoring.scored(told, np.array([0, 1, 2, 2]), CLASSES, logits=False).value == 0.75


def test_several_labels_at_once_are_each_right_or_wrong():
    truth = np.array([[1, 1, 0], [0, 0, 0]])
    told = np.array([[0.9, 0.2, 0.1], [0.1, 0.4, 0.6]])
    assert scoring.scored(told, truth, CLASSES, logits=False).value == pytest.approx(4 / 6)


def test_numbers_are_worth_what_they_explain_whatever_their_scale():
    numbers = Job(script="", folder="", digest="", classes=False)
    rng = np.random.default_rng(0)
    truth = rng.normal(size=500)
    told = truth + rng.normal(0, 0.5, 500)
    one = scoring.scored(told[:, None], truth, numbers, logits=False)
    other = scoring.scored(7 + 1000 * told, 7 + 1000 * truth, numbers, logits=False)
    assert one.outcome == "val_r2"
    assert one.value == pytest.approx(0.75, abs=0.06)
    assert other.value == pytest.approx(one.value)
    assert scoring.scored(-told, truth, numbers, logits=False).value == 0


def test_what_is_no_number_is_a_failure():
    told = np.array([[np.nan, 1.0], [0.0, 1.0]])
    found = scoring.scored(told, np.array([0, 1]), CLASSES, logits=False)
    assert found.value is None
    assert "NaN" in found.failure


@pytest.mark.parametrize(
    ("labels", "units", "classes"),
    [
        (TRUTH, 3, True),
        (one_hot(TRUTH), 3, True),
        (np.array([0, 1] * 9), 1, True),
        (np.random.default_rng(0).normal(size=50), 1, False),
        (np.random.default_rng(0).normal(size=(50, 3)), 3, False),
        (np.array([0] * 9), 1, True),
    ],
)
def test_labels_name_classes_or_are_numbers(labels, units, classes):
    assert scoring.names_classes(arrays.numbers_of_labels(labels), units) == classes
