"""What is counted of a batch that is not looked at: its loss and its right answers alone.

These are values that are there anyway, and are kept for the end of the epoch; so curves are over
all batches, whatever looks may cost.
"""

from __future__ import annotations

from typing import Any

from fitdoctor.observe.pytorch import held
from fitdoctor.observe.pytorch.passes import Pass
from fitdoctor.observe.pytorch.training import Training


def backward(training: Training, one: Pass, value: Any) -> None:
    """Count a batch of training; only where the loss is computed as in those looked at."""
    node, labels = value.grad_fn, one.labels
    if one.kind != "train" or labels is None or node is None or node.name() != training.node:
        return
    count(training, value, len(labels))


def count(training: Training, value: Any, images: int) -> None:
    """Count the loss of a batch, and the right answers that its graph holds."""
    node, figures = value.grad_fn, training.epoch.figures
    figures.see(images)
    figures.lose_later(value, images, 1 / images if training.summed else 1.0)
    scores, target = getattr(node, "_saved_self", None), getattr(node, "_saved_target", None)
    if scores is not None and target is not None:
        figures.hit_later(training.kind, scores, target)


def forward(training: Training, one: Pass, net: held.Net, scores: Any) -> None:
    """Count the outputs for a batch that is measured."""
    labels = one.labels
    if one.kind == "train" or labels is None or training.scorer != net.number:
        return
    one.figures.see(len(labels))
    kind = "nll" if training.how == "nll" else training.kind
    alike = hasattr(scores, "grad_fn") and labels.device == scores.device
    if alike:
        one.figures.hit_later(kind, scores, labels, "" if one.by_criterion else training.how)


def compared(_: Training, one: Pass, value: Any, *, summed: bool) -> None:
    """Count the loss of a batch that is measured, where the script computes it itself."""
    if one.kind == "train" or one.labels is None or not one.by_criterion or value.numel() != 1:
        return
    count = len(one.labels)
    one.figures.lose_later(value, count, 1 / count if summed else 1.0)
