"""A network in inference mode as a function of a batch, as fast as the backend has it.

On TensorFlow the weights are constants of the graph, and BatchNorm is folded into the convolution
before it: y = g (K x - m) / sqrt(v + e) + b is a convolution with a scaled kernel and an offset,
which runs as one operation instead of three (Krishnamoorthi 2018, arXiv:1806.08342, section 3.2).
Sums are rounded elsewhere, so outputs differ in the sixth digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.recipe import Backbone
from fitdoctor.training import backbones
from fitdoctor.training.started import keras

Forward = Callable[[NDArray[np.float32]], NDArray[np.float32]]
MOST_FOLDED = 800_000_000
"""Bytes of weights that are written into a graph; TensorFlow takes two billion."""
AT_ONCE = 2
"""Batches in work at the same time: while one is handed over the other keeps the cores busy."""

_KEPT: dict[int, tuple[Any, Forward]] = {}


def frozen(backbone: Backbone, image_size: int) -> Forward:
    """Return a frozen backbone as a function of a batch of raw pixels, traced once for all uses."""
    network = backbones.frozen(backbone, image_size)
    if id(network) not in _KEPT:
        _KEPT.clear()
        _KEPT[id(network)] = network, forward(network)
    return _KEPT[id(network)][1]


def at_once() -> int:
    """Return how many batches may be computed at the same time; Keras' own `predict` takes one."""
    return AT_ONCE if keras.backend.backend() == "tensorflow" else 1


def forward(network: Any, before: Callable[[Any], Any] = lambda batch: batch) -> Forward:
    """Return the network as a function of a batch; `before` is done to each batch first.

    Batches must be of one shape, or each is traced anew.
    """
    size = sum(v.numpy().nbytes for v in network.variables)
    if keras.backend.backend() != "tensorflow" or size > MOST_FOLDED:
        return lambda batch: np.asarray(network.predict_on_batch(before(batch)), dtype=np.float32)
    import tensorflow as tf

    folded = _folded(network)
    groups = network.trainable_variables, network.non_trainable_variables

    def call(batch: Any) -> Any:
        held = ([tf.constant(folded[id(v)]) for v in group] for group in groups)
        return network.stateless_call(*held, before(batch), training=False)[0]

    traced = tf.function(call)
    return lambda batch: np.asarray(traced(tf.constant(batch)), dtype=np.float32)


def _folded(network: Any) -> dict[int, NDArray[Any]]:
    """Return the value of each variable, by its id, with BatchNorm folded where that can be.

    The layers stay: what is left of a BatchNorm multiplies by one, which the graph drops.
    """
    values = {id(v): v.numpy() for v in network.variables}
    for layer in _inner(network):
        before = _convolution_before(layer)
        one = np.float32(1) - np.float32(getattr(layer, "epsilon", 0))
        if before is None or np.float32(one + np.float32(layer.epsilon)) != 1:
            continue
        mean, variance = (values[id(v)] for v in (layer.moving_mean, layer.moving_variance))
        scale = values[id(layer.gamma)] / np.sqrt(variance + layer.epsilon)
        kernel = values[id(before.kernel)]
        # A depthwise kernel has (height, width, channels, multiplier), its outputs in that order.
        along = kernel.shape[2:] if _depthwise(before) else scale.shape
        values[id(before.kernel)] = np.asarray(kernel * scale.reshape(along), kernel.dtype)
        bias = np.zeros_like(mean)
        if before.use_bias:
            bias = values[id(before.bias)]
            values[id(before.bias)] = np.zeros_like(bias)
        offset = values[id(layer.beta)] + (bias - mean) * scale
        values[id(layer.beta)] = np.asarray(offset, mean.dtype)
        values[id(layer.gamma)] = np.ones_like(scale)
        values[id(layer.moving_mean)] = np.zeros_like(mean)
        values[id(layer.moving_variance)] = np.full_like(variance, one)
    return values


def _inner(network: Any) -> Iterator[Any]:
    for layer in network.layers:
        if hasattr(layer, "layers"):
            yield from _inner(layer)
        else:
            yield layer


def _convolution_before(layer: Any) -> Any:
    """Return the convolution that only this BatchNorm reads; `None` where there is none."""
    if type(layer).__name__ != "BatchNormalization" or not (layer.scale and layer.center):
        return None
    # Keras has no public name for what stands before a layer.
    if len(layer._inbound_nodes) != 1:  # noqa: SLF001
        return None
    before = layer.input._keras_history.operation  # noqa: SLF001
    if type(before).__name__ not in {"Conv2D", "DepthwiseConv2D"}:
        return None
    alone = len(before._inbound_nodes) == len(before._outbound_nodes) == 1  # noqa: SLF001
    linear = before.activation is keras.activations.linear
    last = layer.axis in {-1, 3} and before.data_format == "channels_last"
    return before if alone and linear and last else None


def _depthwise(layer: Any) -> bool:
    return type(layer).__name__ == "DepthwiseConv2D"
