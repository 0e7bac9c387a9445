"""Looking at batches as a training consumes them; nothing is read for our sake.

A tap sits on a `tf.data.Dataset`, a `PyDataset` or a generator and sees what Keras takes from it.
"""

from __future__ import annotations

import copy
import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import GeneratorType
from typing import Any

import numpy as np
from numpy.typing import NDArray


@functools.cache
def _keras() -> Any:
    """Return Keras, which who drives trials in other processes never loads."""
    import keras

    return keras


if "keras" in sys.modules:
    _keras()  # the one that is in place now, where a stand-in is for a while


Look = Callable[[Any, Any, int | None], None]
"""(inputs, labels, the batch's number where the stream counts them)."""


def tapped(
    stream: Any, look: Look, *, changed: bool = False
) -> tuple[Any, AbstractContextManager[None]]:
    """Return what to give to Keras in place of a stream, and the context in which it is looked at.

    A stream of another kind is returned as it is, and not seen. `changed` says that Keras makes
    another dataset of a dataset, as it does with class weights.
    """
    if isinstance(stream, _keras().utils.PyDataset):
        return stream, _items_seen(stream, look)
    if isinstance(stream, GeneratorType):
        return _passing(stream, look), nullcontext()
    if is_dataset(stream):
        seen = _mapped(stream, look)
        return (seen if changed or seen is stream else _once(stream, seen)), nullcontext()
    return stream, nullcontext()


def ends(stream: Any) -> bool:
    """Return whether a stream says that it comes to an end."""
    if isinstance(stream, _keras().utils.PyDataset):
        try:
            return stream.num_batches is not None
        except AttributeError:  # a Sequence of Keras 2, which has a length
            return True
        except NotImplementedError:
            return False
    return is_dataset(stream) and int(stream.cardinality()) != INFINITE


INFINITE = -1
"""What `tf.data.Dataset.cardinality` gives where a set is repeated without end."""


def _passing(stream: Iterator[Any], look: Look) -> Iterator[Any]:
    """Yield what a generator yields; it is asked exactly when its batch is wanted."""
    for batch in stream:
        _split(batch, look, None)
        yield batch


def _split(batch: Any, look: Look, number: int | None) -> None:
    if isinstance(batch, tuple | list) and len(batch) in {1, 2, 3}:
        look(batch[0], batch[1] if len(batch) > 1 else None, number)
    elif not isinstance(batch, dict):
        look(batch, None, number)


_LOCK = threading.RLock()
_SEEN: dict[int, Look] = {}
_COUNTS: dict[type, int] = {}


@contextmanager
def _items_seen(stream: Any, look: Look) -> Iterator[None]:
    """Look at what `__getitem__` of one object returns, for a time.

    Python looks this method up on the class, so the class is wrapped; its other objects are not
    looked at. Workers in processes of their own are not seen.
    """
    kind = next(k for k in type(stream).__mro__ if "__getitem__" in vars(k))
    with _LOCK:
        _SEEN[id(stream)] = look
        _COUNTS[kind] = _COUNTS.get(kind, 0) + 1
        if _COUNTS[kind] == 1:
            original = vars(kind)["__getitem__"]

            def __getitem__(self: Any, index: Any) -> Any:  # noqa: N807 - its name is kept
                batch = original(self, index)
                if (found := _SEEN.get(id(self))) is not None:
                    _split(batch, found, index if isinstance(index, int) else None)
                return batch

            __getitem__.__wrapped__ = original  # type: ignore[attr-defined]
            __getitem__.__doc__ = original.__doc__
            setattr(kind, "__getitem__", __getitem__)  # noqa: B010 - a method of some class
    try:
        yield
    finally:
        with _LOCK:
            _SEEN.pop(id(stream), None)
            _COUNTS[kind] -= 1
            if not _COUNTS[kind]:
                setattr(kind, "__getitem__", vars(kind)["__getitem__"].__wrapped__)  # noqa: B010


def is_dataset(stream: Any) -> bool:
    return any(
        kind.__name__ == "DatasetV2" and kind.__module__.startswith("tensorflow.python.")
        for kind in type(stream).__mro__
    )


def _once(dataset: Any, seen: Any) -> Any:
    """Return a dataset whose first pass is over another one.

    A step of our own would cost each epoch the time in which tf.data compiles it anew.
    """
    passes = iter((seen,))

    def __iter__(self: Any) -> Any:  # noqa: N807 - its name is kept
        first = next(passes, None)
        return kind.__iter__(self) if first is None else iter(first)

    kind = type(dataset)
    made = copy.copy(dataset)
    made.__class__ = type(kind.__name__, (kind,), {"__iter__": __iter__})
    return made


def _mapped(dataset: Any, look: Look) -> Any:
    """Return the dataset with a step that hands batches on while the tap is open."""
    import tensorflow as tf

    spec = dataset.element_spec
    parts = spec if isinstance(spec, tuple) else (spec,)
    plain = [isinstance(part, tf.TensorSpec) and part.shape.rank != 0 for part in parts[:2]]
    if not 1 <= len(parts) <= 3 or not plain[0] or tf.distribute.has_strategy():
        return dataset
    if parts[0].dtype == tf.string:
        return dataset
    labelled = len(parts) > 1 and plain[1] and parts[1].dtype != tf.string
    is_open = tf.Variable(True, trainable=False, dtype=tf.bool)

    def seen(*arrays: NDArray[Any]) -> NDArray[Any]:
        look(arrays[0], arrays[1] if labelled else None, None)
        if getattr(look, "full", False):
            is_open.assign(False)
        return np.int32(0)  # type: ignore[return-value]

    def step(*batch: Any) -> Any:
        given = batch[: 1 + labelled]
        looked = tf.cond(
            is_open, lambda: tf.numpy_function(seen, given, tf.int32), lambda: tf.constant(0)
        )
        with tf.control_dependencies([looked]):
            same = tuple(tf.nest.map_structure(tf.identity, part) for part in batch)
        return same if isinstance(spec, tuple) else same[0]

    return dataset.map(step)


def changed(sequence: Any, change: Callable[[Any], Any]) -> Any:
    """Return a `PyDataset` that gives the batches of another one through a function."""

    class Changed(_keras().utils.PyDataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return len(sequence)

        def __getitem__(self, index: int) -> Any:
            return change(sequence[index])

        def on_epoch_end(self) -> None:
            sequence.on_epoch_end()

    return Changed(
        workers=sequence.workers,
        use_multiprocessing=False,
        max_queue_size=sequence.max_queue_size,
    )


def as_float(values: Any) -> Any:
    """Return 32-bit numbers of an array, or of what a step of a dataset is given when traced."""
    if type(values).__module__.startswith("tensorflow."):
        import tensorflow as tf

        return tf.cast(values, tf.float32)
    return np.asarray(values, dtype="float32")
