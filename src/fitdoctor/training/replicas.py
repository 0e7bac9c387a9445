"""Many seeds of one head at once: the same arithmetic with one more axis, in one compiled loop.

Every replica has the initial weights, the order of images and the dropout masks that it has in
plain training, whatever trains beside it: all are drawn by its own seeds. Optimizers of Keras work
element by element, so that one of them updates the stacked weights of all replicas exactly as each
its own; what does not work so is left to plain training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.training import network, schedules, streams
from fitdoctor.training.assembly import image_weights, steps_per_epoch
from fitdoctor.training.honoured import SHAPES
from fitdoctor.training.order import rows_of_epoch
from fitdoctor.training.prepare import Prepared, pooled
from fitdoctor.training.started import keras

History = dict[str, list[float]]
MOST_INPUTS = 8192
"""Features of an image beyond which a batch for every replica costs more than it gains."""
KINDS = {"Dense", "Dropout", "Activation", "ReLU", "Softmax"}
ACTIVATIONS = {None, "linear", "relu", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu"}
UNUSUAL = ("initializer", "trainable", "axis", *SHAPES)
"""Settings of layers that plain training takes care of."""
LOSSES = {"sparse_categorical_crossentropy", "categorical_crossentropy"}


def suits(ready: Prepared) -> bool:
    """Return whether trainings like this one can share a loop."""
    recipe = ready.recipe
    optimizer = recipe.optimizer
    if keras.backend.backend() != "tensorflow" or not ready.on_features or recipe.patience:
        return False
    if ready.inputs.ndim != 2 or ready.inputs.shape[1] > MOST_INPUTS or optimizer is None:
        return False
    plateau = optimizer.schedule is not None and optimizer.schedule.kind == "plateau"
    if plateau or optimizer.clipnorm or recipe.loss not in LOSSES or recipe.label_smoothing:
        return False
    layers = _layers(recipe)
    plain = all(x.kind in KINDS and x.activation in ACTIVATIONS for x in layers)
    bare = all(getattr(x, name) is None for x in layers for name in UNUSUAL)
    return plain and bare and _ends_in_softmax(layers) and len(ready.val) > 0


def train(readies: Sequence[Prepared], probed: tuple[NDArray[Any], NDArray[Any]]) -> list[History]:
    """Train recipes that differ in `seed` and `order_seed` only; return the history of each.

    `probed` are training images and their labels as class numbers, for the inference-mode curve.
    """
    first = readies[0]
    replicas = _Replicas(readies)
    held = (np.asarray(first.inputs[first.val]), first.labels[first.val].astype(np.int32))
    shown = (probed[0], probed[1].astype(np.int32))
    histories: list[History] = [{} for _ in readies]
    for epoch in range(1, (first.recipe.epochs or 1) + 1):
        loss, accuracy = replicas.epoch(epoch)
        val_loss, val_accuracy = replicas.evaluate(*held)
        probe_loss, probe_accuracy = replicas.evaluate(*shown)
        columns = {
            "loss": loss,
            "accuracy": accuracy,
            # Keras' own validation loss holds the penalties too.
            "val_loss": val_loss + replicas.penalty(),
            "val_accuracy": val_accuracy,
            "probe_loss": probe_loss,
            "probe_accuracy": probe_accuracy,
        }
        for name, values in columns.items():
            for history, value in zip(histories, np.asarray(values), strict=True):
                history.setdefault(name, []).append(float(value))
    return histories


class _Replicas:
    """The stacked weights of all replicas, and what trains and evaluates them."""

    def __init__(self, readies: Sequence[Prepared]) -> None:
        import tensorflow as tf

        self._readies, self._first = readies, readies[0]
        recipe = self._first.recipe
        assert recipe.optimizer is not None
        self._batch = recipe.batch_size or 32
        self._steps = steps_per_epoch(self._first)
        seeds = [r.recipe.seed or 0 for r in readies]
        layers = _layers(recipe)
        stacked = _initial(layers, self._first.inputs.shape[1], seeds)
        self._variables = [keras.Variable(value) for value in stacked]
        rates = schedules.table(recipe.optimizer, recipe.epochs or 1, self._steps)
        self._optimizer = network.optimizer(recipe.optimizer, rates)
        self._optimizer.build(self._variables)
        self._forward = _Forward(layers, seeds)
        self._x = tf.constant(self._first.inputs)
        self._y = tf.constant(self._first.labels.astype(np.int32))
        weights = image_weights(self._first)
        ones = np.ones(len(self._first.labels), np.float32)
        self._worth = tf.constant(ones if weights is None else weights)
        self._compiled = tf.function(self._epoch)
        self._evaluated = tf.function(self._evaluate)

    def epoch(self, number: int) -> tuple[Any, Any]:
        """Train one epoch, counted from 1; return mean loss and accuracy of each replica."""
        import tensorflow as tf

        total = len(self._first.train)
        full = total // self._batch * self._batch
        orders = np.stack([rows_of_epoch(r, number) for r in self._readies])
        rows = orders[:, :full].reshape(len(orders), -1, self._batch).swapaxes(0, 1)
        begin = tf.constant((number - 1) * self._steps)
        losses, hits = self._compiled(tf.constant(rows), tf.constant(orders[:, full:]), begin)
        return losses / total, hits / total

    def evaluate(self, x: NDArray[Any], labels: NDArray[Any]) -> tuple[Any, Any]:
        """Return loss without penalties, and accuracy, of each replica in inference mode."""
        return self._evaluated(x, labels)  # type: ignore[no-any-return]

    def penalty(self) -> Any:
        return self._forward.penalty(self._values())

    def _values(self) -> list[Any]:
        return [variable.value for variable in self._variables]

    def _step(self, rows: Any, at: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        labels, values = tf.gather(self._y, rows), self._values()
        with tf.GradientTape() as tape:
            logits = self._forward(tf.gather(self._x, rows), values, at)
            each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(each * tf.gather(self._worth, rows), axis=1)
            loss += self._forward.penalty(values)
            # Replicas do not touch each other, so the slope of the sum is that of each.
            whole = tf.reduce_sum(loss)
        self._optimizer.apply(tape.gradient(whole, values), self._variables)
        return loss, _right(logits, labels)

    def _epoch(self, rows: Any, rest: Any, begin: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        losses, hits = tf.zeros(len(self._readies)), tf.zeros(len(self._readies))
        for index in tf.range(tf.shape(rows)[0]):
            loss, right = self._step(rows[index], begin + index)
            losses += loss * self._batch
            hits += right
        if rest.shape[1]:
            loss, right = self._step(rest, begin + tf.shape(rows)[0])
            losses += loss * rest.shape[1]
            hits += right
        return losses, hits

    def _evaluate(self, some: Any, labels: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        count = len(self._readies)
        logits = self._forward(tf.repeat(some[None], count, axis=0), self._values(), None)
        wide = tf.repeat(labels[None], count, axis=0)
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(wide, logits)
        return tf.reduce_mean(each, axis=1), _right(logits, wide) / labels.shape[0]


class _Forward:
    """The layers of a head over (replicas, images, features), up to the scores before softmax."""

    def __init__(self, layers: Sequence[Layer], seeds: Sequence[int]) -> None:
        self._layers, self._seeds = layers, seeds

    def __call__(self, x: Any, weights: Sequence[Any], step: Any) -> Any:
        """`step` counts updates and draws the dropout masks; `None` is inference."""
        import tensorflow as tf

        left = list(weights)
        for layer in self._layers:
            if layer.kind == "Dense":
                x = tf.matmul(x, left.pop(0))
                if layer.use_bias is not False:
                    x += left.pop(0)
                if layer.activation not in {None, "linear", "softmax"}:
                    x = keras.activations.get(layer.activation)(x)
            elif layer.kind == "Dropout" and step is not None and layer.rate:
                x = self._dropped(x, layer, step)
            elif layer.kind == "ReLU":
                x = tf.nn.relu(x)
            elif layer.kind == "Activation" and layer.activation != "softmax":
                x = keras.activations.get(layer.activation)(x)
        return x

    def penalty(self, weights: Sequence[Any]) -> Any:
        import tensorflow as tf

        left, terms = list(weights), tf.zeros(len(self._seeds))
        for layer in self._layers:
            if layer.kind != "Dense":
                continue
            kernel = left.pop(0)
            if layer.use_bias is not False:
                left.pop(0)
            if layer.l1:
                terms += layer.l1 * tf.reduce_sum(tf.abs(kernel), axis=(1, 2))
            if layer.l2:
                terms += layer.l2 * tf.reduce_sum(kernel**2, axis=(1, 2))
        return terms

    def _dropped(self, x: Any, layer: Layer, step: Any) -> Any:
        """Drop by the mask that Keras' own layer has in each replica's training at this step."""
        import tensorflow as tf

        name, rate = layer.name or layer.kind.lower(), layer.rate or 0.0
        keys = [streams.stream(seed, f"{name}/seed_generator") for seed in self._seeds]
        step = tf.cast(step, tf.int32)
        # Keras brings the states of its generators to 32 bits so.
        seeds = [tf.stack([tf.constant(key % (2**31 - 2), tf.int32), step]) for key in keys]
        shape = tf.shape(x)[1:]
        drawn = tf.stack([tf.random.stateless_uniform(shape, seed) for seed in seeds])
        return tf.where(drawn >= rate, x * (1 / (1 - rate)), tf.zeros((), x.dtype))


def _right(logits: Any, labels: Any) -> Any:
    import tensorflow as tf

    found = tf.argmax(logits, axis=2, output_type=labels.dtype)
    return tf.reduce_sum(tf.cast(found == labels, tf.float32), axis=1)


def _layers(recipe: Recipe) -> tuple[Layer, ...]:
    return recipe.layers[1:] if pooled(recipe) else recipe.layers


def _ends_in_softmax(layers: Sequence[Layer]) -> bool:
    """Return whether the last layer, and no other, is softmax."""
    if not layers:
        return False
    soft = [x.kind == "Softmax" or x.activation == "softmax" for x in layers]
    return soft[-1] and sum(soft) == 1


def _initial(
    layers: Sequence[Layer], width: int, seeds: Sequence[int]
) -> list[NDArray[np.float32]]:
    """Return kernels and biases stacked over replicas, as Keras would have drawn each."""
    weights = []
    for layer in layers:
        if layer.kind != "Dense":
            continue
        units = layer.units or 1
        name = layer.name or layer.kind.lower()
        glorot = keras.initializers.GlorotUniform()
        kernels = [
            np.asarray(
                streams.initial(
                    glorot, seed, f"{name}/kernel", (width, units), keras.config.floatx()
                )
            )
            for seed in seeds
        ]
        weights.append(np.stack(kernels))
        if layer.use_bias is not False:
            weights.append(np.zeros((len(seeds), 1, units), np.float32))
        width = units
    return weights
