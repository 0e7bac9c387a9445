"""Training loss has come down to the least that its softened labels allow.

## Why it matters
With label smoothing the right answer to every image still costs the entropy of its label. A loss
that stands there cannot fall further, and nothing holds it up: no noise, no rate, no small network.

## How it is measured
Label smoothing and the number of classes give the least loss. Training loss ends no more than a
quarter above it (a tenth where no training accuracy is known), not below it, and training accuracy
at 95 % or more.

## What to try
Nothing. To see a loss that goes to zero, print cross-entropy without smoothing beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import both, falling, flat, with_curves, with_recipe
from fitdoctor.records.derived import loss_floor
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

ABOVE, ABOVE_UNSEEN, BELOW = 0.25, 0.1, 0.02
"""How far above the floor a loss may end, as a share of it, with and without a training accuracy,
and below it, where its digits are rounded."""
RIGHT, FAR = 0.95, 0.1
"""Training accuracy from which on nothing is left to learn; how far below it validation may be, if
that loss is to be all that is asked about."""


def loss_at_its_floor(
    recipe: Recipe,
    loss: Curve,
    classes: int | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
) -> Iterator[Evidence]:
    kind = recipe.loss or "crossentropy"  # what smooths its labels is one
    floor = loss_floor(recipe.label_smoothing, classes, kind)
    mixed = recipe.augmentation is not None and recipe.augmentation.mixup
    if floor is None or mixed or not len(loss):
        return
    end = median(loss.values[-3:])
    right = median(accuracy.values[-3:]) if accuracy is not None and len(accuracy) else None
    above = (end - floor) / floor
    if not -BELOW <= above <= (ABOVE if right is not None else ABOVE_UNSEEN):
        return
    if right is not None and right < RIGHT:
        return
    held = median(val_accuracy.values[-3:]) if val_accuracy is not None else None
    far = right is not None and held is not None and right - held > FAR
    known = f" with {right:.1%} of the training images right" if right is not None else ""
    yield Evidence(
        sentence=f"Label smoothing {recipe.label_smoothing:g} over {classes} classes leaves a loss "
        f"of {floor:.3f} to a network that is always right (the entropy of a smoothed label). "
        f"Yours ends at {end:.3f}{known}, {max(end - floor, 0.0):.3f} above it: as good as zero.",
        weight=4.0,
        effect=floor / end,
        settles=() if far else ("training_does_not_learn", "learns_but_ends_low"),
        fix="nothing has to be changed: no rate and no more epochs bring it below that; for a loss "
        "that goes to 0 print cross-entropy without smoothing beside it, and judge by validation",
    )


RULE = Rule(
    code="FD130",
    check=loss_at_its_floor,
    kind="benign",
    severity="note",
    least_effect=0.5,
    effect_of="the training loss",
    clear="labels are whole, or the loss is not near the least that they allow",
    budget=1.0,
    sick=(
        both(
            with_curves(
                classes=10,
                loss=flat(at=0.512, noise=0.001),
                accuracy=flat(at=0.998, noise=0.0003),
            ),
            with_recipe(label_smoothing=0.1, loss="sparse_categorical_crossentropy"),
        ),
    ),
    healthy=(
        with_curves(loss=flat(at=0.512, noise=0.001)),
        both(with_curves(loss=falling(to=0.9)), with_recipe(label_smoothing=0.1)),
    ),
)
