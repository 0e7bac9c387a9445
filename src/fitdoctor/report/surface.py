"""A loss surface from above, with the ways that descents took over it."""

from __future__ import annotations

import math

import numpy as np

from fitdoctor.records.story import Descent
from fitdoctor.report.drawing import WIDTH, Figure, Key, number, picture

PLOT = 300
"""Height of the surface, in units of the figure."""
SHADES = 12
"""Steps of loss, equally full: a surface is steep in few places."""
ROLES = ("better", "worse", "val", "train")


def figure(seen: Descent) -> Figure:
    """Draw the surface in shades, darker where the loss is higher, and each way as a line."""
    values = np.asarray(seen.losses)
    finite = values[np.isfinite(values)]
    edges = np.quantile(finite, np.linspace(0, 1, SHADES + 1)[1:-1])
    rows, columns = values.shape
    wide, high = WIDTH / columns, PLOT / rows
    parts = []
    for (row, column), value in np.ndenumerate(values):
        level = int(np.searchsorted(edges, value)) if math.isfinite(value) else SHADES - 1
        parts.append(
            f'<rect class="span" x="{column * wide:.1f}" y="{PLOT - (row + 1) * high:.1f}" '
            f'width="{wide + 0.3:.1f}" height="{high + 0.3:.1f}" '
            f'style="fill-opacity:{0.03 + 0.75 * level / (SHADES - 1):.2f}"/>'
        )
    keys = []
    for role, (name, points) in zip(ROLES, seen.paths.items(), strict=False):
        places = [_place(seen, *point) for point in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        (x, y), (begin_x, begin_y) = places[-1], places[0]
        parts.append(
            f'<polyline class="curve {role}" points="{line}"/>'
            f'<circle class="dot {role}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
            f'<circle class="dot open {role}" cx="{begin_x:.1f}" cy="{begin_y:.1f}" r="4.5"/>'
        )
        keys.append(Key("line", role, f"{name}, from the open dot to the filled one"))
    return Figure(
        title=seen.title,
        svg=picture(WIDTH, PLOT, f"{seen.title}. {seen.caption}", "".join(parts)),
        keys=(*keys, Key("span", "shade", "the darker, the higher the loss")),
        caption=f"{seen.caption} From {number(float(finite.min()))} to "
        f"{number(float(finite.max()))} over the plane; each shade covers an equal area.",
    )


def _place(seen: Descent, across: float, up: float) -> tuple[float, float]:
    """Return where a point lies in the figure: grid values are those of the cells' middles."""
    columns, rows = len(seen.across), len(seen.up)
    x = (across - seen.across[0]) / (seen.across[-1] - seen.across[0]) * (columns - 1) + 0.5
    y = (up - seen.up[0]) / (seen.up[-1] - seen.up[0]) * (rows - 1) + 0.5
    return x / columns * WIDTH, PLOT - y / rows * PLOT
