"""Waveforms of low probability of intercept, and their pictures over time and frequency.

Complex signals of unit amplitude in white noise, after Pace, Detecting and Classifying Low
Probability of Intercept Radar (2009); the distribution after Choi and Williams (1989).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Transform = Literal["choi_williams", "wigner_ville", "stft"]
Signal = NDArray[np.complex128]
SAMPLES = 256
COSTAS = ((2, 4, 8, 5, 10, 9, 7, 3, 6, 1), (3, 2, 6, 4, 5, 1), (5, 4, 6, 2, 3, 1), (1, 2, 4, 3))
"""Orders of hops in which no two pairs have the same distance in time and frequency."""
BARKER = (
    (1, 1, 1, 1, 1, -1, -1, 1, 1, -1, 1, -1, 1), (1, 1, 1, -1, -1, -1, 1, -1, -1, 1, -1),
    (1, 1, 1, -1, -1, 1, -1),
)  # fmt: skip
SPREAD = 1.0
"""Sigma of the Choi-Williams kernel: small ones remove more of what signals have in common."""


def lfm(rng: np.random.Generator) -> Signal:
    """Return a linear chirp, up or down, across 15 to 40 % of the sampled band."""
    t = np.arange(SAMPLES) / SAMPLES
    begin, width = rng.uniform(0.05, 0.2), rng.uniform(0.15, 0.4) * rng.choice([-1, 1])
    if width < 0:
        begin -= width
    return _of_frequency(begin + width * t)


def costas(rng: np.random.Generator) -> Signal:
    """Return hops between frequencies in the order of a Costas sequence."""
    order = np.array(COSTAS[rng.integers(len(COSTAS))])
    low, high = rng.uniform(0.05, 0.12), rng.uniform(0.35, 0.45)
    hops = low + (high - low) * (order - 1) / (len(order) - 1)
    return _of_frequency(hops[np.arange(SAMPLES) * len(order) // SAMPLES])


def frank(rng: np.random.Generator) -> Signal:
    """Return a carrier whose phase steps as a Frank code of M squared chips."""
    m = int(rng.integers(4, 9))
    i, j = np.divmod(np.arange(m * m), m)
    return _of_phases(2 * np.pi * i * j / m, rng)


def barker(rng: np.random.Generator) -> Signal:
    """Return a carrier whose phase turns by half a circle as a Barker code says."""
    code = np.array(BARKER[rng.integers(len(BARKER))])
    return _of_phases(np.where(code > 0, 0.0, np.pi), rng)


MAKERS: Mapping[str, Callable[[np.random.Generator], Signal]] = {
    "barker": barker, "costas": costas, "frank": frank, "lfm": lfm,
}  # fmt: skip
"""Class -> maker of one signal, (SAMPLES,) complex."""


def picture(
    name: str, rng: np.random.Generator, *, snr_db: float, transform: Transform = "choi_williams"
) -> NDArray[np.uint8]:
    """Return one signal of a class in noise as a grey image, (SAMPLES, SAMPLES), frequency upwards.

    `snr_db` is the power of the signal above that of the noise, in decibels.
    """
    signal = MAKERS[name](rng)
    scale = np.sqrt(10 ** (-snr_db / 10) / 2)
    noisy = signal + scale * (rng.normal(size=SAMPLES) + 1j * rng.normal(size=SAMPLES))
    strength = np.abs(TRANSFORMS[transform](noisy))
    strength = strength / max(float(np.quantile(strength, 0.999)), 1e-12)
    return (255 * np.clip(strength, 0, 1)).astype(np.uint8)[::-1]


def stft(signal: Signal, window: int = 64) -> NDArray[np.float64]:
    """Return the magnitude of the short-time Fourier transform, (frequency, time).

    Frequencies go from 0 to half the sampling rate.
    """
    n = len(signal)
    padded = np.pad(signal, window // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[:n] * np.hanning(window)
    return np.asarray(np.abs(np.fft.fft(frames, 2 * n, axis=1))[:, :n].T)


def wigner_ville(signal: Signal) -> NDArray[np.float64]:
    """Return the Wigner-Ville distribution, (frequency, time), from 0 to half the sampling rate."""
    return _transformed(_products(signal))


def choi_williams(signal: Signal) -> NDArray[np.float64]:
    """Return the Choi-Williams distribution, (frequency, time).

    The Wigner-Ville distribution smoothed in the ambiguity plane by exp(-(theta tau)^2 / sigma),
    which weakens what appears between two parts of a signal.
    """
    n = len(signal)
    ambiguity = np.fft.fft(_products(signal), axis=1)  # over time, for each lag
    theta = 2 * np.pi * np.fft.fftfreq(n)
    tau = 2.0 * _lags(n)
    kernel = np.exp(-((theta[None, :] * tau[:, None]) ** 2) / SPREAD)
    return _transformed(np.fft.ifft(ambiguity * kernel, axis=1))


TRANSFORMS: Mapping[Transform, Callable[[Signal], NDArray[np.float64]]] = {
    "choi_williams": choi_williams, "wigner_ville": wigner_ville, "stft": stft,
}  # fmt: skip


def _lags(n: int) -> NDArray[np.int64]:
    return np.fft.fftfreq(n, 1 / n).astype(np.int64)


def _products(signal: Signal) -> Signal:
    """Return x(t + lag) x*(t - lag) for each lag and time, 0 beyond the signal."""
    n = len(signal)
    padded = np.pad(signal, n)
    at, lag = np.arange(n)[None, :] + n, _lags(n)[:, None]
    return np.asarray(padded[at + lag] * padded[at - lag].conj())


def _transformed(products: Signal) -> NDArray[np.float64]:
    # A lag counts twice, so that the transform over lags covers half of the sampling rate.
    return np.asarray(np.fft.fft(products, axis=0).real)


def _of_frequency(frequency: NDArray[np.float64]) -> Signal:
    """Return a signal of these frequencies, as shares of the sampling rate."""
    return np.asarray(np.exp(2j * np.pi * np.cumsum(frequency)))


def _of_phases(phases: NDArray[np.float64], rng: np.random.Generator) -> Signal:
    chips = np.arange(SAMPLES) * len(phases) // SAMPLES
    carrier = rng.uniform(0.15, 0.35)
    angles = 2 * np.pi * carrier * np.arange(SAMPLES) + phases[chips]
    return np.asarray(np.exp(1j * angles))
