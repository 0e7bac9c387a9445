"""Pairs of images that show the same picture: re-encoded, resized, cropped, recoloured or mirrored.

Three steps, each dearer and stricter than the one before. Candidates are found by the correlation
of 8 x 8 grey values without what changes slowly, all pairs at once, over turns and a crop. They
are registered at 16 x 16, then at 32 x 32. What still agrees is registered at 128 x 128 and
compared there place by place (`evidence.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fitdoctor.images import evidence, registration, within
from fitdoctor.images.decode import UnreadableImageError, upright
from fitdoctor.images.evidence import FINE
from fitdoctor.images.frame import without_frame
from fitdoctor.images.registration import SAME, Array, Window, blurred, shrunk
from fitdoctor.images.scenes import Edge, Scene, scenes

COARSE = 8
"""Side of the pictures that candidates are found by."""
SLOW = 0.9
"""Deviation, in pixels of the smallest pictures, of the Gaussian whose result is taken off."""
FIRST, PLACED, SECOND, LOCAL, CLOSE = 0.5, 0.35, 0.35, 0.1, 0.65
"""Least correlations: of a candidate; roughly placed; well placed; then of its fine detail; and of
one that is not the best of its images."""
PARTNERS, KEPT = 16, 2
"""Candidates of each image: the likeliest, and the best of these once they are registered."""
SAMPLED = 12
"""Pairs of a scene that tell whether its camera stays where it is."""
OTHERS = 32
"""Pairs that are compared only to know what is usual."""
MOST_PAIRS = 20_000
MOST_SCORES = 4_000_000
"""Correlations that are kept at once."""
BATCH = 256
TURNS = ("", "turned", "turned", "turned", "mirrored", "turned", "turned", "turned")
"""What became of the picture, by the number of its turn: quarter turns, then mirrored ones."""
INVERSE = 3
"""The one turn that is the reverse of another: each pair is met with that one as well."""
WINDOWS: tuple[Window, ...] = (registration.SAME, registration.window(0.04, 0.04, 0.92))
"""All of a picture, and its middle, which is near enough to crops of other places as well."""
VIEWS = (*((turn, 0) for turn in range(len(TURNS)) if turn != INVERSE), (0, 1), (4, 1))
"""Turn and window that candidates are looked for by."""


class Candidate(msgspec.Struct, frozen=True, order=True):
    """Two images, the first of which, turned and placed, may show what the second shows."""

    score: float
    first: int
    second: int
    turn: int
    placement: Window


class Copies(msgspec.Struct, frozen=True):
    """Pairs that show the same picture, and images of which copies cannot be told from others."""

    pairs: tuple[Candidate, ...]
    too_plain: frozenset[int]


Placed = tuple[Candidate, NDArray[np.float64], float, float]
"""A candidate, where the second lies in the first, the correlation there, what differs."""


def candidates(
    smalls: Sequence[NDArray[np.uint8]],
    on_step: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Candidate]:
    """Return pairs whose (32, 32) grey values correlate, at most `PARTNERS` an image."""
    if len(smalls) < 2:
        return []
    grey = np.stack(smalls).astype(np.float32)
    matrix = np.hstack([_sampling(grey.shape[-1], window) for window in WINDOWS])
    base = _described(grey, matrix[:, : COARSE**2])[:, 0]
    against = base.reshape(len(base), -1).T
    best: dict[tuple[int, int], Candidate] = {}
    rows = max(1, MOST_SCORES // (len(VIEWS) * len(base)))
    for start in range(0, len(base), rows):
        parts = _described(grey[start : start + rows], matrix)
        # Turned once described: smoothing and sampling have no direction.
        seen = np.stack([registration.turned(parts[:, at], turn) for turn, at in VIEWS])
        scores = (seen.reshape(-1, COARSE**2) @ against).reshape(*seen.shape[:2], -1)
        for row, column in _partners(scores.max(axis=0), start):
            view = int(scores[:, row, column].argmax())
            score, first = float(scores[view, row, column]), row + start
            pair = (min(first, column), max(first, column))
            if pair not in best or best[pair].score < score:
                turn, at = VIEWS[view]
                best[pair] = Candidate(score, first, column, turn, WINDOWS[at])
        on_step(start + len(parts), len(base))
    taken: dict[int, int] = {}
    kept = []
    for found in sorted(best.values(), reverse=True):
        if min(taken.get(found.first, 0), taken.get(found.second, 0)) < PARTNERS:
            kept.append(found)
            for image in (found.first, found.second):
                taken[image] = taken.get(image, 0) + 1
    return kept[:MOST_PAIRS]


def _sampling(side: int, window: Window) -> Array:
    """Return the matrix (pixels, samples) that shows a part of a picture without slow changes."""
    scales, shifts = window[:2], window[2:]
    axes = []
    for scale, shift in zip(scales, shifts, strict=True):
        # Pictures that change along one axis only, each of one line that is not 0.
        lines = np.repeat(np.eye(side, dtype=np.float32)[:, None], 2, axis=1)
        lines = blurred(lines, side / COARSE / 2.5)
        seen = registration.picked(lines, (scale, 1.0, shift, 0.0), COARSE)
        axes.append((seen[:, 0], blurred(seen, SLOW)[:, 0]))
    (across, slow_across), (down, slow_down) = axes
    return np.asarray(np.kron(down, across) - np.kron(slow_down, slow_across))


def _described(grey: Array, matrix: Array) -> Array:
    """Return (images, windows, 8, 8), each of length 1."""
    detail = grey.reshape(len(grey), -1) @ matrix
    detail = registration.limited(detail.reshape(-1, COARSE, COARSE))
    detail -= detail.mean(axis=(1, 2), keepdims=True)
    detail /= np.linalg.norm(detail, axis=(1, 2), keepdims=True) + 1e-3
    return detail.reshape(len(grey), -1, COARSE, COARSE)


def _partners(scores: Array, start: int) -> list[list[int]]:
    """Return (row, column) of each row's best `PARTNERS` that are high enough."""
    rows = np.arange(len(scores))
    scores[rows, rows + start] = -1
    high = scores >= FIRST
    many = np.flatnonzero(high.sum(axis=1) > PARTNERS)
    if len(many):
        most = scores[many]
        high[many] = most >= np.partition(most, -PARTNERS, axis=1)[:, -PARTNERS, None]
    return np.argwhere(high).tolist()


