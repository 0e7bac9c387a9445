"""Our own distributions against SciPy's, which is here for the tests alone."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from scipy import special

from fitdoctor.stats.beta import beta_cdf, beta_quantile
from fitdoctor.stats.proportions import clopper_pearson

PARAMETERS = (0.5, 1, 1.5, 2, 7, 30, 299, 3000, 40_000, 100_000)
TAILS = (1e-12, 1e-6, 0.001, 0.0045, 0.025, 0.1, 0.3, 0.5)


@pytest.mark.parametrize("a", PARAMETERS)
def test_the_incomplete_beta_function_agrees_to_one_part_in_ten_to_the_eighth(a):
    for b in PARAMETERS:
        middle, spread = a / (a + b), (a * b / (a + b + 1)) ** 0.5 / (a + b)
        near = [middle + k * spread for k in (-6, -3, -1, 0, 1, 3, 6)]
        for x in (x for x in (1e-9, *near, 1 - 1e-9) if 0 < x < 1):
            wanted = special.betainc(a, b, x)
            # A difference from 1 has its own rounding; far tails below that are of no use.
            assert beta_cdf(a, b, x) == pytest.approx(wanted, rel=1e-8, abs=1e-15), (b, x)


@pytest.mark.parametrize("a", PARAMETERS)
def test_its_inverse_agrees_to_one_part_in_ten_to_the_eighth(a):
    for b, p in itertools.product(PARAMETERS, TAILS):
        wanted = special.betaincinv(a, b, p)
        assert beta_quantile(a, b, p) == pytest.approx(wanted, rel=1e-8), (b, p)


def test_the_ends_are_exact_and_a_tail_above_one_half_is_refused():
    assert beta_cdf(3, 4, 0.0) == beta_cdf(3, 4, -1.0) == 0.0
    assert beta_cdf(3, 4, 1.0) == beta_cdf(3, 4, 2.0) == 1.0
    assert beta_quantile(3, 4, 0.0) == 0.0
    for p in (0.6, -0.1, float("nan")):
        with pytest.raises(ValueError, match="not within"):
            beta_quantile(3, 4, p)


@pytest.mark.parametrize("n", [1, 2, 5, 20, 63, 1000, 20_000])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.991, 0.9999])
def test_exact_intervals_are_scipys(n, level):
    tail = (1 - level) / 2
    for successes in sorted({0, 1, n // 3, n // 2, n - 1, n}):
        found = clopper_pearson(successes, n, level)
        failures = n - successes
        low = special.betaincinv(successes, failures + 1, tail) if successes else 0.0
        above = special.betaincinv(failures, successes + 1, tail) if failures else 0.0
        assert found.low == pytest.approx(low, rel=1e-8, abs=0)
        assert 1 - found.high == pytest.approx(above, rel=1e-8, abs=1e-15)
        assert found.low <= successes / n <= found.high


def test_one_success_of_many_has_its_closed_form():
    """SciPy's own `proportion_ci` is off by one part in 100,000 here."""
    for n, tail in ((20, 5e-5), (1000, 5e-5), (20_000, 0.025)):
        found = clopper_pearson(1, n, 1 - 2 * tail)
        assert found.low == pytest.approx(-math.expm1(math.log1p(-tail) / n), rel=1e-10)


def test_exact_intervals_hold_the_rate_as_often_as_they_say():
    rng = np.random.default_rng(3)
    for rate in (0.02, 0.3, 0.8):
        held = [
            often * ((found := clopper_pearson(k, 25)).low <= rate <= found.high)
            for k, often in Counter(rng.binomial(25, rate, 400).tolist()).items()
        ]
        assert sum(held) / 400 >= 0.93
