"""A learning-rate range test for the terminal, as JSON and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import escape

from fitdoctor.records.text import pretty_json
from fitdoctor.report import palette
from fitdoctor.report.axis import Axis
from fitdoctor.report.drawing import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 56, 16, 16, 44
FAR = 20.0
"""Share of the axis beyond which a line has left the picture for good."""
STYLE = """
text { font: 12px system-ui, sans-serif; fill: var(--soft) } .value { fill: var(--ink) }
.paper { fill: var(--paper) } .grid { stroke: var(--line) }
.curve { fill: none; stroke: var(--val); stroke-width: 2 } .dot { fill: var(--shade) }
.chance { stroke: var(--shade); stroke-dasharray: 2 3 }
"""


WORDS = {
    "valley": "two thirds down the longest fall",
    "steepest": "where the loss falls fastest",
    "minimum/10": "a tenth of where it is lowest",
    "cycle_low": "lower end for a cyclic schedule",
    "cycle_high": "upper end for a cyclic schedule",
}


def text(suggestions: Mapping[str, float], recommended: float | None, why: str) -> str:
    """Return the one rate to use and why, then the others; or why there is none."""
    first = [f"no answer: {why}"]
    if recommended is not None:
        first = [f"--learning-rate {recommended:.2g}", f"  {why}"]
    others = [
        f"  {name:<12} {rate:<10.2g} {WORDS[name]}"
        for name, rate in suggestions.items()
        if rate != recommended
    ]
    return "\n".join([*first, *(["Others:"] if others else []), *others])


def json(
    rates: NDArray[np.float64], losses: NDArray[np.float64], suggestions: Mapping[str, float],
    recommended: float | None, why: str,
) -> str:  # fmt: skip
    points = [[float(r), float(x)] for r, x in zip(rates, losses, strict=True)]
    return pretty_json(
        {
            "schema": 1,
            "recommended": recommended,
            "why": None if recommended is None else why,
            "suggestions": dict(suggestions),
            "reason": why if recommended is None else None,
            "curve": points,
        }
    )


def svg(
    rates: NDArray[np.float64], losses: NDArray[np.float64], suggestions: Mapping[str, float]
) -> str:
    """Return the smoothed loss by rate, with the suggestions marked.

    Losses far above the rest, where training diverges, leave the picture; a line says so.
    """
    known = losses[np.isfinite(losses)]
    if len(known) < 2:
        return ""
    # What comes before the least loss; behind it training diverges, to any height.
    low = float(known.min())
    usual = float(max(known[: known.argmin() + 1].max(), np.median(known)))
    pad = 0.05 * (usual - low) or 0.1
    axis = Axis(low - pad, usual + 2 * pad)
    begin, end = np.log10(rates[0]), np.log10(rates[-1])

    def x(rate: float) -> float:
        return LEFT + float((np.log10(rate) - begin) / (end - begin)) * (WIDTH - LEFT - RIGHT)

    def y(loss: float) -> float:
        return HEIGHT - BOTTOM - min(axis.share(loss), FAR) * (HEIGHT - BOTTOM - TOP)

    parts = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" '
        f'y2="{y(tick):.1f}"/><text class="tick" x="{LEFT - 6}" y="{y(tick) + 4:.1f}" '
        f'text-anchor="end">{number(tick)}</text>'
        for tick in axis.ticks()
    ]
    for power in range(int(np.ceil(begin)), int(end) + 1):
        at = x(10.0**power)
        parts.append(
            f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
            f'<text class="tick" x="{at:.1f}" y="{HEIGHT - 24}" text-anchor="middle">'
            f"1e{power}</text>"
        )
    box = f'y="{TOP}" width="{WIDTH}" height="{HEIGHT - TOP - BOTTOM}"'
    view = f'viewBox="0 {TOP} {WIDTH} {HEIGHT - TOP - BOTTOM}"'
    finite = np.isfinite(losses)
    breaks = np.flatnonzero(np.diff(finite.astype(int))) + 1
    for stretch in np.split(np.arange(len(losses)), breaks):
        points = " ".join(f"{x(rates[i]):.1f},{y(losses[i]):.1f}" for i in stretch if finite[i])
        parts.append(f'<svg {box} {view}><polyline class="curve val" points="{points}"/></svg>')
    for row, (name, rate) in enumerate(suggestions.items()):
        at, words = x(rate), 28 + 15 * row
        loss = float(np.interp(np.log(rate), np.log(rates[finite]), known))
        parts.append(
            f'<line class="chance" x1="{at:.1f}" x2="{at:.1f}" y1="{words - 4}" '
            f'y2="{max(y(loss), TOP):.1f}"/>'
            f'<circle class="dot shade" cx="{at:.1f}" cy="{max(y(loss), TOP):.1f}" r="4"/>'
            f'<text class="value" x="{at + 6:.1f}" y="{words}">{escape(name)} {rate:.2g}</text>'
        )
    above = int((known > axis.high).sum())
    lost = len(losses) - len(known)
    said = []
    if above:
        said.append(f"{above} of {len(losses)} losses above {number(axis.high)} not drawn")
        said.append(f"greatest {number(float(known.max()))}")
    if lost:
        said.append(f"{lost} not a finite number")
    told = "; ".join(["learning rate; dots: suggested rates", *said])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="smoothed loss by learning rate"><style>{palette.css()} {STYLE}</style>'
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>{"".join(parts)}'
        f'<text class="tick" x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle">{told}</text>'
        f'<text class="tick" x="12" y="{HEIGHT / 2}" transform="rotate(-90 12 {HEIGHT / 2})" '
        'text-anchor="middle">loss, smoothed</text></svg>'
    )
