"""The images of a source: each one's class, split and group, and the hash of its content."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import ImageFolderError

SPLITS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip


class Entry(msgspec.Struct, frozen=True):
    """One image file; `path` is relative to the folder."""

    path: str
    label: int
    digest: str
    split: str = ""
    """`train`, `val` or `test` where the source says it."""
    group: str = ""
    """Images of one group (a patient, a speaker, a video) stay on one side of a split."""
    row: int = -1
    """Of the manifest's arrays, where the image is no file."""


class Manifest(msgspec.Struct, frozen=True, eq=False):
    """The images of a source in a fixed order."""

    root: Path
    classes: tuple[str, ...]
    entries: tuple[Entry, ...]
    arrays: NDArray[np.uint8] | None = None
    """The images themselves, (images, height, width[, channels]), where they are no files."""
    not_read: tuple[str, ...] = ()
    """Pictures beside them in formats that are not read."""

    @property
    def labels(self) -> NDArray[np.int64]:
        return np.array([entry.label for entry in self.entries], dtype=np.int64)

    @property
    def digest(self) -> str:
        """Name the content: the same images in the same order give the same digest."""
        return hashlib.sha256("".join(e.digest for e in self.entries).encode()).hexdigest()


def without(manifest: Manifest, unreadable: set[str]) -> Manifest:
    """Leave files out; raises `ImageFolderError` where a class then has fewer than two images."""
    kept = tuple(e for e in manifest.entries if e.path not in unreadable)
    counts = Counter(e.label for e in kept)
    for label, name in enumerate(manifest.classes):
        if counts[label] < 2:
            raise ImageFolderError(
                f"{manifest.root / name}: {counts[label]} readable image{'s' * (not counts[label])}"
                "; a class needs at least two, one to train on and one to validate on"
            )
    return msgspec.structs.replace(manifest, entries=kept)
