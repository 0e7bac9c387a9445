"""Intervals of unpaired differences hold the truth as often as they say."""

import numpy as np
import pytest

from fitdoctor.stats.unpaired import (
    difference_interval,
    rate_difference,
    smallest_shown,
    standard_error,
)

TRIALS = 2000


def covered(rng, n, m, sd, other, alpha=0.05):
    held = 0
    for _ in range(TRIALS):
        first, second = rng.normal(0, sd, n), rng.normal(0.3, other, m)
        found = difference_interval(first, second, alpha)
        held += found.low <= 0.3 <= found.high
    return held / TRIALS


@pytest.mark.costly
@pytest.mark.parametrize(
    ("n", "m", "sd", "other"),
    [(5, 5, 1, 1), (3, 3, 1, 1), (8, 5, 1, 3), (20, 4, 2, 1), (1, 6, 1, 1), (6, 1, 1, 1)],
)
def test_the_interval_of_two_groups_covers(n, m, sd, other):
    """Welch's interval is a little short for few values of unequal scatter."""
    assert 0.935 <= covered(np.random.default_rng(1), n, m, sd, other) <= 0.975


def test_two_single_values_have_no_interval():
    found = difference_interval([0.5], [0.7], 0.05)
    assert found.value == pytest.approx(0.2)
    assert np.isinf([found.low, found.high]).all()
    assert smallest_shown(*standard_error([0.5], [0.7])[1:], 0.05) == np.inf


@pytest.mark.parametrize(("p", "q", "n", "m"), [(0.8, 0.8, 200, 200), (0.97, 0.9, 60, 500)])
def test_the_interval_of_two_shares_covers(p, q, n, m):
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(TRIALS):
        found = rate_difference(rng.binomial(n, p) / n, n, rng.binomial(m, q) / m, m, 0.05)
        held += found.low <= q - p <= found.high
    assert 0.94 <= held / TRIALS <= 0.975


@pytest.mark.slow
def test_the_smallest_difference_is_shown_four_times_in_five():
    rng = np.random.default_rng(3)
    n, sd = 6, 1.0
    error = sd * np.sqrt(2 / n)
    effect = smallest_shown(error, 2 * n - 2, 0.05)
    shown = 0
    for _ in range(TRIALS):
        found = difference_interval(rng.normal(0, sd, n), rng.normal(effect, sd, n), 0.05)
        shown += not found.low <= 0 <= found.high
    assert 0.76 <= shown / TRIALS <= 0.84


def test_equal_values_have_a_point_for_an_interval():
    found = difference_interval([0.5, 0.5], [0.75, 0.75], 0.05)
    assert (found.low, found.value, found.high) == (0.25, 0.25, 0.25)
