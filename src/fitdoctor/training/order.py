"""In which order images are trained on, and with what they are blended: by seed and epoch alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.training.loop import Mix, Rows
from fitdoctor.training.prepare import Prepared


def order(train: Rows, seed: int, epoch: int) -> Rows:
    """Return the training rows of an epoch, counted from 1, shuffled."""
    return np.random.default_rng((seed, epoch)).permutation(train)


def rows_of_epoch(ready: Prepared, epoch: int) -> Rows:
    """Return the rows that an epoch trains on, in order; of views one is drawn for each image."""
    seed = ready.recipe.order_seed or 0
    shuffled = ready.recipe.shuffle is not False
    if not ready.views:
        return order(ready.train, seed, epoch) if shuffled else ready.train
    count = len(ready.train)
    places = order(np.arange(count), seed, epoch) if shuffled else np.arange(count)
    chosen = np.random.default_rng((seed, epoch, 1)).integers(ready.views, size=count)
    return len(ready.paths) + chosen * count + places


def mixup(alpha: float, seed: int, epoch: int) -> Mix:
    """Return what blends the images of a batch in pairs (Zhang et al. 2018, arXiv:1710.09412)."""

    def mix(x: NDArray[Any], y: NDArray[Any], step: int) -> tuple[NDArray[Any], NDArray[Any]]:
        rng = np.random.default_rng((seed, epoch, step))
        share = rng.beta(alpha, alpha, size=len(x)).astype(np.float32)
        # Pairs are symmetric: the image's own part is the larger one.
        share = np.maximum(share, 1 - share)
        other = rng.permutation(len(x))
        wide = share.reshape(-1, *[1] * (x.ndim - 1))
        pixels = x.astype(np.float32)
        return wide * pixels + (1 - wide) * pixels[other], (
            share[:, None] * y + (1 - share[:, None]) * y[other]
        )

    return mix
