"""A run's model on new images, prepared exactly as the training images were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import ImageFolderError, RunFolderError
from fitdoctor.images.decode import EXTENSIONS, UnreadableImageError, decode
from fitdoctor.records.text import read_recipe
from fitdoctor.training.quiet import import_keras

import_keras()

import keras  # noqa: E402 - quietly started above

from fitdoctor.training import backbones, network, schedules  # noqa: E402, F401 - what a model is made of

BATCH = 32


class Prediction(msgspec.Struct, frozen=True):
    """One image: its likeliest class and all probabilities, or why it could not be read."""

    path: str
    label: str = ""
    probability: float = 0.0
    probabilities: tuple[float, ...] = ()
    error: str = ""


def predict(run: Path, images: Sequence[Path]) -> tuple[tuple[str, ...], list[Prediction]]:
    """Return the classes of a run, and a prediction for each image file of files and folders.

    Scaling is inside the saved model; decoding and resizing are those of training. Raises
    `RunFolderError` for a folder without a model and `ImageFolderError` where no image is given.
    """
    model, classes, size = loaded(run)
    paths = [path for given in images for path in _files(given)]
    if not paths:
        raise ImageFolderError(f"{', '.join(map(str, images))}: no image files in it")
    return classes, list(_predictions(model, classes, size, paths))


def loaded(run: Path) -> tuple[Any, tuple[str, ...], int]:
    """Return a run folder's model, its classes and the size of its images."""
    path, names = run / "model.keras", run / "classes.txt"
    if not path.is_file() or not names.is_file():
        raise RunFolderError(f"{run}: no model.keras and classes.txt in it; give a finished run")
    recipe = read_recipe(run / "recipe.toml")
    try:
        model = keras.saving.load_model(path, compile=False)
    except (ValueError, TypeError, OSError, KeyError) as error:
        words = str(error).strip().split("\n")[0][:200]
        raise RunFolderError(f"{path}: cannot be loaded ({words})") from error
    return (
        model,
        tuple(names.read_text(encoding="utf-8").split("\n")[:-1]),
        recipe.image_size or 128,
    )


def probabilities(out: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return class probabilities, also of a single sigmoid unit."""
    return np.concatenate([1 - out, out], axis=1) if out.shape[1] == 1 else out


def _predictions(
    model: Any, classes: tuple[str, ...], size: int, paths: list[Path]
) -> Iterator[Prediction]:
    for start in range(0, len(paths), BATCH):
        part = paths[start : start + BATCH]
        read = [_read(path, size) for path in part]
        pixels = [item for item in read if not isinstance(item, str)]
        shares: list[NDArray[np.float32]] = []
        if pixels:
            batch = np.stack(pixels).astype(np.float32)
            shares = list(probabilities(np.asarray(model.predict_on_batch(batch))))
        for path, item in zip(part, read, strict=True):
            if isinstance(item, str):
                yield Prediction(str(path), error=item)
                continue
            row = shares.pop(0)
            best = int(row.argmax())
            yield Prediction(str(path), classes[best], float(row[best]), tuple(map(float, row)))


def _read(path: Path, size: int) -> NDArray[np.uint8] | str:
    try:
        return decode(path.read_bytes(), size)
    except UnreadableImageError as error:
        return str(error)
    except OSError as error:
        return error.strerror or "cannot be read"


def _files(given: Path) -> Iterator[Path]:
    if given.is_file():
        yield given
        return
    if not given.is_dir():
        raise ImageFolderError(f"{given}: there is no such file or folder")
    for path in sorted(given.rglob("*")):
        if path.suffix.lower() in EXTENSIONS and path.is_file() and not path.is_symlink():
            yield path
