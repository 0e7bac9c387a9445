"""What can be read off somebody's compiled Keras model, as a recipe.

What cannot be read is left out rather than guessed: a function of one's own may hold any layer, a
loss of one's own any formula.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from fitdoctor.catalogue.backbones import member
from fitdoctor.catalogue.layers import ACTIVATIONS
from fitdoctor.catalogue.names import snake
from fitdoctor.code.keras_config import layer_of, optimizer_of
from fitdoctor.records.network import OPAQUE, WEIGHTED
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.training.started import keras

LEAST_LAYERS_OF_A_BACKBONE = 40
"""A nested model of fewer is a part of the network: augmentation, or a head."""


def described(model: Any, epochs: int | None = None) -> Recipe:
    """Return what can be read off a compiled model."""
    layers: list[Layer] = []
    backbone: Backbone | None = None
    for part in _parts(model):
        if isinstance(part, Backbone):
            # What prepares images for the backbone stays; layers that learn before it are its own.
            backbone, layers = part, [x for x in layers if x.kind not in WEIGHTED]
        else:
            layers.append(part)
    return Recipe(
        backbone=backbone,
        layers=tuple(layers),
        loss=_loss(model.loss),
        optimizer=_optimizer(model),
        epochs=epochs,
        keras=keras.__version__,
    )


def _parts(model: Any) -> Iterator[Layer | Backbone]:
    """Yield layers and backbones in the order in which they are called, where that is known.

    A subclass may call its layers in any order, and functions between them and behind them.
    """
    graph = hasattr(model, "operations") or getattr(model, "_is_graph_network", False)  # Keras 2
    known = isinstance(model, keras.Sequential) or graph
    for part in getattr(model, "operations", model.layers):
        if not isinstance(part, keras.layers.Layer):
            yield _operation(part)
        elif hasattr(part, "layers"):
            name = member(part.name)
            if name is not None or len(part.layers) >= LEAST_LAYERS_OF_A_BACKBONE:
                yield Backbone(name=name or part.name, trainable=bool(part.trainable))
            else:
                yield from _parts(part)
        elif type(part).__name__ != "InputLayer":
            yield _layer(part)
    if not known:
        yield Layer(kind=OPAQUE, name=type(model).__name__)


def _operation(operation: Any) -> Layer:
    """Return a function of `keras.ops` on the way through the network."""
    name = snake(type(operation).__name__)
    if name in ACTIVATIONS:
        return Layer(kind="Activation", name=operation.name, activation=name)
    return Layer(kind=OPAQUE, name=operation.name)


def _layer(layer: Any) -> Layer:
    trainable = None if layer.trainable else False
    if not _of_keras(type(layer)):
        return Layer(kind=OPAQUE, name=layer.name, trainable=trainable)
    if isinstance(layer, keras.layers.Lambda):  # whose configuration comes with a warning
        return Layer(kind="Lambda", name=layer.name, trainable=trainable)
    try:
        config = layer.get_config()
    except Exception:  # noqa: BLE001 # of a function inside it that cannot be written down
        return Layer(kind=OPAQUE, name=layer.name, trainable=trainable)
    shape = getattr(layer, "batch_shape", None) or config.get("batch_input_shape")
    return replace(
        layer_of(type(layer).__name__, config),
        name=layer.name,
        activation=_activation(config.get("activation")),
        rate=_factor(config),
        trainable=trainable,
        input_shape=tuple(shape[1:]) if shape else None,
        output_shape=_output_shape(layer),
        parameters=layer.count_params() if layer.built else None,
    )


def _output_shape(layer: Any) -> tuple[int | None, ...] | None:
    """Return the shape behind a layer, without the batch; `None` before it is called, or often."""
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):
        return None
    return tuple(None if n is None else int(n) for n in shape[1:])


def _optimizer(model: Any) -> Optimizer | None:
    """Return the optimizer by its configuration, with the rate of its next step."""
    optimizer = model.optimizer
    if not optimizer:
        return None
    try:
        config = optimizer.get_config()
    except Exception:  # noqa: BLE001 # of an optimizer of one's own
        config = {}
    rate = config.get("learning_rate")
    given = {"class_name": type(_wrapped(optimizer)).__name__, "config": config}
    found = optimizer_of(given) or Optimizer()
    return replace(
        found,
        learning_rate=found.learning_rate if isinstance(rate, dict) else learning_rate(model),
        momentum=found.momentum or None,
    )


def _wrapped(optimizer: Any) -> Any:
    """Return the optimizer itself, of one of TensorFlow 1 that Keras has wrapped."""
    return optimizer.optimizer if type(optimizer).__name__ == "TFOptimizer" else optimizer


def _factor(config: dict[str, Any]) -> float | None:
    """Return the rate of a dropout, or what a Rescaling multiplies with."""
    given = config.get("rate", config.get("scale"))
    return float(given) if isinstance(given, (float, int)) and given is not True else None


def _activation(given: Any) -> str | None:
    """Return an activation's name; a function of one's own is one that is not known, not none."""
    if given is None or isinstance(given, str):
        return given
    name = given.get("config") if isinstance(given, dict) else None
    plain = name.removesuffix("_v2") if isinstance(name, str) else ""  # tf.nn.softmax
    return plain if plain in ACTIVATIONS else "unknown"


def _loss(loss: Any) -> str | None:
    """Return the name of a loss of Keras, and whether it takes logits; `None` for any other."""
    if isinstance(loss, str):
        return loss
    keywords: dict[str, Any] = {}
    if isinstance(loss, functools.partial):
        loss, keywords = loss.func, loss.keywords
    own = loss if callable(loss) and hasattr(loss, "__name__") else type(loss)
    if loss is None or not _of_keras(own):
        return None
    name = snake(own.__name__)
    logits = keywords.get("from_logits", getattr(loss, "from_logits", False)) is True
    return f"{name}(from_logits)" if logits else name


def _of_keras(kind: Any) -> bool:
    return str(getattr(kind, "__module__", "")).startswith(("keras.", "tf_keras."))


def learning_rate(model: Any) -> float | None:
    """Return the rate of the optimizer's next step; `None` where it tells none."""
    optimizer = _wrapped(model.optimizer)
    rate = getattr(optimizer, "_learning_rate", getattr(optimizer, "_lr", None))
    try:
        exact = float(keras.ops.convert_to_numpy(getattr(optimizer, "learning_rate", rate)))
    except (AttributeError, TypeError, ValueError):
        return None
    return float(f"{exact:.7g}")  # as it was before it became a 32-bit figure
