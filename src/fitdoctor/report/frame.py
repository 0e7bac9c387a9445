"""The plot area of a figure over epochs: its grid, its axis, and where a value stands in it."""

from __future__ import annotations

from collections.abc import Callable

from fitdoctor.report.axis import Axis
from fitdoctor.report.drawing import WIDTH, number

HEIGHT = 276
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 36, 38
FAR = 20.0
"""Shares beyond this are drawn at it: the line has left the picture long before."""


class Frame:
    """Epochs and values to places in the picture."""

    def __init__(self, begin: int, end: int, axis: Axis) -> None:
        self.begin, self.end, self.axis = begin, end, axis

    def x(self, epoch: float) -> float:
        span = self.end - self.begin
        share = (epoch - self.begin) / span if span else 0.5
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = self.axis.share(value)
        return HEIGHT - BOTTOM - min(max(share, -FAR), FAR) * (HEIGHT - TOP - BOTTOM)

    def point(self, epoch: float, value: float) -> str:
        return f"{self.x(epoch):.1f},{self.y(value):.1f}"

    def clipped(self, body: str) -> str:
        """Return the body cut off at the plot's edges, one line's width beyond them."""
        x, y, width, height = LEFT - 3, TOP - 3, WIDTH - LEFT - RIGHT + 6, HEIGHT - TOP - BOTTOM + 6
        return (
            f'<svg x="{x}" y="{y}" width="{width}" height="{height}" '
            f'viewBox="{x} {y} {width} {height}">{body}</svg>'
        )

    def grid(self, form: Callable[[float], str] = number) -> str:
        """Return the lines and ticks; `form` puts the values of the vertical axis into words."""
        parts = []
        for value in self.axis.ticks():
            y = self.y(value)
            parts.append(
                f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
                f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
                f"{form(value)}</text>"
            )
        floor = HEIGHT - BOTTOM
        parts += [
            f'<text class="tick" x="{self.x(epoch):.1f}" y="{floor + 16}" '
            f'text-anchor="middle">{epoch:g}</text>'
            for epoch in self._epochs()
        ]
        parts.append(
            f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{floor}" y2="{floor}"/>'
            f'<text class="tick" x="{(WIDTH + LEFT) / 2}" y="{HEIGHT - 5}" '
            f'text-anchor="middle">epoch</text>'
        )
        return "".join(parts)

    def _epochs(self) -> list[float]:
        if self.begin == self.end:
            return [self.begin]
        ticks = Axis(self.begin, self.end).ticks()
        return [tick for tick in ticks if tick == int(tick)] or [self.begin, self.end]
