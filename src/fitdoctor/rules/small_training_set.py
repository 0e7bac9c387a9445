"""There are few images for what is to be learned from them.

## Why it matters
With some dozen images a class a network learns those images. Everything it shows on them says
little about others.

## How it is measured
Fewer than 100 training images for each class, where both numbers are known.

## What to try
More images, augmentation, a frozen backbone with one layer on top.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_data
from fitdoctor.records.claim import AGREE, ON_ONE_SET, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import DataSummary, Run
from fitdoctor.rule import Rule

FEW = 100


def small_training_set(data: DataSummary, classes: int | None = None) -> Iterator[Evidence]:
    if not data.n_train or not classes or data.n_train >= FEW * classes:
        return
    yield Evidence(
        sentence=f"{data.n_train} training images for {classes} classes: "
        f"{data.n_train / classes:.0f} each.",
        weight=2.0,
    )


def _advice(run: Run) -> str:
    """Return what to try of what this training does not have yet."""
    recipe = run.recipe
    if recipe is None:
        return ""
    ways = ["more images"]
    if recipe.augmentation is None:
        ways.append("augmentation")
    if recipe.backbone is None or recipe.backbone.trainable:
        ways.append("a frozen backbone with one layer on top")
    return f"{', '.join(ways[:-1])}{',' * (len(ways) > 2)} or {ways[-1]}" if ways[1:] else ways[0]


MANY = 20_000
"""Training images that are no small set, whatever they show."""


def _are_many(run: Run) -> bool:
    """Return whether so many training images, or images in all, are known of."""
    known = run.data.n_train if run.data else None
    told = stated(run.claims, "images_in_all")
    return (known or (told.value if told is not None else None) or 0) >= MANY


RULE = Rule(
    code="FD405",
    check=small_training_set,
    kind="cause",
    severity="note",
    prior=0.03,
    excluded=_are_many,
    helped_by=("more_images",),
    advice="more images, augmentation, or a frozen backbone with one layer on top",
    advise=_advice,
    budget=1.0,
    clear="there are a hundred images a class or more, or their number is not known",
    clear_with=("n_train classes",),
    asks={
        "training_images": {"below_500": 0.51, "500_to_5000": 0.48, "above_5000": 0.01},
    },
    turns={"augmentation": 1, "trained backbone": -1},
    denied_by=(*AGREE, ON_ONE_SET),
    sick=(with_data(n_train=60, n_classes=4),),
    healthy=(with_data(n_train=4000, n_classes=4),),
)
