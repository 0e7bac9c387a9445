"""The gap of training and validation loss as steps from one to the other, one for each reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from fitdoctor.records.estimate import Estimate
from fitdoctor.records.probes import Gap, PartName
from fitdoctor.records.run import Curve, Run
from fitdoctor.report.axis import Axis
from fitdoctor.report.drawing import WIDTH, Figure, Key, number, picture, signed

LEFT, RIGHT, TOP, ROW, BOTTOM = 12, 56, 10, 36, 36
WORDS: Mapping[PartName, str] = {
    "averaging": "training loss is an average over the epoch",
    "terms": "penalties and class weights",
    "random": "dropout, augmentation: in training alone",
    "batchnorm": "BatchNorm: stored, not batch statistics",
    "generalisation": "other images: overfitting, or harder ones",
}
NOT_PARTED = "training mode, penalties, average over the epoch"
THIN = 2.0
"""Width to which a bar is drawn at least."""


class _Step(msgspec.Struct, frozen=True):
    """What is added to training loss for one reason; the interval where it is known."""

    words: str
    value: float
    low: float | None = None
    high: float | None = None


class _Way(msgspec.Struct, frozen=True, kw_only=True):
    """From training loss as logged to validation loss, step by step."""

    epoch: int
    training: float
    validation: float
    steps: tuple[_Step, ...]
    source: str


def draw(run: Run) -> Figure | None:
    """Return the figure of the gap at the last epoch at which its parts were measured.

    `None` where nothing tells the parts: a gap alone is no reason.
    """
    way = _probed(run) or _by_curves(run.curves)
    return _figure(way) if way is not None else None


def _probed(run: Run) -> _Way | None:
    looked = [(p.epoch, p.gap) for p in run.probes if p.gap is not None]
    known = [
        (epoch, gap) for epoch, gap in looked if np.isfinite([gap.training, gap.validation]).all()
    ]
    if not known:
        return None
    epoch, gap = known[-1]
    return _Way(
        epoch=epoch,
        training=gap.training,
        validation=gap.validation,
        steps=tuple(_steps(gap)),
        source=f"Measured on {gap.images:,} training and {gap.validation_images:,} validation "
        "images; lines are 95 % intervals.",
    )


def _steps(gap: Gap) -> Iterator[_Step]:
    """Yield the parts as steps upwards: they are kept as training less validation."""
    for part in gap.parts:
        known: Estimate = part.estimate
        yield _Step(WORDS[part.name], -known.value, -known.high, -known.low)


def _by_curves(curves: Mapping[str, Curve]) -> _Way | None:
    """Return two steps where training images were measured in inference mode as well."""
    shown = [curves.get(name) for name in ("loss", "probe_loss", "val_loss")]
    values = [dict(zip(c.epochs.tolist(), c.values.tolist(), strict=True)) for c in shown if c]
    if len(values) < len(shown):
        return None
    training, probed, validation = values
    common = [
        e for e in training
        if e in probed and e in validation
        and np.isfinite([training[e], probed[e], validation[e]]).all()
    ]  # fmt: skip
    if not common:
        return None
    last = common[-1]
    return _Way(
        epoch=last,
        training=training[last],
        validation=validation[last],
        steps=(
            _Step(NOT_PARTED, probed[last] - training[last]),
            _Step(WORDS["generalisation"], validation[last] - probed[last]),
        ),
        source="By training loss as logged and in inference mode; its first part is not divided "
        "further without --probes all.",
    )


def _figure(way: _Way) -> Figure:
    ends = _ends(way)
    axis = _axis(way, ends)
    height = TOP + ROW * (len(way.steps) + 2) + BOTTOM
    rows = [_end(axis, 0, "training loss, as logged", way.training, "train")]
    rows += [
        _bar(axis, row, step, start)
        for row, (step, start) in enumerate(zip(way.steps, ends, strict=False), 1)
    ]
    rows.append(_end(axis, len(way.steps) + 1, "validation loss", way.validation, "val"))
    whole = way.validation - way.training
    told = "; ".join(f"{step.words} {_signed(step)}" for step in way.steps if _shows(step))
    keys = [Key("dot", "train", "training loss"), Key("dot", "val", "validation loss")]
    keys += [Key("bar", "worse", "adds to validation loss")] * any(s.value > 0 for s in way.steps)
    keys += [Key("bar", "better", "takes from it")] * any(s.value < 0 for s in way.steps)
    return Figure(
        title=f"What the gap is made of, epoch {way.epoch}",
        svg=picture(WIDTH, height, f"from training to validation loss: {told}",
                    _grid(axis, height) + "".join(rows)),
        keys=tuple(keys),
        caption=f"After epoch {way.epoch} validation loss is {number(abs(whole))} "
        f"{'above' if whole >= 0 else 'below'} training loss: {told}. {way.source} The horizontal "
        f"axis runs from {number(axis.low)} to {number(axis.high)}.",
    )  # fmt: skip


def _ends(way: _Way) -> list[float]:
    """Return where each step starts, and where the last one ends."""
    ends = [way.training]
    for step in way.steps:
        ends.append(ends[-1] + step.value)
    return ends


def _axis(way: _Way, ends: Sequence[float]) -> Axis:
    reach = [*ends, way.validation]
    for step, start in zip(way.steps, ends, strict=False):
        reach += [start + end for end in (step.low, step.high) if end is not None]
    low, high = min(reach), max(reach)
    pad = 0.06 * (high - low) or 0.05
    return Axis(low - pad, high + pad)


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.share(value) * (WIDTH - RIGHT - LEFT)


def _y(row: int) -> float:
    return TOP + ROW * row + 24.0


def _grid(axis: Axis, height: int) -> str:
    return "".join(
        f'<line class="grid" x1="{_x(axis, t):.1f}" x2="{_x(axis, t):.1f}" y1="{TOP}" '
        f'y2="{height - BOTTOM}"/><text class="tick" x="{_x(axis, t):.1f}" y="{height - 20}" '
        f'text-anchor="middle">{number(t)}</text>'
        for t in axis.ticks()
    ) + (
        f'<text class="tick" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{height - 4}" '
        'text-anchor="middle">loss</text>'
    )


def _end(axis: Axis, row: int, words: str, value: float, role: str) -> str:
    x, y = _x(axis, value), _y(row)
    return (
        f'<text class="tick" x="{LEFT}" y="{y - 10:.1f}">{words}</text>'
        f'<circle class="dot {role}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        f'<text class="value" x="{WIDTH - 4}" y="{y + 4:.1f}" text-anchor="end">'
        f"{number(value)}</text>"
    )


def _bar(axis: Axis, row: int, step: _Step, start: float) -> str:
    y, role = _y(row), "worse" if step.value > 0 else "better" if step.value < 0 else "soft"
    left, right = sorted((_x(axis, start), _x(axis, start + step.value)))
    drawn = (
        f'<text class="tick" x="{LEFT}" y="{y - 10:.1f}">{step.words}</text>'
        f'<rect class="bar-of {role}" x="{left:.1f}" y="{y - 5:.1f}" '
        f'width="{max(THIN, right - left):.1f}" height="10"/>'
        f'<text class="value" x="{WIDTH - 4}" y="{y + 4:.1f}" text-anchor="end">'
        f"{signed(step.value)}</text>"
    )
    if step.low is None or step.high is None:
        return drawn
    low, high = _x(axis, start + step.low), _x(axis, start + step.high)
    return (
        f'{drawn}<line class="whisker" x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
    )


def _signed(step: _Step) -> str:
    if step.low is None or step.high is None:
        return signed(step.value)
    return f"{signed(step.value)} ({signed(step.low)} to {signed(step.high)})"


def _shows(step: _Step) -> bool:
    """Return whether a step is more than nothing, known to be nothing."""
    return any((step.value, step.low, step.high))
