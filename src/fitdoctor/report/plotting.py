"""Curves as a figure of matplotlib, with what the report marks on them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from fitdoctor import extras
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.finding import Diagnosis
from fitdoctor.records.run import Run
from fitdoctor.report import curves
from fitdoctor.report.drawing import Figure
from fitdoctor.report.palette import LIGHT

WIDE, HIGH = 5.4, 5.4
"""Inches of a panel."""
LINES: Mapping[str, tuple[str, Any]] = {
    "chance": ("soft", (0, (3, 4))),
    "floor": ("soft", (0, (1, 3))),
    "rate": ("soft", (0, (7, 3, 2, 3))),
    "kept": ("ink", "solid"),
}
"""Mark of a line -> its role among the colours, and its dashes."""
NAMED = (*LINES, "span", "least")
"""Marks that the legend names with the words of their keys."""
UNLABELLED = "_nolegend_"
NARROW = 46
"""Characters of a line of the legend."""


def of_run(run: Run) -> Any:
    """Return the figure of a run, one panel for each quantity."""
    return _figure(run.name, curves.of_run(run))


def of_diagnosis(diagnosis: Diagnosis) -> Any:
    """Return the figure of a run with the epochs marked that something found is about."""
    return _figure(diagnosis.run.name, curves.draw(diagnosis))


def _figure(name: str, panels: Sequence[Figure]) -> Any:
    if not panels:
        raise UnreadableSourceError(f"{name}: no curve is known to plot")
    extras.need("plot", "A figure")
    from matplotlib.figure import Figure as Canvas  # noqa: PLC0415 - an extra, loaded on use

    canvas = Canvas(figsize=(WIDE * len(panels), HIGH), layout="constrained")
    for place, panel in enumerate(panels, 1):
        draw(canvas.add_subplot(1, len(panels), place), panel)
    return canvas


def draw(axes: Any, panel: Figure) -> None:
    """Draw a panel on matplotlib's axes: curves, then what is marked, and what lies beyond."""
    known = msgspec.json.decode(panel.chart)
    low, high = known["axis"]["low"], known["axis"]["high"]
    words = {
        mark: [textwrap.fill(key.words, NARROW) for key in panel.keys if key.mark == mark]
        for mark in NAMED
    }
    for (begin, end, _), name in zip(known["spans"], words["span"], strict=True):
        axes.axvspan(begin, end, color=LIGHT["shade"], alpha=0.12, linewidth=0, label=name)
    for role, epochs, lows, highs in known["bands"]:
        axes.fill_between(epochs, lows, highs, color=LIGHT[role], alpha=0.16, linewidth=0)
    for mark, value in known["levels"]:
        axes.axhline(value, label=words[mark][0], **_stroke(mark))
    for mark, epoch, _ in known["lines"]:
        label = words[mark].pop() if words[mark] else UNLABELLED
        axes.axvline(epoch, label=label, **_stroke(mark))
    for one in known["series"]:
        _series(axes, one, low, high)
    for epoch, value in known["points"]:
        axes.plot([epoch], [value], marker="D", color=LIGHT["val"], markerfacecolor="white",
                  linestyle="none", label=words["least"][0])  # fmt: skip
    axes.set_title(panel.title)
    axes.set_xlabel("epoch")
    axes.set_yscale("log" if known["axis"]["log"] else "linear")
    axes.set_ylim(low, high)
    axes.legend(fontsize="small", frameon=False, loc="upper left", bbox_to_anchor=(0, -0.16))


def _stroke(mark: str) -> dict[str, Any]:
    role, dashes = LINES[mark]
    return {"color": LIGHT[role], "linestyle": dashes, "linewidth": 1.2}


def _series(axes: Any, one: Mapping[str, Any], low: float, high: float) -> None:
    """Draw a curve, with a mark at the edge for each value that has no place on the axis."""
    values = [math.nan if value is None else value for value in one["values"]]
    colour = LIGHT[one["role"]]
    dash = "dashed" if one["role"] == "probe" else "solid"
    axes.plot(one["epochs"], values, color=colour, linestyle=dash, label=one["label"])
    marks = {"above": ("^", high), "below": ("v", low), "nan": ("x", high)}
    for why, (marker, edge) in marks.items():
        epochs = [one["epochs"][int(i)] for i, known in one["beyond"].items() if known == why]
        if epochs:
            axes.plot(epochs, [edge] * len(epochs), marker=marker, color=colour, linestyle="none",
                      clip_on=False, label=f"{one['label']}: {WHY[why]}")  # fmt: skip


WHY = {"above": "above the axis", "below": "below the axis", "nan": "not a number"}
