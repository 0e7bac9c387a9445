"""Drawn radar signals have the frequencies and phases of their kind, and pictures show them."""

import numpy as np
import pytest

from fitdoctor.stories import waveforms


def frequency_of(column):
    """Return where a column of a distribution is strongest, as a share of the sampling rate."""
    return np.argmax(column) / (2 * len(column))


@pytest.mark.parametrize("transform", waveforms.TRANSFORMS)
@pytest.mark.parametrize("frequency", [0.1, 0.2, 0.4])
def test_a_tone_stands_at_its_frequency(transform, frequency):
    tone = np.exp(2j * np.pi * frequency * np.arange(waveforms.SAMPLES))
    strength = np.abs(waveforms.TRANSFORMS[transform](tone))
    assert strength.shape == (waveforms.SAMPLES, waveforms.SAMPLES)
    assert frequency_of(strength[:, waveforms.SAMPLES // 2]) == pytest.approx(frequency, abs=0.01)


@pytest.mark.parametrize("transform", waveforms.TRANSFORMS)
def test_a_chirp_is_a_line_from_its_first_frequency_to_its_last(transform):
    n = waveforms.SAMPLES
    chirp = np.exp(2j * np.pi * np.cumsum(np.linspace(0.1, 0.4, n)))
    strength = np.abs(waveforms.TRANSFORMS[transform](chirp))
    for time in (n // 4, n // 2, 3 * n // 4):
        expected = 0.1 + 0.3 * time / n
        assert frequency_of(strength[:, time]) == pytest.approx(expected, abs=0.02)


def test_choi_williams_weakens_what_appears_between_two_tones():
    t = np.arange(waveforms.SAMPLES)
    both = np.exp(2j * np.pi * 0.1 * t) + np.exp(2j * np.pi * 0.3 * t)
    middle = slice(waveforms.SAMPLES // 4, 3 * waveforms.SAMPLES // 4)

    def between(transform):
        strength = np.abs(waveforms.TRANSFORMS[transform](both))[:, middle].max(axis=1)
        at = round(0.2 * 2 * waveforms.SAMPLES)
        return strength[at - 3 : at + 4].max() / strength.max()

    assert between("choi_williams") < 0.5 * between("wigner_ville")


@pytest.mark.parametrize("name", waveforms.MAKERS)
def test_signals_keep_their_power_and_differ(name):
    rng = np.random.default_rng(0)
    first, second = waveforms.MAKERS[name](rng), waveforms.MAKERS[name](rng)
    assert np.allclose(np.abs(first), 1)
    assert not np.allclose(first, second)


def test_costas_sequences_have_no_distance_twice():
    for order in waveforms.COSTAS:
        for apart in range(1, len(order)):
            steps = [b - a for a, b in zip(order, order[apart:], strict=False)]
            assert len(set(steps)) == len(steps)


def test_barker_codes_have_sidelobes_of_one_at_most():
    for code in waveforms.BARKER:
        correlated = np.correlate(code, code, "full")
        assert correlated.max() == len(code)
        assert sorted(np.abs(correlated))[-2] <= 1


@pytest.mark.parametrize("transform", waveforms.TRANSFORMS)
def test_less_noise_makes_a_darker_ground(transform):
    def ground(snr):
        rng = np.random.default_rng(3)
        return np.median(waveforms.picture("lfm", rng, snr_db=snr, transform=transform))

    assert ground(20) < ground(-5)
