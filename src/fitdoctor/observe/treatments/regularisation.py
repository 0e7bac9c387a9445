"""Treatments of what holds the training back, or should."""

from __future__ import annotations

from fitdoctor.observe.patient import Patient
from fitdoctor.observe.rebuilding import inserted

DROPOUTS = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout",
            "GaussianDropout")  # fmt: skip


def remove_dropout(patient: Patient) -> str:
    """Take every Dropout layer out."""
    return _rates(patient, 0.0)


def lower_dropout(patient: Patient, *, rate: float = 0.2) -> str:
    """Set every dropout rate above `rate` to it."""
    return _rates(patient, rate)


def _rates(patient: Patient, most: float) -> str:
    before = []
    for layer in patient.of_kind(*DROPOUTS):
        if layer.rate > most:
            before.append(layer.rate)
            layer.rate = most
    patient.retrace()
    listed = ", ".join(f"{rate:g}" for rate in sorted(set(before), reverse=True))
    return f"dropout {most:g} in place of {listed}" if before else ""


def add_dropout(patient: Patient, *, rate: float = 0.3) -> str:
    """Put dropout before the output layer, where there is none."""
    output = patient.output
    if output is None or any(patient.of_kind(*DROPOUTS)):
        return ""
    layer = patient.keras.layers.Dropout(rate, name="added_dropout")
    patient.replaced(inserted(patient, layer, before=output))
    return f"dropout {rate:g} before the output layer"


def stop_early(patient: Patient, *, patience: int = 5) -> str:
    """Stop when validation loss has not improved for `patience` epochs, and keep the best."""
    callbacks = patient.call["callbacks"]
    if patient.call.get("validation_data") is None:
        return ""
    if any(type(callback).__name__ == "EarlyStopping" for callback in callbacks):
        return ""
    stopping = patient.keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=patience, restore_best_weights=True
    )
    patient.call["callbacks"] = [*callbacks, stopping]
    return f"training stops after {patience} epochs without a lower validation loss"


def remove_weight_penalty(patient: Patient) -> str:
    """Take the penalty on the weights out of every layer."""
    changed = 0
    for layer in patient.layers:
        for name in ("kernel_regularizer", "bias_regularizer", "activity_regularizer"):
            if getattr(layer, name, None) is not None:
                setattr(layer, name, None)
                changed += 1
        for variable in layer.trainable_variables:
            if getattr(variable, "regularizer", None) is not None:
                variable.regularizer = None
    patient.retrace()
    return f"without the {changed} weight penalties" if changed else ""
