"""Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391), also inside nested networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fitdoctor.training.started import keras


def heat(
    model: Any, images: NDArray[np.uint8], outputs: NDArray[np.int64]
) -> list[NDArray[np.float32] | None]:
    """Return how much each place of each image speaks for its output, 0 to 1, (size, size).

    Of the feature map nearest to the output. `None` where the network has none.
    """
    parts = halves(model)
    if parts is None or not len(images):
        return [None] * len(images)
    front, back = parts
    maps_ = front(np.asarray(images, dtype=np.float32), training=False)
    return heat_of(back, maps_, outputs, images.shape[1])


def heat_of(
    back: Any, features: Any, outputs: NDArray[np.int64], size: int
) -> list[NDArray[np.float32] | None]:
    """Return the heat of each image from its feature map; `back` is what leads to the outputs."""
    values, slope = _with_gradient(back, features, outputs)
    weights = slope.mean(axis=(1, 2), keepdims=True)
    maps = np.maximum((weights * values).sum(axis=-1), 0)
    maps /= np.maximum(maps.max(axis=(1, 2), keepdims=True), 1e-12)
    return [
        np.asarray(
            Image.fromarray(m.astype(np.float32)).resize((size, size), Image.Resampling.BICUBIC)
        ).clip(0, 1)
        for m in maps
    ]


def halves(model: Any) -> tuple[Any, Any] | None:
    """Return the network up to its last feature map, and from there on; `None` without a map.

    The map is looked for backwards from the output; where the outer network shows none, inside the
    last network nested in it.
    """
    if not hasattr(model, "inputs") or not model.inputs:
        return None
    waiting, seen = [model.outputs[0]], set[int]()
    nested = []
    while waiting:
        tensor = waiting.pop(0)
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        if len(tensor.shape) == 4 and not any(tensor is t for t in model.inputs):
            return keras.Model(model.inputs[0], tensor), keras.Model(tensor, model.outputs[0])
        operation, node, _ = tensor._keras_history  # noqa: SLF001 - Keras' only way back
        inputs = operation._inbound_nodes[node].input_tensors  # noqa: SLF001
        if hasattr(operation, "layers") and inputs:
            nested.append((operation, inputs[0], tensor))
        waiting += inputs
    for inner, before, after in nested:
        found = halves(inner)
        if found is not None:
            front, back = found
            rest = keras.Model(after, model.outputs[0]) if after is not model.outputs[0] else None
            start = keras.Input(front.output.shape[1:])
            end = back(start) if rest is None else rest(back(start))
            return keras.Model(model.inputs[0], front(before)), keras.Model(start, end)
    return None


def _with_gradient(
    back: Any, features: Any, outputs: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the feature maps and the slope of each image's output, in logarithm, by its map."""
    backend = keras.backend.backend()

    def target(x: Any) -> Any:
        out = back(x, training=False)
        if out.shape[-1] == 1:
            out = keras.ops.concatenate([1 - out, out], axis=1)
        chosen = keras.ops.one_hot(outputs, out.shape[-1])
        own = keras.ops.sum(out * chosen, axis=1)
        # Images do not touch each other, so the slope of the sum is that of each.
        return keras.ops.sum(keras.ops.log(keras.ops.maximum(own, 1e-7)))

    slope: Any
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(features)
            value = target(features)
        slope = tape.gradient(value, features)
    elif backend == "jax":
        import jax

        slope = jax.grad(target)(features)
    else:
        features = features.detach().requires_grad_(True)
        target(features).backward()
        slope = features.grad
    return np.asarray(keras.ops.convert_to_numpy(features)), np.asarray(
        keras.ops.convert_to_numpy(slope)
    )
