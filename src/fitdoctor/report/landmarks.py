"""What is marked on curves: epochs of findings, levels, scatter, the kept epoch, new rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from markupsafe import escape
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.records.derived import RateChange
from fitdoctor.records.finding import Diagnosis, Evidence
from fitdoctor.records.kept import Kept
from fitdoctor.records.run import Curve
from fitdoctor.report.chart import Marks
from fitdoctor.report.drawing import WIDTH, Key, Mark, diamond, number
from fitdoctor.report.frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, Frame
from fitdoctor.report.strokes import stretches
from fitdoctor.stats.noise import local_scatter
from fitdoctor.stats.proportions import wilson
from fitdoctor.stats.quantile import median
from fitdoctor.stats.spikes import leaps, spikes

MOST_SPANS = 4
LETTERS = "abcdefghijklm"
"""Of symptoms, in the figures and in their list."""
RISES = ("overfitting", "overconfidence", "late_optimizer_drift")
"""Rules that test whether validation loss rose after its least value."""
SPIKES = "validation_spikes"
MOST_LISTED = 8
LEAST_POINTS = 8
"""Points from which on the scatter of a curve is drawn."""
DEVIATIONS = 2.0
MOST_POINTS, MOST_STRIP = 200, 600
"""Of the edges of a band over a loss, and over a stretch of an accuracy."""
LABEL_ROOM = 36.0
"""Width that a word above the plot takes; a second one so near is left to the key."""
LETTER = 7.2
"""Width of a letter of a title, in units of the figure."""
LEAST_BRACKET = 18.0
"""Height from which on there is room for the size of a rise."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in a figure: markup under and over the curves, its keys, what is said of it."""

    under: str = ""
    inside: str = ""
    """As `under`, cut off at the edges of the plot."""
    over: str = ""
    keys: tuple[Key, ...] = ()
    said: str = ""
    marks: Marks = Marks()
    """The same for the chart that takes over where scripts run."""


class Span(msgspec.Struct, frozen=True):
    """Epochs that something found is about, by the label that stands over them."""

    label: str
    words: str
    begin: int
    end: int
    title: str = ""
    """What stands over the epochs: the label, and the words where there is room for them."""


class Rise(msgspec.Struct, frozen=True):
    """What a test found of validation loss after its least value, by the label of the finding."""

    label: str
    p_value: float


def spans(diagnosis: Diagnosis) -> tuple[Span, ...]:
    """Return the epochs of evidence: of causes by their number, of symptoms by their letter."""
    found: dict[tuple[int, int], Span] = {}
    for label, rule, evidence in _labelled(diagnosis):
        for item in evidence:
            if item.epochs and item.epochs not in found:
                found[item.epochs] = Span(label, rule.replace("_", " "), *item.epochs)
    return tuple(found.values())[:MOST_SPANS]


def rise(diagnosis: Diagnosis) -> Rise | None:
    """Return the test that found validation loss to rise until the end."""
    for label, rule, evidence in _labelled(diagnosis):
        for item in evidence if rule in RISES else ():
            if item.p_value is not None and item.epochs:
                return Rise(label, item.p_value)
    return None


def spiked(diagnosis: Diagnosis) -> tuple[int, ...]:
    """Return the epochs at which validation loss spikes, where a test found that it does."""
    curve = diagnosis.run.curves.get("val_loss")
    seen = any(f.rule == SPIKES and any(e.epochs for e in f.evidence) for f in diagnosis.symptoms)
    if curve is None or not seen:
        return ()
    found = spikes(curve.values)
    at = leaps(curve.values) or (found.indices if found else ())
    return tuple(int(curve.epochs[i]) for i in at)


def _labelled(diagnosis: Diagnosis) -> list[tuple[str, str, Sequence[Evidence]]]:
    numbered = [(str(i), c.rule, c.evidence) for i, c in enumerate(diagnosis.causes, 1)]
    symptoms = zip(LETTERS, diagnosis.symptoms, strict=False)
    return [*numbered, *((letter, f.rule, f.evidence) for letter, f in symptoms)]


