"""Data sets that libraries bring or make up: their shapes, ends and classes, in their order.

scikit-learn's own sets are a sample of the same shape, between the same ends, with the labels in
the same order; the numbers inside are others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class _Set(NamedTuple):
    """Rows, columns and ends of the inputs; counts of the classes, or ends of the targets."""

    rows: int
    columns: int
    low: float
    high: float
    counts: tuple[int, ...] = ()
    targets: tuple[float, float] = (0.0, 0.0)
    in_order: bool = False


_SETS: Final = {
    "load_iris": _Set(150, 4, 0.1, 7.9, (50, 50, 50), in_order=True),
    "load_wine": _Set(178, 13, 0.13, 1680.0, (59, 71, 48), in_order=True),
    "load_breast_cancer": _Set(569, 30, 0.0, 4254.0, (212, 357)),
    "load_digits": _Set(1797, 64, 0.0, 16.0, (178, 182, 177, 183, 181, 182, 181, 179, 174, 180)),
    "load_diabetes": _Set(442, 10, -0.14, 0.2, targets=(25.0, 346.0)),
    "boston_housing": _Set(404, 13, 0.0, 711.0, targets=(5.0, 50.0)),
    "california_housing": _Set(16512, 8, -124.35, 35682.0, targets=(14999.0, 500001.0)),
}
LOADERS: Final = frozenset({"load_data", *(name for name in _SETS if name.startswith("load_"))})
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
        pair = _of(_SETS[owner[-1]])
        return pair, pair
    pair = _of(_SETS[name])
    return pair if "return_X_y" in keywords else {"data": pair[0], "target": pair[1]}


def _of(known: _Set) -> tuple[Floats, Floats]:
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
