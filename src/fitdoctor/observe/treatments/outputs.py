"""Treatments of what the network says, and what it is held against."""

from __future__ import annotations

from typing import Any

from fitdoctor.catalogue.losses import ALIASES
from fitdoctor.observe import arrays
from fitdoctor.observe.patient import Patient
from fitdoctor.observe.rebuilding import rebuilt, with_weights

PROBABILITIES = frozenset({"softmax", "sigmoid"})


def match_loss_to_labels(patient: Patient) -> str:
    """Take the cross-entropy that goes with the encoding of the labels and with the output."""
    wanted = _loss(patient)
    if wanted is None:
        return ""
    name, logits = wanted
    before = _described(patient.model.loss)
    after = (name, logits)
    if before == after:
        return ""
    patient.compile(loss=_made(patient, name, logits=logits))
    return f"loss {_words(*after)} in place of {_words(*before)}"


def match_output_activation(patient: Patient) -> str:
    """Give the output the activation of its task: softmax over classes, sigmoid, or none."""
    output = patient.output
    if output is None:
        return ""
    before = _activation(output)
    several = (patient.units or 1) > 1
    many = patient.learns_classes and _many_labels(patient)
    after = "linear"
    if patient.learns_classes:
        after = "softmax" if several and not many else "sigmoid"
    name, logits = _described(patient.model.loss)
    if before == after or (logits and before == "linear" and patient.learns_classes):
        return ""
    output.activation = patient.keras.activations.get(after)
    patient.retrace()
    if logits:
        patient.compile(loss=_made(patient, name, logits=False))
    return f"output activation {after} in place of {before}"


def match_output_to_classes(patient: Patient) -> str:
    """Give the output layer one unit per class, and the loss and activation that go with them."""
    output = patient.output
    if output is None or not patient.learns_classes or not hasattr(output, "units"):
        return ""
    labels = arrays.numbers_of_labels(patient.labels)
    wanted = labels.columns if labels.columns > 1 else _numbered(labels.values, labels.distinct)
    right = {wanted, 1} if wanted == 2 and _activation(output) != "softmax" else {wanted}
    if not wanted or output.units in right:
        return ""
    before = output.units

    def change(layer: Any) -> Any:
        if layer is not output:
            return layer
        config = {**layer.get_config(), "units": wanted, "activation": "softmax"}
        return type(layer).from_config(config)

    patient.replaced(with_weights(patient, rebuilt(patient, change)))
    if (loss := match_loss_to_labels(patient)) != "":
        return f"{wanted} output units in place of {before}, softmax, {loss}"
    return f"{wanted} output units in place of {before}, softmax"


def _numbered(values: tuple[float, ...], distinct: int) -> int:
    """Return how many units labels need that are numbers of classes."""
    return int(max(values)) + 1 if values and min(values) >= 0 else distinct


def _many_labels(patient: Patient) -> bool:
    labels = arrays.numbers_of_labels(patient.labels)
    return labels.columns > 1 and not labels.one_hot


def _loss(patient: Patient) -> tuple[str, bool] | None:
    """Return the name of the loss that fits, and whether it must take logits."""
    units = patient.units or 1
    logits = (
        _activation(patient.output) not in PROBABILITIES if patient.output is not None else False
    )
    if not patient.learns_classes:
        return "mean_squared_error", False
    labels = arrays.numbers_of_labels(patient.labels)
    if labels.columns > 1 and labels.columns == units:
        return (
            "binary_crossentropy" if _many_labels(patient) else "categorical_crossentropy"
        ), logits
    if labels.columns == 1 and units > 1:
        return "sparse_categorical_crossentropy", logits
    if labels.columns == 1 and units == 1 and set(labels.values) == {0.0, 1.0}:
        return "binary_crossentropy", logits
    return None


def _activation(layer: Any) -> str:
    given = getattr(layer, "activation", None)
    return str(getattr(given, "__name__", "linear")) if given is not None else "linear"


def _described(loss: Any) -> tuple[str, bool]:
    """Return the name of a loss as Keras writes it, and whether it takes logits."""
    if isinstance(loss, str):
        return ALIASES.get(loss.lower(), loss), False
    name = getattr(loss, "__name__", None) or type(loss).__name__
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).strip("_")
    return snake, getattr(loss, "from_logits", False) is True


def _made(patient: Patient, name: str, *, logits: bool) -> Any:
    if not logits:
        return name
    title = "".join(word.title() for word in name.split("_"))
    return getattr(patient.keras.losses, title)(from_logits=True)


def _words(name: str, logits: bool) -> str:
    return f"{name}(from_logits=True)" if logits else name
