"""Decoded images on disk, named by their content: an image is decoded once, by threads.

A cache file is written beside its place and moved there whole, so two processes may fill it at
once and a kill leaves nothing half.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from numpy.lib.format import write_array_header_1_0
from numpy.typing import NDArray

from fitdoctor.errors import ImageFolderError
from fitdoctor.images import decode
from fitdoctor.images.manifest import Entry, Manifest
from fitdoctor.images.threads import in_order

Problem = tuple[str, str]
BUFFER = 2**20
"""Bytes written at once: after each write this thread waits for those that decode."""


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
    manifest: Manifest,
    size: int,
    on_step: Callable[[int, int], None] = lambda _done, _all: None,
    resize: decode.Resize = "stretch",
) -> Decoded:
    """Return the pixels, from the cache where the same content was decoded before.

    Pixels go straight to disk, so that memory holds a few images at a time; where the disk has no
    room they are kept in memory.
    """
    name = f"{manifest.digest}/{size}/{resize}/{decode.VERSION}"
    key = hashlib.sha256(name.encode()).hexdigest()[:24]
    pixels, problems = folder() / f"pixels-{key}.npy", folder() / f"pixels-{key}.json"
    if (found := _kept(pixels, problems)) is not None:
        array, bad = found
    else:
        rows = _rows(manifest, size, resize, on_step)
        array, bad = _filled(pixels, (len(manifest.entries), size, size, 3), rows)
        _write(problems, msgspec.json.encode(bad))
        trim(keep=(pixels, problems))
    if not len(array):
        raise ImageFolderError(f"{manifest.root}: none of its {len(bad)} images can be read")
    # The cache is named by content; which file holds what is this folder's own matter.
    unreadable = tuple((manifest.entries[i].path, why) for i, why in bad)
    return Decoded(array, unreadable, key)


def _kept(pixels: Path, problems: Path) -> tuple[NDArray[np.uint8], list[tuple[int, str]]] | None:
    try:
        bad = msgspec.json.decode(problems.read_bytes(), type=list[tuple[int, str]])
        array = np.load(pixels, mmap_mode="r")
    except (OSError, ValueError, EOFError, msgspec.DecodeError):
        return None
    pixels.touch()
    return array, bad


def _rows(
    manifest: Manifest, size: int, resize: decode.Resize, on_step: Callable[[int, int], None]
) -> Iterator[NDArray[np.uint8] | str]:
    read = partial(_read, manifest, size, resize)
    for done, row in enumerate(in_order(read, manifest.entries), start=1):
        yield row
        on_step(done, len(manifest.entries))


def _filled(
    path: Path, shape: tuple[int, ...], rows: Iterator[NDArray[np.uint8] | str]
) -> tuple[NDArray[np.uint8], list[tuple[int, str]]]:
    """Write the readable rows to `path`, whole or not at all, and return them and what is not."""
    bad: list[tuple[int, str]] = []

    def readable() -> Iterator[NDArray[np.uint8]]:
        for index, row in enumerate(rows):
            if isinstance(row, str):
                bad.append((index, row))
            else:
                yield row

    # Two threads may read the same images; cutting a file that another has mapped ends the process.
    part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _reserve(part, shape)
    except OSError:
        with suppress(OSError):
            part.unlink()
        kept = np.empty(shape, np.uint8)
        for at, row in enumerate(readable()):
            kept[at] = row
        return kept[: shape[0] - len(bad)], bad
    try:
        # Written, not mapped: the faults of a mapped page cost more than copying into it.
        with part.open("r+b", buffering=BUFFER) as file:
            write_array_header_1_0(file, _header(shape))
            for row in readable():
                file.write(row.data)
            if bad:
                file.truncate()
                file.seek(0)
                # Padded to 64 bytes, it has room for any smaller number.
                write_array_header_1_0(file, _header((shape[0] - len(bad), *shape[1:])))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()
    return np.load(path, mmap_mode="r"), bad


def let_go(array: NDArray[np.generic]) -> None:
    """Give back the memory that pages of a file-backed array take; the file keeps them.

    Without it the pages of everything read so far count as the process' own until another asks.
    """
    mapped = getattr(array, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def _reserve(path: Path, shape: tuple[int, ...]) -> None:
    """Take the room on disk first: without it the images are kept in memory."""
    with path.open("wb") as file:
        write_array_header_1_0(file, _header(shape))
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), file.tell(), int(np.prod(shape)))
        else:
            for _ in range(shape[0]):
                file.write(bytes(int(np.prod(shape[1:]))))


def _header(shape: tuple[int, ...]) -> dict[str, object]:
    return {"descr": "|u1", "fortran_order": False, "shape": shape}


def trim(keep: tuple[Path, ...] = (), limit: float | None = None) -> None:
    """Delete what was used longest ago until the cache is within FITDOCTOR_CACHE_GB (20)."""
    allowed = 1e9 * (limit if limit is not None else _limit())
    try:
        files = [(p, p.stat()) for p in folder().iterdir() if p.suffix in {".npy", ".json"}]
    except OSError:
        return
    held = sum(stat.st_size for _, stat in files)
    for path, stat in sorted(files, key=lambda item: item[1].st_mtime):
        if held <= allowed:
            return
        if path not in keep:
            # A process that has it mapped keeps its pages until it ends.
            path.unlink(missing_ok=True)
            held -= stat.st_size


def _limit() -> float:
    try:
        return float(os.environ.get("FITDOCTOR_CACHE_GB", "20"))
    except ValueError:
        return 20.0


def store(path: Path, array: NDArray[np.generic]) -> None:
    """Write an array whole or not at all; a full disk costs the cache, never the run."""
    file = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            np.save(file, array)
        Path(file.name).replace(path)
        trim(keep=(path,))
    except OSError:
        if file is not None:
            Path(file.name).unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)
    except OSError:
        return


def _read(
    manifest: Manifest, size: int, resize: decode.Resize, entry: Entry
) -> NDArray[np.uint8] | str:
    try:
        if manifest.arrays is not None:
            return decode.from_array(manifest.arrays[entry.row], size, resize)
        return decode.decode((manifest.root / entry.path).read_bytes(), size, resize)
    except decode.UnreadableImageError as error:
        return str(error)
    except OSError as error:
        return error.strerror or str(error)
