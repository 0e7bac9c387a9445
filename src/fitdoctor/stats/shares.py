"""Shares of right answers: over how many images each, and whether they can be of one rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST = 512


def images_behind(shares: NDArray[np.float64]) -> int:
    """Return the fewest images of which every share is a whole count, as far as it is printed.

    At most 512; fewer than there are where the shares are printed to few decimals.

    >>> images_behind(np.array([0.25, 0.375, 0.5])), images_behind(np.array([0.493, 0.031]))
    (8, 223)
    """
    decimals = max((len(f"{x:.6f}".rstrip("0").partition(".")[2]) for x in shares), default=0)
    counts = np.arange(1, MOST + 1)[:, None] * np.asarray(shares)[None, :]
    off = np.abs(counts - np.round(counts)) / np.arange(1, MOST + 1)[:, None]
    fits = (off <= 0.51 * 10.0**-decimals).all(axis=1)
    return int(np.argmax(fits)) + 1 if fits.any() else MOST


Z = 3.72
"""Of the normal distribution 1e-4 lies above."""


def is_uneven(shares: NDArray[np.float64], images: int) -> bool:
    """Return whether shares of one rate would differ so much once in 10,000 times.

    By the cube root of chi-squared, which is nearly normal (Wilson and Hilferty 1931).

    >>> is_uneven(np.array([0.5, 0.4, 0.6]), 10), is_uneven(np.array([0.06, 0.03, 0.0]), 1000)
    (False, True)
    """
    freedom = max(len(shares) - 1, 1)
    part = 2 / (9 * freedom)
    return bool(unevenness(shares, images) > freedom * (1 - part + Z * part**0.5) ** 3)


def unevenness(shares: NDArray[np.float64], images: int) -> float:
    """Return Pearson's chi-squared of shares over as many images each against their mean.

    >>> unevenness(np.array([0.5, 0.0, 0.0]), 300) > 200
    True
    >>> unevenness(np.array([0.5, 0.4, 0.6]), 10) < 1
    True
    """
    mean = float(np.mean(shares))
    scatter = mean * (1 - mean) / images
    return float(np.sum((np.asarray(shares) - mean) ** 2)) / scatter if scatter > 0 else 0.0
