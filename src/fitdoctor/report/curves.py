"""Loss and accuracy by epoch, with chance level, what noise alone does, and where evidence lies.

No value is dropped or moved in silence: what has no place on the axis is marked at its edge, and
the sentence under the figure names it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
import numpy as np
from markupsafe import escape

from fitdoctor.records.finding import Diagnosis
from fitdoctor.records.run import Curve, Run
from fitdoctor.report.axis import Axis, fitted, of_shares
from fitdoctor.report.drawing import WIDTH, Figure, Key, cross, number, picture, triangle
from fitdoctor.rule import classes
from fitdoctor.stats.proportions import wilson

HEIGHT = 270
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 30, 38
ROLES = {"": "train", "probe_": "probe", "val_": "val"}
"""Prefix of a curve's name -> its role among the colours, in the order of drawing."""
LABELS = {"": "training, as logged", "val_": "validation", "probe_": "training, inference mode"}
DOTTED = 40
"""Curves of at most so many epochs show each epoch as a dot."""
COLUMNS = 300
"""Longer curves are drawn by the least and the greatest value of so many stretches."""
MOST_LABELS, MOST_NAMED = 4, 3
MOST_SPANS = 4
LETTERS = "abcdefghijklm"
"""Of symptoms, in the figures and in their list."""
FAR = 20.0
"""Shares beyond this are drawn at it: the line has left the picture long before."""


class Span(msgspec.Struct, frozen=True):
    """Epochs that something found is about, by the label that stands over them."""

    label: str
    words: str
    begin: int
    end: int


def draw(diagnosis: Diagnosis) -> list[Figure]:
    """Return the figures of loss and accuracy, as far as they are known."""
    return of_run(diagnosis.run, list(_spans(diagnosis))[:MOST_SPANS])


def of_run(run: Run, spans: Sequence[Span] = ()) -> list[Figure]:
    """Return the figures of loss and accuracy of a run; `spans` are marked on them."""
    known = classes(run)
    figures = []
    for metric in ("loss", "accuracy"):
        shown = {p: run.curves[p + metric] for p in ROLES if p + metric in run.curves}
        shown = {prefix: curve for prefix, curve in shown.items() if len(curve)}
        if not shown:
            continue
        chance = None
        if known and known > 1:
            chance = math.log(known) if metric == "loss" else 1 / known
        n_val = run.data.n_val if run.data and metric == "accuracy" else None
        figures.append(_panel(shown, metric, chance, n_val, spans))
    return figures


def _spans(diagnosis: Diagnosis) -> Iterator[Span]:
    """Yield the epochs that evidence is about: of causes by their number, of symptoms by letter."""
    seen: set[tuple[int, int]] = set()
    numbered = [(str(i), c.rule, c.evidence) for i, c in enumerate(diagnosis.causes, 1)]
    lettered = [
        (letter, f.rule, f.evidence) for letter, f in zip(LETTERS, diagnosis.symptoms, strict=False)
    ]
    for label, rule, evidence in (*numbered, *lettered):
        for item in evidence:
            if item.epochs and item.epochs not in seen:
                seen.add(item.epochs)
                yield Span(label, rule.replace("_", " "), *item.epochs)


