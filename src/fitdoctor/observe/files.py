"""The image files behind a dataset or generator that Keras read from a folder of classes."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import xxhash

KEEP_ALL = frozenset(
    {
        "_PrefetchDataset", "_ShuffleDataset", "CacheDataset", "_MapDataset", "_ParallelMapDataset",
        "_BatchDataset", "_ParallelBatchDataset", "_UnbatchDataset", "_OptionsDataset",
        "_RebatchDataset", "_ModelDataset", "_PaddedBatchDataset",
    }
)  # fmt: skip
"""Steps of tf.data that leave every image in a set."""
MOST_STEPS, MOST_FILES = 50, 100_000
MOST_COMPARED = 300
"""Validation files whose contents are compared with those of training."""
MOST_SECONDS = 0.5


class Listing(msgspec.Struct, frozen=True):
    """Files in the order of the reader, and the names of the classes by their number."""

    files: tuple[str, ...]
    names: tuple[str, ...]
    whole: bool
    """What is fed holds each of these files, and no other."""


def listing(stream: Any) -> Listing | None:
    """Return what a stream was read from; `None` where no reader of Keras is behind it."""
    if hasattr(stream, "filepaths") and hasattr(stream, "class_indices"):  # flow_from_directory
        numbered = sorted(stream.class_indices.items(), key=lambda item: item[1])
        return _listing(stream.filepaths, [name for name, _ in numbered], whole=True)
    whole = True
    for _ in range(MOST_STEPS):
        if hasattr(stream, "file_paths"):  # image_dataset_from_directory
            return _listing(stream.file_paths, getattr(stream, "class_names", ()), whole=whole)
        before: Any = getattr(stream, "_inputs", tuple)()
        if len(before) != 1:
            return None
        whole = whole and type(stream).__name__ in KEEP_ALL
        stream = before[0]
    return None


def _listing(files: Any, names: Any, *, whole: bool) -> Listing | None:
    if not 0 < len(files) <= MOST_FILES:
        return None
    return Listing(tuple(map(str, files)), tuple(map(str, names or ())), whole)


class Shared(msgspec.Struct, frozen=True):
    """Files of validation that are files of training, or hold the same bytes."""

    pairs: list[tuple[str, str]]
    compared: int
    """Validation files whose contents were compared; all were compared by their paths."""


def shared(train: Listing, held: Listing) -> Shared:
    """Return the files that two listings share, by path or by content.

    Contents are read of files of the same size alone, of up to `MOST_COMPARED` validation files
    spread over the list, for up to `MOST_SECONDS`.
    """
    known = {str(Path(file).absolute()): file for file in train.files}
    by_path = [(f, known[p]) for f in held.files if (p := str(Path(f).absolute())) in known]
    same = {file for file, _ in by_path}
    rest = [file for file in held.files if file not in same]
    rest = rest[:: -(-len(rest) // MOST_COMPARED) or 1]
    until = time.monotonic() + MOST_SECONDS
    sizes: dict[int, list[str]] = defaultdict(list)
    for number, file in enumerate(train.files):
        if number % 256 == 0 and time.monotonic() > until:
            return Shared(by_path, 0)
        sizes[_size(file)].append(file)
    compared, by_content = 0, list[tuple[str, str]]()
    digests: dict[str, int] = {}
    for file in rest:
        if time.monotonic() > until:
            break
        compared += 1
        digest = _digest(file, digests)
        twin = next((f for f in sizes.get(_size(file), ()) if _digest(f, digests) == digest), None)
        if twin is not None:
            by_content.append((file, twin))
    return Shared([*by_path, *by_content], compared + len(by_path))


def _size(file: str) -> int:
    try:
        return Path(file).stat().st_size
    except OSError:
        return -1


def _digest(file: str, known: dict[str, int]) -> int:
    """Return a hash of a file's bytes; of one that cannot be read, one of its name."""
    if file not in known:
        try:
            known[file] = xxhash.xxh3_64_intdigest(Path(file).read_bytes())
        except OSError:
            known[file] = xxhash.xxh3_64_intdigest(file.encode())
    return known[file]
