"""Whether stated probabilities are true: calibration error, and the temperature that mends it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.estimate import Estimate
from fitdoctor.stats.proportions import Z_95

BINS = 10
COLDEST, HOTTEST = 0.05, 20.0
LEAST = 1e-12
"""A probability that a float32 softmax rounds to nought is taken as this."""

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


def bins(confidence: Array, bins: int = BINS) -> list[Labels]:
    """Return the rows of each bin: equally many images a bin, by rising confidence."""
    order = np.argsort(confidence, kind="stable")
    return [part for part in np.array_split(order, min(bins, len(order))) if len(part)]


def calibration_error(confidence: Array, correct: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over bins of equal size (Naeini et al. 2015).

    Biased upwards by chance: of a perfectly calibrated network n images show about
    `sqrt(bins / n) / 3`.
    """
    parts = bins(confidence)
    gaps = [abs(float(confidence[p].mean() - correct[p].mean())) * len(p) for p in parts]
    return sum(gaps) / len(confidence)


def log_loss(probabilities: Array, labels: Labels) -> float:
    """Return the mean cross-entropy in nats; `probabilities` is (images, classes)."""
    own = probabilities[np.arange(len(labels)), labels]
    return -float(np.log(np.maximum(own, LEAST)).mean())


def tempered(probabilities: Array, temperature: float) -> Array:
    """Return the softmax of the same scores divided by `temperature`."""
    scores = np.log(np.maximum(probabilities, LEAST)) / temperature
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def best_temperature(probabilities: Array, labels: Labels) -> float | None:
    """Return the temperature of the least log loss (Guo et al. 2017, arXiv:1706.04599).

    The loss is convex in 1 / temperature, so its slope has one root; it is found by halving between
    1/20 and 20. `None` where there is no root between: every image is right, so that the loss falls
    as long as probabilities are sharpened, or the probabilities say nothing of the labels.
    """
    scores = np.log(np.maximum(probabilities, LEAST))
    own = scores[np.arange(len(labels)), labels]

    def slope(inverse: float) -> float:
        powers = np.exp(inverse * (scores - scores.max(axis=1, keepdims=True)))
        shares = powers / powers.sum(axis=1, keepdims=True)
        return float(((shares * scores).sum(axis=1) - own).mean())

    low, high = 1 / HOTTEST, 1 / COLDEST
    if slope(low) >= 0 or slope(high) <= 0:
        return None
    for _ in range(40):
        middle = float(np.sqrt(low * high))
        if slope(middle) < 0:
            low = middle
        else:
            high = middle
    return 1 / float(np.sqrt(low * high))


def temperature(probabilities: Array, labels: Labels) -> Estimate | None:
    """Return the best temperature with its 95 % interval over images, `None` where there is none.

    By the sandwich variance of an M-estimator (Huber 1967), on the scale of 1 / temperature.
    """
    best = best_temperature(probabilities, labels)
    if best is None:
        return None
    scores = np.log(np.maximum(probabilities, LEAST))
    own = scores[np.arange(len(labels)), labels]
    shares = tempered(probabilities, best)
    mean = (shares * scores).sum(axis=1)
    bend = ((shares * scores**2).sum(axis=1) - mean**2).sum()
    error = float(np.sqrt(((mean - own) ** 2).sum()) / max(bend, 1e-12))
    low, high = 1 / best - Z_95 * error, 1 / best + Z_95 * error
    return Estimate(best, 1 / min(high, 1 / COLDEST), 1 / max(low, 1 / HOTTEST))


def cross_tempered(
    probabilities: Array, labels: Labels, folds: int = 5, seed: int = 0
) -> Array | None:
    """Return every image's probabilities under a temperature fitted without that image.

    `None` where the images without one part determine no temperature.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    result = probabilities.copy()
    for part in np.array_split(order, folds):
        others = np.setdiff1d(order, part)
        if len(part) and len(others):
            found = best_temperature(probabilities[others], labels[others])
            if found is None:
                return None
            result[part] = tempered(probabilities[part], found)
    return result
