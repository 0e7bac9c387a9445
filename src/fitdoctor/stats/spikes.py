"""Isolated peaks that recover, told from ordinary scatter."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fitdoctor.stats.draws import Draws
from fitdoctor.stats.noise import ar1, noise
from fitdoctor.stats.quantile import quantile

DRAWS = 1000
ORDINARY = 4.0
"""Excursions below this many deviations are not worth a simulation."""


class Spikes(msgspec.Struct, frozen=True):
    """The largest excursion above its neighbours, and those that stand out like it."""

    indices: tuple[int, ...]
    largest: float
    """In robust standard deviations."""
    p_value: float


def spikes(values: ArrayLike, *, seed: int = 0) -> Spikes | None:
    """Test the largest upward excursion against that of normal AR(1) scatter of the same length.

    Scatter is measured about the median of the four nearest epochs, locally where it
    shrinks during training; height above both sides.
    The chance that the *largest* of all epochs stands out so far is simulated, so looking at
    every epoch is paid for. The last epoch never counts: it has not recovered. `None` below 8.
    """
    y = np.asarray(values, dtype=np.float64)
    if len(y) < 8 or not np.isfinite(y).all():
        return None
    z = _excess(y[None, :])[0]
    largest = float(z.max())
    if largest < ORDINARY:
        return Spikes((), largest, 1.0)
    scatter = noise(y)
    phi = scatter.phi if scatter else 0.0
    null = _excess(ar1(Draws(seed), phi, (DRAWS, len(y)))).max(axis=1)
    threshold = float(quantile(null, 0.99))
    return Spikes(
        tuple(int(i) for i in np.flatnonzero(z > threshold)),
        largest,
        (1 + int((null >= largest).sum())) / (1 + DRAWS),
    )


HIGH, ABOVE, SHARE, RETURNS = 2.5, 0.5, 0.2, 3


def leaps(values: ArrayLike) -> tuple[int, ...]:
    """Return the epochs of a loss that leaps again and again: far above where it comes back to.

    Of the later two thirds, those `HIGH` times and `ABOVE` nats above their lower fifth; `()` where
    fewer than a fifth are, or the loss comes back from them less than three times: a curve that
    only falls, or only rises, comes back once at most. `()` below 9 finite values.

    >>> leaps([1.0, 0.9, 0.6, 0.5, 4.0, 0.5, 0.4, 3.0, 0.4, 0.4, 5.0, 0.4])
    (4, 7, 10)
    """
    y = np.asarray(values, dtype=np.float64)
    start = len(y) // 3
    later = y[start:]
    if len(y) < 9 or not np.isfinite(y).all():
        return ()
    floor = float(quantile(later, 0.2))
    wild = (later > HIGH * floor) & (later > floor + ABOVE)
    returns = int((wild[:-1] & ~wild[1:]).sum())
    if wild.mean() < SHARE or returns < RETURNS:
        return ()
    return tuple(int(i) + start for i in np.flatnonzero(wild))


def _excess(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height above both sides, in units of the local scatter; rows are series.

    Scatter is about the median of four neighbours. The point itself is left out of its
    neighbourhood, so that a steep but smooth fall has no residual and scatter always has one. A
    height is above the lower of the two epochs before and of the two behind: the last epoch before
    a fall that lasts is no peak.
    """
    padded = np.pad(series, ((0, 0), (2, 2)), mode="reflect")
    sides = np.stack([padded[:, k : k + series.shape[1]] for k in (0, 1, 3, 4)])
    height = series - np.maximum(sides[:2].min(axis=0), sides[2:].min(axis=0))
    near = np.sort(sides, axis=0)
    residual = series - (near[1] + near[2]) / 2
    scale = 1.35 * np.maximum(
        _local_median(np.abs(residual), 11), quantile(np.abs(residual).T, 0.5)[:, None]
    )
    z = np.where(scale > 0, height / np.where(scale > 0, scale, 1.0), 0.0)
    z[:, -1] = 0.0
    z[:, :2] = 0.0
    return np.asarray(z)


def _local_median(series: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    padded = np.pad(series, ((0, 0), (width // 2, width // 2)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)
    return np.asarray(np.partition(windows, width // 2, axis=2)[..., width // 2])
