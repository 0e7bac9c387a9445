"""What the trainings of one recipe on one split have in common: images, split, features."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.images import ahead, manifest, precheck, split
from fitdoctor.images.passed_over import not_read
from fitdoctor.records.image_finding import ImageCheck
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import DataSummary
from fitdoctor.records.watcher import Watcher
from fitdoctor.training import features, honoured, recipes
from fitdoctor.training.started import keras


class Prepared(msgspec.Struct, frozen=True):
    """Everything that the trainings of one recipe on one split have in common."""

    recipe: Recipe
    classes: tuple[str, ...]
    inputs: NDArray[Any]
    """Cached features, or pixels where the whole network learns."""
    labels: NDArray[np.int64]
    train: NDArray[np.int64]
    val: NDArray[np.int64]
    data: DataSummary
    on_features: bool
    pixels: NDArray[np.uint8]
    """(images, size, size, 3), as decoded."""
    paths: tuple[str, ...]
    test: NDArray[np.int64]
    """Images that are kept for a last test; often none."""
    check: ImageCheck
    """What hashes and counts tell of the images before training."""
    drawn: bool
    """Whether the split was drawn at random; else the source names it."""
    views: int = 0
    """Augmented views of each training image. They stand after the images themselves in `inputs`
    and `labels`: all first views in the order of `train`, then all second ones."""


def prepare(recipe: Recipe, watcher: Watcher) -> Prepared:
    """Read the images, split them, and compute features where the backbone is frozen."""
    assert recipe.images is not None
    honoured.check(recipe)
    size = recipe.image_size or 128
    found, pixels = ahead.read(recipe, watcher.step)
    found = manifest.without(found, {path for path, _ in pixels.unreadable})
    recipe = replace(recipes.for_classes(recipe, len(found.classes)), keras=keras.__version__)
    labels = found.labels
    train, val = split.sides(found, recipe.validation_share or 0.2, recipe.split_seed or 0)
    if sentence := split.described(found, len(train), len(val)):
        watcher.say(sentence)
    test = split.test(found)
    left_out = (*pixels.unreadable, *((path, not_read(path)) for path in found.not_read))
    check = precheck.precheck(found, {"train": train, "val": val, "test": test}, left_out)
    backbone = recipe.backbone
    inputs: NDArray[Any] = pixels.pixels
    if backbone is not None and learns_on_features(recipe):
        inputs = features.features(
            backbone,
            size,
            pixels,
            pooled=pooled(recipe),
            on_step=lambda i, n: watcher.step("computing features", i, n),
        )
    views = _views(recipe)
    if backbone is not None and views and recipe.augmentation is not None:
        seen = features.views(
            backbone,
            size,
            pixels,
            train,
            recipe.augmentation,
            pooled=pooled(recipe),
            on_step=lambda i, n: watcher.step("computing views", i, n),
        )
        inputs = np.concatenate([inputs, seen])
    counts = tuple(int(n) for n in np.bincount(labels, minlength=len(found.classes)))
    return Prepared(
        recipe=recipe,
        classes=found.classes,
        inputs=inputs,
        labels=np.concatenate([labels, np.tile(labels[train], views)]),
        train=train,
        val=val,
        data=DataSummary(
            n_train=len(train),
            n_val=len(val),
            n_classes=len(found.classes),
            class_counts=counts,
            unreadable=tuple(f"{path}: {why}" for path, why in left_out),
            steps_per_epoch=-(-len(train) // (recipe.batch_size or 32)),
            origins=dict.fromkeys(("n_train", "n_val", "n_classes"), "counted"),
        ),
        on_features=learns_on_features(recipe),
        pixels=pixels.pixels,
        paths=tuple(entry.path for entry in found.entries),
        test=test,
        check=check,
        drawn=split.drawn(found),
        views=views,
    )


def learns_on_features(recipe: Recipe) -> bool:
    """Return whether the backbone stays as it is, so that its features can be computed once."""
    # Augmented images are new ones each epoch: there is nothing to compute once.
    backbone = recipe.backbone
    if backbone is None or backbone.trainable or backbone.batchnorm == "batch":
        return False
    # A named augmentation is for the phase in which the backbone learns.
    later = recipe.fine_tuning is not None and recipe.augment is not None
    return recipe.augmentation is None or later or bool(_views(recipe))


def _views(recipe: Recipe) -> int:
    """Return how many augmented views are made once; mixup blends new pairs in every batch."""
    settings = recipe.augmentation
    if settings is None or settings.mixup or recipe.backbone is None:
        return 0
    frozen = not recipe.backbone.trainable and recipe.backbone.batchnorm != "batch"
    return (settings.views or 0) if frozen else 0


def pooled(recipe: Recipe) -> bool:
    """Return whether only the mean of each feature map is needed."""
    first = recipe.layers[0] if recipe.layers else None
    # One whose settings want looking at is built as a layer.
    return first is not None and first == Layer(kind="GlobalAveragePooling2D", name=first.name)
