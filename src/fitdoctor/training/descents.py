"""Exact and noisy gradient descent from one point, on a plane through the loss surface.

The plane holds the directions in which the weights moved most (Lorch 2016; Li et al. 2018,
arXiv:1712.09913): principal components of both ways. The loss is that of all training images, with
BatchNorm on their own statistics and dropout off, so that the surface itself has no noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import RecipeError
from fitdoctor.interventions.regularisation import remove_dropout
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.story import Descent
from fitdoctor.records.watcher import Watcher
from fitdoctor.training.assembly import build, targets
from fitdoctor.training.prepare import prepare
from fitdoctor.training.started import keras

STEPS, GRID, MARGIN = 80, 15, 0.15
"""Updates of each way, points of the grid a side, and how far it reaches beyond the ways."""
MOST_IMAGES = 400
"""Training images that the surface is of."""
EXACT, NOISY = "exact gradient", "gradient of a batch"
Weights = list[Any]


def descents(
    recipe: Recipe, watcher: Watcher, *, rate: float = 0.02, steps: int = STEPS
) -> Descent:
    """Return both ways of plain gradient descent at the same rate, and the loss between them.

    Raises `RecipeError` on another backend than TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise RecipeError("the loss surface is drawn with TensorFlow; set KERAS_BACKEND=tensorflow")
    ready = prepare(remove_dropout(recipe), watcher)
    rows = np.random.default_rng(0).permutation(ready.train)[:MOST_IMAGES]
    surface = _Surface(build(ready), np.asarray(ready.inputs[rows]), targets(ready)[rows])
    batch = min(recipe.batch_size or 32, len(rows))
    drawn = np.random.default_rng(1)
    start = surface.weights()
    ways = {EXACT: [_flat(start)], NOISY: [_flat(start)]}
    for name, way in ways.items():
        weights = start
        for step in range(steps):
            part = drawn.permutation(len(rows))[:batch] if name == NOISY else np.arange(len(rows))
            weights = [
                w - rate * g for w, g in zip(weights, surface.gradient(weights, part), strict=True)
            ]
            way.append(_flat(weights))
            watcher.step(f"descending by the {name}", step + 1, steps)
    return _drawn(surface, start, {n: np.stack(w) for n, w in ways.items()}, batch, rate)


class _Surface:
    """The loss of one network over fixed images, as a function of its weights."""

    def __init__(self, model: Any, x: NDArray[Any], y: NDArray[Any]) -> None:
        import tensorflow as tf

        self._model, self._loss = model, keras.losses.get(model.loss)
        self._x, self._y = tf.constant(x), tf.constant(y)
        self._others = [v.value for v in model.non_trainable_variables]
        self._gradient, self._value = tf.function(self._slope), tf.function(self._at)

    @property
    def images(self) -> int:
        return len(self._x)

    def weights(self) -> Weights:
        return [np.asarray(v.value) for v in self._model.trainable_variables]

    def gradient(self, weights: Weights, rows: NDArray[np.int64]) -> Weights:
        return [np.asarray(g) for g in self._gradient(weights, rows)]

    def loss(self, weights: Weights) -> float:
        return float(self._value(weights, np.arange(len(self._x))))

    def _at(self, weights: Any, rows: Any) -> Any:
        import tensorflow as tf

        out, _ = self._model.stateless_call(
            weights, self._others, tf.gather(self._x, rows), training=True
        )
        return keras.ops.mean(self._loss(tf.gather(self._y, rows), out))

    def _slope(self, weights: Any, rows: Any) -> Any:
        import tensorflow as tf

        weights = [tf.convert_to_tensor(w) for w in weights]
        with tf.GradientTape() as tape:
            tape.watch(weights)
            value = self._at(weights, rows)
        return tape.gradient(value, weights)


def _flat(weights: Weights) -> NDArray[np.float64]:
    return np.concatenate([np.asarray(w, np.float64).ravel() for w in weights])


def _shaped(flat: NDArray[np.float64], like: Weights) -> Weights:
    ends = np.cumsum([w.size for w in like])[:-1]
    parts = np.split(flat, ends)
    return [p.reshape(w.shape).astype(w.dtype) for p, w in zip(parts, like, strict=True)]


def _drawn(
    surface: _Surface,
    like: Weights,
    ways: dict[str, NDArray[np.float64]],
    batch: int,
    rate: float,
) -> Descent:
    every = np.concatenate(list(ways.values()))
    centre = every.mean(0)
    # Principal components by the small matrix of products: a row is a point, and points are few.
    spread = every - centre
    values, vectors = np.linalg.eigh(spread @ spread.T)
    axes = [spread.T @ vectors[:, k] / np.sqrt(max(values[k], 1e-30)) for k in (-1, -2)]
    held = float(values[-2:].sum() / values.sum())
    points = {
        name: np.stack([(way - centre) @ axis for axis in axes], 1) for name, way in ways.items()
    }
    both = np.concatenate(list(points.values()))
    low, high = both.min(0), both.max(0)
    low, high = low - MARGIN * (high - low), high + MARGIN * (high - low)
    across, up = (np.linspace(low[k], high[k], GRID) for k in (0, 1))
    losses = tuple(
        tuple(surface.loss(_shaped(centre + a * axes[0] + b * axes[1], like)) for a in across)
        for b in up
    )
    ends = {name: surface.loss(_shaped(way[-1], like)) for name, way in ways.items()}
    return Descent(
        title=f"The gradient of {batch} images wanders: it ends at a loss of {ends[NOISY]:.2f}, "
        f"the exact gradient at {ends[EXACT]:.2f}"
        if ends[NOISY] > ends[EXACT]
        else "Both descents come as far: the noise of a batch costs nothing here",
        caption=f"The exact gradient comes to a loss of {ends[EXACT]:.3f} in "
        f"{len(every) // 2 - 1} steps, that of batches to {ends[NOISY]:.3f} in as many: both "
        f"begin at one point and take plain gradient descent at rate {rate:g}, one by the "
        f"gradient of all {surface.images} images, one by that of {batch} drawn anew each step. "
        f"Drawn is the loss of these images over the plane that holds {held:.0%} of how both "
        f"moved, out of {len(centre):,} weights; their own weights lie beside that plane, so that "
        f"their losses can be lower than any that is drawn.",
        across=tuple(map(float, across)),
        up=tuple(map(float, up)),
        losses=losses,
        paths={name: tuple((float(a), float(b)) for a, b in p) for name, p in points.items()},
    )
