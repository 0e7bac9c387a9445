"""A story as a page: what was asked, every way to train, what it was, what it is like after."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator

from markupsafe import Markup, escape

from fitdoctor.records.finding import Diagnosis
from fitdoctor.records.story import ArmResult, Sheet, Table, Told
from fitdoctor.report import brief, curves, html, scripts, surface
from fitdoctor.report.axis import Axis
from fitdoctor.report.drawing import WIDTH, Figure, Key, picture

LEFT, RIGHT, TOP, ROW, BOTTOM = 16, 24, 12, 38, 34
ROLES = {"helps": "better", "harms": "worse"}
LONGEST = 46
"""Characters of a name that fit above its row."""
PARTS = 20
"""Shades of a cell, as the style sheet has them."""


def text(told: Told) -> str:
    """Return the answer for a terminal."""
    lines = [told.title, "", told.brief.verdict, "", *(f"- {sentence}" for sentence in told.was)]
    if told.replies:
        lines += ["", "Of what was answered then:", *(f"- {reply}" for reply in told.replies)]
    return "\n".join([*lines, "", f"Change: {told.change} {told.shown}"])


def render(told: Told, diagnosis: Diagnosis) -> str:
    """Return the page of a story; `diagnosis` is that of the asker's own training."""
    section = html.template("run.html.jinja").render(
        html.shown(diagnosis, told.verdicts, level=2, number=1)
    )
    after = _after(told)
    sheets = [(sheet, _encoded(sheet)) for sheet in told.extras.sheets]
    drawings = [figure for name in told.figures if (figure := arms(told.arms, name)) is not None]
    pictures = "".join(one for _, rows in sheets for _, row in rows for one in row)
    return html.template("story.html.jinja").render(
        title=f"fitdoctor: {told.title}",
        told=told,
        seen=[*brief.figures(told.brief), *(drawings[:1] if told.brief.every_way else ())],
        rows=[_row(result) for result in told.arms],
        figures=drawings[told.brief.every_way :],
        tables=[(table, _cells(table)) for table in told.extras.tables],
        sheets=sheets,
        descents=[surface.figure(seen) for seen in told.extras.descents],
        duration=told.duration,
        after=after,
        scripted=scripts.for_page(
            [section, pictures, *(f'{f.svg} data-chart="{f.chart}"' for f in after)]
        ),
        section=Markup(section),  # noqa: S704 - rendered by an escaping template
    )


SHOWN = {
    "val_accuracy": ("Validation accuracy", "{:.0%}"),
    "val_loss": ("Validation loss", "{:.3g}"),
    "spike": ("Height of the highest spike of validation loss", "{:.3g}"),
}


def arms(results: tuple[ArmResult, ...], figure: str = "val_accuracy") -> Figure | None:
    """Draw a figure of each way to train: its mean, interval and every training.

    `None` where no training has it.
    """
    points = [[e.last(figure) for e in r.ended] for r in results]
    known = [v for row in points for v in row if math.isfinite(v)]
    if not known:
        return None
    title, form = SHOWN[figure]
    axis = _axis(figure, known)
    height = TOP + ROW * len(results) + BOTTOM
    parts = [
        f'<line class="grid" x1="{_x(axis, t):.1f}" x2="{_x(axis, t):.1f}" y1="{TOP}" '
        f'y2="{height - BOTTOM}"/><text class="tick" x="{_x(axis, t):.1f}" y="{height - 18}" '
        f'text-anchor="middle">{form.format(t)}</text>'
        for t in axis.ticks()
    ]
    for number, (result, values) in enumerate(zip(results, points, strict=True)):
        parts.extend(_drawn(axis, TOP + ROW * number + 26, result, values, figure))
    estimates = {r.arm.name: r.means[figure] for r in results if figure in r.means}
    cut = any(
        e.low < axis.low or e.high > axis.high for e in estimates.values() if math.isfinite(e.low)
    )
    means = {name: estimate.value for name, estimate in estimates.items()}
    told = "; ".join(f"{name} {form.format(value)}" for name, value in means.items())
    return Figure(
        title=f"{title} of every way to train",
        svg=picture(WIDTH, height, f"{title} by way to train: {told}", "".join(parts)),
        keys=(
            Key("interval", "train", "as asked, or not told apart from what it is compared with"),
            Key("interval", "better", "better"),
            Key("interval", "worse", "worse"),
            Key("dot", "soft", "one training"),
        ),
        caption="Each row is one way to train: its trainings at the last epoch, one a seed, and "
        "their mean with the 95 % interval over seeds. The horizontal axis runs from "
        f"{form.format(axis.low)} to {form.format(axis.high)}."
        + " Intervals that reach beyond it are cut off there."
        * cut,
    )


