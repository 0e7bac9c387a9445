"""Treatments of how the weights are updated."""

from __future__ import annotations

from typing import Any

from fitdoctor.catalogue.optimizers import usual_rate
from fitdoctor.observe.patient import Patient, UntreatableError
from fitdoctor.training import taps

ALIKE = 2.0
"""Rates that differ by less than this factor are the same."""


def lower_learning_rate(patient: Patient, *, factor: float = 0.1) -> str:
    """Multiply the learning rate by `factor`, to take smaller steps."""
    return _set(patient, _rate(patient) * factor)


def raise_learning_rate(patient: Patient, *, factor: float = 30.0) -> str:
    """Multiply the learning rate by `factor`."""
    return _set(patient, _rate(patient) * factor)


def usual_learning_rate(patient: Patient) -> str:
    """Give the optimizer the learning rate that it has where nobody sets one."""
    rate, usual = _rate(patient), usual_rate(type(patient.model.optimizer).__name__)
    if rate > 0 and 1 / ALIKE < rate / usual < ALIKE:
        return ""
    return _set(patient, usual)


def remove_decay(patient: Patient) -> str:
    """Keep the learning rate constant."""
    optimizer = patient.model.optimizer
    config = optimizer.get_config()
    kept: list[Any] = []
    dropped: list[Any] = []
    for callback in patient.call["callbacks"]:
        named = type(callback).__name__
        (dropped if named in {"LearningRateScheduler", "ReduceLROnPlateau"} else kept).append(
            callback
        )
    patient.call["callbacks"] = kept
    said = [f"without {type(callback).__name__}" for callback in dropped]
    if isinstance(config.get("learning_rate"), dict):
        first = _first_rate(patient)
        config["learning_rate"] = first
        patient.compile(optimizer=type(optimizer).from_config(config))
        said.append(f"the learning rate stays {first:g}")
    return ", ".join(said)


def balance_classes(patient: Patient) -> str:
    """Weight each class by the inverse of its share, in `fit(class_weight=...)`."""
    import numpy as np  # noqa: PLC0415 - loaded by now

    labels = patient.labels
    if not patient.learns_classes:
        return ""
    numbers = labels.argmax(axis=-1) if labels.ndim > 1 and labels.shape[-1] > 1 else labels.ravel()
    values, counts = np.unique(np.rint(numbers).astype(int), return_counts=True)
    weights = {
        int(v): len(numbers) / (len(values) * int(n)) for v, n in zip(values, counts, strict=True)
    }
    if patient.call.get("class_weight") == weights or max(counts) < ALIKE * min(counts):
        return ""
    patient.call["class_weight"] = weights
    words = ", ".join(f"{v}: {w:.2g}" for v, w in list(weights.items())[:6])
    return f"class weights {words}"


def _rate(patient: Patient) -> float:
    """Return the rate of the next step; raises `UntreatableError` where a schedule sets it."""
    optimizer = patient.model.optimizer
    if optimizer is None:
        raise UntreatableError("the network has no optimizer of Keras")
    if isinstance(optimizer.get_config().get("learning_rate"), dict):
        raise UntreatableError("a schedule sets the learning rate")
    if any(type(c).__name__ == "LearningRateScheduler" for c in patient.call["callbacks"]):
        raise UntreatableError("a callback sets the learning rate")
    return float(optimizer.learning_rate)


def _first_rate(patient: Patient) -> float:
    return float(patient.model.optimizer.learning_rate)


def _set(patient: Patient, rate: float) -> str:
    before = _rate(patient)
    optimizer: Any = patient.model.optimizer
    optimizer.learning_rate = rate
    return f"learning rate {rate:.2g} in place of {before:.2g}"


def train_longer(patient: Patient, *, factor: int = 3) -> str:
    """Train `factor` times as many epochs."""
    epochs = patient.call.get("epochs", 1)
    patient.call["epochs"] = epochs * factor
    return f"{epochs * factor} epochs in place of {epochs}"


def batches_of_32(patient: Patient) -> str:
    """Train on batches of 32 images."""
    if patient.streams:
        raise UntreatableError("the script itself makes the batches")
    before = patient.call.get("batch_size") or BATCH
    if before == BATCH:
        return ""
    patient.call["batch_size"] = BATCH
    return f"batches of {BATCH} in place of {before}"


BATCH = 32


def whole_epochs(patient: Patient) -> str:
    """Let every epoch see all training images."""
    before = patient.call.get("steps_per_epoch")
    if before is None:
        return ""
    if not taps.ends(patient.call.get("x")) and patient.streams:
        raise UntreatableError("the batches have no end, so the steps of an epoch must be given")
    patient.call["steps_per_epoch"] = None
    return f"all images in place of {before} steps an epoch"


def compile_again(patient: Patient) -> str:
    """Compile once more before training, as the network is by then."""
    patient.compile()
    return "the network is compiled again"
