"""Counts, classes and range of what was fed, from the splits that were seen."""

from __future__ import annotations

from fitdoctor.observe.split import Split
from fitdoctor.observe.written import ORIGIN
from fitdoctor.records.run import DataSummary
from fitdoctor.records.written import Numbers


def summary(splits: list[Split], units: int | None) -> DataSummary:
    """Return what splits come to; `units` are those of the network's output, where known."""
    by_use = {split.use: split for split in reversed(splits)}
    train, held = by_use.get("train"), by_use.get("validation")
    inputs, labels = (train.inputs, train.labels) if train else (None, None)
    classes = labels if labels is not None and named(labels, units) else None
    known = {
        "n_train": inputs.rows if inputs else None,
        "n_val": held.inputs.rows if held and held.inputs else None,
        "n_classes": _classes(classes, held.labels if held else None),
        "class_counts": classes.counts if classes else (),
        "input_range": (inputs.low, inputs.high) if inputs else None,
    }
    origins = {name: ORIGIN for name, value in known.items() if value not in (None, ())}
    return DataSummary(**known, origins=origins)  # type: ignore[arg-type]


def named(labels: Numbers, units: int | None) -> bool:
    """Return whether labels name classes."""
    several = labels.distinct > 1 and bool(labels.counts)
    return several and (labels.one_hot or not labels.measured(units))


def _classes(train: Numbers | None, held: Numbers | None) -> int | None:
    if train is None:
        return None
    if train.one_hot:
        return train.columns
    both = {*train.values, *(held.values if held is not None and held.columns == 1 else ())}
    return len(both) or None
