"""What a figure of curves shows, as data for the script that takes over from its drawing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from fitdoctor.records.run import Curve
from fitdoctor.report.axis import Axis
from fitdoctor.report.strokes import kept_points

DIGITS = 6


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on curves: each a tuple of what, where, and the word beside it."""

    spans: tuple[tuple[int, int, str], ...] = ()
    levels: tuple[tuple[str, float], ...] = ()
    lines: tuple[tuple[str, float, str], ...] = ()
    points: tuple[tuple[int, float], ...] = ()
    peaks: tuple[tuple[int, float], ...] = ()
    rises: tuple[tuple[int, float, int, float, str], ...] = ()
    """From an epoch and its value to another and its value, with how much that is."""
    bands: tuple[tuple[str, Sequence[int], Sequence[float], Sequence[float]], ...] = ()


def data(axis: Axis, lines: Iterable[tuple[str, str, Curve]], marks: Iterable[Marks] = ()) -> str:
    """Return JSON of curves, each given with its role and its label, and of what stands on them.

    Long curves hold the points that the drawing has; numbers that are not finite are `null`.
    """
    known: dict[str, Any] = {
        "axis": {"low": axis.low, "high": axis.high, "log": axis.log},
        "series": [_series(axis, *line) for line in lines],
        "spans": [], "levels": [], "lines": [], "points": [], "peaks": [],
        "rises": [],
        "bands": [],
    }  # fmt: skip
    for mark in marks:
        for name in Marks.__struct_fields__:
            known[name] += getattr(mark, name)
    return msgspec.json.encode(_rounded(known)).decode()


def _series(axis: Axis, role: str, label: str, curve: Curve) -> dict[str, Any]:
    points = kept_points(curve)
    return {
        "role": role,
        "label": label,
        "epochs": [epoch for epoch, _ in points],
        "values": [None if v is None or (axis.log and v <= 0) else v for _, v in points],
        "beyond": {
            i: why for i, (_, v) in enumerate(points) if v is not None and (why := axis.beyond(v))
        },
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value
