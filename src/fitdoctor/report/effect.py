"""What the trials of an experiment come to: how many learned, the difference, its interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from fitdoctor.records.estimate import Estimate
from fitdoctor.records.experiment import Verdict
from fitdoctor.report.axis import Axis
from fitdoctor.report.drawing import WIDTH, Figure, Key, number, picture, signed

LEFT, RIGHT, TOP, BOTTOM = 14, 14, 8, 36
A_LINE, STEP, PITCH = 24, 16, 15
"""Dots on a line, and from one to the next, across and down."""
LABEL, GAP, INTERVAL = 18, 8, 30
"""Heights of a line of words, of what parts two arms, of the interval."""


def draw(verdict: Verdict) -> Figure | None:
    """Return the difference with its interval, of success rates below the trainings as dots.

    `None` where the interval has no ends: one pair tells no scatter.
    """
    effect = verdict.effect
    if not all(map(math.isfinite, (effect.value, effect.low, effect.high))):
        return None
    arms = list(_arms(verdict))
    parts, y = [], float(TOP)
    for words, learned in arms:
        drawn, y = _row(words, learned, y)
        parts.append(drawn)
    margin = _margin(verdict)
    axis = _axis(verdict, margin)
    height = int(y + LABEL + INTERVAL + BOTTOM)
    levels = (("chance", 0.0), ("floor", margin), ("floor", -margin))
    words = "difference, with the change minus without"
    parts.append(interval(axis, effect, levels, (y + LABEL, height), words))
    counts = ", ".join(f"{sum(learned)} of {len(learned)} {words}" for words, learned in arms)
    what = "mean outcomes" if verdict.measure == "mean" else "shares of trainings that learn"
    told = (
        f"Difference of {what}, with the change minus without: {signed(effect.value)}, "
        f"{100 * verdict.level:.3g} % interval {signed(effect.low)} to {signed(effect.high)}"
    )
    learn = f" Trainings that learn: {counts}." if counts else ""
    keys = [Key("dot", "train", "a training that learned"),
            Key("dot", "train open", "one that did not")] if arms else []  # fmt: skip
    keys += [
        Key("interval", "probe", f"difference, {100 * verdict.level:.3g} % interval"),
        Key("chance", "soft", "no difference"),
        Key("floor", "soft", f"smallest difference that matters, \u00b1{number(margin)}"),
    ]
    return Figure(
        title="What the trials come to",
        svg=picture(WIDTH, height, f"{told}.{learn}", "".join(parts)),
        keys=tuple(keys),
        caption=f"{told}.{learn} The change is judged to help, or to harm, where the interval lies "
        "on one side of no difference and its middle beyond the dotted line.",
    )


def _arms(verdict: Verdict) -> Iterator[tuple[str, list[bool]]]:
    """Yield how many trainings of each arm learned, where outcomes have two modes."""
    if verdict.learned is not None:
        for words, count in zip(("as it is", "with the change"), verdict.learned, strict=True):
            yield words, [place < count for place in range(verdict.pairs)]


def _margin(verdict: Verdict) -> float:
    experiment = verdict.experiment
    if verdict.measure == "mean":
        return experiment.smallest_difference
    return experiment.smallest_rate_difference


def _row(words: str, learned: list[bool], y: float) -> tuple[str, float]:
    """Return an arm as dots below its name, and where the next one starts."""
    told = f"{words}: {sum(learned)} of {len(learned)} learn"
    parts = [f'<text class="tick" x="{LEFT}" y="{y + 12:.0f}">{told}</text>']
    for place, success in enumerate(learned):
        x, down = LEFT + 5 + STEP * (place % A_LINE), y + LABEL + 8 + PITCH * (place // A_LINE)
        role = "train" if success else "train open"
        parts.append(f'<circle class="dot {role}" cx="{x}" cy="{down:.0f}" r="4.5"/>')
    lines = math.ceil(len(learned) / A_LINE)
    return "".join(parts), y + LABEL + PITCH * lines + GAP


def _axis(verdict: Verdict, margin: float) -> Axis:
    low = min(verdict.effect.low, -margin)
    high = max(verdict.effect.high, margin)
    pad = 0.06 * (high - low) or 0.05
    return Axis(low - pad, high + pad)


def interval(
    axis: Axis,
    effect: Estimate,
    levels: Sequence[tuple[str, float]],
    place: tuple[float, int],
    words: str,
) -> str:
    """Return a difference with its interval, from a height down to the last line of a figure.

    `levels` are upright lines, each with its kind of mark; `words` stand below the axis.
    """

    def x(value: float) -> float:
        return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)

    top, height = place
    floor, y = height - BOTTOM, top + INTERVAL / 2
    parts = [
        f'<line class="{mark}" x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{top:.0f}" y2="{floor}"/>'
        for mark, at in levels
    ]
    parts += [
        f'<text class="tick" x="{x(t):.1f}" y="{floor + 15}" text-anchor="middle">'
        f"{signed(t)}</text>"
        for t in axis.ticks()
    ]
    parts.append(
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{floor}" y2="{floor}"/>'
        f'<line class="interval probe" x1="{x(effect.low):.1f}" x2="{x(effect.high):.1f}" '
        f'y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<circle class="dot probe" cx="{x(effect.value):.1f}" cy="{y:.1f}" r="5"/>'
        f'<text class="tick" x="{WIDTH / 2}" y="{height - 4}" text-anchor="middle">{words}</text>'
    )
    return "".join(parts)
