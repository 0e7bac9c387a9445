"""Treatments of what the network is held against."""

from __future__ import annotations

from typing import Any

import numpy as np

from fitdoctor.observe import arrays
from fitdoctor.observe.patient import Patient, UntreatableError
from fitdoctor.training import taps

MOST_CLASSES, UNIT = 1000, 3.0


def number_classes_from_zero(patient: Patient) -> str:
    """Number the classes 0, 1, 2, ... in the order of their labels."""
    if patient.streams:
        raise UntreatableError("labels that come in batches are not all seen before training")
    labels = patient.labels
    if arrays.numbers_of_labels(labels).columns > 1:
        return ""
    values = np.unique(labels)
    if (
        len(values) > min(MOST_CLASSES, len(labels) // 2)
        or (values == np.arange(len(values))).all()
    ):
        return ""
    patient.change_labels(lambda y: np.searchsorted(values, np.asarray(y)))
    return f"{len(values)} classes are numbered from 0 in place of {values[0]:g} to {values[-1]:g}"


def scale_targets(patient: Patient) -> str:
    """Subtract the mean of the training targets, and divide by their standard deviation."""
    if patient.learns_classes:
        return ""
    labels = patient.labels.astype(float)
    middle, spread = float(labels.mean()), float(labels.std())
    if spread == 0 or (abs(middle) < UNIT and 1 / UNIT < spread < UNIT):
        return ""
    patient.change_labels(lambda y: _standardised(y, middle, spread))
    return f"targets are reduced by {middle:.3g} and divided by {spread:.3g}"


def _standardised(y: Any, middle: float, spread: float) -> Any:
    return (taps.as_float(y) - np.float32(middle)) / np.float32(spread)
