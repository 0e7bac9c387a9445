"""The minimum of a smooth convex function of many variables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MEMORY, MOST_STEPS, MOST_HALVINGS = 10, 200, 40
FLAT, LEAST_GAIN = 1e-5, 1e-9
"""Largest slope at which the end is reached, and the least relative gain of a step."""
SUFFICIENT = 1e-4
"""Share of the gain that the slope promises which a step must bring (Armijo 1966)."""


def minimised(cost: Callable[[Array], tuple[float, Array]], start: Array) -> Array:
    """Return where a convex function is least, by L-BFGS (Nocedal and Wright 2006, 7.2).

    cost: (n,) -> value and slope (n,); start: (n,).

    >>> minimised(lambda x: (float((x - 3) @ (x - 3)), 2 * (x - 3)), np.zeros(2)).round(4).tolist()
    [3.0, 3.0]
    """
    x, (value, slope) = start, cost(start)
    moves: list[tuple[Array, Array]] = []
    for _ in range(MOST_STEPS):
        if np.abs(slope).max() <= FLAT:
            break
        way = _direction(slope, moves)
        step = 1.0 if moves else min(1.0, 1 / float(np.linalg.norm(slope)))
        for _ in range(MOST_HALVINGS):
            further, (new_value, new_slope) = x + step * way, cost(x + step * way)
            if new_value <= value + SUFFICIENT * step * float(slope @ way):
                break
            step /= 2
        else:
            break
        if (new_slope - slope) @ (further - x) > 0:
            moves = [*moves[1 - MEMORY :], (further - x, new_slope - slope)]
        gain = value - new_value
        x, value, slope = further, new_value, new_slope
        if gain <= LEAST_GAIN * max(abs(value), 1.0):
            break
    return x


def _direction(slope: Array, moves: list[tuple[Array, Array]]) -> Array:
    """Return the way down that the last moves suggest: the two-loop recursion."""
    way, weights = -slope, []
    for moved, turned in reversed(moves):
        weight = (moved @ way) / (turned @ moved)
        weights.append(weight)
        way = way - weight * turned
    if moves:
        moved, turned = moves[-1]
        way = way * ((moved @ turned) / (turned @ turned))
    for (moved, turned), weight in zip(moves, reversed(weights), strict=True):
        way = way + moved * (weight - (turned @ way) / (turned @ moved))
    return way
