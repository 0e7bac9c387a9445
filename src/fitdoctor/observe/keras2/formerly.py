"""Layers, metrics and functions of Keras 1 and 2 that nothing in `tf_keras` stands for.

What each does is Keras' own of 1.2 or 2.2. Loaded only where a script asks for one of them.
"""

from __future__ import annotations

import importlib
import os
import re
import string
from collections.abc import Callable
from typing import Any

import numpy as np

tf: Any = importlib.import_module("tensorflow")
keras: Any = importlib.import_module("tf_keras")
backend: Any = keras.backend
layers: Any = keras.layers


def AtrousConvolution1D(*given: Any, **named: Any) -> Any:  # noqa: N802 - its name
    """Return a convolution with holes, as Keras 1 called it."""
    return layers.Conv1D(*given, **_dilated(named))


def AtrousConvolution2D(*given: Any, **named: Any) -> Any:  # noqa: N802
    """Return a convolution with holes, as Keras 1 called it."""
    return layers.Conv2D(*given, **_dilated(named))


def _dilated(named: dict[str, Any]) -> dict[str, Any]:
    rate = named.pop("atrous_rate", None)
    return named if rate is None else {**named, "dilation_rate": rate}


def Deconvolution2D(*given: Any, **named: Any) -> Any:  # noqa: N802
    """Return a transposed convolution; Keras 1 was told the shape of its output as well."""
    return layers.Conv2DTranspose(*_without_shape(given, 2, named), **named)


def Deconvolution3D(*given: Any, **named: Any) -> Any:  # noqa: N802
    """Return a transposed convolution; Keras 1 was told the shape of its output as well."""
    return layers.Conv3DTranspose(*_without_shape(given, 3, named), **named)


def _without_shape(given: tuple[Any, ...], sides: int, named: dict[str, Any]) -> tuple[Any, ...]:
    """Return filters and kernel; the output's shape follows from strides and padding."""
    named.pop("output_shape", None)
    sizes = given[1 : 1 + sides]
    if len(sizes) == sides and all(isinstance(n, int | np.integer) for n in sizes):
        return (given[0], tuple(int(n) for n in sizes))
    return given


AtrousConv1D, AtrousConv2D = AtrousConvolution1D, AtrousConvolution2D
Deconv2D, Deconv3D = Deconvolution2D, Deconvolution3D


def TimeDistributedDense(*given: Any, **named: Any) -> Any:  # noqa: N802
    """Return a dense layer for each step of a sequence."""
    outer = {n: named.pop(n) for n in ("input_shape", "input_dim", "input_length") if n in named}
    if "input_dim" in outer:
        outer["input_shape"] = (outer.pop("input_length", None), outer.pop("input_dim"))
    return layers.TimeDistributed(layers.Dense(*given, **named), **outer)


class MaxoutDense(layers.Layer):  # type: ignore[misc]
    """The largest of several linear maps."""

    def __init__(
        self, units: int, nb_feature: int = 4, kernel_initializer: Any = "glorot_uniform",
        kernel_regularizer: Any = None, use_bias: bool = True, **named: Any,
    ) -> None:  # fmt: skip
        super().__init__(**named)
        self.units, self.nb_feature, self.bias = units, nb_feature, use_bias
        self.drawn = {"initializer": kernel_initializer, "regularizer": kernel_regularizer}

    def build(self, shape: Any) -> None:
        sizes = (self.nb_feature, int(shape[-1]), self.units)
        self.w = self.add_weight(name="w", shape=sizes, **self.drawn)
        self.b = self.add_weight(name="b", shape=(sizes[0], sizes[2]), initializer="zeros")
        super().build(shape)

    def call(self, inputs: Any) -> Any:
        mapped = tf.einsum("bi,fio->bfo", inputs, self.w)
        return tf.reduce_max(mapped + self.b if self.bias else mapped, axis=1)


class Highway(layers.Layer):  # type: ignore[misc]
    """A dense layer of as many units as inputs, of which a gate lets some through unchanged."""

    def __init__(
        self, activation: Any = None, transform_bias: float = -1,
        kernel_initializer: Any = "glorot_uniform", kernel_regularizer: Any = None, **named: Any,
    ) -> None:  # fmt: skip
        super().__init__(**named)
        self.drawn = {"initializer": kernel_initializer, "regularizer": kernel_regularizer}
        self.activation, self.transform_bias = keras.activations.get(activation), transform_bias

    def build(self, shape: Any) -> None:
        size = int(shape[-1])
        gate = keras.initializers.Constant(self.transform_bias)
        for name in ("w", "w_carry"):
            setattr(self, name, self.add_weight(name=name, shape=(size, size), **self.drawn))
        self.b = self.add_weight(name="b", shape=(size,), initializer="zeros")
        self.b_carry = self.add_weight(name="b_carry", shape=(size,), initializer=gate)
        super().build(shape)

    def call(self, inputs: Any) -> Any:
        gate = tf.sigmoid(inputs @ self.w_carry + self.b_carry)
        return self.activation(inputs @ self.w + self.b) * gate + (1 - gate) * inputs


