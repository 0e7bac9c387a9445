"""Images and labels in an .npz file to a manifest."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from fitdoctor.errors import ImageFolderError, RunFolderError
from fitdoctor.images.manifest import SPLITS, Entry, Manifest


def read(path: Path) -> Manifest:
    """Read x and y (or images and labels, or x_train, y_train, x_val, y_val, x_test, y_test).

    `groups` and `classes` (the names) may stand beside them.
    """
    held = _loaded(path)
    pairs = [(s, f"x_{s}", f"y_{s}") for s in SPLITS if f"x_{s}" in held and f"y_{s}" in held]
    pairs += [("", x, y) for x, y in (("x", "y"), ("images", "labels")) if x in held and y in held]
    if not pairs:
        raise ImageFolderError(
            f"{path}: holds {', '.join(held) or 'nothing'}; expected x and y, or x_train, y_train, "
            "x_val, y_val"
        )
    labels = [_as_numbers(path, y, held[y]) for _, _, y in pairs]
    for (_, x, y), numbers in zip(pairs, labels, strict=True):
        if len(held[x]) != len(numbers):
            raise ImageFolderError(f"{path}: {len(held[x])} images in {x}, {len(numbers)} in {y}")
    try:
        pixels = np.concatenate([held[x] for _, x, _ in pairs])
    except ValueError as error:
        raise ImageFolderError(f"{path}: images of different shapes ({error})") from error
    every = np.concatenate(labels)
    values = np.unique(every)
    names = [str(name) for name in held.get("classes", values)]
    if "classes" in held and len(names) <= int(values.max()):
        raise ImageFolderError(f"{path}: {len(names)} classes named, labels up to {values.max()}")
    own = every if "classes" in held else np.searchsorted(values, every)
    groups = held.get("groups", np.full(len(every), ""))
    if len(names) < 2 or len(groups) != len(every):
        raise ImageFolderError(f"{path}: expected two classes or more, and a group for each image")
    splits = [split for split, x, _ in pairs for _ in range(len(held[x]))]
    images = _as_bytes(path, pixels)
    entries = tuple(
        Entry(
            f"{path.name}[{row}]",
            int(own[row]),
            xxhash.xxh3_128_hexdigest(images[row].tobytes()),
            SPLITS.get(splits[row], ""),
            str(groups[row]),
            row,
        )
        for row in range(len(every))
    )
    return Manifest(path, tuple(names), entries, images)


def keep(x: Any, y: Any, folder: Path) -> Path:
    """Write images and labels to `images.npz` in a folder, and return its path."""
    path = folder / "images.npz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, x=np.asarray(x), y=np.asarray(y))
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def _loaded(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        # allow_pickle stays off: a file of objects could run code.
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        words = str(error).split("\n")[0]
        raise ImageFolderError(f"{path}: not an .npz file of plain arrays ({words})") from error


def _as_numbers(path: Path, name: str, labels: NDArray[np.generic]) -> NDArray[np.int64]:
    if labels.ndim == 2 and labels.shape[1] > 1:
        return np.asarray(labels.argmax(axis=1))
    flat = labels.reshape(-1)
    numbers = flat.astype(np.int64) if flat.dtype.kind in "biuf" else np.full(1, -1)
    if numbers.min(initial=0) < 0 or not np.array_equal(numbers, flat):
        raise ImageFolderError(f"{path}: {name} holds no class numbers 0, 1, 2 ... and no one-hot")
    return numbers


def _as_bytes(path: Path, pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Return images as bytes; wide integers are divided by 257, floats up to 1 taken as shares."""
    if pixels.ndim == 4 and pixels.shape[3] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim not in {3, 4} or (pixels.ndim == 4 and pixels.shape[3] not in {3, 4}):
        raise ImageFolderError(
            f"{path}: images of shape {pixels.shape}; expected (images, height, width[, 1, 3 or 4])"
        )
    if pixels.dtype == np.uint8:
        return np.asarray(pixels, dtype=np.uint8)
    if pixels.dtype.kind not in "biuf" or not np.isfinite(pixels).all():
        raise ImageFolderError(f"{path}: images of {pixels.dtype} with values that are not finite")
    low, high = float(pixels.min()), float(pixels.max())
    if low < 0:
        raise ImageFolderError(f"{path}: pixels from {low:g} to {high:g}; expected 0..255 or 0..1")
    factor = 255.0 if high <= 1 else 1.0 if high <= 255 else 1 / 257
    return np.clip(np.rint(pixels.astype(np.float64) * factor), 0, 255).astype(np.uint8)
