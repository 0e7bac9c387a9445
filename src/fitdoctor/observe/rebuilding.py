"""A network made anew with one layer changed: what stays keeps its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fitdoctor.observe.patient import Patient, UntreatableError


def rebuilt(patient: Patient, change: Callable[[Any], Any]) -> Any:
    """Return a network of `change(layer)` for each layer; `None` leaves a layer out.

    Layers that are returned as they are keep their weights. Raises `UntreatableError` for a network
    whose layers are called by a method of its own.
    """
    _check(patient)
    keras, model = patient.keras, patient.model
    if isinstance(model, keras.Sequential):
        layers = [new for layer in model.layers if (new := change(layer)) is not None]
        shape = model.input_shape
        return keras.Sequential([keras.Input(batch_shape=shape), *layers], name=model.name)

    def clone(layer: Any) -> Any:
        new = change(layer)
        return keras.layers.Identity(name=layer.name) if new is None else new

    return keras.models.clone_model(model, clone_function=clone)


def inserted(patient: Patient, layer: Any, *, before: Any) -> Any:
    """Return the network with another layer before one of its own."""
    _check(patient)
    keras, model = patient.keras, patient.model
    if isinstance(model, keras.Sequential):
        at = model.layers.index(before)
        layers = [*model.layers[:at], layer, *model.layers[at:]]
        return keras.Sequential([keras.Input(batch_shape=model.input_shape), *layers])

    def call(own: Any, *given: Any, **named: Any) -> Any:
        return own(layer(*given), **named) if own is before else own(*given, **named)

    return keras.models.clone_model(model, clone_function=lambda own: own, call_function=call)


def with_weights(patient: Patient, model: Any) -> Any:
    """Give a network the weights of the patient's layers of the same names and shapes."""
    before = {layer.name: layer for layer in patient.model.layers}
    for layer in model.layers:
        own = before.get(layer.name)
        if own is None or own is layer:
            continue
        values = own.get_weights()
        if [v.shape for v in values] == [tuple(w.shape) for w in layer.weights]:
            layer.set_weights(values)
    return model


def _check(patient: Patient) -> None:
    keras, model = patient.keras, patient.model
    sequential = isinstance(model, keras.Sequential)
    if sequential and not model.built:
        model.build(patient.inputs.shape)
    kind = type(model)
    if not sequential and not hasattr(model, "operations"):
        raise UntreatableError("the network calls its layers in a method of its own")
    if "train_step" in vars(kind) and kind.__module__.partition(".")[0] not in {
        "keras",
        "tf_keras",
    }:
        raise UntreatableError("the network has a training step of its own")
