"""What is said of curves, on curves drawn from generators."""

import numpy as np
import pytest

from fitdoctor import doctor
from fitdoctor.cases import healthy
from fitdoctor.records.run import Run, curve
from fitdoctor.stats.trend import turn_after_minimum

DRAWS = 20


def overfitted(rng, epochs, noise, pace=0.07, turn=4):
    """Draw a run whose validation loss rises from the epoch `turn` on."""
    i = np.arange(epochs)
    accuracy = 0.99 - 0.5 * np.exp(-(i + 1) / 3)
    return Run(
        curves={
            "loss": curve(1.4 * np.exp(-(i + 1) / 4)),
            "val_loss": curve(
                0.5
                + np.exp(-i / 1.5)
                + pace * np.maximum(0, i - turn)
                + rng.normal(0, noise, epochs)
            ),
            "accuracy": curve(accuracy),
            "val_accuracy": curve(0.7 * accuracy + rng.normal(0, 0.008, epochs)),
        }
    )


@pytest.mark.parametrize(("epochs", "noise", "least"), [(14, 0.02, 12), (18, 0.03, 17)])
def test_a_steady_rise_is_overfitting_in_a_short_log(epochs, noise, least):
    rng = np.random.default_rng(8)
    found = [doctor.examine(overfitted(rng, epochs, noise)).causes for _ in range(DRAWS)]
    assert sum(
        bool(c) and c[0].rule == "overfitting" and c[0].probability > 0.5 for c in found
    ) >= (least)


def test_a_loss_that_ends_far_above_its_lowest_is_never_no_problem():
    rng = np.random.default_rng(9)
    for epochs in (8, 10, 13, 19, 26):
        for noise in (0.01, 0.05):
            run = overfitted(rng, epochs, noise)
            y = run.curves["val_loss"].values
            if np.median(y[-3:]) > 1.25 * y.min() and y[-1] > 1.25 * y.min():
                assert doctor.examine(run).verdict != "healthy", y


def test_healthy_draws_are_not_sick_and_mostly_called_so():
    verdicts = [doctor.examine(healthy(np.random.default_rng((31, s)))).verdict for s in range(60)]
    assert verdicts.count("sick") <= 3
    assert verdicts.count("healthy") >= 45


def test_a_short_rise_has_a_small_p_value_only_where_it_is_beyond_scatter():
    rng = np.random.default_rng(10)
    steady = 0.5 + np.abs(np.arange(16) - 5) * 0.03
    rises = [turn_after_minimum(steady + rng.normal(0, 0.01, 16)).p_value for _ in range(DRAWS)]
    assert np.median(rises) < 0.01
    rest = [turn_after_minimum(0.5 + rng.normal(0, 0.03, 16)).p_value for _ in range(100)]
    assert np.mean(np.array(rest) < 0.01) <= 0.04


def test_a_very_long_curve_is_tested_as_well():
    y = 0.5 + 1e-4 * np.abs(np.arange(5000) - 2000) + np.random.default_rng(3).normal(0, 0.02, 5000)
    assert turn_after_minimum(y).p_value <= 0.001
