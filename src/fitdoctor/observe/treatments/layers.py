"""Treatments of the layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fitdoctor.observe.patient import Patient, UntreatableError
from fitdoctor.observe.rebuilding import rebuilt, with_weights

SATURATING = frozenset({"sigmoid", "tanh", "softmax", "hard_sigmoid", "softsign"})
BETWEEN = frozenset(
    {"BatchNormalization", "LayerNormalization", "Dropout", "MaxPooling2D", "AveragePooling2D",
     "SpatialDropout2D", "Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"}
)  # fmt: skip
"""Layers past which an activation is still that of the layer before them."""
USUAL = ("GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform",
         "Orthogonal", "VarianceScaling")  # fmt: skip
QUICK = 0.9


def relu_in_hidden_layers(patient: Patient) -> str:
    """Give hidden layers relu in place of activations that saturate."""
    found = [layer for layer in _hidden(patient) if _name(layer) in SATURATING]
    return _activated(patient, found)


def activate_hidden_layers(patient: Patient) -> str:
    """Give hidden layers that have no activation relu."""
    layers, last = list(patient.model.layers), patient.output
    found = []
    for number, layer in enumerate(layers):
        if layer is last or not (hasattr(layer, "units") or hasattr(layer, "filters")):
            continue
        rest = (after for after in layers[number + 1 :] if type(after).__name__ not in BETWEEN)
        after = next(rest, None)
        if _name(layer) == "linear" and after is not None and hasattr(after, "kernel"):
            found.append(layer)
    return _activated(patient, found)


def _activated(patient: Patient, layers: list[Any]) -> str:
    before = sorted({_name(layer) for layer in layers})
    for layer in layers:
        layer.activation = patient.keras.activations.relu
    patient.retrace()
    return f"relu in place of {', '.join(before)} in {len(layers)} hidden layers" if layers else ""


def _hidden(patient: Patient) -> Iterator[Any]:
    last = patient.output
    if last is None:
        raise UntreatableError("which layer is the output is not known")
    yield from (x for x in patient.layers if hasattr(x, "activation") and x is not last)


def _name(layer: Any) -> str:
    return str(getattr(getattr(layer, "activation", None), "__name__", "linear"))


def remove_second_activation(patient: Patient) -> str:
    """Leave the output one of its two activations: the last."""
    last = patient.output
    if last is None or hasattr(last, "kernel"):
        return ""
    before = [x for x in patient.model.layers if hasattr(x, "kernel")][-1:]
    if not before or _name(before[0]) == "linear":
        return ""
    was = _name(before[0])
    before[0].activation = patient.keras.activations.linear
    patient.retrace()
    return f"{was} is taken out before {_name(last)}"


def faster_batchnorm(patient: Patient) -> str:
    """Let the averages of BatchNorm follow the batches at momentum 0.9."""
    found = [x for x in patient.of_kind("BatchNormalization") if x.momentum > QUICK]
    before = sorted({layer.momentum for layer in found})
    for layer in found:
        layer.momentum = QUICK
    patient.retrace()
    return f"momentum 0.9 in place of {', '.join(f'{m:g}' for m in before)}" if found else ""


def remove_augmentation(patient: Patient) -> str:
    """Take the layers out that change images at random."""
    left_out: list[str] = []

    def change(layer: Any) -> Any:
        if not _random(layer):
            return layer
        left_out.append(layer.name)
        return None

    model = rebuilt(patient, change)
    if not left_out:
        return ""
    patient.replaced(model)
    return f"without {', '.join(left_out)}"


def _random(layer: Any) -> bool:
    inside = getattr(layer, "layers", None)
    if inside:
        return all(_random(x) for x in inside if type(x).__name__ != "InputLayer")
    name = type(layer).__name__
    return name.startswith("Random") or name == "GaussianNoise"


def widen_bottleneck(patient: Patient, *, units: int = 64) -> str:
    """Give every hidden Dense layer that is no wider than the output more units."""
    output, width = patient.output, patient.units
    if output is None or width is None or not hasattr(output, "units"):
        return ""
    narrow = [
        x for x in patient.model.layers
        if type(x).__name__ == "Dense" and x is not output and x.units <= width
    ]  # fmt: skip
    if not narrow:
        return ""
    wide = max(units, 4 * width)

    def change(layer: Any) -> Any:
        if getattr(layer, "layers", None) or not layer.weights:
            return layer
        config = layer.get_config()
        return type(layer).from_config({**config, "units": wide} if layer in narrow else config)

    patient.replaced(with_weights(patient, rebuilt(patient, change)))
    before = ", ".join(sorted({str(layer.units) for layer in narrow}))
    return f"{wide} units in place of {before} in {len(narrow)} hidden layers"


def use_convolutions(patient: Patient, *, filters: int = 16) -> str:
    """Put two small convolutions with pooling in the place of dense layers on raw pixels."""
    kinds = patient.keras.layers
    shape = patient.model.input_shape[1:]
    if len(shape) not in {2, 3} or any("Conv" in kind for kind in patient.sizes):
        return ""
    output = patient.output
    if output is None or not hasattr(output, "units"):
        return ""
    layers: list[Any] = [patient.keras.Input(shape)]
    if len(shape) == 2:
        layers.append(kinds.Reshape((*shape, 1)))
    for number, width in enumerate((filters, 2 * filters), start=1):
        name = f"convolution_{number}"
        layers.append(kinds.Conv2D(width, 3, padding="same", activation="relu", name=name))
        layers.append(kinds.MaxPooling2D())
    layers += [kinds.GlobalMaxPooling2D(), type(output).from_config(output.get_config())]
    patient.replaced(patient.keras.Sequential(layers))
    return "two convolutions in place of the hidden layers"


def usual_initialisation(patient: Patient) -> str:
    """Draw the first weights of every layer as Keras does where nobody says otherwise."""
    from fitdoctor.training import streams  # noqa: PLC0415 - loads Keras

    found = []
    for layer in patient.layers:
        given = getattr(layer, "kernel_initializer", None)
        if given is None or type(given).__name__ in USUAL or not layer.built:
            continue
        kernel, draw = layer.kernel, patient.keras.initializers.GlorotUniform()
        shape = tuple(kernel.shape)
        kernel.assign(streams.initial(draw, patient.seed, kernel.path, shape, kernel.dtype))
        found.append(type(given).__name__)
    kinds = ", ".join(sorted(set(found)))
    return f"glorot_uniform in place of {kinds} in {len(found)} layers" if found else ""
