"""Every interval and every test in stats/, by simulation against a known truth."""

from collections import Counter

import numpy as np
import pytest
from scipy import special

from fitdoctor.stats.mixture import two_kinds
from fitdoctor.stats.noise import ar1, effective_length, noise
from fitdoctor.stats.paired import paired_interval, pairs_suffice, probability_above
from fitdoctor.stats.plateau import plateau
from fitdoctor.stats.proportions import (
    DIRECTION,
    clopper_pearson,
    paired_rate_difference,
    rate_probability_above,
    size_from_digits,
    wilson,
)
from fitdoctor.stats.sequential import LOOKS, shares
from fitdoctor.stats.spikes import spikes
from fitdoctor.stats.student import normal_cdf, normal_quantile, t_cdf, t_quantile
from fitdoctor.stats.trend import falls_at_end, last_gain, trend, turn_after_minimum

PHIS = (0.0, 0.4, 0.8)


def curve(rng, n, phi, sigma=0.02):
    return 0.3 + 0.7 * np.exp(-np.arange(n) / (n / 6)) + sigma * ar1(rng, phi, (1, n))[0]


@pytest.mark.costly
@pytest.mark.parametrize("phi", PHIS)
@pytest.mark.parametrize("n", [20, 60])
def test_a_curve_that_comes_to_rest_does_not_turn(n, phi):
    rng = np.random.default_rng(1)
    alarms = sum(turn_after_minimum(curve(rng, n, phi)).p_value < 0.05 for _ in range(200))
    assert alarms / 200 < 0.08


def test_a_real_turn_is_seen():
    rng = np.random.default_rng(2)
    climb = 0.02 * np.maximum(0, np.arange(40) - 15)
    seen = sum(turn_after_minimum(curve(rng, 40, 0.4) + climb).p_value < 0.01 for _ in range(100))
    assert seen >= 95


@pytest.mark.costly
@pytest.mark.parametrize("phi", PHIS)
def test_slope_interval_covers_the_truth(phi):
    rng = np.random.default_rng(3)
    truth, hits = 0.01, 0
    for _ in range(300):
        found = trend(truth * np.arange(24) + 0.05 * ar1(rng, phi, (1, 24))[0]).slope
        hits += found.low <= truth <= found.high
    assert hits / 300 > 0.90


@pytest.mark.parametrize("phi", PHIS)
def test_noise_is_measured_past_a_steep_start(phi):
    rng = np.random.default_rng(4)
    found = [noise(curve(rng, 80, phi)) for _ in range(200)]
    assert np.median([f.sigma for f in found]) == pytest.approx(0.02, rel=0.35)
    assert np.mean([f.phi_high >= min(phi, 0.9) for f in found]) > 0.75


@pytest.mark.parametrize("phi", PHIS)
def test_spikes_keep_their_false_alarm_rate(phi):
    rng = np.random.default_rng(5)
    alarms = sum(spikes(curve(rng, 50, phi)).p_value < 0.01 for _ in range(300))
    assert alarms / 300 < 0.03


def test_a_spike_is_found_where_it_is():
    rng = np.random.default_rng(6)
    y = curve(rng, 50, 0.3)
    y[30] += 0.6
    assert spikes(y).indices == (30,)


def test_last_gain_is_where_the_fall_ends():
    rng = np.random.default_rng(7)
    y = np.concatenate([np.linspace(2, 1, 20), np.full(30, 1.0)]) + rng.normal(0, 0.01, 50)
    assert 17 <= last_gain(y) <= 21


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_proportion_intervals_cover(share, interval):
    rng = np.random.default_rng(8)
    hits = 0
    for k, often in Counter(rng.binomial(200, share, 400).tolist()).items():
        found = interval(k / 200, 200) if interval is wilson else interval(k, 200)
        hits += often * (found.low <= share <= found.high)
    assert hits / 400 > 0.91


@pytest.mark.parametrize(("n", "epochs"), [(63, 10), (500, 15), (1872, 30)])
def test_size_of_the_validation_set_is_read_off_the_digits(n, epochs):
    rng = np.random.default_rng(9)
    right = inside = told = 0
    for _ in range(40):
        counts = rng.binomial(n, np.clip(np.linspace(0.5, 0.85, epochs), 0, 1))
        found = size_from_digits([f"{k / n:.4f}" for k in counts])
        if found is None:
            continue
        told += 1
        inside += found.low <= n <= found.high
        right += found.best == n
    assert told > 20
    assert inside / told >= 0.85
    assert right / told >= 0.6


def test_a_few_misfits_do_not_hide_the_size():
    rng = np.random.default_rng(10)
    digits = [f"{k / 750:.4f}" for k in rng.integers(400, 650, 25)]
    digits[3] = "0.6127"
    assert size_from_digits(digits).best == 750


