"""Validation images prepared as those of training: one evaluation tells whether it matters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.observe.split import Split
from fitdoctor.records.flow import recorded_apart
from fitdoctor.records.observation import Swapped

ROWS, LEAST = 500, 30
Pair = tuple[NDArray[Any], tuple[NDArray[Any], NDArray[Any]]]
"""Training images, and validation images with their labels."""


def prepared_apart(splits: list[Split]) -> Pair | None:
    """Return images of both parts where their values lie apart; `None` else."""
    by_use = {split.use: split for split in reversed(splits)}
    train, held = by_use.get("train"), by_use.get("validation")
    if train is None or held is None:
        return None
    if not recorded_apart(train.feed().inputs, held.feed().inputs):
        return None
    seen, others = train.some(ROWS), held.some(ROWS)
    if seen is None or others is None or min(len(seen[1]), len(others[1])) < LEAST:
        return None
    return seen[0], others


def swapped(
    model: Any, train: NDArray[Any], held: tuple[NDArray[Any], NDArray[Any]]
) -> Swapped | None:
    """Return how often validation images are right as they are and as training images lie."""
    from fitdoctor.training.recorder import evaluate_clean  # noqa: PLC0415 - loads Keras

    images, labels = held
    found = [
        evaluate_clean(model, x, labels).get("probe_accuracy")
        for x in (images, brought(images, train))
    ]
    if found[0] is None or found[1] is None:
        return None
    return Swapped(rows=len(labels), as_they_are=found[0], as_training=found[1])


def brought(images: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    """Return images shifted and scaled to the mean and the scatter of others.

    >>> brought(np.array([[0.0], [1.0]]), np.array([[100.0], [200.0]])).ravel().tolist()
    [100.0, 200.0]
    """
    x, other = images.astype(np.float64), like.astype(np.float64)
    scatter = float(x.std())
    if scatter == 0.0:
        return images
    moved: NDArray[Any] = (x - x.mean()) * (float(other.std()) / scatter) + other.mean()
    return moved.astype(np.float32)