def _axis(figure: str, known: list[float]) -> Axis:
    if figure == "val_accuracy":
        return Axis(max(0.0, math.floor(min(known) * 10 - 0.5) / 10), 1.0)
    low, high = min(0.0, *known), max(known)
    return Axis(low, high + 0.05 * ((high - low) or 1.0))


def _role(result: ArmResult, figure: str) -> str:
    """Return the colour of an arm: by its verdict, of other figures by the interval."""
    if figure == "val_accuracy":
        return ROLES.get(result.verdict.decision, "train") if result.verdict else "train"
    change = result.differences.get(figure)
    if change is None or not math.isfinite(change.low):
        return "train"
    return "better" if change.high < 0 else "worse" if change.low > 0 else "train"


def _drawn(
    axis: Axis, y: int, result: ArmResult, values: list[float], figure: str
) -> Iterator[str]:
    name, role = result.arm.name[:LONGEST], _role(result, figure)
    yield f'<text class="value" x="{LEFT}" y="{y - 10}">{escape(name)}</text>'
    for value in filter(math.isfinite, values):
        yield f'<circle class="dot soft" cx="{_x(axis, value):.1f}" cy="{y}" r="2.6"/>'
    mean = result.means.get(figure)
    if mean is None:
        return
    if math.isfinite(mean.low):
        low, high = _x(axis, max(mean.low, axis.low)), _x(axis, min(mean.high, axis.high))
        yield f'<line class="interval {role}" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'
    yield f'<circle class="dot {role}" cx="{_x(axis, mean.value):.1f}" cy="{y}" r="4.5"/>'


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.share(value) * (WIDTH - RIGHT - LEFT)


def _row(result: ArmResult) -> dict[str, str]:
    """Return an arm in the table."""

    def figure(name: str, form: str) -> str:
        known = result.means.get(name)
        return form.format(known.value) if known is not None else "-"

    said = result.verdict.decision.replace("_", " ") if result.verdict else ""
    return {
        "name": result.arm.name,
        "asks": result.arm.asks,
        "seeds": str(len(result.ended)),
        "learned": f"{result.learned} of {len(result.ended)}",
        "loss": figure("loss", "{:.3f}"),
        "val_loss": figure("val_loss", "{:.3f}"),
        "accuracy": figure("accuracy", "{:.1%}"),
        "val_accuracy": figure("val_accuracy", "{:.1%}"),
        "verdict": said if len(result.ended) > 1 else "one training",
    }


def _cells(table: Table) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return the rows of a table: each value in words, and its shade of `PARTS`."""
    known = [v for row in table.values for v in row if math.isfinite(v)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    form = "{:.0%}" if table.percent else "{:.3g}"

    def cell(value: float) -> tuple[str, int]:
        if not math.isfinite(value):
            return "failed", 0
        return form.format(value), round(PARTS * (value - low) / ((high - low) or 1.0))

    return [
        (name, [cell(value) for value in row])
        for name, row in zip(table.rows, table.values, strict=True)
    ]


def _encoded(sheet: Sheet) -> list[tuple[str, list[str]]]:
    return [
        (name, [base64.b64encode(file).decode("ascii") for file in row]) for name, row in sheet.rows
    ]


def _after(told: Told) -> list[Figure]:
    return [] if told.after is None else curves.of_run(told.after)
