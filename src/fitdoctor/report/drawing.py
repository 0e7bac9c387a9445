"""What every figure is made of: SVG, keys of all that is drawn, a sentence of what it shows."""

from __future__ import annotations

from typing import Literal

import msgspec
from markupsafe import escape

WIDTH = 420
"""Of a figure in its own units; text of 12 of them is still readable on a telephone."""
Mark = Literal[
    "line", "band", "chance", "floor", "span", "beyond", "nan", "gap", "dot", "interval", "cross",
    "rate", "kept", "least", "peak", "rise", "bar",
]  # fmt: skip


class Key(msgspec.Struct, frozen=True):
    """What one colour or mark of a figure stands for."""

    mark: Mark
    role: str
    words: str


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A drawing, what its marks mean and what it shows."""

    title: str
    svg: str
    keys: tuple[Key, ...]
    caption: str
    chart: str = ""
    """The same as JSON for the script that takes over where scripts run, if it can."""


def picture(width: int, height: int, label: str, body: str) -> str:
    """Return an SVG element; `body` is markup, `label` text for who cannot see it."""
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">{body}</svg>'
    )


def swatch(key: Key) -> str:
    """Return a small picture of the mark that a key explains, in its colours."""
    marks: dict[Mark, str] = {
        "line": f'<line class="curve {key.role}" x1="1" x2="27" y1="7" y2="7"/>',
        "gap": f'<line class="curve gap {key.role}" x1="1" x2="27" y1="7" y2="7"/>',
        "band": f'<rect class="band {key.role}" x="1" y="2" width="26" height="10"/>',
        "chance": '<line class="chance" x1="1" x2="27" y1="7" y2="7"/>',
        "floor": '<line class="floor" x1="1" x2="27" y1="7" y2="7"/>',
        "rate": '<line class="rate" x1="14" x2="14" y1="0" y2="14"/>',
        "kept": '<line class="kept" x1="14" x2="14" y1="0" y2="14"/>',
        "least": f'<path class="least {key.role}" d="{diamond(14, 7, 6)}"/>',
        "peak": f'<circle class="peak {key.role}" cx="14" cy="7" r="5"/>',
        "rise": f'<path class="rise {key.role}" d="M6 12H18V3m-4 5l4 -5l4 5"/>',
        "span": '<rect class="span" x="1" y="1" width="26" height="12"/>'
        '<rect class="spanned" x="1" y="0" width="26" height="3"/>',
        "beyond": f'<path class="mark" d="{triangle(14, 11, -8)}"/>',
        "nan": f'<path class="cross" d="{cross(14, 7)}"/>',
        "cross": f'<path class="cross {key.role}" d="{cross(14, 7)}"/>',
        "bar": f'<rect class="bar-of {key.role}" x="1" y="2" width="26" height="10"/>',
        "dot": f'<circle class="dot {key.role}" cx="14" cy="7" r="4.5"/>',
        "interval": f'<line class="interval {key.role}" x1="1" x2="27" y1="7" y2="7"/>'
        f'<circle class="dot {key.role}" cx="14" cy="7" r="4"/>',
    }
    return f'<svg class="swatch" viewBox="0 0 28 14" aria-hidden="true">{marks[key.mark]}</svg>'


def triangle(x: float, y: float, size: float) -> str:
    """Return the path of a triangle with its base at `y`; it points down where size is positive."""
    half = abs(size) * 0.7
    return f"M{x - half:.1f} {y:.1f}h{2 * half:.1f}L{x:.1f} {y + size:.1f}z"


def diamond(x: float, y: float, size: float) -> str:
    return f"M{x:.1f} {y - size:.1f}l{size} {size}l{-size} {size}l{-size} {-size}z"


def cross(x: float, y: float) -> str:
    return f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"


def number(value: float) -> str:
    """Return three digits of a value, written out up to a million."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


MINUS = "\u2212"


def signed(value: float) -> str:
    """Return three digits of a difference with its sign.

    >>> signed(0.25), signed(0.0)
    ('+0.25', '0')
    """
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return sign + number(abs(value))
