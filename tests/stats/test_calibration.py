"""Probabilities that are too sure are found to be, and the temperature that mends them is known."""

import numpy as np
import pytest

from fitdoctor.stats.calibration import (
    best_temperature,
    calibration_error,
    cross_tempered,
    log_loss,
    temperature,
    tempered,
)


def drawn(rng, images, classes=4, sharpness=1.0):
    """Labels that follow the probabilities exactly, and those probabilities made sharper."""
    scores = rng.normal(0, 2, (images, classes))
    true = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    labels = (true.cumsum(axis=1) < rng.random((images, 1))).sum(axis=1)
    return tempered(true, 1 / sharpness), np.minimum(labels, classes - 1)


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 2.5])
def test_the_temperature_undoes_the_sharpness(sharpness):
    shown, labels = drawn(np.random.default_rng(0), 20_000, sharpness=sharpness)
    assert best_temperature(shown, labels) == pytest.approx(sharpness, rel=0.05)


def test_its_interval_covers_the_truth():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(120):
        shown, labels = drawn(rng, 200, sharpness=1.8)
        found = temperature(shown, labels)
        hits += found.low <= 1.8 <= found.high
    assert hits / 120 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 120)


def test_scaling_lowers_error_and_loss_of_images_it_has_not_seen():
    shown, labels = drawn(np.random.default_rng(2), 2000, sharpness=3.0)
    after = cross_tempered(shown, labels)

    def error(p):
        return calibration_error(p.max(axis=1), p.argmax(axis=1) == labels)

    assert error(after) < error(shown) / 3
    assert log_loss(after, labels) < log_loss(shown, labels)


def test_true_probabilities_show_the_error_that_chance_gives():
    rng = np.random.default_rng(3)
    errors = []
    for _ in range(60):
        shown, labels = drawn(rng, 400)
        errors.append(calibration_error(shown.max(axis=1), shown.argmax(axis=1) == labels))
    assert np.mean(errors) == pytest.approx(np.sqrt(10 / 400) / 3, rel=0.35)


@pytest.mark.parametrize("sharpness", [0.3, 1.0, 4.0])
def test_no_temperature_is_claimed_where_all_images_are_right_or_labels_are_drawn(sharpness):
    rng = np.random.default_rng(5)
    shown, _ = drawn(rng, 300, sharpness=sharpness)
    best = shown.argmax(axis=1)
    assert temperature(shown, best) is None
    assert cross_tempered(shown, best) is None
    against = shown.argmin(axis=1)
    assert temperature(shown, against) is None
    # Some wrong images among them, and there is a temperature again.
    best[:30] = (best[:30] + 1) % 4
    found = temperature(shown, best)
    assert found is not None
    assert 0.05 < found.value < 20


def test_extremes_stay_finite():
    sure = np.array([[1.0, 0.0], [0.0, 1.0]] * 20)
    right, wrong = np.array([0, 1] * 20), np.array([1, 0] * 20)
    assert best_temperature(sure, right) is None
    assert best_temperature(sure, wrong) is None
    assert cross_tempered(sure, right) is None
    assert np.isfinite(log_loss(sure, wrong))
