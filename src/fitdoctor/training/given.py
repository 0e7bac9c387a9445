"""Images for the Recorder, from whatever `fit` takes: arrays, or something that yields batches.

Of what yields batches the first ones are taken, once and no more than `MOST_IMAGES`. What can be
read only once is refused: its images would be missing from somebody's training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_IMAGES = 2000
Inputs = NDArray[Any] | dict[str, NDArray[Any]]
"""One array, or those of a network with several inputs by name."""
WANTED = (
    "give (images, labels) as arrays, or what fit takes as batches: a tf.data.Dataset, a "
    "keras.utils.PyDataset, a DataLoader"
)


def images_of(given: Any, name: str) -> tuple[Inputs, NDArray[Any]] | None:
    """Return (inputs, labels) as arrays; sample weights are left out.

    Raises `ValueError` that begins with `name` and says what to give instead.
    """
    if given is None:
        return None
    if isinstance(given, tuple | list) and len(given) in {2, 3} and not _holds_batches(given):
        return _checked(given, name)
    taken: list[tuple[Inputs, NDArray[Any]]] = []
    count = 0
    for batch in _batches(given, name):
        if not isinstance(batch, tuple | list) or len(batch) not in {2, 3}:
            raise ValueError(f"{name}: batches of (images, labels) are expected; {WANTED}")
        if np.ndim(_array(batch[1])) == 0:
            raise ValueError(
                f"{name}: single images come out of it, not batches: "
                "use .batch(32), or wrap it in a DataLoader"
            )
        taken.append(_checked(batch, name))
        count += len(taken[-1][1])
        if count >= MOST_IMAGES:
            break
    if not taken:
        raise ValueError(f"{name}: no batch came out of it; {WANTED}")
    return _joined([x for x, _ in taken]), np.concatenate([y for _, y in taken])[:MOST_IMAGES]


def part(inputs: Inputs, some: slice) -> Inputs:
    """Return some of the images."""
    if isinstance(inputs, dict):
        return {key: value[some] for key, value in inputs.items()}
    return inputs[some]


def value_range(inputs: Inputs) -> tuple[float, float] | None:
    """Return the smallest and the largest finite value of images, where there is one input."""
    if isinstance(inputs, dict) or inputs.dtype.kind not in "fiu":
        return None
    values = inputs[:256]
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else None


def _holds_batches(given: Any) -> bool:
    """Return whether this is a list of batches, not a pair of arrays: its items are pairs."""
    return all(isinstance(item, tuple) and len(item) in {2, 3} for item in given)


def _batches(given: Any, name: str) -> Iterator[Any]:
    kind = type(given).__name__
    # An iterator is its own iterator: what is taken from it is gone.
    if hasattr(given, "__next__"):
        raise ValueError(
            f"{name}: a {kind} can be read only once, so its images would be missing from the "
            f"training; {WANTED}"
        )
    if hasattr(given, "__getitem__") and hasattr(given, "__len__") and not _iterates(given):
        return (given[i] for i in range(len(given)))
    if not hasattr(given, "__iter__") or isinstance(given, str | bytes | Mapping | np.ndarray):
        raise ValueError(f"{name}: not a {kind}; {WANTED}")
    return iter(given)


def _iterates(given: Any) -> bool:
    """Return whether this is what has an iterator of its own.

    That of a PyDataset may go on for ever.
    """
    return hasattr(given, "__iter__") and not hasattr(given, "on_epoch_end")


def _checked(given: Any, name: str) -> tuple[Inputs, NDArray[Any]]:
    x, y = given[0], _array(given[1])
    if isinstance(x, Mapping):
        inputs: Inputs = {str(key): _plain(value, name) for key, value in x.items()}
    elif isinstance(x, tuple) and len(x) > 1 and all(np.ndim(_array(v)) > 1 for v in x):
        raise ValueError(f"{name}: several inputs are expected by name: {{'left': ..., ...}}")
    else:
        inputs = _plain(x, name)
    if y.dtype == object:
        raise ValueError(f"{name}: labels are expected as one array, not {type(given[1]).__name__}")
    counts = {len(value) if value.ndim else 0 for value in _arrays(inputs)}
    if not y.ndim or not len(y) or counts != {len(y)}:
        many = ", ".join(map(str, sorted(counts)))
        raise ValueError(
            f"{name}: as many images as labels are expected, got {many} and {y.size and len(y)}"
        )
    return inputs, y


def _plain(values: Any, name: str) -> NDArray[Any]:
    array = _array(values)
    if array.dtype == object:
        raise ValueError(f"{name}: images of one size are expected; {WANTED}")
    # Lists become 64-bit figures, which no network computes in.
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _array(values: Any) -> NDArray[Any]:
    """Return a tensor of any library as an array."""
    if hasattr(values, "detach"):  # of torch; `cpu` of TensorFlow's prints that it is deprecated
        values = values.detach().cpu()
    try:
        return np.asarray(values)
    except ValueError:  # rows of unequal length
        return np.asarray(None, dtype=object)


def _arrays(inputs: Inputs) -> list[NDArray[Any]]:
    return list(inputs.values()) if isinstance(inputs, dict) else [inputs]


def _joined(taken: list[Inputs]) -> Inputs:
    first = taken[0]
    if isinstance(first, dict):
        found = {key: [one[key] for one in taken if isinstance(one, dict)] for key in first}
        return {key: np.concatenate(values)[:MOST_IMAGES] for key, values in found.items()}
    return np.concatenate([one for one in taken if not isinstance(one, dict)])[:MOST_IMAGES]
