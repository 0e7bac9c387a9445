"""Streams of batches in a trial: looked at before training, changed as they pass, read for a score.

A stream is a `tf.data.Dataset`, a `PyDataset` or a generator. What is an array is none of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fitdoctor.observe import arrays
from fitdoctor.training import taps

Change = Callable[[Any], Any]
LOOKED = 8
"""Batches that are looked at before training."""
MOST_SHUFFLED = 10_000
"""Images that a dataset is shuffled over."""


class Look(NamedTuple):
    """The first batches of a stream."""

    stream: Any
    """What is to be read in place of the stream: of a generator nothing is lost."""
    inputs: NDArray[Any]
    labels: NDArray[Any]


def is_stream(data: Any) -> bool:
    return _is_sequence(data) or isinstance(data, GeneratorType) or taps.is_dataset(data)


def _is_sequence(data: Any) -> bool:
    return any(kind.__name__ == "PyDataset" for kind in type(data).__mro__)


def looked_at(stream: Any) -> Look | None:
    """Return the first batches of a stream; `None` where they are no images with labels.

    A dataset is begun anew for that, which moves its shuffling on: it is done in both arms.
    """
    if isinstance(stream, GeneratorType):
        first = list(itertools.islice(stream, LOOKED))
        stream = itertools.chain(first, stream)
        stream = (batch for batch in stream)  # Keras takes generators, and no other iterators
    elif _is_sequence(stream):
        first = [stream[number] for number in range(min(LOOKED, len(stream)))]
    else:
        first = list(itertools.islice(iter(stream), LOOKED))
    pairs = [_pair(batch) for batch in first]
    known = [pair for pair in pairs if pair is not None]
    if not known or len(known) < len(pairs):
        return None
    return Look(stream, known[0][0], np.concatenate([y for _, y in known]))


def _pair(batch: Any) -> tuple[NDArray[Any], NDArray[Any]] | None:
    if not isinstance(batch, tuple | list) or len(batch) < 2:
        return None
    x, y = arrays.plain(batch[0]), arrays.plain(batch[1])
    return None if x is None or y is None else (x, y)


def batches(stream: Any, steps: int | None) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield batches of one pass, at most `steps`; raises `ValueError` for what is none."""
    source: Any = stream
    if _is_sequence(stream):
        source = (stream[number] for number in range(len(stream)))
    for batch in itertools.islice(source, steps):
        pair = _pair(batch)
        if pair is None:
            raise ValueError("batches are no images with labels")
        yield pair


def changed(stream: Any, inputs: Change | None, labels: Change | None) -> Any:
    """Return a stream of the same kind whose images or labels pass through a function."""

    def change(batch: Any) -> Any:
        x, y, *rest = batch
        return (inputs(x) if inputs else x, labels(y) if labels else y, *rest)

    if taps.is_dataset(stream):
        return stream.map(lambda *batch: change(batch))
    if isinstance(stream, GeneratorType):
        return (change(batch) for batch in stream)
    return taps.changed(stream, change)


def shuffled(dataset: Any, seed: int) -> Any:
    """Return a `tf.data.Dataset` of batches whose images are shuffled anew every epoch."""
    batch = next(iter(dataset))
    rows = int((batch[0] if isinstance(batch, tuple) else batch).shape[0])
    return dataset.unbatch().shuffle(MOST_SHUFFLED, seed=seed).batch(rows)
