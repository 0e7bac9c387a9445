"""Loss, accuracy and learning rate by epoch, with what is known of them marked where it lies.

No value is dropped or moved in silence: what has no place on the axis is marked at its edge, and
the sentence under the figure names it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec
import numpy as np

from fitdoctor.records.derived import RateChange, loss_floor, rate_changes, rate_curve
from fitdoctor.records.finding import Diagnosis
from fitdoctor.records.kept import Kept, kept_epoch
from fitdoctor.records.run import Curve, Run
from fitdoctor.report import chart, landmarks, strokes
from fitdoctor.report.axis import Axis, fitted, of_shares
from fitdoctor.report.drawing import WIDTH, Figure, Key, number, picture
from fitdoctor.report.frame import HEIGHT, Frame
from fitdoctor.report.landmarks import Part, Rise, Span
from fitdoctor.report.strokes import COLUMNS, LABELS, ROLES, drawn, missing
from fitdoctor.rule import classes

MOST_CHANGES = 6
"""So many changes of the learning rate are marked one by one; more have a figure of their own."""


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is marked on the figures of a run."""

    classes: int | None
    n_val: int | None
    floor: float | None
    kept: Kept | None
    changes: tuple[RateChange, ...]
    spans: tuple[Span, ...]
    rise: Rise | None
    spiked: tuple[int, ...]


def draw(diagnosis: Diagnosis) -> list[Figure]:
    """Return the figures of a run, with the epochs marked that something found is about."""
    marks = landmarks.spans(diagnosis), landmarks.rise(diagnosis), landmarks.spiked(diagnosis)
    return of_run(diagnosis.run, *marks)


def of_run(
    run: Run,
    spans: tuple[Span, ...] = (),
    rise: Rise | None = None,
    spiked: tuple[int, ...] = (),
) -> list[Figure]:
    """Return the figures of loss, accuracy and learning rate of a run, as far as known.

    `spiked` are epochs at which validation loss spikes.
    """
    rates = rate_curve(run)
    changes = rate_changes(rates[0]) if rates else ()
    recipe, known = run.recipe, classes(run)
    marked = _Known(
        classes=known,
        n_val=run.data.n_val if run.data else None,
        floor=loss_floor(recipe.label_smoothing, known, recipe.loss) if recipe else None,
        kept=kept_epoch(run),
        changes=changes if len(changes) <= MOST_CHANGES else (),
        spans=spans,
        rise=rise,
        spiked=spiked,
    )
    figures = []
    for metric in ("loss", "accuracy"):
        shown = {p: run.curves[p + metric] for p in ROLES if p + metric in run.curves}
        shown = {prefix: curve for prefix, curve in shown.items() if len(curve)}
        if shown:
            figures.append(_panel(shown, metric, marked))
    if rates and len(changes) > MOST_CHANGES:
        figures.append(_rates(*rates))
    return figures


def _panel(shown: Mapping[str, Curve], metric: str, known: _Known) -> Figure:
    values = [float(v) for curve in shown.values() for v in curve.values]
    axis = (fitted if metric == "loss" else of_shares)(values) or Axis(0.0, 1.0)
    epochs = np.concatenate([curve.epochs for curve in shown.values()])
    frame = Frame(int(epochs.min()), int(epochs.max()), axis)
    lines = [Part(keys=(Key("line", ROLES[prefix], LABELS[prefix]),)) for prefix in shown]
    behind = [landmarks.shaded(frame, span) for span in landmarks.titled(frame, known.spans)]
    behind += _levels(frame, metric, known)
    if "val_" in shown:
        band = landmarks.band(frame, metric, shown["val_"], known.n_val, known.spiked)
        behind.append(band)
    curves = [_curve(frame, prefix, curve) for prefix, curve in shown.items()]
    before = [landmarks.rates_changed(frame, known.changes, known.kept)]
    before.append(landmarks.kept_at(frame, known.kept, shown, metric))
    if metric == "loss" and "val_" in shown:
        before.append(landmarks.least(frame, shown["val_"], known.rise))
        before.append(landmarks.peaks(frame, shown["val_"], known.spiked))
    edge = [_beyond(frame, shown)]
    told = "; ".join(strokes.told(prefix, curve) for prefix, curve in shown.items())
    parts = [*lines, *behind, *curves, *before, *edge]
    under, over = "".join(p.under for p in parts), "".join(p.over for p in parts)
    inside = "".join(p.inside for p in parts)
    body = frame.grid() + under + frame.clipped(inside) + over
    caption = [f"{metric.capitalize()} by epoch: {told}.", axis.words]
    return Figure(
        title=metric.capitalize(),
        svg=picture(WIDTH, HEIGHT, f"{metric} by epoch: {told}", body),
        keys=tuple(key for part in parts for key in part.keys),
        caption=" ".join([*caption, *(part.said for part in parts if part.said)]),
        chart=chart.data(
            axis,
            [(ROLES[prefix], LABELS[prefix], curve) for prefix, curve in shown.items()],
            (part.marks for part in parts),
        ),
    )


