"""What one split of the data is, from arrays at once or from batches as they pass."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.observe import arrays
from fitdoctor.observe.arrays import Rows
from fitdoctor.observe.files import Listing
from fitdoctor.records.run import Feed, Flow, Operation
from fitdoctor.records.written import Numbers

LOOKED = 512
"""Rows of inputs whose values are looked at."""
MOST_LABELS = 2_000_000
MOST_PASSING = 20_000
"""Rows of passing batches that are compared with those of other splits."""


class Split:
    """Inputs and labels of one use, as far as they were seen."""

    def __init__(self, use: Any, line: int = 0) -> None:
        self.use, self.line = use, line
        self.operations: tuple[Operation, ...] = ()
        self.batch: int | None = None
        """Rows of the first batch that passed."""
        self.rows: Rows | None = None
        self.full = False
        self.counted = True
        """One pass is over all there is; else batches come from a stream without a known end."""
        self.listing: Listing | None = None
        """The files that were read, where a reader of Keras read them."""
        self._inputs: Numbers | None = None
        self._labels: Numbers | None = None
        self._kept: list[tuple[NDArray[Any], NDArray[Any] | None]] = []
        self._kept_bytes = 0
        self._passed: dict[int, NDArray[Any]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def of_arrays(self, x: Any, y: Any, whole: Any = None) -> None:
        """Look at arrays, by index; `whole` are the labels that these are a part of."""
        if (found := arrays.numbers_of_inputs(x, LOOKED)) is not None:
            self._inputs, looked = found
            self.rows = arrays.hashed(x)
            self._count = self._inputs.rows or 0
            truth = arrays.sample(y, len(looked)) if arrays.rows_of(y) == self._count else None
            if truth is not None and len(truth) == len(looked):
                self._kept = [(looked, truth)]
        labels = arrays.plain(y)
        if labels is not None and labels.size <= MOST_LABELS:
            self._labels = arrays.numbers_of_labels(labels)
            every = arrays.plain(whole)
            if every is not None and every.size <= MOST_LABELS:
                in_order = arrays.numbers_of_labels(every).in_order
                self._labels = replace(self._labels, in_order=in_order)

    def __call__(self, x: Any, y: Any, number: int | None) -> None:
        """Look at a batch that passes; a batch that was seen before tells nothing new."""
        if self.full:
            return
        try:
            with self._lock:
                self._look(x, y, number)
        except Exception:  # noqa: BLE001 - a look must not end somebody's training
            self.full = True

    def _look(self, x: Any, y: Any, number: int | None) -> None:
        number = len(self._passed) if number is None else number
        inputs = arrays.plain(x)
        if number in self._passed or inputs is None or not len(inputs):
            return
        labels = arrays.plain(y)
        self.batch = self.batch or len(inputs)
        self._passed[number] = (
            np.zeros(len(inputs), np.uint8) if labels is None else np.array(labels)
        )
        self._labelled = labels is not None
        seen = sum(len(part) for part, _ in self._kept)
        if seen < LOOKED and self._kept_bytes < arrays.MOST_BYTES:
            self._kept.append((np.array(inputs), None if labels is None else np.array(labels)))
            self._kept_bytes += inputs.nbytes
        before = self.rows or Rows(0)
        if before.looked < MOST_PASSING and (found := arrays.hashed(inputs, self._count)):
            keys = {**found.keys, **before.keys}
            self.rows = Rows(self._count + len(inputs), keys, before.looked + found.looked)
        self._count += len(inputs)
        self.full = self._count * max(1, self._passed[number][0].size) > MOST_LABELS

    def shut(self) -> None:
        """Look at no further batch, and keep what those seen come to."""
        self.full = True
        with self._lock:
            if self._inputs is not None or not self._kept:
                return
            looked = np.concatenate([x for x, _ in self._kept if x.shape[1:] == self._shape])
            listed = self.listing is not None and self.listing.whole
            count = len(self.listing.files) if listed and self.listing is not None else None
            count = self._count if self.counted else count
            self._inputs = replace(arrays.described(looked), rows=count, passed=True)
            passed = [self._passed[number] for number in sorted(self._passed)]
            if self._labelled and len({part.shape[1:] for part in passed}) == 1:
                labels = arrays.numbers_of_labels(np.concatenate(passed))
                self._labels = replace(labels, passed=True)

    @property
    def count(self) -> int:
        """Rows that there are, or that have passed."""
        return self._count

    @property
    def _shape(self) -> tuple[int, ...]:
        return self._kept[0][0].shape[1:]

    def some(self, most: int) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Return rows that were seen, spread over them, with their labels."""
        pairs = [(x, y) for x, y in self._kept if y is not None and x.shape[1:] == self._shape]
        if not pairs:
            return None
        x, y = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        rows = np.linspace(0, len(x) - 1, min(most, len(x))).astype(np.int64)
        return x[rows], y[rows]

    def forget(self) -> None:
        """Let go of what was kept of the data."""
        self._kept, self._passed = [], {}

    @property
    def inputs(self) -> Numbers | None:
        return self._inputs

    @property
    def labels(self) -> Numbers | None:
        return self._labels

    def feed(self) -> Feed:
        """Return the record of what was fed."""
        x, y = (
            Flow(operations=self.operations, shown=False, numbers=numbers)
            for numbers in (self._inputs, self._labels)
        )
        return Feed(use=self.use, inputs=x, labels=y, line=self.line)