@pytest.mark.costly
@pytest.mark.parametrize("decimals", [3, 4, 5])
@pytest.mark.parametrize("count", [8, 60, 400])
def test_figures_of_no_size_name_none_however_many(decimals, count):
    """A size of which every figure is a fraction, as 8000 at four decimals, is told by none."""
    rng = np.random.default_rng([decimals, count])
    for _ in range(5):
        shown = [f"{v:.{decimals}f}" for v in rng.uniform(0.05, 0.95, count)]
        found = size_from_digits(shown)
        assert found is None or found.probability < 0.5


def test_digits_that_fit_nothing_claim_nothing():
    rng = np.random.default_rng(11)
    found = [size_from_digits([f"{v:.4f}" for v in rng.uniform(0.5, 0.9, 12)]) for _ in range(40)]
    assert sum(f is not None and f.probability > 0.9 for f in found) <= 2


def claims(figures):
    found = size_from_digits(figures)
    return found is not None and found.probability >= 0.5


def test_numbers_of_no_size_claim_none():
    rng = np.random.default_rng(12)
    for _ in range(15):
        shares = rng.uniform(0.5, 0.95, int(rng.integers(6, 40)))
        assert not claims([repr(float(v)) for v in shares])
        assert not claims([f"{v:.3f}" for v in shares])
        assert not claims([f"{round(v, 3):.4f}" for v in shares])
        assert not claims([f"{round(v, 2):.4f}" for v in shares])
        assert not claims([f"{round(v, 3):.6f}" for v in shares])


@pytest.mark.parametrize("n", [37, 240, 999, 4321])
def test_fractions_in_full_precision_tell_their_size(n):
    counts = np.random.default_rng(n).integers(n // 2, n, 15)
    assert size_from_digits([repr(float(np.float32(k / n))) for k in counts]).best == n
    assert claims([repr(float(k / n)) for k in counts])


@pytest.mark.parametrize("pairs", [5, 12])
def test_paired_interval_covers(pairs):
    rng = np.random.default_rng(12)
    hits = 0
    for _ in range(1000):
        base = rng.normal(0.8, 0.05, pairs)
        found = paired_interval(base, base + rng.normal(0.02, 0.03, pairs), 0.05)
        hits += found.low <= 0.02 <= found.high
    assert hits / 1000 == pytest.approx(0.95, abs=0.025)


def test_looks_spend_the_error_rate_once():
    assert sum(shares().values()) == pytest.approx(0.05)
    assert list(shares()) == list(LOOKS)


@pytest.mark.costly
@pytest.mark.parametrize("pairs", [8, 20, 50])
@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (0.3, 0.3), (0.6, 0), (0.2, 0.05), (1, 0)])
def test_the_interval_of_paired_rates_holds_the_truth(pairs, gained, lost):
    for alpha in (0.05, 0.0125):
        misses = {"above": 0, "below": 0}
        worlds = np.random.default_rng(3).multinomial(pairs, (gained, lost, 1 - gained - lost), 400)
        for (won, gone, _), often in Counter(map(tuple, worlds.tolist())).items():
            found = paired_rate_difference(won, gone, pairs, alpha)
            misses["below"] += often * (gained - lost < found.low - 1e-12)
            misses["above"] += often * (gained - lost > found.high + 1e-12)
        assert sum(misses.values()) / 400 <= alpha + 3 * (alpha / 400) ** 0.5


@pytest.mark.parametrize("lost", range(4))
def test_the_interval_of_paired_rates_excludes_zero_where_mcnemars_exact_test_rejects(lost):
    from scipy.stats import binomtest

    for gained in range(lost, 20 - lost):
        found = paired_rate_difference(gained, lost, 20, 0.05)
        tested = gained + lost
        p = binomtest(gained, tested).pvalue if tested else 1.0
        assert (found.low > 0) == (p < 0.05 * DIRECTION), (gained, lost)
        assert found.low <= found.value <= found.high
        mirrored = paired_rate_difference(lost, gained, 20, 0.05)
        assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


def test_a_stated_probability_of_help_is_right_as_often_as_it_says():
    rng = np.random.default_rng(0)
    said, right = [], []
    for _ in range(4000):
        truth, spread = rng.uniform(-0.3, 0.3), np.exp(rng.uniform(-5, -2))
        pairs = int(rng.integers(2, 12))
        control = rng.normal(0.6, 0.1, pairs)
        treated = control + rng.normal(truth, spread, pairs)
        said.append(probability_above(control, treated, 0.02))
        right.append(truth >= 0.02)
    said, right = np.array(said), np.array(right)
    for low, high in ((0.02, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.98)):
        inside = (said > low) & (said <= high)
        assert inside.sum() > 50
        error = 3 * (0.25 / inside.sum()) ** 0.5
        assert right[inside].mean() == pytest.approx(said[inside].mean(), abs=error)


