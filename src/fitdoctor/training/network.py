"""Layers of a recipe to a Keras model whose every random stream is keyed by the layer's name."""

from __future__ import annotations

import zlib
from typing import Any

import keras

from fitdoctor.errors import RecipeError
from fitdoctor.records.recipe import Layer, Optimizer, Recipe

_OPTIONS = {
    "Activation": ("activation",),
    "AveragePooling2D": ("pool_size", "strides", "padding"),
    "BatchNormalization": ("momentum",),
    "Conv2D": ("units", "kernel_size", "strides", "padding", "activation", "use_bias"),
    "Dense": ("units", "activation", "use_bias"),
    "Dropout": ("rate",),
    "Flatten": (),
    "GlobalAveragePooling2D": (),
    "GlobalMaxPooling2D": (),
    "MaxPooling2D": ("pool_size", "strides", "padding"),
    "ReLU": (),
    "SeparableConv2D": ("units", "kernel_size", "strides", "padding", "activation", "use_bias"),
    "Softmax": (),
    "SpatialDropout2D": ("rate",),
}
"""Kinds that a recipe may name -> which fields of a Layer it takes."""


def apply_layers(tensor: Any, layers: tuple[Layer, ...], seed: int) -> Any:
    """Put the layers on top of a Keras tensor."""
    for layer in layers:
        tensor = _keras_layer(layer, seed)(tensor)
    return tensor


def stream(seed: int, name: str) -> int:
    """Return the seed of a layer's own random stream: adding a layer leaves the others alone."""
    return zlib.crc32(f"{seed}/{name}".encode())


def optimizer(settings: Optimizer) -> Any:
    """Return the Keras optimizer; time decay becomes a schedule, since Keras 3 ignores `decay`."""
    make = getattr(keras.optimizers, settings.name or "Adam", None)
    if make is None:
        raise RecipeError(f"optimizer {settings.name}: not one of keras.optimizers")
    rate: Any = settings.learning_rate
    if settings.decay:
        rate = keras.optimizers.schedules.InverseTimeDecay(rate, 1, settings.decay)
    options: dict[str, Any] = {"learning_rate": rate}
    if settings.momentum is not None:
        options["momentum"] = settings.momentum
    if settings.nesterov is not None:
        options["nesterov"] = settings.nesterov
    try:
        return make(**options)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"optimizer {settings.name}: {error}") from error


def loss_of(recipe: Recipe) -> Any:
    name = recipe.loss or "sparse_categorical_crossentropy"
    try:
        return keras.losses.get(name)
    except ValueError as error:
        raise RecipeError(f"loss {name}: not one of keras.losses") from error


def _keras_layer(layer: Layer, seed: int) -> Any:
    if layer.kind not in _OPTIONS:
        raise RecipeError(f"layer {layer.kind}: a recipe may hold {', '.join(sorted(_OPTIONS))}")
    name = layer.name or layer.kind.lower()
    options: dict[str, Any] = {"name": name}
    for field in _OPTIONS[layer.kind]:
        value = getattr(layer, field)
        if value is not None:
            options["filters" if field == "units" and "Conv" in layer.kind else field] = value
    own = stream(seed, name)
    if layer.kind in {"Dense", "Conv2D"}:
        options["kernel_initializer"] = keras.initializers.GlorotUniform(seed=own)
    if layer.kind in {"Dropout", "SpatialDropout2D"}:
        options["seed"] = own
    if layer.l1 or layer.l2:
        options["kernel_regularizer"] = keras.regularizers.L1L2(layer.l1 or 0.0, layer.l2 or 0.0)
    try:
        return getattr(keras.layers, layer.kind)(**options)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"layer {layer.kind} ({name}): {str(error).splitlines()[0]}") from error
