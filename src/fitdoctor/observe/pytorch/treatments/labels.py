"""Treatments of what the network is held against."""

from __future__ import annotations

from typing import Any

from fitdoctor.observe.patient import UntreatableError
from fitdoctor.observe.pytorch.loop import Loop
from fitdoctor.observe.treatments.labels import MOST_CLASSES, UNIT


def number_classes_from_zero(loop: Loop) -> str:
    """Number the classes 0, 1, 2, ... in the order of their labels."""
    labels = loop.seen.labels
    if labels is None or not labels.values or labels.columns > 1:
        raise UntreatableError("the labels were not all seen before training")
    values = sorted(labels.values)
    if len(values) > MOST_CLASSES or values == list(range(len(values))):
        return ""

    def numbered(y: Any) -> Any:
        known = loop.torch.tensor(values, device=y.device, dtype=loop.torch.float64)
        return loop.torch.searchsorted(known, y.double()).to(y.dtype)

    loop.labels.append(numbered)
    return f"{len(values)} classes are numbered from 0 in place of {values[0]:g} to {values[-1]:g}"


def scale_targets(loop: Loop) -> str:
    """Subtract the mean of the training targets, and divide by their standard deviation."""
    labels = loop.seen.labels
    if loop.job.classes or labels is None or labels.mean is None:
        return ""
    middle, spread = labels.mean, (labels.high - labels.low) / 4
    if spread == 0 or (abs(middle) < UNIT and 1 / UNIT < spread < UNIT):
        return ""
    loop.labels.append(lambda y: (y - middle) / spread)
    return f"targets are reduced by {middle:.3g} and divided by {spread:.3g}"