def _panel(
    shown: Mapping[str, Curve],
    metric: str,
    chance: float | None,
    n_val: int | None,
    spans: Sequence[Span],
) -> Figure:
    values = [float(v) for curve in shown.values() for v in curve.values]
    axis = (fitted if metric == "loss" else of_shares)(values) or Axis(0.0, 1.0)
    epochs = np.concatenate([curve.epochs for curve in shown.values()])
    frame = Frame(int(epochs.min()), int(epochs.max()), axis)
    parts, inside, said = [frame.grid()], [], []
    keys = [Key("line", ROLES[prefix], LABELS[prefix]) for prefix in shown]
    for span in spans:
        if frame.begin <= span.end and span.begin <= frame.end:
            parts.append(_shade(frame, span))
            where = f"epochs {span.begin} to {span.end}"
            if span.begin == span.end:
                where = f"epoch {span.begin}"
            keys.append(Key("span", "shade", f"{span.label}: {span.words}, {where}"))
    if chance is not None:
        if axis.beyond(chance):
            said.append(f"Chance level, {number(chance)}, lies {axis.beyond(chance)} this axis.")
        else:
            parts.append(_chance(frame, chance))
            keys.append(Key("chance", "soft", f"chance level, {number(chance)}"))
    if n_val and "val_" in shown and (band := _band(frame, shown["val_"], n_val)):
        inside.append(band)
        keys.append(Key("band", "val", f"95 % interval of validation on {n_val:,} images"))
    beyond: list[tuple[str, str, int, float]] = []
    for prefix, curve in shown.items():
        inside.append(drawn(frame, ROLES[prefix], LABELS[prefix], curve))
        if _missing(curve):
            keys.append(Key("gap", ROLES[prefix], f"{LABELS[prefix]}: no value between"))
        for epoch, value in zip(curve.epochs.tolist(), curve.values.tolist(), strict=True):
            if why := axis.beyond(value):
                beyond.append((why, prefix, epoch, value))
    if beyond:
        parts.append(_marks(frame, beyond))
        kinds = {why for why, *_ in beyond}
        if kinds & {"above", "below"}:
            keys.append(Key("beyond", "ink", "a value beyond the axis"))
        if "nan" in kinds:
            keys.append(Key("nan", "ink", "not a number"))
        said += _named(beyond, axis)
    if max(len(curve) for curve in shown.values()) > 2 * COLUMNS:
        said.append(f"Of each of {COLUMNS} stretches the least and the greatest value are drawn.")
    told = "; ".join(_told(prefix, curve) for prefix, curve in shown.items())
    caption = " ".join([f"{metric.capitalize()} by epoch: {told}.", axis.words, *said])
    body = "".join(parts) + frame.clipped("".join(inside))
    label = f"{metric} by epoch: {told}"
    return Figure(
        title=metric.capitalize(),
        svg=picture(WIDTH, HEIGHT, label, body),
        keys=tuple(keys),
        caption=caption,
    )


def _told(prefix: str, curve: Curve) -> str:
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


def _named(beyond: Sequence[tuple[str, str, int, float]], axis: Axis) -> Iterator[str]:
    """Yield what was not drawn to scale, by side, the farthest first."""
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
            f"{LABELS[prefix]}{'' if why == 'nan' else f' {number(value)}'} at epoch {epoch}"
            for prefix, epoch, value in items[:MOST_NAMED]
        )
        more = len(items) - MOST_NAMED
        yield f"{what}: {first}{f' and {more} more' if more > 0 else ''}."


def _marks(frame: Frame, beyond: Sequence[tuple[str, str, int, float]]) -> str:
    """Draw a mark at the edge for each stretch of values beyond it, the farthest with its value."""
    parts: list[str] = []
    taken: dict[str, list[float]] = {}
    floor = HEIGHT - BOTTOM
    far = sorted(beyond, key=lambda item: 0.0 if math.isnan(item[3]) else -abs(item[3]))
    labels = 0
    for why, prefix, epoch, value in far:
        x, role = frame.x(epoch), ROLES[prefix]
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


def _shade(frame: Frame, span: Span) -> str:
    left, right = frame.x(max(span.begin, frame.begin)), frame.x(min(span.end, frame.end))
    left, right = left - 2 * (right - left < 4), right + 2 * (right - left < 4)
    middle = (left + right) / 2
    return (
        f'<rect class="span" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" '
        f'height="{HEIGHT - TOP - BOTTOM}"/>'
        f'<text class="value" x="{middle:.1f}" y="{TOP - 12}" text-anchor="middle">'
        f"{escape(span.label)}</text>"
    )


def _chance(frame: Frame, chance: float) -> str:
    y = frame.y(chance)
    return f'<line class="chance" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _band(frame: Frame, curve: Curve, n_val: int) -> str:
    """Draw the 95 % Wilson interval of each validation accuracy: what n_val images can tell."""
    parts = []
    for stretch in _stretches(curve):
        known = [(e, wilson(v, n_val)) for e, v in stretch if 0 <= v <= 1]
        upper = [f"{frame.x(e):.1f},{frame.y(i.high):.1f}" for e, i in known]
        lower = [f"{frame.x(e):.1f},{frame.y(i.low):.1f}" for e, i in reversed(known)]
        if len(known) == 1:
            parts.append(f'<polyline class="interval val" points="{" ".join(upper + lower)}"/>')
        elif known:
            parts.append(f'<polygon class="band val" points="{" ".join(upper + lower)}"/>')
    return "".join(parts)


