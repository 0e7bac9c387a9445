"""Normal numbers that are the same everywhere: `numpy.random` takes longer to load than to ask."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


class Draws:
    """A source of normal numbers: splitmix64 (Steele and others 2014), then Box and Muller 1958."""

    def __init__(self, seed: int) -> None:
        self._next = np.uint64(seed << 40)

    def standard_normal(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Return independent numbers of mean 0 and deviation 1.

        >>> drawn = Draws(0).standard_normal((100, 100))
        >>> bool(abs(drawn.mean()) < 0.02), bool(abs(drawn.std() - 1) < 0.02)
        (True, True)
        """
        half = -(-math.prod(shape) // 2)
        radius = np.sqrt(-2 * np.log(1 - self._uniform(half)))
        angle = 2 * np.pi * self._uniform(half)
        both = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])
        return np.asarray(both[: math.prod(shape)].reshape(shape))

    def _uniform(self, count: int) -> NDArray[np.float64]:
        """Return numbers from 0 to below 1, of 53 bits."""
        at = self._next + np.arange(1, count + 1, dtype=np.uint64)
        self._next = at[-1]
        mixed = at * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
