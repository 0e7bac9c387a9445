"""The model only ever sees one class.

## Why it matters
An accuracy of exactly 1.0 from the first batch on is not skill: there is one answer to learn. One
folder too deep or too high, an empty class, or labels that all became the same.

## How it is measured
Training accuracy is exactly 1 in every epoch from the first on, or the asker states it; or what
reads the folders says that it found one class; or, within the first epoch, batches that were not
seen before have a loss of nothing (below 0.0005) after at most 30 steps. Where the script was run,
the labels that training was given decide.

## What to try
Print `np.unique(y, return_counts=True)`, or `generator.class_indices`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, starting, stating, straight, with_batches, with_curves
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import BatchCurve, Curve, DataSummary, Script, training_feeds
from fitdoctor.rule import Rule

SURE = 0.02


def single_class_reaches_model(
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    loss: Curve | None = None,
    claims: tuple[Claim, ...] | None = None,
    data: DataSummary | None = None,
    script: Script | None = None,
    batch_loss: BatchCurve | None = None,
) -> Iterator[Evidence]:
    held = next((f.labels.numbers for f in training_feeds(script) if f.labels.numbers), None)
    if held is not None and held.recorded and held.values:
        if len(held.values) == 1 and (held.rows or 0) >= LEAST_LABELS:
            yield Evidence(
                sentence=f"As recorded, every one of {held.rows} training labels is "
                f"{held.values[0]:g}.",
                weight=7.0,
            )
        return
    if data is not None and data.n_classes == 1:
        yield Evidence(
            sentence="The images belong to one class, by what reading them printed.", weight=6.0
        )
        return
    if (step := _perfect_from(batch_loss)) is not None:
        yield Evidence(
            sentence=f"Batches that were not seen before have no loss left after {step} steps: so "
            "few steps tell no classes apart.",
            weight=5.0,
        )
        return
    if accuracy is not None and len(accuracy) >= 2:
        first = int(accuracy.epochs[0]) <= 1
        if first and bool(np.all(accuracy.values == 1.0)):
            yield Evidence(
                sentence="Training accuracy is exactly 1 from the first epoch on.", weight=5.0
            )
            return
    if accuracy is not None and val_accuracy is not None and loss is not None:
        whole = min(len(accuracy), len(val_accuracy), len(loss)) >= 3
        sure = bool(np.all(accuracy.values[1:] == 1.0) and np.all(val_accuracy.values == 1.0))
        if whole and sure and loss.values[1] < SURE:
            yield Evidence(
                sentence="Validation accuracy is exactly 1 in every epoch, and training from the "
                f"second on with a loss of {loss.values[1]:.2g}: one class only, or images that "
                "anything tells apart.",
                weight=3.0,
                # Easy images do that too.
                severity="note",
            )
            return
    said = stated(claims, "train_accuracy_perfect_at_once")
    if said is not None:
        yield Evidence(sentence=f"You write: \u201c{said.sentence}\u201d", weight=5.0)


MOST_STEPS, NOTHING, LEAST_START = 30, 5e-4, 0.5


def _perfect_from(loss: BatchCurve | None) -> int | None:
    """Return after how many steps of the first epoch the loss of new batches is nothing."""
    if loss is None or len(loss.values) < LEAST_BATCHES:
        return None
    first = loss.epochs == loss.epochs[0]
    values, steps = loss.values[first], loss.batches[first]
    if loss.epochs[0] > 1 or len(values) < LEAST_BATCHES or not values[0] >= LEAST_START:
        return None
    none_left = values < NOTHING
    at = int(np.argmax(none_left))
    lasting = bool(none_left[at:].all()) and len(values) - at >= 2
    return int(steps[at]) if lasting and 0 < steps[at] <= MOST_STEPS else None


LEAST_BATCHES = 3
LEAST_LABELS = 8
"""Labels of which half were of another class: that all are alike by chance is below 1 %."""


RULE = Rule(
    code="FD120",
    check=single_class_reaches_model,
    kind="cause",
    severity="error",
    prior=0.01,
    any_of=("accuracy", "claims", "script", "batch_loss"),
    advice="look at the labels that reach fit: np.unique(y, return_counts=True)",
    torch_advice="look at the labels that reach the loss: torch.unique(y, return_counts=True)",
    clear="training accuracy is not 1 from the first epoch on",
    clear_with=("accuracy",),
    sick=(
        with_curves(loss=falling(), accuracy=flat(10, at=1.0, noise=0.0)),
        stating("train_accuracy_perfect_at_once", 1.0, "exactly 1.0 from the first epoch"),
        with_batches(loss=starting(2.3, 0.4, 0.0), apart=3),
    ),
    healthy=(
        with_curves(loss=falling(), accuracy=straight(start=0.6, to=1.0, noise=0.0)),
        with_batches(loss=starting(2.3, 0.4, 0.1, 0.01), apart=3),
    ),
)
