"""A learning-rate range test for the terminal, as JSON and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import escape

from fitdoctor.records.text import pretty_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

WIDTH, HEIGHT, LEFT, BOTTOM = 720, 360, 56, 40


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
    """Return the smoothed loss by rate, with the suggestions marked."""
    if len(losses) < 2:
        return ""
    top = float(np.quantile(losses, 0.95)) * 1.1
    low = float(losses.min()) * 0.95
    begin, end = np.log10(rates[0]), np.log10(rates[-1])

    def place(rate: float, loss: float) -> tuple[float, float]:
        x = LEFT + (np.log10(rate) - begin) / (end - begin) * (WIDTH - LEFT - 16)
        share = (min(loss, top) - low) / ((top - low) or 1)
        return round(float(x), 1), round(float(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - 16)), 1)

    points = " ".join(f"{x},{y}" for x, y in map(place, rates.tolist(), losses.tolist()))
    parts = [f'<polyline points="{points}" fill="none" stroke="#2f6fb0" stroke-width="2"/>']
    for power in range(int(np.ceil(begin)), int(end) + 1):
        x, _ = place(10.0**power, low)
        parts.append(
            f'<line x1="{x}" x2="{x}" y1="16" y2="{HEIGHT - BOTTOM}" stroke="#dfe3e6"/>'
            f'<text x="{x}" y="{HEIGHT - 20}" text-anchor="middle">1e{power}</text>'
        )
    for number, (name, rate) in enumerate(suggestions.items()):
        x, y = place(rate, float(np.interp(np.log(rate), np.log(rates), losses)))
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="4" fill="#c2562d"/>'
            f'<text x="{x + 6}" y="{28 + 15 * number}">{escape(name)} {rate:.2g}</text>'
            f'<line x1="{x}" x2="{x}" y1="{24 + 15 * number}" y2="{y}" stroke="#c2562d" '
            'stroke-dasharray="2 3"/>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#1c2024">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{"".join(parts)}'
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">learning rate</text>'
        f'<text x="14" y="{HEIGHT / 2}" transform="rotate(-90 14 {HEIGHT / 2})" '
        'text-anchor="middle">loss, smoothed</text></svg>'
    )
