"""Decoded images on disk, named by their content: an image is decoded once, by threads.

A cache file is written beside its place and moved there whole, so two processes may fill it at
once and a kill leaves nothing half.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import ImageFolderError
from fitdoctor.images import decode
from fitdoctor.images.manifest import Entry, Manifest

Problem = tuple[str, str]


class Decoded(msgspec.Struct, frozen=True):
    """The pixels of a manifest's readable images, in its order, and what could not be read."""

    pixels: NDArray[np.uint8]
    """(images, size, size, 3)"""
    unreadable: tuple[Problem, ...]
    key: str


def folder() -> Path:
    """Return where caches live: FITDOCTOR_CACHE, else the user's cache folder."""
    given = os.environ.get("FITDOCTOR_CACHE")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given) if given else home / "fitdoctor"


def decoded(
    manifest: Manifest, size: int, on_step: Callable[[int, int], None] = lambda _done, _all: None
) -> Decoded:
    """Return the pixels, from the cache where the same content was decoded before."""
    name = f"{manifest.digest}/{size}/{decode.VERSION}"
    key = hashlib.sha256(name.encode()).hexdigest()[:24]
    pixels, problems = folder() / f"pixels-{key}.npy", folder() / f"pixels-{key}.json"
    if pixels.is_file() and problems.is_file():
        # The cache is named by content; which file holds what is this folder's own matter.
        bad = dict(msgspec.json.decode(problems.read_bytes(), type=list[tuple[int, str]]))
        unreadable = tuple((manifest.entries[i].path, why) for i, why in bad.items())
        return Decoded(np.load(pixels, mmap_mode="r"), unreadable, key)
    total = len(manifest.entries)
    readable: list[NDArray[np.uint8]] = []
    bad_list: list[tuple[int, str]] = []
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = pool.map(lambda entry: _read(manifest.root, entry, size), manifest.entries)
        for index, result in enumerate(results):
            if isinstance(result, str):
                bad_list.append((index, result))
            else:
                readable.append(result)
            on_step(index + 1, total)
    if not readable:
        raise ImageFolderError(f"{manifest.root}: none of its {total} images can be read")
    array = np.stack(readable)
    store(pixels, array)
    _write(problems, msgspec.json.encode(bad_list))
    unreadable = tuple((manifest.entries[i].path, why) for i, why in bad_list)
    return Decoded(array, unreadable, key)


def store(path: Path, array: NDArray[np.generic]) -> None:
    """Write an array whole or not at all; a full disk costs the cache, never the run."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            np.save(file, array)
        Path(file.name).replace(path)
    except OSError:
        return


def _write(path: Path, content: bytes) -> None:
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)
    except OSError:
        return


def _read(root: Path, entry: Entry, size: int) -> NDArray[np.uint8] | str:
    try:
        return decode.decode((root / entry.path).read_bytes(), size)
    except decode.UnreadableImageError as error:
        return str(error)
    except OSError as error:
        return error.strerror or str(error)
