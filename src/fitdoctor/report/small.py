"""Curves as small as a word, for tables of many runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup, escape

from fitdoctor.records.run import Run
from fitdoctor.report.axis import Axis, fitted, of_shares
from fitdoctor.report.drawing import number, triangle
from fitdoctor.report.strokes import LABELS, ROLES, thinned

WIDTH, HEIGHT, PAD = 110, 34, 3
DOWN = {"above": 1, "below": -1}
"""Which way the mark of a value beyond the axis opens."""


def small(run: Run, metric: str, marked: tuple[int, int] | None = None) -> Markup:
    """Return training, probe and validation of a metric, over a range of their own; may be empty.

    Values beyond the axis have a mark at its edge: the page of the run shows them. The epochs from
    the first to the last of `marked` are shaded.
    """
    shown = {p: run.curves[p + metric] for p in ROLES if p + metric in run.curves}
    known = {p: c for p, c in shown.items() if len(c) and np.isfinite(c.values).any()}
    values = [float(v) for c in known.values() for v in c.values]
    axis = _tight(values, fitted(values) if metric == "loss" else of_shares(values))
    if axis is None:
        return Markup()
    begin = min(int(c.epochs[0]) for c in known.values())
    span = max(int(c.epochs[-1]) for c in known.values()) - begin or 1
    lines, told = [_shade(marked, begin, span)] if marked else [], []
    for prefix, curve in known.items():
        at = np.isfinite(curve.values)
        heights = curve.values[at].tolist()
        whole = list(zip(curve.epochs[at].tolist(), heights, strict=True))
        places = [
            (PAD + (e - begin) / span * (WIDTH - 2 * PAD), _height(axis, v), axis.beyond(v))
            for e, v in thinned(whole, WIDTH // 2)
        ]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
        lines.append(f'<polyline class="curve {ROLES[prefix]}" points="{points}"/>')
        lines += [
            f'<path class="mark {ROLES[prefix]}" d="{triangle(x, y, 4 * DOWN[way])}"/>'
            for x, y, way in places if way
        ]  # fmt: skip
        told.append(f"{LABELS[prefix]} {number(heights[0])} to {number(heights[-1])}")
    if marked:
        told.append(f"marked: epochs {marked[0]} to {marked[1]}")
    label = escape(f"{metric}: {'; '.join(told)}")
    return Markup(
        '<svg class="small-curve" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, label, Markup("".join(lines)))  # noqa: S704 - numbers and constants


def _tight(values: Sequence[float], axis: Axis | None) -> Axis | None:
    """Return the axis without the room below and above the values: so small, shape is all."""
    inside = [v for v in values if axis is not None and not axis.beyond(v)]
    if axis is None or not inside or min(inside) == max(inside):
        return axis
    return Axis(min(inside), max(inside), log=axis.log)


def _height(axis: Axis, value: float) -> float:
    return HEIGHT - PAD - min(max(axis.share(value), 0), 1) * (HEIGHT - 2 * PAD)


def _shade(marked: tuple[int, int], begin: int, span: int) -> str:
    """Return a shade over epochs, with a line at its top; at least as wide as can be seen."""
    room = WIDTH - 2 * PAD
    left, right = (min(max((e - begin) / span, 0), 1) * room + PAD for e in marked)
    if right - left < PAD:
        left, right = max(0.0, left - PAD), min(float(WIDTH), right + PAD)
    size = f'x="{left:.1f}" width="{right - left:.1f}"'
    return (
        f'<rect class="span" {size} y="0" height="{HEIGHT}"/>'
        f'<rect class="spanned" {size} y="0" height="2"/>'
    )
