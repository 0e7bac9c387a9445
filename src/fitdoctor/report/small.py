"""Curves as small as a word, for tables of many runs, and several runs in one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup, escape

from fitdoctor.records.run import Curve, Run
from fitdoctor.report import chart
from fitdoctor.report.axis import Axis, fitted, of_shares
from fitdoctor.report.drawing import WIDTH as FIGURE
from fitdoctor.report.drawing import Figure, Key, number, picture, triangle
from fitdoctor.report.frame import HEIGHT as FIGURE_HEIGHT
from fitdoctor.report.frame import Frame
from fitdoctor.report.strokes import LABELS, ROLES, drawn, thinned

WIDTH, HEIGHT, PAD = 110, 34, 3
DOWN = {"above": 1, "below": -1}
"""Which way the mark of a value beyond the axis opens."""
APART = ("val", "probe", "shade", "better", "train", "ink")
"""Roles of the runs in one figure, which can show no more of them apart."""


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


def together(runs: Sequence[tuple[str, Run]], name: str) -> Figure | None:
    """Draw one curve of several runs, each in a colour and a dash of its own.

    `name` is that of the curve; runs without it are named in the sentence below.
    """
    known: Mapping[str, Curve] = {
        label: run.curves[name] for label, run in runs[: len(APART)]
        if name in run.curves and np.isfinite(run.curves[name].values).any()
    }  # fmt: skip
    if not known:
        return None
    values = [float(v) for curve in known.values() for v in curve.values]
    axis = (of_shares if "accuracy" in name else fitted)(values)
    assert axis is not None
    epochs = np.concatenate([curve.epochs for curve in known.values()])
    frame = Frame(int(epochs.min()), int(epochs.max()), axis)
    lines = (drawn(frame, role, *one) for role, one in zip(APART, known.items(), strict=False))
    body = frame.grid() + frame.clipped("".join(lines))
    words = name.replace("val_", "validation ").replace("_", " ")
    told = "; ".join(
        f"{label} ends at {number(curve.values[np.isfinite(curve.values)][-1])}"
        for label, curve in known.items()
    )
    without = [label for label, _ in runs if label not in known]
    more = f" Not drawn: {', '.join(without)}." if without else ""
    return Figure(
        title=words,
        svg=picture(FIGURE, FIGURE_HEIGHT, f"{words} by epoch: {told}", body),
        keys=tuple(Key("line", role, label) for role, label in zip(APART, known, strict=False)),
        caption=f"{words.capitalize()} by epoch: {told}. {axis.words}{more}",
        chart=chart.data(
            axis, [(role, *one) for role, one in zip(APART, known.items(), strict=False)]
        ),
    )
