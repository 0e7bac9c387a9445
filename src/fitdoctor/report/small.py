"""Curves as small as a word, for tables of many runs, and several runs in one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup, escape

from fitdoctor.records.run import Curve, Run
from fitdoctor.report import chart
from fitdoctor.report.axis import fitted, of_shares
from fitdoctor.report.drawing import WIDTH as FIGURE
from fitdoctor.report.drawing import Figure, Key, number, picture
from fitdoctor.report.frame import HEIGHT as FIGURE_HEIGHT
from fitdoctor.report.frame import Frame
from fitdoctor.report.strokes import LABELS, ROLES, drawn

WIDTH, HEIGHT, PAD = 110, 34, 3
APART = ("val", "probe", "shade", "better", "train", "ink")
"""Roles of the runs in one figure, which can show no more of them apart."""


def small(run: Run, metric: str) -> Markup:
    """Return training, probe and validation of a metric, over a range of their own; may be empty.

    Values beyond the axis are drawn at its edge: the page of the run shows them.
    """
    shown = {p: run.curves[p + metric] for p in ROLES if p + metric in run.curves}
    known = {p: c for p, c in shown.items() if len(c) and np.isfinite(c.values).any()}
    values = [float(v) for c in known.values() for v in c.values]
    axis = (fitted if metric == "loss" else of_shares)(values) if values else None
    if axis is None:
        return Markup()
    begin = min(int(c.epochs[0]) for c in known.values())
    span = max(int(c.epochs[-1]) for c in known.values()) - begin or 1
    lines, told = [], []
    for prefix, curve in known.items():
        at = np.isfinite(curve.values)
        epochs, heights = curve.epochs[at], curve.values[at]
        step = max(1, len(epochs) // WIDTH)
        points = " ".join(
            f"{PAD + (e - begin) / span * (WIDTH - 2 * PAD):.1f},"
            f"{HEIGHT - PAD - min(max(axis.share(v), 0), 1) * (HEIGHT - 2 * PAD):.1f}"
            for e, v in zip(epochs[::step].tolist(), heights[::step].tolist(), strict=True)
        )
        lines.append(f'<polyline class="curve {ROLES[prefix]}" points="{points}"/>')
        told.append(f"{LABELS[prefix]} {number(heights[0])} to {number(heights[-1])}")
    label = escape(f"{metric}: {'; '.join(told)}")
    return Markup(
        '<svg class="small-curve" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, label, Markup("".join(lines)))  # noqa: S704 - numbers and constants


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
