"""Many seeds of one head, or of a small network of Dense layers on pixels, in one compiled loop.

It is the same arithmetic with one more axis: what lies between two steps is paid once for all.

Every replica has the initial weights, the order of images and the dropout masks that it has in
plain training, whatever trains beside it: all are drawn by its own seeds. Optimizers of Keras work
element by element, so that one of them updates the stacked weights of all replicas exactly as each
its own; what does not work so is left to plain training.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.training import network, schedules, streams
from fitdoctor.training.assembly import image_weights, steps_per_epoch
from fitdoctor.training.order import rows_of_epoch
from fitdoctor.training.prepare import Prepared, pooled
from fitdoctor.training.started import keras

History = dict[str, list[float]]
MOST_INPUTS = 8192
"""Features of an image beyond which a batch for every replica costs more than it gains."""
MOST_VALUES = 2_000_000
"""Values between two layers, of a batch of all replicas: more of them leave the cache."""
KINDS = {"Dense", "Dropout", "Flatten", "Activation", "ReLU", "Softmax"}
ACTIVATIONS = {None, "linear", "relu", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu"}
UNUSUAL = ("initializer", "trainable", "axis", "output_shape", "parameters")
"""Settings of layers that plain training takes care of."""
LOSSES = {"sparse_categorical_crossentropy", "categorical_crossentropy"}


def suits(ready: Prepared) -> bool:
    """Return whether trainings like this one can share a loop."""
    recipe = ready.recipe
    optimizer = recipe.optimizer
    if keras.backend.backend() != "tensorflow" or recipe.patience or optimizer is None:
        return False
    if not (ready.on_features or _is_dense_on_pixels(recipe)):
        return False
    plateau = optimizer.schedule is not None and optimizer.schedule.kind == "plateau"
    if plateau or optimizer.clipnorm or recipe.loss not in LOSSES or recipe.label_smoothing:
        return False
    layers = _layers(recipe)
    if {layer.kind for layer in layers} - KINDS or _widest(ready) > MOST_INPUTS:
        return False
    plain = all(x.activation in ACTIVATIONS for x in layers)
    bare = all(getattr(x, name) is None for x in layers for name in UNUSUAL)
    first, *others = (x.input_shape for x in layers)
    bare = bare and first in {None, ready.inputs.shape[1:]} and not any(others)
    flat = len(_shapes(layers, ready.inputs.shape[1:])[-1]) == 1
    return plain and bare and flat and _ends_in_softmax(layers) and len(ready.val) > 0


def _is_dense_on_pixels(recipe: Recipe) -> bool:
    return recipe.backbone is None and recipe.model is None and recipe.augmentation is None


def _widest(ready: Prepared) -> int:
    """Return the most values of an image that lie between two layers."""
    shapes = _shapes(_layers(ready.recipe), ready.inputs.shape[1:])
    return max(math.prod(shape) for shape in shapes)


def _shapes(layers: Sequence[Layer], shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the shape of an image before the first layer, and after each."""
    found = [shape]
    for layer in layers:
        if layer.kind == "Dense":
            shape = (*shape[:-1], layer.units or 1)
        elif layer.kind == "Flatten":
            shape = (math.prod(shape),)
        found.append(shape)
    return found