def titled(frame: Frame, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans that lie in the frame, each with as much of its name as fits above it."""
    shown = [s for s in spans if s.begin <= frame.end and frame.begin <= s.end]
    found = [replace(span, title=span.label) for span in shown]
    for i, span in enumerate(shown):
        named = replace(span, title=f"{span.label} {span.words}")
        low, high = _over(frame, named)
        others = (_over(frame, other) for j, other in enumerate(found) if j != i)
        if all(high < begin or end < low for begin, end in others):
            found[i] = named
    return tuple(found)


def _over(frame: Frame, span: Span) -> tuple[float, float]:
    """Return from where to where the title of a span reaches, within the figure."""
    half = len(span.title) * LETTER / 2
    middle = sum(_sides(frame, span)) / 2
    middle = max(min(middle, WIDTH - half), LEFT + half)
    return middle - half, middle + half


def _sides(frame: Frame, span: Span) -> tuple[float, float]:
    return frame.x(max(span.begin, frame.begin)), frame.x(min(span.end, frame.end))


def shaded(frame: Frame, span: Span) -> Part:
    """Return a shade over the epochs of a finding, with its title above."""
    left, right = _sides(frame, span)
    left, right = left - 2 * (right - left < 4), right + 2 * (right - left < 4)
    where = f"epochs {span.begin} to {span.end}"
    if span.begin == span.end:
        where = f"epoch {span.begin}"
    return Part(
        under=f'<rect class="span" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" '
        f'height="{HEIGHT - TOP - BOTTOM}"/><rect class="spanned" x="{left:.1f}" y="16" '
        f'width="{right - left:.1f}" height="3"/>'
        f'<text class="value" x="{sum(_over(frame, span)) / 2:.1f}" y="12" text-anchor="middle">'
        f"{escape(span.title)}</text>",
        keys=(Key("span", "shade", f"{span.label}: {span.words}, {where}"),),
        marks=Marks(spans=((span.begin, span.end, span.title),)),
    )


def level(frame: Frame, mark: Mark, words: str, value: float) -> Part:
    """Return a line across the plot, or the sentence that says why there is none."""
    if where := frame.axis.beyond(value):
        return Part(said=f"{words[0].upper()}{words[1:]}, {number(value)}, lies {where} this axis.")
    y = frame.y(value)
    return Part(
        under=f'<line class="{mark}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>',
        keys=(Key(mark, "soft", f"{words}, {number(value)}"),),
        marks=Marks(levels=((mark, value),)),
    )


def band(
    frame: Frame, metric: str, curve: Curve, n_val: int | None, spiked: Sequence[int] = ()
) -> Part:
    """Return what chance alone does to a validation curve.

    Of an accuracy that is the 95 % Wilson interval of each value, where the number of images is
    known; of a loss, two standard deviations of its scatter from epoch to epoch, without epochs
    that are `spiked`.
    """
    if metric == "accuracy":
        return _wilson(frame, curve, n_val) if n_val else Part()
    calm = ~np.isin(curve.epochs, spiked)
    epochs_of, y = curve.epochs[calm], curve.values[calm]
    sigma = local_scatter(y) if len(y) >= LEAST_POINTS and np.isfinite(y).all() else 0.0
    if not sigma:
        return Part()
    half = DEVIATIONS * sigma
    some = sorted(set(np.linspace(0, len(y) - 1, min(len(y), MOST_POINTS)).round().astype(int)))
    ends = [(int(epochs_of[i]), _running_median(y, i)) for i in some]
    epochs, middles = zip(*ends, strict=True)
    strip = (epochs, [m - half for m in middles], [m + half for m in middles])
    return Part(
        inside=_strip(frame, *strip),
        keys=(Key("band", "val", f"scatter from epoch to epoch, \u00b1{number(half)}"),),
        said=f"The band is a running median of validation loss \u00b1 {DEVIATIONS:g} standard "
        f"deviations of its scatter from epoch to epoch{', spikes left out' * (not calm.all())}.",
        marks=Marks(bands=(("val", *strip),)),
    )


def _strip(
    frame: Frame, epochs: Sequence[int], lows: Sequence[float], highs: Sequence[float]
) -> str:
    upper = [frame.point(e, v) for e, v in zip(epochs, highs, strict=True)]
    lower = [frame.point(e, v) for e, v in zip(epochs, lows, strict=True)]
    points = " ".join(upper + lower[::-1])
    if len(epochs) == 1:
        return f'<polyline class="interval val" points="{points}"/>'
    return f'<polygon class="band val" points="{points}"/>'


def _running_median(y: NDArray[np.float64], at: int) -> float:
    half = max(3, min(9, len(y) // 6 | 1)) // 2
    near = min(half, at, len(y) - 1 - at)
    return median(y[at - near : at + near + 1])


def _wilson(frame: Frame, curve: Curve, n_val: int) -> Part:
    parts, strips = [], []
    for stretch in stretches(curve):
        known = [(e, v) for e, v in stretch if 0 <= v <= 1]
        some = known[:: 1 + len(known) // MOST_STRIP]
        if not some:
            continue
        intervals = [wilson(v, n_val) for _, v in some]
        strip = [e for e, _ in some], [i.low for i in intervals], [i.high for i in intervals]
        parts.append(_strip(frame, *strip))
        strips.append(("val", *strip))
    if not parts:
        return Part()
    words = f"95 % interval of validation on {n_val:,} images"
    marks = Marks(bands=tuple(strips))
    return Part(inside="".join(parts), keys=(Key("band", "val", words),), marks=marks)


def rates_changed(frame: Frame, changes: Sequence[RateChange], kept: Kept | None) -> Part:
    """Return a line before each epoch that has a new learning rate, with how it changed."""
    drawn = []
    taken = [frame.x(kept.epoch)] if kept else []
    inside = [change for change in changes if frame.begin < change.epoch <= frame.end]
    for change in inside:
        x = frame.x(change.epoch - 0.5)
        drawn.append(
            f'<line class="rate" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        )
        if all(abs(x - other) > LABEL_ROOM for other in taken):
            taken.append(x)
            drawn.append(_above(x, _factor(change)))
    keys = (Key("rate", "soft", _changed(inside)),) if inside else ()
    lines = tuple(("rate", change.epoch - 0.5, _factor(change)) for change in inside)
    return Part(over="".join(drawn), keys=keys, marks=Marks(lines=lines))


def _changed(changes: Sequence[RateChange]) -> str:
    """Return what became of the learning rate, in words."""
    epochs = ", ".join(str(change.epoch) for change in changes)
    factors = {_factor(change) for change in changes}
    if len(changes) > 1 and len(factors) == 1 and "rate" not in factors:
        ends = f"{number(changes[0].before)} to {number(changes[-1].after)}"
        return f"learning rate {factors.pop()} from epochs {epochs}: {ends}"
    steps = (f"{number(c.before)} to {number(c.after)} from epoch {c.epoch}" for c in changes)
    return f"learning rate {', '.join(steps)}"


def _factor(change: RateChange) -> str:
    """Return by what a rate was multiplied, as a word that fits above a plot."""
    if change.before <= 0 or change.after <= 0:
        return "rate"
    ratio = change.after / change.before
    return f"\u00f7{1 / ratio:.3g}" if ratio < 1 else f"\u00d7{ratio:.3g}"


def kept_at(frame: Frame, kept: Kept | None, shown: Mapping[str, Curve], metric: str) -> Part:
    """Return a line at the epoch whose weights are left."""
    if kept is None or not frame.begin <= kept.epoch <= frame.end:
        return Part()
    x = frame.x(kept.epoch)
    curve = shown.get("val_")
    at = np.flatnonzero(curve.epochs == kept.epoch) if curve is not None else np.empty(0, int)
    value = f", validation {metric} {number(curve.values[at[0]])}" if curve and len(at) else ""
    return Part(
        over=f'<line class="kept" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        + _above(x, "kept"),
        keys=(Key("kept", "ink", f"weights kept: epoch {kept.epoch}{value}; {kept.why}"),),
        marks=Marks(lines=(("kept", float(kept.epoch), "kept"),)),
    )


def _above(x: float, words: str) -> str:
    place = min(max(x, LEFT + 8), WIDTH - RIGHT - 12)
    return f'<text class="tick" x="{place:.1f}" y="{TOP - 6}" text-anchor="middle">{words}</text>'


def peaks(frame: Frame, curve: Curve, spiked: Sequence[int]) -> Part:
    """Return a circle around each spike; those beyond the axis are marked at its edge already."""
    at = [i for i in np.flatnonzero(np.isin(curve.epochs, spiked))
          if not frame.axis.beyond(float(curve.values[i]))]  # fmt: skip
    if not at:
        return Part()
    points = tuple((int(curve.epochs[i]), float(curve.values[i])) for i in at)
    listed = ", ".join(str(epoch) for epoch, _ in points[:MOST_LISTED])
    more = f" and {len(points) - MOST_LISTED} more" if len(points) > MOST_LISTED else ""
    return Part(
        over="".join(
            f'<circle class="peak val" cx="{frame.x(e):.1f}" cy="{frame.y(v):.1f}" r="6"/>'
            for e, v in points
        ),
        keys=(Key("peak", "val", f"spikes, more than scatter: epoch {listed}{more}"),),
        marks=Marks(peaks=points),
    )


def least(frame: Frame, curve: Curve, rise: Rise | None) -> Part:
    """Return a mark at the least validation loss, and the rise from there that a test found."""
    known = np.flatnonzero(np.isfinite(curve.values))
    if len(known) < 2:
        return Part()
    at = known[int(np.argmin(curve.values[known]))]
    epoch, value = int(curve.epochs[at]), float(curve.values[at])
    if frame.axis.beyond(value):
        return Part()
    x, y = frame.x(epoch), frame.y(value)
    drawn = f'<path class="least val" d="{diamond(x, y, 6)}"/>'
    marks = Marks(points=((epoch, value),))
    keys = [Key("least", "val", f"least validation loss, {number(value)} at epoch {epoch}")]
    last, end = float(curve.values[known[-1]]), int(curve.epochs[known[-1]])
    if rise is None or last <= value or frame.axis.beyond(last):
        return Part(over=drawn, keys=tuple(keys), marks=marks)
    right, top = frame.x(end), frame.y(last)
    words = f"+{number(last - value)} since epoch {epoch}"
    marks = Marks(points=marks.points, rises=((epoch, value, end, last, words),))
    drawn = (
        f'<path class="rise val" d="M{x:.1f} {y:.1f}H{right:.1f}V{top:.1f}m-4 5l4 -5l4 5"/>{drawn}'
    )
    if y - top >= LEAST_BRACKET:
        drawn += (
            f'<text class="value" x="{right - 7:.1f}" y="{y + 15:.1f}" '
            f'text-anchor="end">{words}</text>'
        )
    sure = "p < 0.001" if rise.p_value < 0.001 else f"p = {rise.p_value:.3f}"
    keys.append(Key("rise", "val", f"rise since then, +{number(last - value)}: see {rise.label}"))
    return Part(
        over=drawn,
        keys=tuple(keys),
        said=f"That validation loss rises after its least value is significant ({sure}).",
        marks=marks,
    )
