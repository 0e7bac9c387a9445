"""A story for who has ten seconds: curves before and after, with their words drawn beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from markupsafe import escape

from fitdoctor.records.story import Brief, Line, Panel, Remark
from fitdoctor.report.axis import Axis, fitted, of_shares
from fitdoctor.report.drawing import WIDTH, Figure, number, picture
from fitdoctor.report.frame import HEIGHT, LEFT, RIGHT, Frame

SHOWN = {"val_accuracy": "validation accuracy", "val_loss": "validation loss"}
BESIDE = 12
"""Units between a circle and the words beside it."""


def figures(brief: Brief) -> list[Figure]:
    """Draw the panels of a brief over one pair of axes, so that they can be held side by side."""
    lines = [line for panel in brief.panels for line in panel.lines if line.values]
    values = [v + b for line in lines for v in line.values for b in (-line.band, line.band)]
    shares = "accuracy" in brief.figure
    axis = of_shares(v for v in values if 0 <= v <= 1) if shares else fitted(values)
    if axis is None:
        return []
    last = max(len(line.values) for line in lines)
    return [_panel(panel, brief, axis, last) for panel in brief.panels]


def _panel(panel: Panel, brief: Brief, axis: Axis, last: int) -> Figure:
    shares = "accuracy" in brief.figure
    frame = Frame(1, last, axis)
    body = frame.grid(_percent if shares else number)
    if brief.guessing is not None and not axis.beyond(brief.guessing):
        y = frame.y(brief.guessing)
        body += (
            f'<line class="chance" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{LEFT + 6}" y="{y + 16:.1f}">guessing</text>'
        )
    drawn = sorted((line for line in panel.lines if line.values), key=lambda line: line.strong)
    body += frame.clipped("".join(part for line in drawn for part in _line(frame, line)))
    body += "".join(part for remark in panel.remarks for part in _remark(frame, remark))
    said = "; ".join(remark.words for remark in panel.remarks)
    label = f"{SHOWN[brief.figure].capitalize()} by epoch, {panel.title}: {said}"
    return Figure(
        title=panel.title,
        svg=picture(WIDTH, HEIGHT, label, body),
        keys=(),
        caption=_cut(panel, axis, _percent if shares else number),
    )


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _cut(panel: Panel, axis: Axis, form: Callable[[float], str]) -> str:
    """Return the caption, with how many values lie beyond the axis and so are not to scale."""
    count = sum(bool(axis.beyond(value)) for line in panel.lines for value in line.values)
    ends = f"{form(axis.low)} to {form(axis.high)}"
    more = f" {count} values beyond the axis ({ends}) are not to scale." if count else ""
    return panel.caption + more


def _line(frame: Frame, line: Line) -> Iterator[str]:
    places = list(enumerate(line.values, 1))
    if line.band:
        above = [frame.point(e, v + line.band) for e, v in places]
        below = [frame.point(e, v - line.band) for e, v in reversed(places)]
        yield f'<polygon class="band {line.tone}" points="{" ".join([*above, *below])}"/>'
    points = " ".join(frame.point(e, v) for e, v in places)
    weight = "strong" if line.strong else "one-of"
    yield f'<polyline class="curve {line.tone} {weight}" points="{points}"/>'


def _remark(frame: Frame, remark: Remark) -> Iterator[str]:
    x, y = frame.x(remark.epoch), frame.y(remark.value)
    beside, anchor = 0.0, "middle"
    if remark.circled:
        yield f'<circle class="peak {remark.tone}" cx="{x:.1f}" cy="{y:.1f}" r="9"/>'
        left = x > (LEFT + WIDTH) / 2
        beside, anchor = (-BESIDE, "end") if left else (BESIDE, "start")
    yield (
        f'<text class="remark {remark.tone}" x="{x + beside:.1f}" y="{y + 5:.1f}" '
        f'text-anchor="{anchor}">{escape(remark.words)}</text>'
    )
