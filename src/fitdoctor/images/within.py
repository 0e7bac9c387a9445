"""Copies among the pictures of one scene: by what each has besides what they all have.

Of a camera that does not move nearly everything agrees, to the last detail, and no two pictures
are copies. What they have in common is taken off (`background.py`). Candidates are found by what is
left at 32 x 32; copies by the grain in what is left at 128 x 128, which must stand above that of
the scene's other pairs. The two pictures of a pair have their common part taken from different
members, so that no grain of a third is in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.images import evidence, grain, registration
from fitdoctor.images.background import Common, common_part
from fitdoctor.images.evidence import FINE, GREY
from fitdoctor.images.registration import Array, blurred
from fitdoctor.images.scenes import Scene, View, spread

SLOW, CUT = 4.0, 12.0
"""Deviation of the Gaussian, in pixels of the small pictures, whose result is taken off; how many
times the median of what is left then counts at most."""
LEAST, KEPT = 0.15, 2
"""Correlation of what is left from which pictures are compared; how many of each are."""
ROWS = 512
"""Views that are compared with all others at once."""
Fine = Callable[[int], tuple[NDArray[np.uint8], int]]
"""Image to its (3, 128, 128) values and how many pixels its shorter side has."""
STRONG, LEVELS, SOFT = 4.0, 2.0, 1.5
"""How many times the usual, and how many grey levels, a subject stands out by, once softened."""


class Pair(msgspec.Struct, frozen=True):
    """What the comparison of two views of a scene came to."""

    first: View
    second: View
    grain: float
    """How far the grain of what is their own agrees."""
    subject: float
    """Correlation of what is their own, where that of the one stands out; the better of the two."""


Part = tuple[Array, NDArray[np.bool_], int]
"""An own part, (128, 128); where the picture shows the scene; pixels of its shorter side."""


def pairs(scene: Scene, smalls: Sequence[NDArray[np.uint8]], fine: Fine) -> Iterator[Pair]:
    """Yield the pairs of a scene that were compared."""
    likely = sorted(_likely(scene, smalls))
    if not likely:
        return
    parts = _Parts(scene, fine)
    for first, second in likely:
        one, other = parts.of(scene.views[first], 0), parts.of(scene.views[second], 1)
        yield Pair(
            scene.views[first], scene.views[second], _agreement(one, other), _subject(one, other)
        )


def _likely(scene: Scene, smalls: Sequence[NDArray[np.uint8]]) -> set[tuple[int, int]]:
    """Return the numbers of views whose own parts correlate best."""
    views = scene.views
    turned = np.stack([registration.turned(smalls[v.image], v.turn) for v in views])
    seen, inside = _framed(turned.astype(np.float32), _placements(views))
    common = Common(seen[spread(range(scene.members))])
    own = common.own_parts(seen, inside)
    own = registration.limited(own - blurred(own, SLOW), CUT).reshape(len(own), -1)
    own /= np.linalg.norm(own, axis=1, keepdims=True) + 1e-3
    found = set()
    for start in range(0, len(own), ROWS):
        scores = own[start : start + ROWS] @ own.T
        rows = np.arange(len(scores))
        scores[rows, rows + start] = -1
        for _ in range(KEPT):
            best = scores.argmax(axis=1)
            for row in np.flatnonzero(scores[rows, best] >= LEAST).tolist():
                pair = row + start, int(best[row])
                found.add((min(pair), max(pair)))
            scores[rows, best] = -1
    return found


class _Parts:
    """What views of a scene have of their own at 128 x 128, computed when it is asked for."""

    def __init__(self, scene: Scene, fine: Fine) -> None:
        self._fine = fine
        shown = [scene.views[at] for at in spread(range(scene.members))]
        pictures = np.stack([self._turned(view) for view in shown])
        seen, _ = _framed(pictures, _placements(shown))
        self._halves = Common(seen[::2]), Common(seen[1::2])
        self._whole = common_part(seen)
        self._framed = lru_cache(maxsize=256)(self._in_frame)
        self.of = lru_cache(maxsize=1024)(self._own)

    def _turned(self, view: View) -> Array:
        grey = np.tensordot(GREY, self._fine(view.image)[0].astype(np.float32), 1)
        return np.asarray(registration.turned(grey, view.turn))

    def _in_frame(self, view: View) -> tuple[Array, NDArray[np.bool_]]:
        pictures, placements = self._turned(view)[None], _placements([view])
        if view.resampled:
            placements = _placed(pictures, self._whole, placements)
        return _framed(pictures, placements)

    def _own(self, view: View, half: int) -> Part:
        """Return the own part, where the picture shows the scene, and the pixels of its side."""
        seen, inside = self._framed(view)
        own = self._halves[half].own_parts(seen, inside)
        return own[0], inside[0], self._fine(view.image)[1]


def _agreement(one: Part, other: Part) -> float:
    inside = one[1] & other[1]
    size = evidence.size_of(min(one[2], other[2]))
    greys = registration.shrunk(np.stack([one[0], other[0]]), size)
    inside = registration.shrunk(inside[None].astype(np.float32), size)[0] > 0.98
    return grain.agreement(greys[0], greys[1], inside).peak


def _subject(one: Part, other: Part) -> float:
    """Return the correlation of own parts, the better of those where the one or the other has some.

    It is 1 where one has none: nothing then differs but what was written over the other.
    """
    inside = one[1] & other[1]
    soft = blurred(np.stack([one[0], other[0]]) * inside, SOFT)
    usual = np.median(np.abs(soft[:, inside]), axis=1) if inside.any() else np.zeros(2)
    best = -1.0
    for picture, least in zip(soft, usual, strict=True):
        strong = inside & (np.abs(picture) > np.maximum(STRONG * least, LEVELS))
        if not strong.any():
            return 1.0
        a, b = soft[:, strong]
        best = max(best, float((a @ b) / (np.sqrt((a @ a) * (b @ b)) + 1e-6)))
    return best


def _placements(views: Sequence[View]) -> NDArray[np.float64]:
    return np.array([view.placement for view in views])


def _framed(pictures: Array, placements: NDArray[np.float64]) -> tuple[Array, NDArray[np.bool_]]:
    """Return turned pictures as the scene has them, and where they show it."""
    inside = registration.inside(placements, pictures.shape[-1])
    return registration.warped(pictures, placements), inside


def _placed(pictures: Array, common: Array, start: NDArray[np.float64]) -> NDArray[np.float64]:
    other = np.broadcast_to(common, pictures.shape)
    rough = registration.placed(pictures, other, start, (FINE // 2,), rounds=2)
    return registration.placed(pictures, other, rough, (FINE,), rounds=1)
