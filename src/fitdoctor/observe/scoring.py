"""What a trained network of a script is worth, by one measure for both arms of an experiment.

Losses and metrics are the script's own and may be what is changed; so every arm is asked to predict
the same rows in inference mode, and its predictions are held against its own labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.observe.summary import named
from fitdoctor.records.job import Job, Measured
from fitdoctor.records.written import Numbers

MOST_ROWS = 4000
"""Rows that are scored."""


def names_classes(labels: Numbers, units: int | None) -> bool:
    """Return whether labels name classes; else they are numbers to be met."""
    if labels.columns > 1:
        return labels.one_hot or (labels.whole and (labels.low, labels.high) == (0, 1))
    return named(labels, units) or (labels.whole and labels.distinct == 1)


def scored(predicted: NDArray[Any], labels: NDArray[Any], job: Job, *, logits: bool) -> Measured:
    """Return the score of predictions; those that are no numbers make it a failure."""
    name = job.outcome
    if not np.isfinite(predicted).all():
        return Measured(outcome=name, failure="what it predicts is NaN or infinite")
    if not job.classes:
        return Measured(outcome=name, value=explained(predicted, labels), rows=len(labels))
    truth, told = _classes(predicted, labels, logits=logits)
    _, counts = np.unique(truth, return_counts=True)
    return Measured(
        outcome=name,
        value=float((truth == told).mean()),
        rows=len(labels),
        counts=tuple(int(n) for n in counts),
    )


def explained(predicted: NDArray[Any], targets: NDArray[Any]) -> float:
    """Return the share of the targets' variance that is explained; 0 where it is none, or less.

    >>> explained(np.array([[1.0], [2.0], [3.0]]), np.array([1, 2, 3]))
    1.0
    >>> explained(np.array([[9.0], [9.0], [9.0]]), np.array([1, 2, 3]))
    0.0
    """
    size = int(np.prod(targets.shape))
    if int(np.prod(predicted.shape)) != size:
        # One number for each of several targets is broadcast by the loss; it explains none.
        return 0.0
    given, wanted = predicted.reshape(-1).astype(float), targets.reshape(-1).astype(float)
    spread = float(((wanted - wanted.mean()) ** 2).mean())
    error = float(((wanted - given) ** 2).mean())
    return max(0.0, 1.0 - error / spread) if spread > 0 else 0.0


def _classes(
    predicted: NDArray[Any], labels: NDArray[Any], *, logits: bool
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the classes that are true and those that are predicted, as whole numbers."""
    one_hot = labels.ndim > 1 and labels.shape[-1] > 1 and labels.shape == predicted.shape
    several = predicted.shape[-1] if predicted.ndim > 1 else 1
    if one_hot and (labels.reshape(-1, several).sum(axis=1) != 1).any():
        # Several labels may hold at once: each is right or wrong.
        return labels.reshape(-1).astype(int), _above(predicted.reshape(-1), 0.0 if logits else 0.5)
    if labels.ndim > 1 and labels.shape[-1] > 1 and labels.size != len(predicted):
        labels = labels.argmax(axis=-1)
    truth = np.rint(labels.reshape(-1)).astype(int)
    if several > 1:
        return truth, predicted.reshape(-1, several).argmax(axis=1)
    told = predicted.reshape(-1)
    values = np.unique(truth)
    if len(values) > 2:
        return truth, np.rint(told).astype(int)
    low, high = (int(values[0]), int(values[-1])) if len(values) == 2 else (0, 1)
    middle = 0.0 if logits else (low + high) / 2
    return truth, np.where(told > middle, high, low)


def _above(values: NDArray[Any], limit: float) -> NDArray[Any]:
    return (values > limit).astype(int)
