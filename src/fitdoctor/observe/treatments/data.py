"""Treatments of what the network is shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from fitdoctor.observe import arrays
from fitdoctor.observe.patient import Patient, UntreatableError, rows_before_split

SMALL, BYTE = 3.0, 255.0
"""Ranges up to which inputs are small as they are, and that of bytes."""


def scale_inputs(patient: Patient) -> str:
    """Multiply pixel values with 1/255; inputs of another range by their largest absolute value."""
    seen = arrays.sample(patient.call.get("x"), 512)
    if seen is None:
        raise UntreatableError("the images are no array that can be looked at before training")
    low, high = float(seen.min()), float(seen.max())
    largest = max(abs(low), abs(high))
    if largest <= SMALL or not np.isfinite(largest):
        return ""
    by = BYTE if low >= 0 and largest <= BYTE and seen.ndim > 2 else largest
    patient.change_inputs(lambda x: _divided(x, by))
    return f"inputs of {low:g} to {high:g} are divided by {by:g}"


def _divided(x: Any, by: float) -> Any:
    return np.asarray(x, dtype="float32") / np.float32(by)


def shuffle_training(patient: Patient) -> str:
    """Shuffle the training images anew every epoch."""
    if patient.call.get("shuffle", True):
        return ""
    rows_before_split(patient)
    patient.call["shuffle"] = True
    return "shuffle=False becomes shuffle=True"
