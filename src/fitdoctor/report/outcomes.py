"""What groups of runs come to: a dot for each run, the difference with its interval, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import escape

from fitdoctor.records.comparison import Comparison, Group
from fitdoctor.records.estimate import Estimate
from fitdoctor.report.axis import Axis
from fitdoctor.report.drawing import WIDTH, Figure, Key, number, picture, signed
from fitdoctor.report.effect import BOTTOM, INTERVAL, LABEL, interval
from fitdoctor.report.headline import outcome_words

LEFT, RIGHT, TOP, ROW, TICKS = 14, 14, 20, 34, 24
MOST_LISTED, LONGEST = 4, 46
CHANCE = {False: "more than seeds explain", True: "more than noise of the images explains"}
"""Whether a difference is held against the noise of validation images -> what is exceeded."""
ROLES = ("train", "probe")
"""Of the first group and the second."""


def headline(comparisons: Sequence[Comparison]) -> str:
    """Return in a sentence whether anything differs."""
    if len(comparisons) > 1:
        shown = sum(bool(c.shown) for c in comparisons)
        return (
            f"{shown} of {len(comparisons)} differences of {outcome_words(comparisons[0].outcome)} "
            "are more than chance."
        )
    (found,) = comparisons
    first, second, what = found.first.name, found.second.name, outcome_words(found.outcome)
    if found.shown is None:
        return f"Cannot tell whether {first} and {second} differ."
    if not found.shown:
        return f"No difference of {what} is shown between {first} and {second}."
    if found.measure == "success_rate":
        more = "more" if found.difference.value > 0 else "fewer"
        return (
            f"{more.capitalize()} trainings learn with {second} than with {first}: {CHANCE[False]}."
        )
    way = "higher" if found.difference.value > 0 else "lower"
    limit = CHANCE[found.how == "validation_noise"]
    return f"{what.capitalize()} is {way} with {second} than with {first}: {limit}."


def draw(found: Comparison) -> Figure:
    """Draw the runs of both groups as dots, runs on the same seed joined, and their difference."""
    groups = (found.first, found.second)
    values = [y for group in groups for y in group.outcomes]
    pad = 0.08 * (max(values) - min(values)) or 0.05
    axis = Axis(min(values) - pad, max(values) + pad)
    top = TOP + ROW * len(groups)
    known = math.isfinite(found.difference.low) and math.isfinite(found.difference.high)
    height = int(top + TICKS + (LABEL + INTERVAL + BOTTOM if known else 0))
    what = outcome_words(found.outcome)
    parts = [_scale(axis, top), _joined(axis, found) if found.how == "pairs" else ""]
    parts += [_row(axis, g, r, TOP + ROW * i) for i, (g, r) in enumerate(zip(groups, ROLES,
              strict=True))]  # fmt: skip
    keys = [Key("dot", role, _short(g.name)) for g, role in zip(groups, ROLES, strict=True)]
    told = (
        f"{what.capitalize()} at the end: {'; '.join(map(told_of, groups))}. The axis above runs "
        f"from {number(axis.low)} to {number(axis.high)}"
    )
    if known:
        drawn, more = _difference(found, top + TICKS, height)
        parts.append(drawn)
        keys += more
        told += f". {_effect(found)}"
    if found.how == "pairs":
        told += ". Lines join runs on the same seed"
    return Figure(
        title=f"Between {_short(found.first.name)} and {_short(found.second.name)}",
        svg=picture(WIDTH, height, told, "".join(parts)),
        keys=tuple(keys),
        caption=f"{told}.",
    )


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"\u2026{name[1 - LONGEST :]}"


def told_of(group: Group) -> str:
    """Return the outcomes of a group, the first of them and the mean."""
    listed = ", ".join(map(number, group.outcomes[:MOST_LISTED]))
    count = len(group.outcomes)
    more = f" and {count - MOST_LISTED} more" if count > MOST_LISTED else ""
    mean = f", mean {number(sum(group.outcomes) / count)}" if count > 1 else ""
    return f"{group.name} {listed}{more}{mean}"


def _effect(found: Comparison) -> str:
    rates = found.measure == "success_rate"
    what = "share of runs that learn" if rates else outcome_words(found.outcome)
    effect = found.difference
    return (
        f"Difference of {what}, the second minus the first: {signed(effect.value)}, "
        f"{100 * found.level:.3g} % interval {signed(effect.low)} to {signed(effect.high)}"
    )


def _scale(axis: Axis, floor: float) -> str:
    parts = [
        f'<line class="grid" x1="{_x(axis, t):.1f}" x2="{_x(axis, t):.1f}" y1="6" y2="{floor}"/>'
        f'<text class="tick" x="{_x(axis, t):.1f}" y="{floor + 14}" text-anchor="middle">'
        f"{number(t)}</text>"
        for t in axis.ticks()
    ]
    return "".join(parts)


def _row(axis: Axis, group: Group, role: str, y: float) -> str:
    mean = _x(axis, sum(group.outcomes) / len(group.outcomes))
    parts = [f'<text class="tick" x="{LEFT}" y="{y - 7:.0f}">{escape(_short(group.name))}</text>']
    if len(group.outcomes) > 1:
        parts.append(
            f'<line class="interval {role}" x1="{mean:.1f}" x2="{mean:.1f}" y1="{y}" '
            f'y2="{y + 16}"/>'
        )
    parts += [
        f'<circle class="dot {role}" cx="{_x(axis, value):.1f}" cy="{y + 8}" r="4.2"><title>'
        f"{escape(run)}: {value:.4g}</title></circle>"
        for run, value in zip(group.runs, group.outcomes, strict=True)
    ]
    return "".join(parts)


def _joined(axis: Axis, found: Comparison) -> str:
    there = dict(zip(found.second.seeds, found.second.outcomes, strict=True))
    above, below = TOP + 8, TOP + ROW + 8
    return "".join(
        f'<line class="grid" x1="{_x(axis, value):.1f}" x2="{_x(axis, there[seed]):.1f}" '
        f'y1="{above}" y2="{below}"/>'
        for seed, value in zip(found.first.seeds, found.first.outcomes, strict=True)
        if seed in there
    )


def _difference(found: Comparison, top: float, height: int) -> tuple[str, list[Key]]:
    """Return the interval with 0 and what could have been shown, and the keys of both."""
    effect, least = found.difference, found.smallest_shown
    keys = [
        Key("interval", "probe", f"difference, {100 * found.level:.3g} % interval"),
        Key("chance", "soft", "no difference"),
    ]
    levels = [("chance", 0.0)]
    if least is not None:
        levels += [("floor", least), ("floor", -least)]
        words = f"such a comparison shows \u00b1{number(least)} four times in five"
        keys.append(Key("floor", "soft", words))
    return interval(_around(effect, least), effect, levels, (top + LABEL / 2, height),
                    "difference, the second minus the first"), keys  # fmt: skip


def _around(effect: Estimate, least: float | None) -> Axis:
    low, high = min(effect.low, 0.0, -(least or 0)), max(effect.high, 0.0, least or 0)
    pad = 0.06 * (high - low) or 0.05
    return Axis(low - pad, high + pad)


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)
