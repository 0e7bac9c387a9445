"""What a script goes over: loaders, or tensors that it cuts into batches itself."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import xxhash
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.observe.split import Split
from fitdoctor.records.run import Feed, Operation
from fitdoctor.records.written import Numbers

MOST_ROWS = 512
"""Rows of a batch by which it is known again."""
MOST_KEYS = 400_000
COLOURS = (1, 2, 3, 4)
"""Channels of images, as they stand before rows and columns."""


class Source:
    """A set of images that is gone over, and what was seen of it."""

    def __init__(self, number: int, line: int, loader: Any = None) -> None:
        self.number, self.line = number, line
        self.loader = None if loader is None else weakref.ref(loader)
        self.size = _size(loader)
        self.batch = _whole(getattr(loader, "batch_size", None))
        self.batches = _length(loader)
        self.operations = _operations(loader, line)
        self.split = Split("train", line)
        self.maps = False
        """Its rows are images whose channels come first."""

    def look(self, x: NDArray[Any], y: NDArray[Any] | None) -> None:
        """Look at a batch that passes."""
        self.maps = x.ndim == 4 and x.shape[1] in COLOURS and min(x.shape[2:]) > 1
        self.split(x, y, None)

    def shut(self) -> None:
        """Look at no more, and let go of the data."""
        self.split.counted = self.size is None
        self.split.shut()
        self.split.forget()

    def feed(self, use: str) -> Feed:
        """Return the record of what was fed."""
        self.split.use = use
        self.split.operations = self.operations
        fed = self.split.feed()
        inputs, labels = fed.inputs, fed.labels
        if inputs.numbers is not None:
            inputs = replace(inputs, numbers=self._sized(inputs.numbers))
        return replace(fed, inputs=inputs, labels=labels)

    def _sized(self, numbers: Numbers) -> Numbers:
        shape = numbers.shape
        if self.maps and len(shape) == 3:
            shape = (*shape[1:], shape[0])
        return replace(numbers, rows=self.size or numbers.rows, shape=shape)


def _size(loader: Any) -> int | None:
    """Return how many images a loader goes over in one pass, where it says so."""
    dataset, sampler = getattr(loader, "dataset", None), getattr(loader, "sampler", None)
    for one in (sampler, dataset):
        size = _length(one)
        if size is not None:
            return size
    return None


def _length(one: Any) -> int | None:
    try:
        return len(one)
    except Exception:  # noqa: BLE001 - __len__ of theirs may do anything
        return None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _operations(loader: Any, line: int) -> tuple[Operation, ...]:
    if loader is None:
        return ()
    found = []
    sampler = type(getattr(loader, "sampler", None)).__name__
    if sampler in {"RandomSampler", "WeightedRandomSampler", "SubsetRandomSampler"}:
        found.append(Operation("shuffle", True, line))
    elif sampler == "SequentialSampler":
        found.append(Operation("shuffle", False, line))
    if (size := _whole(getattr(loader, "batch_size", None))) is not None:
        found.append(Operation("batch", size, line))
    return tuple(found)


class Sources:
    """The sources of a script, each with its number."""

    def __init__(self, every: list[Source]) -> None:
        self._every = every
        self._by_dataset: dict[int, Source] = {}
        self._by_use: dict[tuple[str, int], Source] = {}
        self._keys: set[int] = set()

    def of_loader(self, loader: Any, line: int) -> Source:
        """Return the source that a loader goes over: loaders of one dataset are one."""
        dataset = getattr(loader, "dataset", None)
        found = self._by_dataset.get(id(dataset))
        if found is not None and found.loader is not None:
            known = found.loader()
            if known is not None and getattr(known, "dataset", None) is dataset:
                return found
        made = Source(len(self._every), line, loader)
        for other in self._every:
            gone = other.loader is not None and other.loader() is None
            if gone and (other.line, other.size) == (line, made.size):
                other.loader = weakref.ref(loader)  # made anew for each epoch
                self._by_dataset[id(dataset)] = other
                return other
        self._every.append(made)
        self._by_dataset[id(dataset)] = made
        return made

    def of_tensors(self, use: str, line: int) -> Source:
        """Return the source of tensors that are trained on, or measured in a line."""
        key = (use, 0 if use == "train" else line)
        if key not in self._by_use:
            self._by_use[key] = Source(len(self._every), line)
            self._every.append(self._by_use[key])
        return self._by_use[key]

    def again(self, rows: NDArray[Any] | None) -> bool:
        """Return whether most of a batch came by before; its rows have then come by."""
        if rows is None or not rows.ndim:
            return False
        keys = keys_of(rows)
        known = 2 * len(keys & self._keys) > len(keys)
        if len(self._keys) < MOST_KEYS:
            self._keys |= keys
        return known

    def knows(self, rows: NDArray[Any] | None) -> bool:
        """Return whether most of a batch came by."""
        keys = keys_of(rows) if rows is not None and rows.ndim else set()
        return 2 * len(keys & self._keys) > len(keys)

    def begin_again(self) -> None:
        """Forget what came by: another training begins."""
        self._keys, self._by_use = set(), {}


def keys_of(rows: NDArray[Any]) -> set[int]:
    """Return hashes of the contents of rows, of large batches of some."""
    some = rows[:: max(1, len(rows) // MOST_ROWS)]
    flat = np.ascontiguousarray(some).reshape(len(some), -1)
    return {xxhash.xxh3_64_intdigest(row.data) for row in flat}