def _levels(frame: Frame, metric: str, known: _Known) -> list[Part]:
    """Return the level of who knows nothing, and the loss that cannot be gone below."""
    levels = []
    if known.classes and known.classes > 1:
        chance = math.log(known.classes) if metric == "loss" else 1 / known.classes
        levels.append(landmarks.level(frame, "chance", "chance level", chance))
    if metric == "loss" and known.floor is not None:
        words = "least loss that label smoothing allows"
        levels.append(landmarks.level(frame, "floor", words, known.floor))
    return levels


def _curve(frame: Frame, prefix: str, curve: Curve) -> Part:
    role, label = ROLES[prefix], LABELS[prefix]
    return Part(
        inside=drawn(frame, role, label, curve),
        keys=(Key("gap", role, f"{label}: no value between"),) if missing(curve) else (),
    )


def _beyond(frame: Frame, shown: Mapping[str, Curve]) -> Part:
    """Return the marks at the edge, and the sentences that name what they stand for."""
    axis = frame.axis
    beyond = [
        (why, prefix, epoch, value)
        for prefix, curve in shown.items()
        for epoch, value in zip(curve.epochs.tolist(), curve.values.tolist(), strict=True)
        if (why := axis.beyond(value))
    ]
    kinds = {why for why, *_ in beyond}
    keys = [Key("beyond", "ink", "a value beyond the axis")] if kinds & {"above", "below"} else []
    keys += [Key("nan", "ink", "not a number")] * ("nan" in kinds)
    said = list(strokes.named(beyond, axis)) if beyond else []
    if max(map(len, shown.values())) > 2 * COLUMNS:
        said.append(f"Of each of {COLUMNS} stretches the least and the greatest value are drawn.")
    over = strokes.edge_marks(frame, beyond) if beyond else ""
    return Part(under=over, keys=tuple(keys), said=" ".join(said))


def _rates(rates: Curve, origin: str) -> Figure:
    """Return the learning rate by epoch, where it changes too often to be marked elsewhere."""
    axis = fitted([float(v) for v in rates.values]) or Axis(0.0, 1.0)
    frame = Frame(int(rates.epochs[0]), int(rates.epochs[-1]), axis)
    edge = _beyond(frame, {"": rates})
    finite = rates.values[np.isfinite(rates.values)]
    ends = (
        f"from {number(finite[0])} to {number(finite[-1])}, between {number(finite.min())} and "
        f"{number(finite.max())}"
        if len(finite)
        else "without a finite value"
    )
    told = f"Learning rate by epoch, {origin}: {ends}."
    body = frame.grid() + edge.under + frame.clipped(drawn(frame, "ink", "learning rate", rates))
    said = edge.said.replace(LABELS[""], "learning rate")
    return Figure(
        title="Learning rate",
        svg=picture(WIDTH, HEIGHT, told, body),
        keys=(Key("line", "ink", f"learning rate, {origin}"), *edge.keys),
        caption=" ".join(filter(None, [told, axis.words, said])),
        chart=chart.data(axis, [("ink", "learning rate", rates)]),
    )