def test_a_stated_probability_of_learning_more_often_is_right_as_often_as_it_says():
    rng = np.random.default_rng(1)
    said, right = [], []
    for _ in range(1500):
        shares_of_pairs = rng.dirichlet((1, 1, 1))
        pairs = int(rng.integers(5, 20))
        gained, lost, _ = rng.multinomial(pairs, shares_of_pairs)
        said.append(rate_probability_above(int(gained), int(lost), pairs, 0.1, draws=2000))
        right.append(shares_of_pairs[0] - shares_of_pairs[1] >= 0.1)
    said, right = np.array(said), np.array(right)
    for low, high in ((0.02, 0.3), (0.3, 0.7), (0.7, 0.98)):
        inside = (said > low) & (said <= high)
        assert inside.sum() > 50
        error = 3 * (0.25 / inside.sum()) ** 0.5
        assert right[inside].mean() == pytest.approx(said[inside].mean(), abs=error)


def test_five_pairs_see_only_effects_of_about_two_deviations():
    assert pairs_suffice(6, 2.0, 1.0, 0.05)
    assert not pairs_suffice(25, 0.5, 1.0, 0.05)


def test_distributions_agree_with_scipy():
    for freedom in (1, 2, 3.3, 7, 30, 300):
        for t in np.linspace(-12, 12, 49):
            assert t_cdf(freedom, t) == pytest.approx(special.stdtr(freedom, t), abs=1e-11)
        for p in (0.005, 0.9, 0.975, 0.9999):
            assert t_quantile(freedom, p) == pytest.approx(special.stdtrit(freedom, p), rel=1e-8)
    for z in np.linspace(-8, 8, 33):
        assert normal_cdf(z) == pytest.approx(special.ndtr(z), rel=1e-10)
    assert normal_quantile(0.975) == pytest.approx(special.ndtri(0.975))


@pytest.mark.costly
@pytest.mark.parametrize("phi", PHIS)
@pytest.mark.parametrize(("n", "speed"), [(40, 8.0), (40, 20.0), (80, 15.0)])
def test_where_a_curve_comes_to_rest_is_covered(n, speed, phi):
    rng = np.random.default_rng(13)
    level = when = 0
    for _ in range(150):
        y = 0.3 + 0.7 * np.exp(-np.arange(n) / speed) + 0.02 * ar1(rng, phi, (1, n))[0]
        found = plateau(y)
        level += found.level.low <= 0.3 <= found.level.high
        when += found.epochs_left.low <= speed * np.log(20) <= found.epochs_left.high
    assert level / 150 >= 0.90
    assert when / 150 >= 0.90


def test_a_curve_that_does_not_bend_has_no_end():
    rng = np.random.default_rng(14)
    found = [plateau(1 - 0.01 * np.arange(30) + rng.normal(0, 0.01, 30)) for _ in range(50)]
    assert sum(np.isfinite(f.level.low) for f in found) <= 3
    assert plateau(0.5 + 0.01 * np.arange(30)) is None or plateau(np.arange(7.0)) is None


def test_effective_length_is_that_of_the_variance_of_a_mean():
    rng = np.random.default_rng(15)
    means = ar1(rng, 0.6, (4000, 50)).mean(axis=1)
    assert 1 / means.var() == pytest.approx(effective_length(50, 0.6), rel=0.12)


@pytest.mark.costly
@pytest.mark.parametrize("n", [5, 12])
def test_outcomes_of_one_kind_are_rarely_called_two(n):
    rng = np.random.default_rng(16)
    alarms = sum(two_kinds(rng.normal(0.8, 0.05, n)).p_value <= 0.05 for _ in range(400))
    assert alarms / 400 == pytest.approx(0.05, abs=0.04)


def test_two_kinds_of_outcome_are_told():
    rng = np.random.default_rng(17)
    seen = 0
    for _ in range(60):
        stuck, fine = rng.normal(0.5, 0.02, 4), rng.normal(0.94, 0.02, 5)
        found = two_kinds(np.concatenate([stuck, fine]))
        seen += found.p_value < 0.01 and found.lower == 4
    assert seen >= 50
    assert two_kinds([0.5, 0.5, 0.5, 0.5]) is None


@pytest.mark.parametrize("few", [[], [1.0], [1.0, 0.9, 0.8]])
def test_too_few_points_are_an_answer(few):
    assert trend(few) is None
    assert noise(few) is None
    assert turn_after_minimum(few) is None
    assert spikes(few) is None
    assert last_gain(few) is None
    assert plateau(few) is None
    assert two_kinds(few) is None


def test_falls_at_the_end_are_as_rare_at_rest_as_they_say():
    rng = np.random.default_rng(0)
    counts = np.array([falls_at_end(row)[0] for row in rng.normal(size=(20_000, 12))])
    for least in (2, 3, 4):
        promised = falls_at_end(np.arange(least + 1)[::-1])[1]
        assert abs(float((counts >= least).mean()) - promised) < 4 * (promised / 20_000) ** 0.5
    assert falls_at_end([1.0])[0] == 0
