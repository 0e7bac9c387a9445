"""What arrays hold, measured on as many rows as a look may cost; and which rows are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import xxhash
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.records.written import Numbers

MOST_BYTES = 32_000_000
"""Of inputs that are copied or read for one look."""
MOST_ROWS = 100_000
"""Of inputs that are compared with each other."""
LEAST_NUMBERS, LEAST_LEVELS = 64, 8
"""Numbers in a row, and different ones among them, from which on equal rows are one picture."""
MOST_VALUES = 1000
MOST_HASHED = 1_000_000_000
"""Bytes of inputs that are hashed, which takes a sixth of a second."""
PLACES, CHUNK = 256, 1024
"""Numbers of a row among which different ones are counted; rows that are hashed at a time."""


def plain(values: Any) -> NDArray[Any] | None:
    """Return an array of numbers; `None` for what is none, or several of them."""
    if isinstance(values, Mapping | str | bytes) or values is None:
        return None
    if isinstance(values, list | tuple) and len(values) and hasattr(values[0], "shape"):
        return None  # several inputs
    for step in ("detach", "cpu"):
        values = getattr(values, step)() if hasattr(values, step) else values
    try:
        array = np.asarray(values)
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in "biuf" and array.ndim else None


def rows_of(values: Any) -> int | None:
    """Return how many rows something like an array has."""
    shape = getattr(values, "shape", None)
    if shape is not None and len(shape):
        return int(shape[0])
    return len(values) if isinstance(values, list) else None


def sample(values: Any, most: int) -> NDArray[Any] | None:
    """Return up to `most` rows spread over an array of any library, by index, in order."""
    count = rows_of(values)
    if not count:
        return None
    shape = getattr(values, "shape", ())
    size = max(1, int(np.prod(shape[1:], dtype=np.int64))) * _item_size(values)
    most = min(count, most, max(16, MOST_BYTES // size))
    if most == count:
        return plain(values)
    if isinstance(values, np.ndarray):
        return plain(values[np.linspace(0, count - 1, most).astype(np.int64)])
    # Of other libraries' arrays slices are cheap, and single rows are not.
    each = max(1, most // 8)
    starts = np.linspace(0, count - each, 8).astype(int)
    parts = [plain(values[int(at) : int(at) + each]) for at in starts]
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None


def _item_size(values: Any) -> int:
    try:
        return int(np.dtype(str(getattr(values, "dtype", "float32")).rpartition(".")[2]).itemsize)
    except TypeError:
        return 8


def numbers_of_inputs(values: Any, most: int) -> tuple[Numbers, NDArray[Any]] | None:
    """Return what inputs hold, and the rows that were looked at."""
    looked = sample(values, most)
    if looked is None or not looked.size:
        return None
    found = described(looked)
    dtype = str(getattr(values, "dtype", looked.dtype)).rpartition(".")[2]
    return replace(found, rows=rows_of(values), dtype=dtype), looked


def described(looked: NDArray[Any]) -> Numbers:
    """Return range, mean and shape of rows."""
    finite = looked if looked.dtype.kind != "f" else looked[np.isfinite(looked)]
    if not finite.size:
        finite = np.zeros(1)
    return Numbers(
        rows=len(looked),
        columns=int(np.prod(looked.shape[1:], dtype=np.int64)),
        low=float(finite.min()),
        high=float(finite.max()),
        whole=looked.dtype.kind != "f" or bool((finite == np.rint(finite)).all()),
        seen=len(looked),
        shape=tuple(int(n) for n in looked.shape[1:]),
        dtype=str(looked.dtype),
        mean=float(finite.mean(dtype=np.float64)),
    )


def numbers_of_labels(labels: NDArray[Any]) -> Numbers:
    """Return encoding, set, counts and order of labels, all of which are given."""
    found = described(labels)
    if found.columns > 1:
        ones = labels.reshape(len(labels), -1)
        one_hot = found.whole and (found.low, found.high) == (0, 1) and _one_each(ones)
        if not one_hot or labels.ndim > 2:
            return found
        found, labels = replace(found, one_hot=True), ones.argmax(axis=1)
    elif not found.whole:
        return found
    column = labels.reshape(-1)
    values, counts = np.unique(column, return_counts=True)
    changes = int((column[1:] != column[:-1]).sum())
    few = len(values) <= MOST_VALUES
    return replace(
        found,
        distinct=len(values),
        values=tuple(float(v) for v in values) if few else (),
        counts=tuple(int(n) for n in counts) if few else (),
        in_order=1 < len(values) == changes + 1 and len(column) >= 3 * len(values),
        mixing=_mixing(changes, counts),
    )


def _mixing(changes: int, counts: NDArray[Any]) -> float | None:
    count = int(counts.sum())
    random = 1 - float(((counts / count) ** 2).sum())
    return changes / ((count - 1) * random) if count > 1 and random > 0 else None


def _one_each(rows: NDArray[Any]) -> bool:
    return bool((rows.sum(axis=1) == 1).all())


class Rows(msgspec.Struct, frozen=True):
    """Rows by what they hold."""

    count: int
    """Rows that there are, or that passed."""
    keys: dict[int, int] = {}
    """Hash of a row's contents -> the row, the first where several are equal."""
    looked: int = 0
    """Rows that were looked at."""


def hashed(values: Any, start: int = 0) -> Rows | None:
    """Return the rows of an array in memory by their contents, counted from `start`.

    `None` where equal rows mean little: they hold few numbers, or few different ones. Of more than
    `MOST_HASHED` bytes some rows are looked at, spread over the array.
    """
    count = rows_of(values)
    if not isinstance(values, np.ndarray) or not count or values.dtype.kind not in "biuf":
        return None
    width = int(np.prod(values.shape[1:], dtype=np.int64))
    if width < LEAST_NUMBERS or isinstance(values, np.memmap):
        return None
    most = max(1, MOST_HASHED // (width * values.itemsize))
    rows = np.arange(0, count, -(-count // min(most, MOST_ROWS)))
    keys: dict[int, int] = {}
    places = np.linspace(0, width - 1, min(PLACES, width)).astype(np.int64)
    for at in range(0, len(rows), CHUNK):
        some = rows[at : at + CHUNK]
        part = np.ascontiguousarray(values[some]).reshape(len(some), -1)
        levels = (np.diff(np.sort(part[:, places], axis=1), axis=1) != 0).sum(axis=1) + 1
        for offset in np.flatnonzero(levels >= LEAST_LEVELS):
            key = xxhash.xxh3_64_intdigest(part[offset])
            keys.setdefault(key, start + int(some[offset]))
    return Rows(count, keys, len(rows))


def shared(one: Rows, other: Rows) -> list[tuple[int, int]]:
    """Return the rows of `other` that are in `one`, each with the row it equals."""
    return [(row, one.keys[key]) for key, row in other.keys.items() if key in one.keys]
