"""Treatments of what the network is shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from fitdoctor.observe import arrays, passing
from fitdoctor.observe.patient import Patient, UntreatableError
from fitdoctor.training import taps

SMALL, BYTE = 3.0, 255.0
"""Ranges up to which inputs are small as they are, and that of bytes."""


def scale_inputs(patient: Patient) -> str:
    """Multiply pixel values with 1/255; inputs of another range by their largest absolute value."""
    seen = patient.inputs if patient.streams else arrays.sample(patient.call.get("x"), 512)
    if seen is None:
        raise UntreatableError("the images are no arrays that can be looked at before training")
    low, high = float(seen.min()), float(seen.max())
    largest = max(abs(low), abs(high))
    if largest <= SMALL or not np.isfinite(largest):
        return ""
    by = BYTE if low >= 0 and largest <= BYTE and seen.ndim > 2 else largest
    patient.change_inputs(lambda x: _divided(x, by))
    return f"inputs of {low:g} to {high:g} are divided by {by:g}"


def _divided(x: Any, by: float) -> Any:
    return taps.as_float(x) / np.float32(by)


def shuffle_training(patient: Patient) -> str:
    """Shuffle the training images anew every epoch."""
    x = patient.call.get("x")
    if taps.is_dataset(x):
        patient.call["x"] = passing.shuffled(x, patient.seed)
        return f"the dataset is shuffled over {passing.MOST_SHUFFLED} images"
    if patient.streams:
        raise UntreatableError("batches that come from a function of the script stay in its order")
    if patient.call.get("shuffle", True):
        return ""
    patient.call["shuffle"] = True
    return "shuffle=False becomes shuffle=True"
