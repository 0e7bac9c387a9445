"""A recipe and its prepared images to the compiled model that learns, and what it learns from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import RecipeError
from fitdoctor.training import backbones, network, own_model, schedules, streams
from fitdoctor.training.one_pass import norms_in_one_pass
from fitdoctor.training.prepare import Prepared, pooled
from fitdoctor.training.started import keras

LARGE_INPUT = 20_000
"""Features of an image from which on a head is a large one."""
PLAIN = {"Dense", "Dropout", "Flatten", "Activation", "ReLU", "Softmax"}
"""Layers of networks whose steps are short."""


def build(ready: Prepared) -> Any:
    """Return the compiled model that learns: the head on features, or the whole network."""
    recipe = ready.recipe
    model = norms_in_one_pass(streams.seeded(lambda: _network(ready), recipe.seed or 0))
    assert recipe.optimizer is not None
    model.compile(
        optimizer=network.optimizer(recipe.optimizer, _rates(ready)),
        loss=network.loss_of(recipe),
        metrics=["accuracy"],
        # Compiling a small head with XLA costs more than it gains.
        jit_compile=False if is_small_head(ready) else "auto",
    )
    return model


def is_small_head(ready: Prepared) -> bool:
    """Return whether this is a head on features whose steps cost less than what lies between them.

    A Dense layer on a whole feature map has so many weights that updating them takes the time; XLA
    does that in one pass.
    """
    return ready.on_features and int(np.prod(ready.inputs.shape[1:])) <= LARGE_INPUT


def runs_in_one_graph(ready: Prepared) -> bool:
    """Return whether a whole epoch is compiled as one loop: small heads, Dense layers on pixels.

    What Keras spends between two steps of these is a third of an epoch and more.
    """
    recipe = ready.recipe
    if recipe.backbone is not None or recipe.model is not None or recipe.augmentation is not None:
        return is_small_head(ready)
    few = int(np.prod(ready.inputs.shape[1:])) <= LARGE_INPUT
    return few and {layer.kind for layer in recipe.layers} <= PLAIN


def _network(ready: Prepared) -> Any:
    recipe = ready.recipe
    inputs = keras.Input(ready.inputs.shape[1:], name="features" if ready.on_features else "image")
    if ready.on_features:
        layers = recipe.layers[1:] if pooled(recipe) else recipe.layers
        return _with_layers(inputs, inputs, layers)
    tensor = network.augmented(inputs, recipe.augmentation)
    if recipe.backbone is not None:
        tensor = backbones.build(recipe.backbone, recipe.image_size or 128)(tensor)
    elif recipe.input_scale not in {None, 1.0}:
        tensor = keras.layers.Rescaling(recipe.input_scale, name="scale")(tensor)
    if recipe.model is not None:
        own = own_model.build(recipe, ready.inputs.shape[1:], len(ready.classes))
        return keras.Model(inputs, own(tensor))
    return _with_layers(inputs, tensor, recipe.layers)


def _with_layers(inputs: Any, tensor: Any, layers: Any) -> Any:
    try:
        return keras.Model(inputs, network.apply_layers(tensor, layers))
    except ValueError as error:
        raise RecipeError(
            f"the layers do not fit together: {str(error).splitlines()[0]}"
        ) from error


def _rates(ready: Prepared) -> schedules.RateTable | None:
    recipe = ready.recipe
    assert recipe.optimizer is not None
    return schedules.table(recipe.optimizer, recipe.epochs or 1, steps_per_epoch(ready))


def steps_per_epoch(ready: Prepared) -> int:
    return math.ceil(len(ready.train) / (ready.recipe.batch_size or 32))


def targets(ready: Prepared) -> NDArray[Any]:
    """Return labels as the loss wants them: class numbers, or one-hot as wide as the output."""
    loss = ready.recipe.loss or ""
    if loss.startswith("sparse") and not network.blends_labels(ready.recipe):
        return ready.labels
    units = next((x.units for x in reversed(ready.recipe.layers) if x.kind == "Dense"), None)
    if units == 1:
        return ready.labels.astype(np.float32)[:, None]
    return np.eye(units or len(ready.classes), dtype=np.float32)[ready.labels]


def class_weights(ready: Prepared) -> dict[int, float] | None:
    """Return the weight of each class in the training loss; `None` where all count alike.

    Raises `RecipeError` where the given names are not the classes.
    """
    given = ready.recipe.class_weight
    if given is None:
        return None
    if isinstance(given, dict):
        if set(given) != set(ready.classes):
            raise RecipeError(
                f"class_weight names {', '.join(sorted(given))}; the classes are "
                f"{', '.join(ready.classes)}"
            )
        return {i: float(given[name]) for i, name in enumerate(ready.classes)}
    counts = np.bincount(ready.labels[ready.train], minlength=len(ready.classes))
    return {i: float(len(ready.train) / (len(counts) * max(n, 1))) for i, n in enumerate(counts)}


def image_weights(ready: Prepared) -> NDArray[np.float32] | None:
    """Return the weight of each image in the training loss, by its class."""
    weights = class_weights(ready)
    if weights is None:
        return None
    return np.array([weights[int(label)] for label in ready.labels], dtype=np.float32)