def same_pictures(
    found: Sequence[Candidate], smalls: Sequence[NDArray[np.uint8]], paths: Sequence[Path]
) -> Copies:
    """Return which candidates show the same picture, and which of them are too plain to tell.

    False alarms: of folders of 200 pictures without copies, at most one in a hundred may have a
    pair named. A pair whose grain agrees by chance has a probability below 1e-11; what pictures of
    one thing have in common besides is asked of the folder's own pairs.
    """
    placed = list(_placed(found, smalls))
    weigh = _Weigher(paths)
    edges = [Edge(c.first, c.second, c.turn, tuple(at.tolist()), well) for c, at, well, _ in placed]
    copies: list[Candidate] = []
    of_scene: dict[int, int] = {}
    often: set[int] = set()
    untold: set[int] = set()
    for number, scene in enumerate(scenes(edges, smalls)):
        inside = {view.image for view in scene.views[: scene.members]}
        often |= inside
        if _stays([(c, at) for c, at, *_ in placed if {c.first, c.second} <= inside], weigh):
            of_scene |= dict.fromkeys((view.image for view in scene.views), number)
            same, plain = _within(scene, smalls, paths)
            copies += same
            untold |= plain
    outside = [
        pair
        for pair in placed
        if of_scene.get(pair[0].first, -1) != of_scene.get(pair[0].second, -2)
    ]
    compared = [
        (candidate, weighed)
        for candidate, placement in _kept(outside)
        if (weighed := weigh(candidate, placement)) is not None
    ]
    of_grain = evidence.asked_of_grain(_by_image((c, w.grain) for c, w in compared))
    of_likeness = evidence.asked_of_likeness(_by_image((c, w.likeness) for c, w in compared))
    for candidate, weighed in compared:
        # Grain that does not agree speaks against a copy where little else speaks for one.
        more = 0.0 if weighed.grain > evidence.SEEMS else evidence.WITHOUT_GRAIN
        together = evidence.is_told_together(weighed.grain, of_grain, weighed.likeness, of_likeness)
        if weighed.grain > of_grain.least and not weighed.differs:
            copies.append(candidate)
        elif weighed.contradicted:
            continue
        elif weighed.likeness > of_likeness.least + more or (together and not weighed.differs):
            copies.append(candidate)
        elif weighed.alike and not {candidate.first, candidate.second} <= often:
            # What is seen often agrees in its detail.
            copies.append(candidate)
        elif weighed.likeness > evidence.LEAST:
            untold.update((candidate.first, candidate.second))
    told = {image for c in copies for image in (c.first, c.second)}
    return Copies(tuple(copies), frozenset(untold - told))


