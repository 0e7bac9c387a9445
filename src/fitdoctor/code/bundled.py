"""Data sets that libraries bring or make up: their shapes, ends and classes, in their order.

scikit-learn's own sets are a sample of the same shape, between the same ends, with the labels in
the same order; the numbers inside are others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fitdoctor.catalogue.datasets import BY_TABLE, Table

Floats = NDArray[np.float64]


LOADERS: Final = frozenset({"load_data", *(name for name in BY_TABLE if name.startswith("load_"))})
"""Functions that give a set of a library."""
MAKERS: Final = frozenset(
    {"make_classification", "make_blobs", "make_moons", "make_circles", "make_regression",
     "make_multilabel_classification", "make_gaussian_quantiles", "make_friedman1"}
)  # fmt: skip


def load(function: str, keywords: AbstractSet[str]) -> Any:
    """Return what `load_iris()` and its kin give: a bunch, or inputs and targets.

    Raises KeyError for a set that is not known.
    """
    *owner, name = function.split(".")
    if name == "load_data":
        pair = _of(BY_TABLE[owner[-1]])
        return pair, pair
    pair = _of(BY_TABLE[name])
    return pair if "return_X_y" in keywords else {"data": pair[0], "target": pair[1]}


def _of(known: Table) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(0)
    inputs = rng.uniform(known.low, known.high, (known.rows, known.columns))
    inputs[0, 0], inputs[-1, -1] = known.low, known.high
    if not known.counts:
        targets = rng.uniform(*known.targets, known.rows)
        targets[0], targets[-1] = known.targets
        return inputs, targets
    labels = np.repeat(np.arange(len(known.counts), dtype=np.float64), known.counts)
    return inputs, labels if known.in_order else rng.permutation(labels)


def make(
    name: str, arguments: Sequence[Any], keywords: dict[str, Any], most: int
) -> tuple[Floats, Floats]:
    """Return inputs and targets as a maker of scikit-learn shapes them.

    Raises ValueError where they would be more than `most` numbers.
    """
    rows = int(keywords.get("n_samples", arguments[0] if arguments else 100))
    columns = keywords.get("n_features", arguments[1] if len(arguments) > 1 else None)
    columns = int(columns) if columns is not None else _COLUMNS.get(name, 20)
    wide = max(columns, *(int(keywords.get(k) or 1) for k in ("n_targets", "n_classes")))
    if rows * wide > most or rows < 1 or columns < 1:
        raise ValueError(name)
    rng = np.random.default_rng(0)
    return rng.standard_normal((rows, columns)), _TARGETS[name](rng, rows, keywords)


_COLUMNS = {"make_blobs": 2, "make_moons": 2, "make_circles": 2, "make_regression": 100,
            "make_gaussian_quantiles": 2, "make_friedman1": 10}  # fmt: skip


def _classes(name: str, default: int) -> Callable[..., Floats]:
    def labels(rng: np.random.Generator, rows: int, keywords: dict[str, Any]) -> Floats:
        count = keywords.get(name, default)
        count = int(count) if isinstance(count, (int, float)) else default
        shares = keywords.get("weights")
        if isinstance(shares, (list, tuple)) and len(shares) in {count, count - 1}:
            known = np.asarray([float(s) for s in shares])[: count - 1]
            ends = np.append((np.cumsum(known) * rows).astype(int), rows)
            return rng.permutation(np.searchsorted(ends, np.arange(rows), side="right")).astype(
                np.float64
            )
        return rng.permutation(np.arange(rows) % count).astype(np.float64)

    return labels


def _regression(rng: np.random.Generator, rows: int, keywords: dict[str, Any]) -> Floats:
    several = int(keywords.get("n_targets") or 1)
    return 150 * rng.standard_normal((rows, several) if several > 1 else rows)


def _several(rng: np.random.Generator, rows: int, keywords: dict[str, Any]) -> Floats:
    return rng.integers(0, 2, (rows, int(keywords.get("n_classes") or 5))).astype(np.float64)


_TARGETS: Final[dict[str, Callable[..., Floats]]] = {
    "make_classification": _classes("n_classes", 2),
    "make_blobs": _classes("centers", 3),
    "make_moons": _classes("", 2),
    "make_circles": _classes("", 2),
    "make_gaussian_quantiles": _classes("n_classes", 3),
    "make_regression": _regression,
    "make_friedman1": lambda rng, rows, _k: rng.uniform(0, 30, rows),
    "make_multilabel_classification": _several,
}
