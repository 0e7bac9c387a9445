"""Images that look mislabelled: out of fold, features of a frozen backbone say another class.

Confident learning in its simplest form (Northcutt et al. 2021, arXiv:1911.00068): a linear softmax
is fitted on the other folds, several times over, and an image is suspect where another class gets a
half more probability than its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import ImageFolderError
from fitdoctor.images.audit import Audit
from fitdoctor.images.cache import Decoded
from fitdoctor.images.decode import decode
from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.records.recipe import Backbone
from fitdoctor.stats.descent import minimised
from fitdoctor.training.features import features

FOLDS = 5
REPEATS = 4
PENALTY = 1.0
MARGIN = 0.5
SIZE = 160
LEAST_IMAGES = 2 * FOLDS

Array = NDArray[np.float64]


def mislabelled(
    audit: Audit, backbone: Backbone, on_step: Callable[[int, int], None] = lambda _i, _n: None
) -> list[ImageFinding]:
    """Return one finding for each image whose features speak for another class.

    Images of all splits are pooled; raises `WeightsError` where the weights are not at hand.
    """
    usable = [f for f in audit.facts if not f.error and f.label and f.grey is not None]
    # What is already told of an image would only be told again; it helps to tell the others.
    told = {
        path
        for finding in audit.findings
        if finding.rule in {"conflicting_labels", "odd_image_sizes", "mixed_image_modes"}
        for path in finding.files
    }
    names = sorted({f.label for f in usable})
    if len(names) < 2 or len(usable) < LEAST_IMAGES:
        raise ImageFolderError(f"{audit.root}: too few images in class folders to look for labels")
    pixels = np.stack([decode((audit.root / f.path).read_bytes(), SIZE) for f in usable])
    key = hashlib.sha256("".join(f.digest for f in usable).encode()).hexdigest()[:24]
    images = Decoded(pixels, (), f"audit-{key}")
    found = features(backbone, SIZE, images, pooled=True, on_step=on_step)
    labels = np.array([names.index(f.label) for f in usable])
    return [
        ImageFinding(
            rule="mislabelled_images",
            files=(usable[index].path,),
            sentence=f"labelled {usable[index].label}, looks like {names[other]} "
            f"({likely:.0%} out of fold)",
        )
        for index, other, likely in suspects(found, labels)
        if usable[index].path not in told
    ]


def suspects(
    features: NDArray[np.float32], labels: NDArray[np.int64]
) -> list[tuple[int, int, float]]:
    """Return (image, likelier class, its out-of-fold probability), the surest first.

    `features` has shape (images, channels). Classes with fewer than `FOLDS` images are left out.
    """
    x = features.astype(np.float64)
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-6)
    probabilities = np.mean([out_of_fold(x, labels, seed) for seed in range(REPEATS)], axis=0)
    rows = np.arange(len(labels))
    own = probabilities[rows, labels]
    others = probabilities.copy()
    others[rows, labels] = -1.0
    enough = np.bincount(labels)[labels] >= FOLDS
    found = np.flatnonzero((others.max(axis=1) - own >= MARGIN) & enough)
    named = [(int(i), int(others[i].argmax()), float(others[i].max())) for i in found]
    return sorted(named, key=lambda item: -item[2])


def out_of_fold(x: Array, labels: NDArray[np.int64], seed: int) -> Array:
    """Return class probabilities for each image from a model that has not seen it."""
    rng = np.random.default_rng(seed)
    classes = int(labels.max()) + 1
    folds = np.empty(len(labels), dtype=np.int64)
    for label in range(classes):
        rows = rng.permutation(np.flatnonzero(labels == label))
        folds[rows] = np.arange(len(rows)) % FOLDS
    result = np.zeros((len(labels), classes))
    for fold in range(FOLDS):
        held = folds == fold
        weights = _softmax_regression(x[~held], labels[~held], classes)
        result[held] = _softmax(_with_bias(x[held]) @ weights)
    return result


def _softmax_regression(x: Array, labels: NDArray[np.int64], classes: int) -> Array:
    inputs = _with_bias(x)
    target = np.eye(classes)[labels]
    shape = (inputs.shape[1], classes)

    def cost(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(shape)
        p = _softmax(inputs @ weights)
        loss = -float(np.log(np.maximum(p[target == 1], 1e-12)).mean())
        slope = inputs.T @ (p - target) / len(inputs) + PENALTY * weights
        return loss + PENALTY / 2 * float((weights**2).sum()), slope.ravel()

    return minimised(cost, np.zeros(shape).ravel()).reshape(shape)


def _with_bias(x: Array) -> Array:
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
