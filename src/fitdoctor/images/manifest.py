"""A folder with one folder a class to a manifest: every file, its class and its content's hash."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import ImageFolderError
from fitdoctor.images.decode import EXTENSIONS


class Entry(msgspec.Struct, frozen=True):
    """One image file; `path` is relative to the folder."""

    path: str
    label: int
    digest: str


class Manifest(msgspec.Struct, frozen=True):
    """The images of a folder in a fixed order."""

    root: Path
    classes: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def labels(self) -> NDArray[np.int64]:
        return np.array([entry.label for entry in self.entries], dtype=np.int64)

    @property
    def digest(self) -> str:
        """Name the content: the same images in the same order give the same digest."""
        return hashlib.sha256("".join(e.digest for e in self.entries).encode()).hexdigest()


def scan(folder: Path) -> Manifest:
    """List the images below `folder`, one folder a class; links out of it are not followed.

    Raises `ImageFolderError` where the folder is missing, or has fewer than two classes that
    hold files with an image's extension.
    """
    if not folder.is_dir():
        raise ImageFolderError(f"{folder}: there is no such folder of images")
    found: dict[str, list[Path]] = {}
    for home in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
        files = [
            Path(where) / name
            for where, _, names in os.walk(home, followlinks=False)
            for name in names
            if Path(name).suffix.lower() in EXTENSIONS and not name.startswith(".")
        ]
        inside = [p for p in files if p.is_file() and not p.is_symlink()]
        if inside:
            found[home.name] = sorted(inside)
    if not found:
        raise ImageFolderError(
            f"{folder}: no images in it. Expected one folder a class: {folder}/cats/1.jpg, "
            f"{folder}/dogs/1.jpg"
        )
    if len(found) < 2:
        raise ImageFolderError(
            f"{folder}: one class only ({next(iter(found))}). A classifier needs two or more "
            "folders with images"
        )
    classes = tuple(found)
    entries = tuple(
        Entry(str(path.relative_to(folder)), label, _digest(path))
        for label, name in enumerate(classes)
        for path in found[name]
    )
    return Manifest(folder, classes, entries)


def without(manifest: Manifest, unreadable: set[str]) -> Manifest:
    """Leave files out; raises `ImageFolderError` where a class then has fewer than two images."""
    kept = tuple(e for e in manifest.entries if e.path not in unreadable)
    counts = Counter(e.label for e in kept)
    for label, name in enumerate(manifest.classes):
        if counts[label] < 2:
            raise ImageFolderError(
                f"{manifest.root / name}: {counts[label]} readable images; a class needs at least "
                "two, one to train on and one to validate on"
            )
    return msgspec.structs.replace(manifest, entries=kept)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "unreadable"
