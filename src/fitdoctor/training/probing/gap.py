"""Why training and validation loss differ, part by part, each with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.estimate import Estimate
from fitdoctor.records.probes import Gap, Part
from fitdoctor.stats.student import t_quantile
from fitdoctor.training.probing.modes import Array, Modes, losses, normalisations, penalty

LEAST_CLUSTERS = 5
LEAST_IMAGES = 10


def decompose(
    modes: Modes,
    train: tuple[NDArray[Any], NDArray[Any]],
    validation: tuple[NDArray[Any], NDArray[Any]],
    logged: float,
    *,
    weights: NDArray[np.floating[Any]] | None,
    batch: int,
    population: int | None,
) -> tuple[Gap, Array] | None:
    """Return the parts, and the loss of each validation image.

    The parts add up to `logged` minus the validation loss in inference mode. Intervals are 95 % by
    Student's t over images, over batches where BatchNorm makes the images of a batch depend on each
    other. `weights` are the class weights of the probed images, `population` the number of training
    images they stand for. `None` where the loss is not one number an image, or images are few.
    """
    (x, y), (x_val, y_val) = train, validation
    model = modes.model
    normalised = bool(normalisations(model))
    out, _ = modes.outputs(x, "training", batch)
    used = len(out)
    if used < LEAST_IMAGES or len(x_val) < LEAST_IMAGES:
        return None
    y = y[:used]
    training = losses(model, y, out)
    clean = losses(model, y, modes.outputs(x[:used], "inference", batch)[0])
    other = losses(model, y_val, modes.outputs(x_val, "inference", batch)[0])
    if training is None or clean is None or other is None:
        return None
    by_batch = clean
    if normalised:
        # Without BatchNorm this mode is inference.
        found = losses(model, y, modes.outputs(x[:used], "batchnorm", batch)[0])
        by_batch = clean if found is None else found
    weighted = training if weights is None else training * weights[:used]
    terms = penalty(model)
    share = used / population if population else 0.0
    clusters = batch if normalised else 1
    epoch_end = float(weighted.mean()) + terms
    parts = (
        Part("averaging", _about(logged - epoch_end, weighted, clusters, share)),
        Part("terms", _about(epoch_end - float(training.mean()), weighted - training, clusters)),
        Part("random", _paired(training - by_batch, clusters)),
        Part("batchnorm", _paired(by_batch - clean, clusters)),
        Part("generalisation", _difference(clean, other)),
    )
    gap = Gap(
        images=used,
        validation_images=len(other),
        training=logged,
        validation=float(other.mean()),
        parts=parts,
    )
    return gap, other


def _paired(values: Array, cluster: int) -> Estimate:
    return _about(float(values.mean()), values, cluster)


def _about(centre: float, values: Array, cluster: int, share: float = 0.0) -> Estimate:
    """Return `centre` with the interval of a mean of `values`, a `share` of all that there are."""
    if cluster > 1 and len(values) >= LEAST_CLUSTERS * cluster:
        values = values[: len(values) // cluster * cluster].reshape(-1, cluster).mean(axis=1)
    n = len(values)
    error = float(values.std(ddof=1)) / np.sqrt(n) * np.sqrt(max(0.0, 1 - share))
    half = t_quantile(n - 1, 0.975) * error
    return Estimate(centre, centre - half, centre + half)


def _difference(one: Array, other: Array) -> Estimate:
    """Return the difference of two means with Welch's interval."""
    a, b = one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)
    centre = float(one.mean() - other.mean())
    freedom = (a + b) ** 2 / (a**2 / (len(one) - 1) + b**2 / (len(other) - 1)) if a + b else 1e6
    half = t_quantile(float(freedom), 0.975) * float(np.sqrt(a + b))
    return Estimate(centre, centre - half, centre + half)
