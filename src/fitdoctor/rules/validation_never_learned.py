"""Validation stays at chance level from the first epoch on, while training learns.

## Why it matters
Overfitting loses what was learned of images in general; here nothing was ever learned of them. What
trains and what is validated differ in kind: labels in another order, classes with other numbers,
other preprocessing, or BatchNorm in inference mode.

## How it is measured
Over five epochs or more, no median of three neighbouring validation accuracies is a tenth of the
way from 1 / K to 1, or twice 1 / K, and validation loss, where it is known, never comes 5 % below
ln K. Training accuracy ends a third of that way up, or more. Where the number of classes is not
known, it is the nearest whole number to 1 / accuracy, if training begins near its ln K.

## What to try
`model.evaluate` on the training images, without training again. Where they score at chance as well,
it is the mode of the network (BatchNorm); where they score as in training, it is the validation
images or their labels: compare `class_indices` of both parts, and look at nine images of each with
their labels.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import falling, flat, with_curves
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.chance import classes_by_chance, stays_at_chance
from fitdoctor.stats.quantile import median

LEARNED = 1 / 3
"""Of the way from chance to 1 that training accuracy must have gone."""


def validation_never_learned(
    accuracy: Curve,
    val_accuracy: Curve,
    loss: Curve | None = None,
    val_loss: Curve | None = None,
    classes: int | None = None,
) -> Iterator[Evidence]:
    if accuracy.epochs[0] > 1:
        return  # what came before is not shown
    if classes is None and loss is not None and val_loss is not None:
        classes = classes_by_chance(val_accuracy.values, accuracy.values, loss.values)
    costs = val_loss.values if val_loss is not None else None
    if not classes or not stays_at_chance(val_accuracy.values, costs, classes, val_accuracy.epochs):
        return
    end, chance = median(accuracy.values[-3:]), 1 / classes
    if not end >= chance + LEARNED * (1 - chance):
        return
    yield Evidence(
        sentence=f"Validation accuracy never left chance level ({val_accuracy.values.max():.2g} at "
        f"most, 1 in {classes} is {chance:.2g}), while training accuracy rose to {end:.2g}: no "
        "overfitting, which rises above chance first.",
        weight=4.0,
        epochs=(int(val_accuracy.epochs[0]), int(val_accuracy.epochs[-1])),
    )


RULE = Rule(
    code="FD126",
    check=validation_never_learned,
    kind="symptom",
    severity="error",
    advice="run model.evaluate(x_train, y_train), then compare labels and preprocessing of both "
    "parts",
    torch_advice="run the validation loop over the training images, then compare labels and "
    "preprocessing of both parts",
    clear="validation rises above chance level, or training does not",
    sick=(
        with_curves(
            classes=10,
            loss=falling(20, start=2.3, to=0.1),
            accuracy=lambda rng: 1 - falling(20, start=0.9, to=0.05)(rng),
            val_loss=flat(20, at=3.1),
            val_accuracy=flat(20, at=0.1, noise=0.01),
        ),
    ),
    healthy=(
        with_curves(
            classes=10,
            loss=flat(20, at=2.3),
            accuracy=flat(20, at=0.1, noise=0.01),
            val_loss=flat(20, at=2.31),
            val_accuracy=flat(20, at=0.1, noise=0.01),
        ),
        with_curves(
            classes=10,
            loss=falling(20, start=2.3, to=0.1),
            accuracy=lambda rng: 1 - falling(20, start=0.9, to=0.05)(rng),
            val_loss=falling(20, start=2.3, to=1.5),
            val_accuracy=lambda rng: 1 - falling(20, start=0.9, to=0.6)(rng),
        ),
    ),
)
