"""Places that a folder shows many times: pictures of a camera that does not move, or of one thing.

Found by the pairs that were registered. The pictures of a scene lie in one frame; altered copies
are its guests, brought into the frame by a turn and a placement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.images import registration
from fitdoctor.images.background import common_part
from fitdoctor.images.registration import SAME, Array, Window

FINE = 128
"""Side of the pictures that are compared in the end."""
LEAST_MEMBERS = 12
"""Pictures of one place from which they are a scene."""
IN_PLACE, ALIKE, RATHER = 0.03, 0.65, 0.3
"""Of pictures in one place: most change of scale and shift; least correlation with what they have
in common, and that of altered ones."""
SHOWN = 32
"""Members that the common part is taken from, at most."""
CLOSER = (1.08, 1.08, 0.0, 0.0), (0.93, 0.93, 0.0, 0.0)
"""Placements from which those of guests are looked for as well: of crops, and of wider copies."""


class View(msgspec.Struct, frozen=True):
    """How a picture is brought into the frame of its scene: turned, then placed."""

    image: int
    turn: int
    placement: Window
    resampled: bool = True
    """Whether it has other pixels than the scene, not only a few more or fewer at its edges."""

    def on_pixels(self) -> View:
        """Return the view moved by whole pixels of the fine pictures, which blurs nothing."""
        x, y = (round(shift * FINE / 2) / FINE * 2 for shift in self.placement[2:])
        return View(self.image, self.turn, (1.0, 1.0, x, y), resampled=False)


class Scene(msgspec.Struct, frozen=True):
    """Pictures of one place: members, which show it as it is, then guests."""

    views: tuple[View, ...]
    members: int


class Edge(msgspec.Struct, frozen=True):
    """Two registered images: the first, turned and placed, may show what the second shows."""

    first: int
    second: int
    turn: int
    placement: tuple[float, ...]
    well: float

    @property
    def in_place(self) -> bool:
        sx, sy, tx, ty = self.placement
        far = max(abs(sx - 1), abs(sy - 1), abs(tx), abs(ty))
        return self.turn == 0 and far < IN_PLACE and self.well >= ALIKE


def scenes(edges: Sequence[Edge], smalls: Sequence[NDArray[np.uint8]]) -> Iterator[Scene]:
    """Yield the places of which there are many pictures, (32, 32) each."""
    for images in _components(edge for edge in edges if edge.in_place):
        if len(images) < LEAST_MEMBERS:
            continue
        common = common_part(np.stack([smalls[i] for i in spread(images)]).astype(np.float32))
        members = _views(dict.fromkeys(images, 0), smalls, common, ALIKE)
        if len(members) < LEAST_MEMBERS:
            continue
        turns = _turns(edges, {view.image for view in members})
        views = (
            *(view.on_pixels() for view in members),
            *_views(turns, smalls, common, RATHER, CLOSER),
        )
        yield Scene(views, len(members))


def spread(images: Sequence[int]) -> list[int]:
    """Return at most `SHOWN` of them, at equal steps."""
    return list(images[:: -(-len(images) // SHOWN)])


def _components(edges: Iterable[Edge]) -> list[list[int]]:
    """Return the images that edges connect, in order."""
    leader: dict[int, int] = {}

    def led(image: int) -> int:
        while leader.setdefault(image, image) != image:
            leader[image] = image = leader[leader[image]]
        return image

    for edge in edges:
        leader[led(edge.first)] = led(edge.second)
    found: dict[int, list[int]] = {}
    for image in sorted(leader):
        found.setdefault(led(image), []).append(image)
    return list(found.values())


def _turns(edges: Iterable[Edge], inside: set[int]) -> dict[int, int]:
    """Return how images registered to one inside have to be turned to show what that shows."""
    best: dict[int, tuple[float, int]] = {}
    for edge in edges:
        if (edge.first in inside) == (edge.second in inside):
            continue
        image, turn = edge.first, edge.turn
        if edge.first in inside:
            image, turn = edge.second, registration.back(edge.turn)
        best[image] = max(best.get(image, (-1.0, 0)), (edge.well, turn))
    return {image: turn for image, (_, turn) in best.items()}


def _views(
    turns: dict[int, int],
    smalls: Sequence[NDArray[np.uint8]],
    common: Array,
    least: float,
    more: tuple[Window, ...] = (),
) -> list[View]:
    """Return how images, with their turns, are brought to the common part, where they fit it."""
    if not turns:
        return []
    pictures = np.stack([registration.turned(smalls[i], turn) for i, turn in turns.items()])
    where, well = _fitted(pictures.astype(np.float32), common, (SAME, *more))
    return [
        View(image, turn, (float(at[0]), float(at[1]), float(at[2]), float(at[3])))
        for (image, turn), at, value in zip(turns.items(), where, well, strict=True)
        if value >= least
    ]


def _fitted(
    pictures: Array, common: Array, starts: Sequence[Window]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the best placements from the starts, and the correlations with the common part."""
    other = np.broadcast_to(common, pictures.shape)
    best = np.full(len(pictures), -np.inf)
    where = np.tile(SAME, (len(pictures), 1))
    for start in starts:
        first = np.tile(start, (len(pictures), 1))
        for placed in (first, registration.placed(pictures, other, first, (16, 32))):
            well = registration.correlation(pictures, other, placed)
            better = well > best
            where[better], best[better] = placed[better], well[better]
    return where, best
