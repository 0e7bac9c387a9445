"""A trained network against its validation or test images, or against another folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import ImageFolderError
from fitdoctor.images import cache, listing, manifest, split
from fitdoctor.records.evaluation import Bin, Calibration, ClassScore, Evaluation, WrongImage
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.text import read_recipe
from fitdoctor.records.watcher import Silent, Watcher
from fitdoctor.stats.calibration import (
    bins,
    calibration_error,
    cross_tempered,
    log_loss,
    temperature,
)
from fitdoctor.stats.proportions import wilson
from fitdoctor.training import features
from fitdoctor.training.gradcam import heat, heat_of
from fitdoctor.training.prepare import Prepared, pooled
from fitdoctor.training.saved import load, probabilities
from fitdoctor.training.started import keras

BATCH = 64
MOST_WRONG = 60
SHOWN = 24
LEAST_TO_CALIBRATE = 30


class Shown(msgspec.Struct, frozen=True, eq=False):
    """One image as the network sees it, and where it looked."""

    wrong: WrongImage
    pixels: NDArray[np.uint8]
    """(size, size, 3)"""
    heat: NDArray[np.float32] | None
    """(size, size), 0 to 1, for the predicted class; `None` where the network has no map."""


def evaluate(
    run: Path, images: Path | None = None, watcher: Watcher | None = None
) -> tuple[Evaluation, tuple[Shown, ...]]:
    """Evaluate a finished run on a folder, by default on its own test or validation images.

    Raises `ImageFolderError` where the folder's classes are not among the run's.
    """
    watcher = watcher or Silent()
    saved, recipe = load(run), read_recipe(run / "recipe.toml")
    source = images or Path(recipe.images or "")
    found = listing.scan(source, recipe.group_pattern if images is None else None)
    pixels = cache.decoded(
        found,
        saved.size,
        lambda i, n: watcher.step("reading images", i, n),
        saved.resize,
    )
    found = manifest.without(found, {path for path, _ in pixels.unreadable})
    if unknown := set(found.classes) - set(saved.classes):
        raise ImageFolderError(
            f"{source}: the run does not know {', '.join(sorted(unknown))}; its classes are "
            f"{', '.join(saved.classes)}"
        )
    of, rows = str(images), np.arange(len(found.entries))
    if images is None:
        of, rows = "test", split.test(found)
        if not len(rows):
            share, seed = recipe.validation_share or 0.2, recipe.split_seed or 0
            of, rows = "validation", split.sides(found, share, seed)[1]
    own = np.array([saved.classes.index(name) for name in found.classes])
    labels = own[found.labels[rows]]
    out = outputs(saved.model, pixels.pixels, rows, watcher)
    paths = [found.entries[row].path for row in rows]
    result = score(out, labels, paths, saved.classes, of)
    if images is not None:
        result = msgspec.structs.replace(result, trained_on=_trained_on(recipe, found))
    return result, shown(saved.model, result, dict(zip(paths, rows, strict=True)), pixels.pixels)


def _trained_on(recipe: Recipe, found: manifest.Manifest) -> int:
    """Return how many of these images, by content, the run was trained on, where that is known."""
    try:
        own = listing.scan(Path(recipe.images or ""), recipe.group_pattern)
    except ImageFolderError:
        return 0
    rows = split.sides(own, recipe.validation_share or 0.2, recipe.split_seed or 0)[0]
    seen = {own.entries[row].digest for row in rows}
    return sum(entry.digest in seen for entry in found.entries)


def outputs(
    model: Any, inputs: NDArray[Any], rows: NDArray[np.int64], watcher: Watcher
) -> NDArray[np.float64]:
    """Return probabilities, (rows, classes), also of a network with one sigmoid unit."""
    parts = []
    for start in range(0, len(rows), BATCH):
        part = np.asarray(inputs[rows[start : start + BATCH]], dtype=np.float32)
        parts.append(probabilities(np.asarray(model.predict_on_batch(part))))
        watcher.step("evaluating", min(start + BATCH, len(rows)), len(rows))
    return np.concatenate(parts).astype(np.float64)


def score(
    out: NDArray[np.float64],
    labels: NDArray[np.int64],
    paths: Sequence[str],
    classes: tuple[str, ...],
    of: str,
) -> Evaluation:
    """Count what the network got right; `out` is (images, outputs >= classes)."""
    found = out.argmax(axis=1)
    # An output too many, as in a head with more units than classes, has a column of its own.
    names = (*classes, *(f"output {i}" for i in range(len(classes), out.shape[1])))
    confusion = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(confusion, (labels, found), 1)
    scores = []
    for index, name in enumerate(names):
        total, called = int(confusion[index].sum()), int(confusion[:, index].sum())
        right = int(confusion[index, index])
        scores.append(
            ClassScore(
                name=name,
                images=total,
                recall=wilson(right / total, total) if total else None,
                precision=wilson(right / called, called) if called else None,
            )
        )
    confidence = out.max(axis=1)
    wrong = np.flatnonzero(found != labels)
    wrong = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_WRONG]
    recalls = [s.recall.value for s in scores if s.recall is not None]
    return Evaluation(
        images=len(labels),
        of=of,
        classes=tuple(scores),
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
        accuracy=wilson(float((found == labels).mean()), len(labels)),
        balanced_accuracy=float(np.mean(recalls)),
        wrong=tuple(
            WrongImage(
                path=paths[int(i)],
                label=names[labels[i]],
                predicted=names[found[i]],
                probability=round(float(confidence[i]), 4),
            )
            for i in wrong
        ),
        calibration=_calibration(out, labels),
    )


def _calibration(out: NDArray[np.float64], labels: NDArray[np.int64]) -> Calibration | None:
    sums = out.sum(axis=1)
    if len(labels) < LEAST_TO_CALIBRATE or not np.allclose(sums, 1, atol=1e-2) or out.min() < 0:
        return None
    confidence, right = out.max(axis=1), out.argmax(axis=1) == labels
    after = cross_tempered(out, labels)
    return Calibration(
        bins=tuple(
            Bin(
                confidence=float(confidence[part].mean()),
                accuracy=wilson(float(right[part].mean()), len(part)),
                images=len(part),
            )
            for part in bins(confidence)
        ),
        error=calibration_error(confidence, right),
        log_loss=log_loss(out, labels),
        temperature=temperature(out, labels),
        error_after=None
        if after is None
        else calibration_error(after.max(axis=1), after.argmax(axis=1) == labels),
        log_loss_after=None if after is None else log_loss(after, labels),
    )


def shown(
    model: Any, found: Evaluation, rows: dict[str, int], pixels: NDArray[np.uint8]
) -> tuple[Shown, ...]:
    """Return the most confidently wrong images with what in them spoke for the wrong class."""
    some, images, wanted = _worst(found, rows, pixels)
    return tuple(map(Shown, some, images, heat(model, images, wanted)))


def shown_by_head(
    head: Any, found: Evaluation, rows: dict[str, int], ready: Prepared
) -> tuple[Shown, ...]:
    """Do as `shown`, for a head on features: the maps come from the network that computed them."""
    backbone, size = ready.recipe.backbone, ready.recipe.image_size or 128
    some, images, wanted = _worst(found, rows, ready.pixels)
    if backbone is None or not len(images):
        return ()
    maps = keras.ops.convert_to_tensor(features.maps(backbone, size, images, pooled=False))
    start = keras.Input(maps.shape[1:])
    inner = keras.layers.GlobalAveragePooling2D()(start) if pooled(ready.recipe) else start
    heats = heat_of(keras.Model(start, head(inner)), maps, wanted, size)
    return tuple(map(Shown, some, images, heats))


def _worst(
    found: Evaluation, rows: dict[str, int], pixels: NDArray[np.uint8]
) -> tuple[tuple[WrongImage, ...], NDArray[np.uint8], NDArray[np.int64]]:
    names = [score.name for score in found.classes]
    some = found.wrong[:SHOWN]
    images = np.asarray(pixels[[rows[wrong.path] for wrong in some]])
    return some, images, np.array([names.index(wrong.predicted) for wrong in some])
