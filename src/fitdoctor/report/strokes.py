"""How a curve becomes strokes: gaps, thinning, marks at the edge, and its values in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from markupsafe import escape

from fitdoctor.records.run import Curve
from fitdoctor.report.axis import Axis
from fitdoctor.report.drawing import WIDTH, cross, number, triangle
from fitdoctor.report.frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, Frame

ROLES = {"": "train", "probe_": "probe", "val_": "val"}
"""Prefix of a curve's name -> its role among the colours, in the order of drawing."""
LABELS = {"": "training, as logged", "val_": "validation", "probe_": "training, inference mode"}
DOTTED = 40
"""Curves of at most so many epochs show each epoch as a dot."""
COLUMNS = 300
"""Longer curves are drawn by the least and the greatest value of so many stretches."""
MOST_LABELS, MOST_NAMED = 4, 3


def told(prefix: str, curve: Curve) -> str:
    """Return a curve in words: its ends, and the least and greatest between them."""
    known = np.isfinite(curve.values)
    if not known.any():
        return f"{LABELS[prefix]} has no finite value"
    values, epochs = curve.values[known], curve.epochs[known]
    if len(values) == 1:
        return f"{LABELS[prefix]} {number(values[0])} at epoch {epochs[0]}"
    parts = f"{LABELS[prefix]} from {number(values[0])} at epoch {epochs[0]} "
    parts += f"to {number(values[-1])} at epoch {epochs[-1]}"
    ends = (values[0], values[-1])
    if values.min() < min(ends):
        parts += f", least {number(values.min())} at epoch {epochs[values.argmin()]}"
    if values.max() > max(ends):
        parts += f", greatest {number(values.max())} at epoch {epochs[values.argmax()]}"
    return parts


def named(beyond: Sequence[tuple[str, str, int, float]], axis: Axis) -> Iterator[str]:
    """Yield what was not drawn to scale, by side, the farthest first.

    Each value stands behind why, the prefix or the name of its curve, and its epoch.
    """
    for why in ("above", "below", "nan"):
        items = [(prefix, epoch, value) for kind, prefix, epoch, value in beyond if kind == why]
        if not items:
            continue
        one = len(items) == 1
        some = "1 value" if one else f"{len(items)} values"
        if why == "nan":
            what = f"{some} {'is' if one else 'are'} not a number"
        else:
            edge = axis.high if why == "above" else axis.low
            items.sort(key=lambda item: item[2], reverse=why == "above")
            what = f"{some} {why} {number(edge)} {'is' if one else 'are'} not drawn to scale"
        first = ", ".join(
            f"{LABELS.get(prefix, prefix)}{'' if why == 'nan' else f' {number(value)}'} at epoch "
            f"{epoch}"
            for prefix, epoch, value in items[:MOST_NAMED]
        )
        more = len(items) - MOST_NAMED
        yield f"{what}: {first}{f' and {more} more' if more > 0 else ''}."


def edge_marks(
    frame: Frame,
    beyond: Sequence[tuple[str, str, int, float]],
    roles: Mapping[str, str] | None = None,
) -> str:
    """Draw a mark at the edge for each stretch of values beyond it, the farthest with its value.

    `roles` are those of curves by their names, where these are not the three of one run.
    """
    parts: list[str] = []
    taken: dict[str, list[float]] = {}
    floor = HEIGHT - BOTTOM
    far = sorted(beyond, key=lambda item: 0.0 if math.isnan(item[3]) else -abs(item[3]))
    labels = 0
    for why, prefix, epoch, value in far:
        x, role = frame.x(epoch), (roles or ROLES)[prefix]
        near = taken.setdefault(why, [])
        if any(abs(x - other) < 5 for other in near):
            continue
        near.append(x)
        y = floor + 1 if why == "below" else TOP - 1
        path = cross(x, TOP + 6) if why == "nan" else triangle(x, y, 7 if why == "below" else -7)
        kind = "cross" if why == "nan" else "mark"
        parts.append(f'<path class="{kind} {role}" d="{path}"/>')
        if labels < MOST_LABELS and all(abs(x - other) > 44 for other in near[:-1]):
            labels += 1
            place = min(max(x, LEFT + 16), WIDTH - RIGHT - 16)
            text = "NaN" if why == "nan" else number(value)
            height = {"nan": TOP + 22, "above": TOP + 14, "below": floor - 6}[why]
            parts.append(
                f'<text class="value" x="{place:.1f}" y="{height}" text-anchor="middle">'
                f"{text}</text>"
            )
    return "".join(parts)


def drawn(frame: Frame, role: str, label: str, curve: Curve) -> str:
    """Draw a curve: broken where values are missing or no numbers, dotted across missing epochs."""
    parts = []
    last: tuple[int, float] | None = None
    for stretch in stretches(curve):
        if last is not None and missing(curve):
            ends = " ".join(frame.point(e, v) for e, v in (last, stretch[0]))
            parts.append(f'<polyline class="curve gap {role}" points="{ends}"/>')
        last = stretch[-1]
        points = " ".join(frame.point(e, v) for e, v in thinned(stretch))
        parts.append(
            f'<polyline class="curve {role}" points="{points}">'
            f"<title>{escape(label)}</title></polyline>"
        )
        if len(curve) <= DOTTED or len(stretch) == 1:
            parts += [
                f'<circle class="dot {role}" cx="{frame.x(e):.1f}" cy="{frame.y(v):.1f}" r="2.6">'
                f"<title>{escape(label)} {v:.4g}, epoch {e}</title></circle>"
                for e, v in stretch
                if not frame.axis.beyond(v)
            ]
    return "".join(parts)


def stretches(curve: Curve) -> list[list[tuple[int, float]]]:
    """Return the runs of numbers in a curve, divided at NaN and where epochs are missing."""
    found: list[list[tuple[int, float]]] = [[]]
    usual = float(np.median(np.diff(curve.epochs))) if len(curve) > 1 else 1.0
    last = None
    for epoch, value in zip(curve.epochs.tolist(), curve.values.tolist(), strict=True):
        if last is not None and epoch - last > 1.5 * usual:
            found.append([])
        last = epoch
        if math.isnan(value):
            found.append([])
        else:
            found[-1].append((epoch, value))
    return [stretch for stretch in found if stretch]


def missing(curve: Curve) -> bool:
    """Return whether numbers stand on both sides of a place that has none."""
    return len(stretches(curve)) > 1


def thinned(
    stretch: list[tuple[int, float]], columns: int = COLUMNS
) -> Iterable[tuple[int, float]]:
    """Return points with the shape of all: of each of `columns` parts its least and greatest."""
    if len(stretch) <= 2 * columns:
        return stretch
    kept = []
    for part in np.array_split(np.arange(len(stretch)), columns):
        some = [stretch[i] for i in part]
        ends = {min(some, key=lambda p: p[1]), max(some, key=lambda p: p[1])}
        kept += sorted(ends)
    return [stretch[0], *kept, stretch[-1]]


def kept_points(curve: Curve) -> list[tuple[int, float | None]]:
    """Return the points that a drawing of a curve has, with `None` where its line breaks.

    What is not a number keeps its epoch.
    """
    points: dict[int, float | None] = {}
    last: int | None = None
    for stretch in stretches(curve):
        if last is not None:
            points[last + 1] = None
        last = stretch[-1][0]
        points.update(thinned(stretch))
    lost = curve.epochs[np.isnan(curve.values)].tolist()
    points.update((epoch, math.nan) for epoch in lost[:: 1 + len(lost) // COLUMNS])
    return sorted(points.items())