class ParametricSoftplus(layers.Layer):  # type: ignore[misc]
    """alpha * log(1 + exp(beta * x)), with both learnt."""

    def __init__(self, alpha_init: float = 0.2, beta_init: float = 5.0, **named: Any) -> None:
        super().__init__(**named)
        self.begun = (alpha_init, beta_init)

    def build(self, shape: Any) -> None:
        sizes = tuple(int(n) for n in shape[1:])
        alpha, beta = (keras.initializers.Constant(value) for value in self.begun)
        self.alphas = self.add_weight(name="alphas", shape=sizes, initializer=alpha)
        self.betas = self.add_weight(name="betas", shape=sizes, initializer=beta)
        super().build(shape)

    def call(self, inputs: Any) -> Any:
        return tf.nn.softplus(self.betas * inputs) * self.alphas


def precision(y_true: Any, y_pred: Any) -> Any:
    """Return the share of what is called positive in a batch that is, as Keras 1 did."""
    hit = backend.sum(backend.round(backend.clip(y_true * y_pred, 0, 1)))
    return hit / (backend.sum(backend.round(backend.clip(y_pred, 0, 1))) + backend.epsilon())


def recall(y_true: Any, y_pred: Any) -> Any:
    """Return the share of what is positive in a batch that is called so, as Keras 1 did."""
    hit = backend.sum(backend.round(backend.clip(y_true * y_pred, 0, 1)))
    return hit / (backend.sum(backend.round(backend.clip(y_true, 0, 1))) + backend.epsilon())


def fbeta_score(y_true: Any, y_pred: Any, beta: float = 1) -> Any:
    """Return the weighted harmonic mean of precision and recall in a batch, as Keras 1 did."""
    p, r = precision(y_true, y_pred), recall(y_true, y_pred)
    return (1 + beta**2) * p * r / (beta**2 * p + r + backend.epsilon())


def fmeasure(y_true: Any, y_pred: Any) -> Any:
    """Return the harmonic mean of precision and recall in a batch, as Keras 1 did."""
    return fbeta_score(y_true, y_pred, beta=1)


def matthews_correlation(y_true: Any, y_pred: Any) -> Any:
    """Return how well two classes agree in a batch, as Keras 1 did."""
    said, meant = (backend.round(backend.clip(y, 0, 1)) for y in (y_pred, y_true))
    tp, tn = backend.sum(meant * said), backend.sum((1 - meant) * (1 - said))
    fp, fn = backend.sum((1 - meant) * said), backend.sum(meant * (1 - said))
    below = backend.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / (below + backend.epsilon())


def multi_gpu_model(model: Any, gpus: Any = None, **_: Any) -> Any:
    """Return the network itself: what is computed is the same on one device."""
    del gpus
    return model


def clip_norm(gradient: Any, most: float, norm: Any) -> Any:
    """Return a gradient of at most a norm."""
    return gradient * most / tf.maximum(norm, most) if most > 0 else gradient


def get_fans(shape: Any, dim_ordering: str = "th") -> tuple[float, float]:
    """Return how many inputs and outputs a weight of a shape has, as Keras 1 counted them."""
    if len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) in (3, 4, 5):
        first = dim_ordering == "th"
        field = np.prod(shape[2:] if first else shape[:-2])
        ends = (shape[1], shape[0]) if first else shape[-2:]
        return float(ends[0] * field), float(ends[1] * field)
    side = float(np.sqrt(np.prod(shape)))
    return side, side


def list_pictures(directory: str, ext: str = "jpg|jpeg|bmp|png") -> list[str]:
    """Return the pictures of a folder and of those below it."""
    ending = re.compile(rf"([\w]+\.(?:{ext}))")
    return [
        os.path.join(root, name)  # noqa: PTH118 - strings, as they were
        for root, _, names in os.walk(directory)
        for name in names
        if ending.match(name)
    ]


def base_filter() -> str:
    """Return the characters that a text is split at."""
    return string.punctuation.replace("'", "") + "\t\n"


def atrous_conv2d(x: Any, kernel: Any, rate: int = 1, border_mode: str = "valid", **_: Any) -> Any:
    """Return a convolution with holes."""
    return backend.conv2d(x, kernel, padding=border_mode, dilation_rate=(rate, rate))


def symbolic(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function as it is; Keras 2.3 marked those that make a graph."""
    return function


eager = symbolic


def convert_all_kernels_in_model(model: Any) -> None:
    """Leave weights as they are: only kernels of Theano were turned by this."""
    del model


class _Interfaces:
    """Decorators by which Keras 2 took the arguments of Keras 1; here layers take them anyway."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if not name.startswith(("legacy_", "convert_")):
            raise AttributeError(name)
        return symbolic


interfaces = _Interfaces()
