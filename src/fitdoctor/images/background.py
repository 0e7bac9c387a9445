"""What pictures of one place have in common, and what each has of its own.

Pictures are (pictures, side, side), in one frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fitdoctor.images.registration import Array, blurred

WIDER = 1.0, 2.0
"""Deviations of Gaussians that copies are smoother or sharper by."""
FINE, AROUND, FLOOR = 2.0, 5.0, 4.0
"""Deviations of Gaussians: for fine detail, and for the surroundings that share one light. Squared
grey levels of detail that count as noise."""
NEAR = 0.7
"""Deviation of the Gaussian over pixels of which the scatter is one."""
LEAST_FINE = 64
"""Side from which pictures have fine detail."""
EACH, ROUNDS = 3, 2
"""The fit looks at one in so many pixels, and so often again at what it leaves."""


def common_part(pictures: Array) -> Array:
    """Return the median of pictures once each has the tone of it, (side, side)."""
    flat = pictures.reshape(len(pictures), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    level = float(pictures.mean())
    middle = np.median(flat, axis=0)
    for _ in range(2):
        gain = flat @ middle / (middle @ middle + 1e-3)
        gain = np.where(np.abs(gain) < 0.1, 0.1, gain)[:, None]
        middle = np.median(flat / gain, axis=0)
        middle -= middle.mean()
    return np.asarray(middle.reshape(pictures.shape[1:]) + level, dtype=np.float32)


class Common:
    """What some pictures of a place have in common, and how sure that is at each pixel."""

    def __init__(self, pictures: Array) -> None:
        common = common_part(pictures)
        self._fine = common - blurred(common, FINE)
        self._terms = _terms(common)
        self._usual, self._sure = np.zeros_like(common), np.ones_like(common)
        rest = self.own_parts(pictures, np.ones(pictures.shape, bool))
        # At edges cameras that shake a little leave something, and much the same each time.
        usual = np.median(rest, axis=0)
        scatter = np.median(np.abs(rest - usual), axis=0)
        scatter = np.sqrt(blurred(scatter**2, NEAR)) + 0.1
        self._usual, self._sure = usual, np.minimum(1, np.median(scatter) / scatter)

    def own_parts(self, pictures: Array, inside: NDArray[np.bool_]) -> Array:
        """Return what each picture has besides the common part; 0 where not `inside`.

        Taken off with it are its light, how sharp it is, and the part of a pixel by which the
        camera shook: a least squares fit, robust by reweighting, so that a subject has little say.
        Then, of the fine detail, the light of its surroundings. What is left counts less where the
        pictures of the place differ much.
        """
        shape = len(pictures), 1, pictures[0].size
        target, weight = pictures.reshape(shape), inside.reshape(shape).astype(np.float32)
        rest = self._rest(target, weight).reshape(pictures.shape)
        if len(self._fine) >= LEAST_FINE:
            share = blurred((rest - blurred(rest, FINE)) * self._fine, AROUND)
            rest = rest - share / (blurred(self._fine**2, AROUND) + FLOOR) * self._fine
        return np.asarray((rest - self._usual) * self._sure * inside, dtype=np.float32)

    def _rest(self, target: Array, weight: Array) -> Array:
        every = slice(None, None, EACH if target.shape[-1] >= LEAST_FINE**2 else 1)
        terms, seen, within = self._terms[:, every], target[..., every], weight[..., every]
        shares = _shares(terms, seen, within)
        for _ in range(ROUNDS):
            size = np.abs(seen - shares @ terms)
            usual = 2 * np.median(size, axis=2, keepdims=True) + 0.3
            robust = np.minimum(1, (usual / np.maximum(size, 1e-3)) ** 2)
            shares = _shares(terms, seen, within * robust)
        return np.asarray(target - shares @ self._terms)


def _shares(terms: Array, target: Array, weight: Array) -> Array:
    """Return how much of each term is in each picture, (pictures, 1, terms)."""
    weighted = terms[None] * weight
    normal = (weighted @ terms.T).astype(np.float64) + 1e-2 * np.eye(len(terms))
    sought = (weighted @ target.transpose(0, 2, 1)).astype(np.float64)
    return np.linalg.solve(normal, sought).astype(np.float32).transpose(0, 2, 1)


def _terms(common: Array) -> Array:
    """Return what is fitted of a common part, (terms, pixels)."""
    side = common.shape[-1]
    place = ((np.arange(side) + 0.5) / side * 2 - 1).astype(np.float32)
    x, y = np.meshgrid(place, place)
    padded = np.pad(common, 1, mode="edge")
    taps = [
        padded[1 + v : side + 1 + v, 1 + h : side + 1 + h] for v in (-1, 0, 1) for h in (-1, 0, 1)
    ]
    wider = [blurred(common, sigma) for sigma in WIDER]
    slopes = [common * x, common * y]
    return np.stack([np.ones_like(x), x, y, *slopes, *taps, *wider]).reshape(-1, common.size)
