"""One network in three modes: as in training, with BatchNorm alone as in training, in inference.

`stateless_call` keeps moving statistics and random states as they are, on every backend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fitdoctor.training.started import keras

Mode = Literal["training", "batchnorm", "inference"]
Array = NDArray[np.float64]


class Modes:
    """The compiled forward passes of a model; each is compiled when first used."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self._calls: dict[Mode, Any] = {}

    def outputs(self, x: NDArray[Any], mode: Mode, batch: int) -> tuple[NDArray[Any], list[Any]]:
        """Return the outputs of whole batches, and after each what it would have stored.

        A last batch that is not whole is left out where it would be normalised by itself.
        """
        call = self._calls.get(mode) or self._compile(mode)
        weights = [v.value for v in self.model.trainable_variables]
        others = [v.value for v in self.model.non_trainable_variables]
        parts, stored = [], []
        whole = mode == "inference" or len(x) < batch or not normalisations(self.model)
        end = len(x) if whole else len(x) // batch * batch
        for start in range(0, end, batch):
            out, new = call(weights, others, np.asarray(x[start : start + batch]))
            parts.append(keras.ops.convert_to_numpy(out))
            stored.append(new)
        return np.concatenate(parts), stored

    def _compile(self, mode: Mode) -> Any:
        model = self.model

        def call(weights: Any, others: Any, x: Any) -> Any:
            # Which layers act as in training is decided while this is traced.
            with _quiet(model) if mode == "batchnorm" else _as_it_is():
                return model.stateless_call(weights, others, x, training=mode != "inference")

        self._calls[mode] = compiled(call)
        return self._calls[mode]


@contextmanager
def same_randomness() -> Iterator[None]:
    """Leave the backend's own random state as it was; torch draws dropout from a global one."""
    if keras.backend.backend() != "torch":
        yield
        return
    import torch

    with torch.random.fork_rng():
        yield


def compiled(function: Callable[..., Any]) -> Any:
    """Return the function compiled by the backend at hand; torch runs it as it is."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, reduce_retracing=True)
    if backend == "jax":
        import jax

        return jax.jit(function)
    return function


def normalisations(model: Any) -> list[Any]:
    """Return the BatchNormalization layers that learn, nested ones too."""
    return [
        layer
        for layer in model._flatten_layers(include_self=False)  # noqa: SLF001 - the only way to nested ones
        if type(layer).__name__ == "BatchNormalization" and layer.trainable
    ]


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


@contextmanager
def _quiet(model: Any) -> Iterator[None]:
    """Let every layer but BatchNorm act as in inference, whatever it is told."""
    changed = []
    for layer in model._flatten_layers(include_self=False):  # noqa: SLF001
        holds = hasattr(layer, "layers")
        if holds or type(layer).__name__ == "BatchNormalization":
            continue
        if not getattr(layer, "_call_has_training_arg", False):
            continue
        layer.call = _in_inference(layer.call)
        changed.append(layer)
    try:
        yield
    finally:
        for layer in changed:
            del layer.call


def _in_inference(call: Callable[..., Any]) -> Callable[..., Any]:
    def quiet(*arguments: Any, **named: Any) -> Any:
        return call(*arguments, **{**named, "training": False})

    return quiet


def fitting(y: Any, out: Any) -> Any:
    """Return labels, arrays or tensors, with a last axis of one where the outputs have one.

    `fit` gives them so to the loss.
    """
    return y[..., None] if len(y.shape) == len(out.shape) - 1 and out.shape[-1] == 1 else y


def losses(model: Any, y: NDArray[Any], out: NDArray[Any]) -> Array | None:
    """Return the loss of each image, without penalty terms; `None` for losses of another shape."""
    loss = model.loss
    if loss is None or isinstance(loss, (list, dict)):
        return None
    function = keras.losses.get(loss)
    plain = function.call if isinstance(function, keras.losses.Loss) else function
    values = np.asarray(keras.ops.convert_to_numpy(plain(fitting(y, out), out)), dtype=np.float64)
    if values.ndim < 1 or len(values) != len(y):
        return None
    return np.asarray(values.reshape(len(y), -1).mean(axis=1))


def penalty(model: Any) -> float:
    """Return the sum of the penalty terms as the weights are now."""
    return float(sum(float(keras.ops.convert_to_numpy(term)) for term in model.losses))