def drawn(frame: Frame, role: str, label: str, curve: Curve) -> str:
    """Draw a curve: broken where values are missing or no numbers, dotted across missing epochs."""
    parts = []
    last: tuple[int, float] | None = None
    for stretch in _stretches(curve):
        if last is not None and _missing(curve):
            ends = " ".join(frame.point(e, v) for e, v in (last, stretch[0]))
            parts.append(f'<polyline class="curve gap {role}" points="{ends}"/>')
        last = stretch[-1]
        points = " ".join(frame.point(e, v) for e, v in _thinned(stretch))
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


def _stretches(curve: Curve) -> list[list[tuple[int, float]]]:
    """Return the runs of numbers in a curve, divided at NaN and where epochs are missing."""
    stretches: list[list[tuple[int, float]]] = [[]]
    usual = float(np.median(np.diff(curve.epochs))) if len(curve) > 1 else 1.0
    last = None
    for epoch, value in zip(curve.epochs.tolist(), curve.values.tolist(), strict=True):
        if last is not None and epoch - last > 1.5 * usual:
            stretches.append([])
        last = epoch
        if math.isnan(value):
            stretches.append([])
        else:
            stretches[-1].append((epoch, value))
    return [stretch for stretch in stretches if stretch]


def _missing(curve: Curve) -> bool:
    """Return whether numbers stand on both sides of a place that has none."""
    return len(_stretches(curve)) > 1


def _thinned(stretch: list[tuple[int, float]]) -> Iterable[tuple[int, float]]:
    if len(stretch) <= 2 * COLUMNS:
        return stretch
    kept = []
    for part in np.array_split(np.arange(len(stretch)), COLUMNS):
        some = [stretch[i] for i in part]
        ends = {min(some, key=lambda p: p[1]), max(some, key=lambda p: p[1])}
        kept += sorted(ends)
    return [stretch[0], *kept, stretch[-1]]


class Frame:
    """Epochs and values to places in the picture."""

    def __init__(self, begin: int, end: int, axis: Axis) -> None:
        self.begin, self.end, self.axis = begin, end, axis

    def x(self, epoch: float) -> float:
        span = self.end - self.begin
        share = (epoch - self.begin) / span if span else 0.5
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = self.axis.share(value)
        return HEIGHT - BOTTOM - min(max(share, -FAR), FAR) * (HEIGHT - TOP - BOTTOM)

    def point(self, epoch: float, value: float) -> str:
        return f"{self.x(epoch):.1f},{self.y(value):.1f}"

    def clipped(self, body: str) -> str:
        """Return the body cut off at the plot's edges, one line's width beyond them."""
        x, y, width, height = LEFT - 3, TOP - 3, WIDTH - LEFT - RIGHT + 6, HEIGHT - TOP - BOTTOM + 6
        return (
            f'<svg x="{x}" y="{y}" width="{width}" height="{height}" '
            f'viewBox="{x} {y} {width} {height}">{body}</svg>'
        )

    def grid(self) -> str:
        parts = []
        for value in self.axis.ticks():
            y = self.y(value)
            parts.append(
                f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
                f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
                f"{number(value)}</text>"
            )
        floor = HEIGHT - BOTTOM
        parts += [
            f'<text class="tick" x="{self.x(epoch):.1f}" y="{floor + 16}" '
            f'text-anchor="middle">{epoch:g}</text>'
            for epoch in self._epochs()
        ]
        parts.append(
            f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{floor}" y2="{floor}"/>'
            f'<text class="tick" x="{(WIDTH + LEFT) / 2}" y="{HEIGHT - 5}" '
            f'text-anchor="middle">epoch</text>'
        )
        return "".join(parts)

    def _epochs(self) -> list[float]:
        if self.begin == self.end:
            return [self.begin]
        ticks = Axis(self.begin, self.end).ticks()
        return [tick for tick in ticks if tick == int(tick)] or [self.begin, self.end]
