"""Shares of variance of crossed factors, where the truth is known."""

import numpy as np
import pytest

from fitdoctor.stats.crossed import variance_shares


def drawn(rng, rows, columns, rest, size=4):
    return (
        rng.normal(0, rows**0.5, (size, 1))
        + rng.normal(0, columns**0.5, (1, size))
        + rng.normal(0, rest**0.5, (size, size))
    )


@pytest.mark.parametrize("truth", [(0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8)])
def test_the_largest_part_is_named_and_shares_are_near_the_truth(truth):
    rng = np.random.default_rng(0)
    found = np.array([variance_shares(drawn(rng, *truth)) for _ in range(400)])
    assert found.mean(axis=0).argmax() == int(np.argmax(truth))
    assert np.abs(np.median(found, axis=0) - truth).max() < 0.15
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_what_does_not_vary_has_no_shares():
    assert variance_shares(np.full((3, 5), 0.7)) == (0, 0, 0)


def test_shares_do_not_depend_on_units():
    table = drawn(np.random.default_rng(1), 1, 2, 3)
    np.testing.assert_allclose(variance_shares(table), variance_shares(7 - 100 * table))
