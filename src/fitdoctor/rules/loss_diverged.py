"""Training loss ended far above its start.

## Why it matters
The updates make the network worse. Whatever it knew is gone.

## How it is measured
The median of the last three training losses is finite and more than twice the highest of the first
two, and more than twice ln K where the number of classes is known. Of two or three epochs,
the last must be twenty times the first and ln K (1 where K is not known), or twice these where
training accuracy fell by 25 points as well: in a thousand logs of networks that learn, training
loss never rose to twice its first value. Within epochs, where a log has figures of batches, the
median of the last tenth of them, three at least, must be five times the median of the first three,
all of them above these, and twice ln K (1 where K is not known).

## What to try
A lower learning rate; then gradient clipping, and a look at labels and input scaling.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, straight, with_batches, with_curves
from fitdoctor.interventions.optimisation import lower_learning_rate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import BatchCurve, Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

FEW, MANIFOLD = 4, 20.0
"""Of fewer epochs, only a loss that many times its start is no accident."""
DOUBLE, FELL = 2.0, 0.25
"""Unless accuracy fell that far as well."""


def loss_diverged(
    loss: Curve | None = None,
    batch_loss: BatchCurve | None = None,
    classes: int | None = None,
    accuracy: Curve | None = None,
) -> Iterator[Evidence]:
    epochs = list(_between_epochs(loss, classes, accuracy)) if loss is not None else []
    yield from epochs or (_within_epochs(batch_loss, classes) if batch_loss is not None else ())


LEAST_BATCHES, PART, TIMES = 8, 10, 5.0
"""Figures within epochs, the part of them that is the end, and how far above its start that is."""


def _within_epochs(batch_loss: BatchCurve, classes: int | None) -> Iterator[Evidence]:
    y = batch_loss.values
    if len(y) < LEAST_BATCHES or not np.isfinite(y).all():
        return
    last = y[-max(3, len(y) // PART) :]
    start, end = float(median(y[:3])), float(median(last))
    chance = float(np.log(classes)) if classes and classes > 1 else 1.0
    if end > max(TIMES * start, DOUBLE * chance) and float(last.min()) > float(y[:3].max()):
        yield Evidence(
            sentence=f"Training loss rose from {start:.3g} to {end:.3g} from batch to batch, "
            f"by batch {int(batch_loss.batches[-1])} of epoch {int(batch_loss.epochs[-1])}.",
            weight=5.0,
            epochs=(int(batch_loss.epochs[0]), int(batch_loss.epochs[-1])),
        )


def _between_epochs(loss: Curve, classes: int | None, accuracy: Curve | None) -> Iterator[Evidence]:
    y = loss.values
    if len(y) < 2 or not np.isfinite(y).all():
        return
    if len(y) < FEW:
        chance = float(np.log(classes)) if classes and classes > 1 else 1.0
        fell = _fall(accuracy, len(y))
        if y[-1] > (DOUBLE if fell else MANIFOLD) * max(float(y[0]), chance):
            yield Evidence(
                sentence=f"Training loss rose from {y[0]:.3g} to {y[-1]:.3g}{fell}.",
                weight=5.0,
                epochs=(int(loss.epochs[0]), int(loss.epochs[-1])),
            )
        return
    start = max(float(y[:2].max()), float(np.log(classes)) if classes and classes > 1 else 0.0)
    end = median(y[-3:])
    if start > 0 and end > 2 * start:
        yield Evidence(
            sentence=f"Training loss rose from {y[0]:.3g} to {y.max():.3g}"
            + ("." if y[-1] == y.max() else f" and ended at {y[-1]:.3g}."),
            weight=5.0,
            epochs=(int(loss.epochs[0]), int(loss.epochs[-1])),
        )


def _fall(accuracy: Curve | None, rows: int) -> str:
    """Say from where to where accuracy fell in the last of a few rows; "" where it did not."""
    if accuracy is None or len(accuracy) != rows:
        return ""
    before, after = float(accuracy.values[:-1].max()), float(accuracy.values[-1])
    if not 0 <= after <= before - FELL <= 1:
        return ""
    return f", and accuracy fell from {before:.3g} to {after:.3g}"


RULE = Rule(
    code="FD115",
    check=loss_diverged,
    kind="symptom",
    severity="error",
    any_of=("loss", "batch_loss"),
    clear_with=("loss",),
    told_by={"loss_explodes": 3.0},
    remedies=(lower_learning_rate,),
    clear="training loss did not end far above its start",
    sick=(
        with_curves(classes=4, loss=straight(12, start=1.4, to=9.0)),
        with_curves(loss=straight(2, start=0.6, to=9.0), accuracy=straight(2, start=0.8, to=0.3)),
        with_batches(loss=straight(20, start=1.2, to=60.0)),
    ),
    healthy=(
        with_curves(loss=falling()),
        with_curves(loss=straight(2, start=0.6, to=4.0), accuracy=straight(2, start=0.8, to=0.7)),
        with_curves(loss=straight(2, start=0.6, to=0.9), accuracy=straight(2, start=0.8, to=0.5)),
        with_batches(loss=falling(30, noise=0.1)),
    ),
)