def train(readies: Sequence[Prepared], probed: tuple[NDArray[Any], NDArray[Any]]) -> list[History]:
    """Train recipes that differ in `seed` and `order_seed` only; return the history of each.

    `probed` are training images and their labels as class numbers, for the inference-mode curve.
    """
    first = readies[0]
    each = (first.recipe.batch_size or 32) * _widest(first)
    # Parts of one length, the last one filled up, so that one loop is compiled for all.
    parts = -(-len(readies) * each // MOST_VALUES)
    size = -(-len(readies) // parts)
    filled = [*readies, *[readies[-1]] * (parts * size - len(readies))]
    replicas = _Replicas(filled[:size])
    histories: list[History] = []
    for at in range(0, len(filled), size):
        if at:
            replicas.begin(filled[at : at + size])
        histories.extend(_histories(replicas, probed))
    return histories[: len(readies)]


def _histories(replicas: _Replicas, probed: tuple[NDArray[Any], NDArray[Any]]) -> list[History]:
    """Train all epochs of these replicas, and return what they show."""
    first = replicas.first
    held = (np.asarray(first.inputs[first.val]), first.labels[first.val].astype(np.int32))
    shown = (probed[0], probed[1].astype(np.int32))
    histories: list[History] = [{} for _ in range(replicas.count)]
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

        self._readies, self.first, self.count = readies, readies[0], len(readies)
        recipe = self.first.recipe
        assert recipe.optimizer is not None
        self._batch = recipe.batch_size or 32
        self._steps = steps_per_epoch(self.first)
        self._layers = _layers(recipe)
        self._variables = [keras.Variable(value) for value in self._initial()]
        rates = schedules.table(recipe.optimizer, recipe.epochs or 1, self._steps)
        self._optimizer = network.optimizer(recipe.optimizer, rates)
        self._optimizer.build(self._variables)
        memory = self._optimizer.variables
        self._before = [(v, keras.ops.convert_to_numpy(v).copy()) for v in memory]
        scale = 1.0 if self.first.on_features else recipe.input_scale or 1.0
        self._forward = _Forward(self._layers, self._seeds(), scale)
        self._x = tf.constant(self.first.inputs)
        self._y = tf.constant(self.first.labels.astype(np.int32))
        weights = image_weights(self.first)
        ones = np.ones(len(self.first.labels), np.float32)
        self._worth = tf.constant(ones if weights is None else weights)
        self._compiled = tf.function(self._epoch)
        self._evaluated = tf.function(self._evaluate)

    def begin(self, readies: Sequence[Prepared]) -> None:
        """Start as many other replicas, of the same images and layers, from the beginning."""
        self._readies = readies
        for variable, value in zip(self._variables, self._initial(), strict=True):
            variable.assign(value)
        for variable, value in self._before:
            variable.assign(value)
        self._forward.key(self._seeds())

    def _seeds(self) -> list[int]:
        return [ready.recipe.seed or 0 for ready in self._readies]

    def _initial(self) -> list[NDArray[np.float32]]:
        return _initial(self._layers, self.first.inputs.shape[1:], self._seeds())

    def epoch(self, number: int) -> tuple[Any, Any]:
        """Train one epoch, counted from 1; return mean loss and accuracy of each replica."""
        import tensorflow as tf

        total = len(self.first.train)
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

        losses, hits = tf.zeros(self.count), tf.zeros(self.count)
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

        logits = self._forward(tf.repeat(some[None], self.count, axis=0), self._values(), None)
        wide = tf.repeat(labels[None], self.count, axis=0)
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(wide, logits)
        return tf.reduce_mean(each, axis=1), _right(logits, wide) / labels.shape[0]


class _Forward:
    """The layers over (replicas, images, ...), up to the scores before softmax."""

    def __init__(self, layers: Sequence[Layer], seeds: Sequence[int], scale: float = 1.0) -> None:
        import tensorflow as tf

        self._layers, self._count, self._scale = layers, len(seeds), scale
        self._keys = [tf.Variable(tf.zeros(len(seeds), tf.int32)) for _ in layers]
        self.key(seeds)

    def key(self, seeds: Sequence[int]) -> None:
        """Let each replica draw its masks by its own seed."""
        for keys, layer in zip(self._keys, self._layers, strict=True):
            name = layer.name or layer.kind.lower()
            drawn = [streams.stream(seed, f"{name}/seed_generator") for seed in seeds]
            # Keras brings the states of its generators to 32 bits so.
            keys.assign(np.array(drawn) % (2**31 - 2))

    def __call__(self, x: Any, weights: Sequence[Any], step: Any) -> Any:
        """`step` counts updates and draws the dropout masks; `None` is inference."""
        import tensorflow as tf

        x = tf.cast(x, tf.float32)
        if self._scale != 1:
            x *= self._scale
        left = list(weights)
        for layer, keys in zip(self._layers, self._keys, strict=True):
            if layer.kind == "Dense":
                x = self._dense(x, layer, left)
            elif layer.kind == "Dropout" and step is not None and layer.rate:
                x = self._dropped(x, layer.rate, keys, step)
            elif layer.kind == "Flatten":
                x = tf.reshape(x, (self._count, -1, math.prod(x.shape[2:])))
            elif layer.kind == "ReLU":
                x = tf.nn.relu(x)
            elif layer.kind == "Activation" and layer.activation != "softmax":
                x = keras.activations.get(layer.activation)(x)
        return x

    def _dense(self, x: Any, layer: Layer, left: list[Any]) -> Any:
        """Apply a layer to the last axis, as Keras does, whatever axes stand before it."""
        import tensorflow as tf

        places = x.shape[2:-1]
        if places:
            x = tf.reshape(x, (self._count, -1, x.shape[-1]))
        x = tf.matmul(x, left.pop(0))
        if layer.use_bias is not False:
            x += left.pop(0)
        if layer.activation not in {None, "linear", "softmax"}:
            x = keras.activations.get(layer.activation)(x)
        return tf.reshape(x, (self._count, -1, *places, x.shape[-1])) if places else x

    def penalty(self, weights: Sequence[Any]) -> Any:
        import tensorflow as tf

        left, terms = list(weights), tf.zeros(self._count)
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

    def _dropped(self, x: Any, rate: float, keys: Any, step: Any) -> Any:
        """Drop by the mask that Keras' own layer has in each replica's training at this step."""
        import tensorflow as tf

        step = tf.cast(step, tf.int32)
        seeds = [tf.stack([keys[replica], step]) for replica in range(self._count)]
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
    layers: Sequence[Layer], shape: tuple[int, ...], seeds: Sequence[int]
) -> list[NDArray[np.float32]]:
    """Return kernels and biases stacked over replicas, as Keras would have drawn each."""
    weights = []
    for layer, before in zip(layers, _shapes(layers, shape), strict=False):
        if layer.kind != "Dense":
            continue
        size = (before[-1], layer.units or 1)
        name = layer.name or layer.kind.lower()
        glorot = keras.initializers.GlorotUniform()
        kernels = [
            np.asarray(streams.initial(glorot, seed, f"{name}/kernel", size, keras.config.floatx()))
            for seed in seeds
        ]
        weights.append(np.stack(kernels))
        if layer.use_bias is not False:
            weights.append(np.zeros((len(seeds), 1, size[1]), np.float32))
    return weights
