"""The grain of two registered pictures: noise of sensor and compression, which only copies share.

Two photos of one thing agree in outline, shading and texture; the grain of each is its own. Of a
copy some of it is left after scaling, recolouring and re-encoding: too little to see at any one
place, but its correlation over all plain places stands out from that at other shifts of the
pictures, as in the identification of cameras by their noise (Lukas, Fridrich and Goljan 2006,
doi:10.1109/TIFS.2006.873602).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fitdoctor.images.registration import Array, blurred

REACH, CLEAR = 2, 4
"""Pixels by which registered pictures may be off, and beyond which shifts are wrong ones."""
LEAST_INSIDE = 0.25
"""Share of the picture that both have to show."""
LEAST_PLAIN = 0.02
"""Share of the picture that has to be plain for its grain to be measured."""


class Agreement(NamedTuple):
    """How far the grain of two pictures agrees, and how much there is of it."""

    peak: float
    """Correlation in place, in deviations of that at other shifts; of unrelated grain about 3."""
    level: float
    """Grey levels of the weaker grain, where both pictures are plain."""


def agreement(one: Array, other: Array, inside: NDArray[np.bool_]) -> Agreement:
    """Compare the grain of two pictures, (side, side), in register.

    Both values are 0 where too little is left to compare.
    """
    if inside.mean() < LEAST_INSIDE:
        return Agreement(0.0, 0.0)
    pictures = np.stack([one, other])
    soft = blurred(pictures, 1.0)
    grain = pictures - soft
    weight = _plain(soft, inside).prod(axis=0) * inside
    strength = np.sqrt(blurred(grain**2, 3.0))
    seen = np.clip(grain / (strength + 0.15), -3, 3) * weight
    seen -= weight * (seen.sum(axis=(1, 2), keepdims=True) / (weight.sum() + 1e-9))
    spectra = np.fft.rfft2(seen)
    size = np.abs(spectra)
    # Halfway to phases alone: compression's own pattern is strong in a few frequencies.
    spectra /= np.sqrt(size + 1e-3 * size.mean(axis=(1, 2), keepdims=True)) + 1e-9
    surface = np.fft.irfft2(spectra[0] * spectra[1].conj(), s=one.shape)
    plain = weight > 0.5
    enough = plain.mean() >= LEAST_PLAIN
    level = float(np.median(strength[:, plain], axis=1).min()) if enough else 0.0
    return Agreement(_peak(surface), level)


def _plain(soft: Array, inside: NDArray[np.bool_]) -> Array:
    """Return weights from 0 to 1, for each picture: low where it has edges and texture."""
    middle = np.sqrt(blurred((soft - blurred(soft, 4.0)) ** 2, 1.5))
    usual = np.percentile(middle[:, inside], 25, axis=1)[:, None, None]
    return np.asarray(1 / (1 + (middle / (2 * usual + 0.3)) ** 4), dtype=np.float32)


def _peak(surface: NDArray[np.floating]) -> float:
    """Return the highest value near no shift over the deviation of those far from it."""
    near = np.arange(-REACH, REACH + 1)
    close = np.arange(-CLEAR, CLEAR + 1)
    peak = float(surface[np.ix_(near, near)].max())
    total = float((surface**2).sum() - (surface[np.ix_(close, close)] ** 2).sum())
    return peak / (float(np.sqrt(max(total, 0.0) / (surface.size - len(close) ** 2))) + 1e-9)
