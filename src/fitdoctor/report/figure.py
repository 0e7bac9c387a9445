"""Curves as SVG: what was measured, what chance alone would score, and where evidence lies."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.experiment import Verdict
from fitdoctor.records.finding import Diagnosis
from fitdoctor.records.run import Curve
from fitdoctor.rule import classes
from fitdoctor.stats.proportions import wilson

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 14, 34
COLOURS = {"": "#5b6b82", "val_": "#d1495b", "probe_": "#2e86ab"}
LABELS = {"": "training, as logged", "val_": "validation", "probe_": "training, inference mode"}


def curves(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """Return (title, svg) for loss and accuracy, as far as they are known."""
    run = diagnosis.run
    known = classes(run)
    shaded = [e.epochs for c in diagnosis.causes[:2] for e in c.evidence if e.epochs]
    figures = []
    for metric in ("loss", "accuracy"):
        shown = {p: run.curves[p + metric] for p in COLOURS if p + metric in run.curves}
        if not shown:
            continue
        chance = None
        if known and known > 1:
            chance = float(np.log(known)) if metric == "loss" else 1 / known
        n_val = run.data.n_val if run.data else None
        band = n_val if metric == "accuracy" and "val_" in shown else None
        figures.append((metric.capitalize(), _panel(shown, metric, chance, band, shaded)))
    return figures


def _panel(
    shown: Mapping[str, Curve],
    metric: str,
    chance: float | None,
    n_val: int | None,
    shaded: Sequence[tuple[int, int]],
) -> str:
    epochs = np.concatenate([c.epochs for c in shown.values()])
    # A first epoch far above the rest would leave no room for them.
    values = np.concatenate([c.values[1:] if len(c) > 4 else c.values for c in shown.values()])
    values = values[np.isfinite(values)]
    if not len(values):
        return ""
    top = float(np.quantile(values, 0.98)) * 1.15 if metric == "loss" else 1.0
    low = 0.0 if metric == "loss" else max(0.0, float(values.min()) - 0.1)
    frame = _Frame(float(epochs.min()), max(float(epochs.max()), epochs.min() + 1.0), low, top)
    parts = [frame.grid()]
    for begin, end in shaded:
        parts.append(
            f'<rect class="shade" x="{frame.x(begin):.1f}" y="{TOP}" '
            f'width="{max(2.0, frame.x(end) - frame.x(begin)):.1f}" '
            f'height="{HEIGHT - TOP - BOTTOM}"/>'
        )
    if chance is not None and low <= chance <= top:
        y = frame.y(chance)
        label = f"knowing nothing: {chance:.3g}"
        parts.append(
            f'<line class="chance" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="small" x="{WIDTH - RIGHT - 4}" y="{y - 4:.1f}" text-anchor="end">'
            f"{label}</text>"
        )
    if n_val:
        parts.append(_band(frame, shown["val_"], n_val))
    for prefix, curve in shown.items():
        points = " ".join(
            f"{frame.x(e):.1f},{frame.y(v):.1f}"
            for e, v in zip(curve.epochs, curve.values, strict=True)
            if np.isfinite(v)
        )
        title = html.escape(LABELS[prefix])
        parts.append(
            f'<polyline class="curve" stroke="{COLOURS[prefix]}" points="{points}">'
            f"<title>{title}</title></polyline>"
        )
        if len(curve) == 1:
            parts.append(
                f'<circle cx="{frame.x(curve.epochs[0]):.1f}" cy="{frame.y(curve.values[0]):.1f}" '
                f'r="3" fill="{COLOURS[prefix]}"/>'
            )
    body = "".join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{metric} by epoch">'
        f"{body}</svg>"
    )


def _band(frame: _Frame, curve: Curve, n_val: int) -> str:
    """Shade the 95 % Wilson interval of each validation accuracy: what n_val images can tell."""
    inside = [
        (e, wilson(float(v), n_val))
        for e, v in zip(curve.epochs, curve.values, strict=True)
        if 0 <= v <= 1
    ]
    upper = [f"{frame.x(e):.1f},{frame.y(i.high):.1f}" for e, i in inside]
    lower = [f"{frame.x(e):.1f},{frame.y(i.low):.1f}" for e, i in reversed(inside)]
    return f'<polygon class="band" points="{" ".join(upper + lower)}"/>'


class _Frame:
    """Epochs and values to places in the picture."""

    def __init__(self, left: float, right: float, low: float, high: float) -> None:
        self.left, self.right, self.low, self.high = left, right, low, high

    def x(self, epoch: float) -> float:
        share = (float(epoch) - self.left) / (self.right - self.left)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (float(value) - self.low) / ((self.high - self.low) or 1.0)
        return HEIGHT - BOTTOM - min(max(share, -0.05), 1.04) * (HEIGHT - TOP - BOTTOM)

    def levels(self) -> list[str]:
        parts = []
        for value in _ticks(self.low, self.high):
            y = self.y(value)
            parts.append(
                f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
                f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
                f"{value:.3g}</text>"
            )
        return parts

    def grid(self) -> str:
        parts = self.levels()
        parts += [
            f'<text class="tick" x="{self.x(epoch):.1f}" y="{HEIGHT - BOTTOM + 16}" '
            f'text-anchor="middle">{int(epoch)}</text>'
            for epoch in _ticks(self.left, self.right)
            if epoch == int(epoch)
        ]
        parts.append(
            f'<text class="tick" x="{(WIDTH + LEFT) / 2}" y="{HEIGHT - 3}" '
            f'text-anchor="middle">epoch</text>'
        )
        return "".join(parts)


def _ticks(low: float, high: float) -> NDArray[np.float64]:
    step = 10.0 ** np.floor(np.log10(max(high - low, 1e-12)))
    for factor in (0.2, 0.5, 1.0):
        if (high - low) / (step * factor) <= 6:
            step *= factor
            break
    first = np.ceil(low / step) * step
    return np.asarray(np.arange(first, high + step * 0.01, step))


def pairs(verdict: Verdict) -> str:
    """Draw every pair of trials as a line from control to treated, and the mean difference."""
    outcome = {(t.arm, t.seed): t.outcome for t in verdict.trials}
    seeds = [s for a, s in outcome if a == "control" and ("treated", s) in outcome]
    if not seeds:
        return ""
    values = list(outcome.values())
    low, high = min(values), max(values)
    pad = 0.1 * (high - low) or 0.05
    frame = _Frame(-0.4, 1.4, max(0.0, low - pad), min(1.0, high + pad))
    parts = frame.levels()
    for seed in seeds:
        one, other = outcome["control", seed], outcome["treated", seed]
        colour = "#2a9d5c" if other > one else "#d1495b" if other < one else "#5b6b82"
        parts.append(
            f'<line stroke="{colour}" stroke-width="1.6" x1="{frame.x(0):.1f}" '
            f'y1="{frame.y(one):.1f}" x2="{frame.x(1):.1f}" y2="{frame.y(other):.1f}"/>'
            f'<circle cx="{frame.x(0):.1f}" cy="{frame.y(one):.1f}" r="4" fill="#5b6b82"/>'
            f'<circle cx="{frame.x(1):.1f}" cy="{frame.y(other):.1f}" r="4" fill="{colour}"/>'
        )
    for at, label in ((0, "control"), (1, "treated")):
        parts.append(
            f'<text class="tick" x="{frame.x(at):.1f}" y="{HEIGHT - 12}" '
            f'text-anchor="middle">{label}</text>'
        )
    body = "".join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="pairs of trials">{body}</svg>'
    )