def _stays(found: Sequence[tuple[Candidate, NDArray[np.float64]]], weigh: _Weigher) -> bool:
    """Return whether the camera of a scene stays where it is: its pictures seem to be copies."""
    some = found[:: max(1, -(-len(found) // SAMPLED))]
    seen = [weighed for pair in some if (weighed := weigh(*pair)) is not None]
    return 2 * sum(w.alike or w.grain > evidence.LEAST_GRAIN for w in seen) > len(seen)


def _within(
    scene: Scene, smalls: Sequence[NDArray[np.uint8]], paths: Sequence[Path]
) -> tuple[list[Candidate], set[int]]:
    """Return the copies among the pictures of one place, and images that may be copies."""
    compared = []
    for pair in within.pairs(scene, smalls, lambda image: _fine(paths[image])):
        one, other = pair.first, pair.second
        turn = registration.after(one.turn, registration.back(other.turn))
        compared.append((Candidate(pair.grain, one.image, other.image, turn, SAME), pair))
    by_image = _by_image((candidate, pair.grain) for candidate, pair in compared)
    least = evidence.asked_of_grain(by_image).least
    copies, untold = [], set()
    for candidate, pair in compared:
        if pair.grain <= evidence.LEAST_GRAIN or pair.subject <= evidence.SAME_SUBJECT:
            continue
        # Copies that were altered alike share what that did to the place, less than with their own.
        best = pair.grain >= min(max(by_image[i]) for i in (candidate.first, candidate.second))
        if best and pair.grain > least:
            copies.append(candidate)
        elif best:
            untold |= {candidate.first, candidate.second}
    return copies, untold


def _by_image(values: Iterable[tuple[Candidate, float]]) -> dict[int, list[float]]:
    """Return the values of the pairs of each image."""
    of_image: dict[int, list[float]] = {}
    for candidate, value in values:
        for image in (candidate.first, candidate.second):
            of_image.setdefault(image, []).append(value)
    return of_image


def _kept(found: Iterable[Placed]) -> Iterator[tuple[Candidate, NDArray[np.float64]]]:
    """Yield the placed candidates that are best for both images, or well placed and among the best.

    Some that are not well placed are added: they show what the pictures of a set come to.
    """
    taken: dict[int, int] = {}
    others = 0
    for candidate, placement, well, _ in sorted(found, key=lambda pair: pair[3]):
        counts = [taken.get(image, 0) for image in (candidate.first, candidate.second)]
        among = min(counts) < KEPT
        if among and any(counts) and well < CLOSE:
            others += 1
        if among and (not any(counts) or well >= CLOSE or others <= OTHERS):
            yield candidate, placement
        for image in (candidate.first, candidate.second):
            taken[image] = taken.get(image, 0) + 1


def _placed(found: Sequence[Candidate], smalls: Sequence[NDArray[np.uint8]]) -> Iterator[Placed]:
    """Yield the candidates that agree at 32 x 32 once registered, where, and how much."""
    for start in range(0, len(found), BATCH):
        part = found[start : start + BATCH]
        turned = [registration.turned(smalls[c.first], c.turn) for c in part]
        one = np.stack(turned).astype(np.float32)
        other = np.stack([smalls[c.second] for c in part]).astype(np.float32)
        placed = np.array([c.placement for c in part])
        # One round is enough to drop most of those that are different pictures.
        small = shrunk(one, 16), shrunk(other, 16)
        placed, roughly = _improved(*small, placed, (16,), 1)
        left = np.flatnonzero(roughly >= PLACED)
        if not len(left):
            continue
        one, other = one[left], other[left]
        placed, well = _improved(one, other, placed[left], (16, 32), registration.ROUNDS)
        alike = np.flatnonzero(well >= SECOND)
        local = registration.agreement(one[alike], other[alike], placed[alike])
        alike = alike[local >= LOCAL]
        rest = registration.unexplained(one[alike], other[alike], placed[alike])
        for at, differs in zip(alike, rest, strict=True):
            yield part[left[at]], placed[at], float(well[at]), float(differs)


def _improved(
    one: Array, other: Array, start: NDArray[np.float64], sides: tuple[int, ...], rounds: int
) -> tuple[NDArray[np.float64], Array]:
    """Return placements no worse than those at the start, and the correlations there.

    What is written over one of two plain pictures can lead a fit astray.
    """
    moved = registration.placed(one, other, start, sides, rounds)
    score = registration.correlation(one, other, moved)
    poor = np.flatnonzero(score < CLOSE)
    if len(poor):
        before = registration.correlation(one[poor], other[poor], start[poor])
        astray = poor[before > score[poor]]
        moved[astray] = start[astray]
        score[poor] = np.maximum(score[poor], before)
    return moved, score


class _Weigher:
    """Compare registered pictures, each pair once; `None` where one cannot be read any more."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._known: dict[Candidate, evidence.Weighed | None] = {}

    def __call__(
        self, candidate: Candidate, placement: NDArray[np.float64]
    ) -> evidence.Weighed | None:
        if candidate not in self._known:
            self._known[candidate] = self._compared(candidate, placement)
        return self._known[candidate]

    def _compared(
        self, candidate: Candidate, placement: NDArray[np.float64]
    ) -> evidence.Weighed | None:
        pair = candidate.first, candidate.second
        try:
            (one, side), (other, own) = (_fine(self._paths[image]) for image in pair)
        except (UnreadableImageError, OSError):
            return None
        turned = registration.turned(one, candidate.turn)
        return evidence.weighed(turned, other, placement, min(side, own))


@lru_cache(maxsize=512)
def _fine(path: Path) -> tuple[NDArray[np.uint8], int]:
    """Return (3, 128, 128) RGB values, and how many pixels the picture's shorter side has."""
    image = without_frame(upright(path.read_bytes(), FINE).convert("RGB"))
    kind = Image.Resampling.BOX if min(image.size) >= FINE else Image.Resampling.BILINEAR
    pixels = np.asarray(image.resize((FINE, FINE), kind), dtype=np.uint8).transpose(2, 0, 1)
    return pixels, min(image.size)
