"""The trials of an experiment as a figure: the same seeds without and with the change."""

from __future__ import annotations

import math
from typing import NamedTuple

from markupsafe import escape

from fitdoctor.records.experiment import Trial, Verdict
from fitdoctor.report.axis import Axis
from fitdoctor.report.drawing import WIDTH, Figure, Key, cross, picture

LEFT, RIGHT, TOP, ROW, BOTTOM = 40, 16, 24, 15, 34


class _Pair(NamedTuple):
    control: Trial
    treated: Trial

    @property
    def change(self) -> float:
        return self.treated.outcome - self.control.outcome

    @property
    def role(self) -> str:
        """Its role among the colours."""
        return "better" if self.change > 0 else "worse" if self.change < 0 else "soft"


def draw(verdict: Verdict) -> Figure | None:
    """Draw a row for each pair of trainings on one seed, the least change first."""
    trials = {(t.arm, t.seed): t for t in verdict.trials}
    seeds = [s for arm, s in trials if arm == "control" and ("treated", s) in trials]
    rows = [_Pair(trials["control", s], trials["treated", s]) for s in seeds]
    if not rows:
        return None
    rows.sort(key=lambda pair: (pair.change, pair.control.outcome))
    outcomes = [t.outcome for row in rows for t in row if math.isfinite(t.outcome)] or [0.0, 1.0]
    pad = 0.08 * (max(outcomes) - min(outcomes)) or 0.05
    axis = Axis(min(outcomes) - pad, max(outcomes) + pad)
    height = TOP + ROW * len(rows) + BOTTOM
    name = verdict.experiment.outcome.replace("val_", "validation ").replace("_", " ")
    parts = [
        f'<line class="grid" x1="{_x(axis, tick):.1f}" x2="{_x(axis, tick):.1f}" y1="14" '
        f'y2="{height - BOTTOM}"/><text class="tick" x="{_x(axis, tick):.1f}" '
        f'y="{height - 20}" text-anchor="middle">{tick:.3g}</text>'
        for tick in axis.ticks()
    ]
    parts += [_row(axis, TOP + ROW * number, row) for number, row in enumerate(rows)]
    parts.append(
        f'<text class="tick" x="14" y="12">seed</text><text class="tick" '
        f'x="{(LEFT + WIDTH - RIGHT) / 2}" y="{height - 4}" text-anchor="middle">'
        f"{escape(name)}</text>"
    )
    count = {role: sum(row.role == role for row in rows) for role in ("better", "worse", "soft")}
    told = (
        f"{len(rows)} pairs of trainings, each pair on one seed: with the change, {name} is higher "
        f"in {count['better']}, lower in {count['worse']} and the same in {count['soft']}"
    )
    effect = verdict.effect
    what = "mean difference" if verdict.measure == "mean" else "difference of success rates"
    mean = (
        f"The {what} is {effect.value:+.3f}, {100 * verdict.level:.3g} % interval "
        f"{effect.low:+.3f} to {effect.high:+.3f}."
    )
    keys = [Key("dot", "train open", "trained as it is (control)")]
    words = {"better": "higher", "worse": "lower", "soft": "the same"}
    keys += [Key("dot", role, f"with the change, {words[role]}") for role in words if count[role]]
    if any(_lost(trial) for row in rows for trial in row):
        worst = verdict.experiment.worst
        keys.append(Key("cross", "ink", f"training failed, counted as {worst:g}"))
    return Figure(
        title="The same seeds with and without the change",
        svg=picture(WIDTH, height, told, "".join(parts)),
        keys=tuple(keys),
        caption=f"{told}. {mean} The horizontal axis runs from {axis.low:.3g} to {axis.high:.3g}.",
    )


def _row(axis: Axis, y: int, row: _Pair) -> str:
    parts = [
        f'<text class="tick" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{row.control.seed}</text>'
    ]
    if math.isfinite(row.change):
        begin, end = _x(axis, row.control.outcome), _x(axis, row.treated.outcome)
        parts.append(
            f'<line class="curve {row.role}" x1="{begin:.1f}" x2="{end:.1f}" y1="{y}" y2="{y}"/>'
        )
    for trial, role in ((row.control, "train open"), (row.treated, row.role)):
        x = _x(axis, trial.outcome)
        if _lost(trial):
            parts.append(f'<path class="cross {role}" d="{cross(x, y)}"/>')
        else:
            parts.append(
                f'<circle class="dot {role}" cx="{x:.1f}" cy="{y}" r="4.2">'
                f"<title>seed {trial.seed}, {trial.arm}: {trial.outcome:.4g}</title></circle>"
            )
    return "".join(parts)


def _x(axis: Axis, value: float) -> float:
    share = axis.share(value) if math.isfinite(value) else 0.0
    return LEFT + share * (WIDTH - RIGHT - LEFT)


def _lost(trial: Trial) -> bool:
    return trial.failure is not None or not math.isfinite(trial.outcome)
