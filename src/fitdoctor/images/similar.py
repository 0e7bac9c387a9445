"""Pairs of images that show the same picture: re-encoded, resized, cropped, recoloured or mirrored.

Three steps, each dearer and stricter than the one before. Candidates are found by the correlation
of 8 x 8 grey values without what changes slowly, all pairs at once, over turns and a crop. They
are registered at 16 x 16, then at 32 x 32. What still agrees is registered at 128 x 128 and
compared there place by place (`_Evidence`): photos of one thing agree in outline and brightness,
copies also in their detail, in a common change of tone, and, where a picture is mostly plain, in
its grain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fitdoctor.images import registration
from fitdoctor.images.decode import UnreadableImageError, upright
from fitdoctor.images.registration import Array, blurred, shrunk

COARSE, FINE, SQUARES = 8, 128, 8
"""Sides of the pictures that are compared, and of the grid of places on the larger ones."""
SLOW = 0.9
"""Deviation, in pixels of the smallest pictures, of the Gaussian whose result is taken off."""
FIRST, PLACED, SECOND, LOCAL = 0.75, 0.67, 0.75, 0.64
"""Least correlations: of a candidate; roughly placed; well placed; and then of its fine detail."""
PARTNERS = 4
"""Candidates that are looked at for each image, the likeliest."""
MOST_PAIRS = 20_000
MOST_SCORES = 4_000_000
"""Correlations that are kept at once."""
BATCH = 256
TURNS = ("", "turned", "turned", "turned", "mirrored", "turned", "turned", "turned")
"""What became of the picture, by the number of its turn: quarter turns, then mirrored ones."""
INVERSE = 3
"""The one turn that is the reverse of another: each pair is met with that one as well."""
Window = tuple[float, float, float, float]
"""A placement, of all images alike."""
WINDOWS: tuple[Window, ...] = (registration.SAME, registration.window(0.04, 0.04, 0.92))
"""All of a picture, and its middle, which is near enough to crops of other places as well."""
VIEWS = (*((turn, 0) for turn in range(len(TURNS)) if turn != INVERSE), (0, 1), (4, 1))
"""Turn and window that candidates are looked for by."""
AGREES = 0.6
"""Correlation at which a place agrees."""
RICH = 40
"""Places with detail that outline and shading of one thing do not come to."""
PLAIN, GRAIN = 0.12, 1.0
"""Share of plain places from which their grain has to agree, and by how much for each share."""
LEAST_GRAIN, MOST_GRAIN = 0.5, 3.0
"""Grey levels that the grain of a picture has: at least to be compared; at most, once softened."""


class Candidate(msgspec.Struct, frozen=True, order=True):
    """Two images, the first of which, turned and placed, may show what the second shows."""

    score: float
    first: int
    second: int
    turn: int
    placement: Window


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
) -> Iterator[Candidate]:
    """Yield the candidates that show the same picture."""
    for start in range(0, len(found), BATCH):
        part = found[start : start + BATCH]
        turned = [registration.turned(smalls[c.first], c.turn) for c in part]
        one = np.stack(turned).astype(np.float32)
        other = np.stack([smalls[c.second] for c in part]).astype(np.float32)
        placed = np.array([c.placement for c in part])
        # One round is enough to drop most of those that are different pictures.
        small = shrunk(one, 16), shrunk(other, 16)
        placed = registration.placed(*small, placed, (16,), rounds=1)
        left = np.flatnonzero(registration.correlation(*small, placed) >= PLACED)
        if not len(left):
            continue
        one, other, placed = one[left], other[left], placed[left]
        placed = registration.placed(one, other, placed, (16, 32))
        alike = np.flatnonzero(registration.correlation(one, other, placed) >= SECOND)
        local = registration.agreement(one[alike], other[alike], placed[alike])
        for at in alike[local >= LOCAL]:
            candidate = part[left[at]]
            if _looked_at(candidate, placed[at], paths):
                yield candidate


def _looked_at(candidate: Candidate, placement: NDArray[np.float64], paths: Sequence[Path]) -> bool:
    try:
        one, side = _fine(paths[candidate.first])
        other, other_side = _fine(paths[candidate.second])
    except (UnreadableImageError, OSError):
        return False
    one = registration.turned(one, candidate.turn)
    return same_picture(one, other, placement, min(side, other_side))


def same_picture(
    one: NDArray[np.uint8],
    other: NDArray[np.uint8],
    placement: NDArray[np.float64],
    side: int = FINE,
) -> bool:
    """Return whether two RGB images, (3, 128, 128), show the same picture.

    `placement` is about where the second lies in the first; `side` is what the smaller file has.
    """
    found = _Evidence(one, other, placement, max(1.0, FINE / side))
    return found.speaks_for_a_copy()


@lru_cache(maxsize=512)
def _fine(path: Path) -> tuple[NDArray[np.uint8], int]:
    """Return (3, 128, 128) RGB values, and the shorter side that they were made of."""
    image = upright(path.read_bytes(), FINE).convert("RGB")
    large = min(image.size) >= FINE
    kind = Image.Resampling.BOX if large else Image.Resampling.BILINEAR
    values = np.asarray(image.resize((FINE, FINE), kind), dtype=np.uint8).transpose(2, 0, 1)
    return values, min(image.size)


def _grey(colours: Array) -> Array:
    return np.asarray(np.tensordot(np.array([0.299, 0.587, 0.114], np.float32), colours, 1))


class _Evidence:
    """What two registered pictures, (3, 128, 128), have in common, over a grid of places."""

    def __init__(
        self,
        one: NDArray[np.uint8],
        other: NDArray[np.uint8],
        placement: NDArray[np.float64],
        pixel: float,
    ) -> None:
        """Compare; `pixel` is the size that a pixel of the files has here."""
        self.pictures = one.astype(np.float32), other.astype(np.float32)
        grey, grey_b = (_grey(picture)[None] for picture in self.pictures)
        exact = registration.placed(grey, grey_b, placement[None], (64,))
        self.placement, self.pixel = exact[0], pixel
        self.inside = registration.inside(exact, FINE)[0]
        self.greys = registration.sampled(grey, exact[0], FINE), grey_b
        soft = [blurred(picture, 1.0) for picture in self.greys]
        bands = [_squares((s - blurred(s, 4.0))[0]) for s in soft]
        self.whole = whole = _squares(self.inside).mean(axis=1) > 0.98
        self.places = int(whole.sum())
        if not self.places:
            return
        a, b = (band[whole] - band[whole].mean(axis=1, keepdims=True) for band in bands)
        strong_a, strong_b = a.std(axis=1), b.std(axis=1)
        self.agreement = (a * b).mean(axis=1) / (strong_a * strong_b + 1e-6)
        """Correlation of the detail at each place."""
        floor = max(np.percentile(strong_a, 15), np.percentile(strong_b, 15))
        # What is everywhere and stronger than grain is texture.
        floor = min(floor, MOST_GRAIN)
        self.detailed = np.maximum(strong_a, strong_b) > max(1.0, 1.5 * floor)
        """Places where either picture has detail above its own noise."""
        self.both = np.minimum(strong_a, strong_b) > max(0.7, 1.3 * floor)
        """Places where both have: what was written over a picture is in one only."""
        self.weight = np.sqrt(strong_a * strong_b)

    def speaks_for_a_copy(self) -> bool:
        if self.places < SQUARES**2 / 2 or min(self.both.sum(), self.detailed.sum()) < 5:
            # Too little is left, or to be seen, to tell.
            return False
        agrees = self.agreement > AGREES
        if agrees[self.both].mean() < 0.9 or np.median(self.agreement[self.both]) < 0.85:
            return False
        if agrees[self.detailed].mean() < 0.7:
            return False
        plain = ~self.detailed
        if plain.sum() >= 6 and self._weak(plain) < 0.12:
            return False
        # Detail speaks for itself where it is everywhere, or agrees nearly everywhere.
        most = 0.35 if agrees[self.both].mean() >= 0.95 else 0.2
        rich = bool(self.both.sum() >= RICH and plain.mean() < most)
        if not rich and plain.mean() >= PLAIN:
            # Photos of one plain thing agree in all but the grain of the sensor.
            wanted = min(0.2, GRAIN * plain.mean())
            told = self._grain(plain)
            if len(told) < plain.sum() / 2 or told.mean() < wanted:
                return False
        one, other = self.pictures
        one = registration.sampled(one, self.placement, FINE)
        return _unlike_tone(one, other, self.inside) <= (0.2 if rich else 0.13)

    def _grain(self, places: NDArray[np.bool_]) -> Array:
        """Return the correlation of the grain at those places that have enough of it.

        Compression alone leaves some that is weak and alike.
        """
        x, y = (
            _squares((grey - blurred(grey, self.pixel))[0])[self.whole][places]
            for grey in self.greys
        )
        energy = np.sqrt((x**2).mean(axis=1) * (y**2).mean(axis=1))
        told = energy >= LEAST_GRAIN
        return np.asarray((x * y).mean(axis=1)[told] / (energy[told] + 1e-3))

    def _weak(self, places: NDArray[np.bool_]) -> float:
        weight = self.weight[places]
        return float((self.agreement[places] * weight).sum() / (weight.sum() + 1e-9))


def _squares(picture: NDArray[np.generic]) -> Array:
    """Return (places, pixels of a place)."""
    step = FINE // SQUARES
    cut = picture.reshape(SQUARES, step, SQUARES, step).swapaxes(1, 2)
    return np.asarray(cut.reshape(SQUARES**2, step**2), dtype=np.float32)


def _unlike_tone(one: Array, other: Array, inside: NDArray[np.bool_]) -> float:
    """Return what no common change of tone and colour explains, as a share of the contrast.

    The 80th percentile over places, after a robust fit: what is written over a few does not count.
    """
    step = FINE // (2 * SQUARES)
    whole = shrunk(inside[None].astype(np.float32), 2 * SQUARES)[0] > 0.98
    x, y = (
        shrunk(picture, FINE // step)[:, whole].T.astype(np.float64) for picture in (one, other)
    )
    if min(float(np.ptp(v, axis=1).mean()) for v in (x, y)) < 3:
        # Of a grey copy only the brightness can be compared.
        x, y = (v @ np.array([[0.299], [0.587], [0.114]]) for v in (x, y))
    scaled = x / 255
    bright = scaled.mean(axis=1, keepdims=True)
    terms = np.hstack([np.ones_like(bright), scaled, scaled**2, bright**3])
    weight = np.ones((len(x), 1))
    rest = np.zeros(len(x))
    for _ in range(4):
        solved = np.linalg.lstsq(terms * weight, y * weight, rcond=1e-4)[0]
        rest = np.sqrt(((y - terms @ solved) ** 2).mean(axis=1))
        weight = (1 / np.maximum(1, rest / (2 * np.median(rest) + 0.3)))[:, None]
    return float(np.percentile(rest, 80) / (y.std(axis=0).mean() + 2))
