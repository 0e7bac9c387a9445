"""What two registered pictures have in common, place by place, and whether that makes them one.

Photos of one thing agree in outline and brightness. Copies also agree in their grain (`grain.py`),
in their detail and in a common change of tone. Where compression left no grain and a picture has
too little detail, what no change of tone explains is weighed: between copies it is small and
without shape. How much has to agree is asked of the other pictures of the set (`asked_of_grain`,
`asked_of_likeness`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.images import grain, registration
from fitdoctor.images.registration import Array, blurred, shrunk

FINE, SQUARES, COARSE = 128, 8, 16
"""Sides of the pictures that are compared, of their grid of places, and of that for tones."""
AGREES = 0.6
"""Correlation at which a place agrees."""
RICH = 40
"""Places with detail that outline and shading of one thing do not come to."""
MOST_GRAIN = 3.0
"""Grey levels that the grain of a picture has at most, once softened."""
MOST_UNLIKE, MOST_UNLIKE_IN_PART = 0.2, 0.05
"""Share of the contrast that no change of tone explains, of copies rich in detail: where all of
that agrees, and where something was written over one or has moved."""
RESIDUE, SHAPE, GRAIN = 0.15, 5.2, 4.4
"""Of the likeness: grey levels that count as nothing; weights of the residue's shape and of the
grain's agreement, by logistic regression on planted copies with an intercept for each set."""
SURE = 1.0
"""Likeness that photos with differing detail do not come to."""
SAME_GRAIN = 0.85
"""Correlation of the grain in three of four places that no two photos have."""
LEAST, ALONE, MOST = -2.0, -0.5, 1.25
"""Likeness that is asked for at least; where a set has too little to compare with; and at most:
photos of one plain thing do not come to it."""
RICH_LEAST = -2.75
"""Likeness that copies come to whose detail agrees everywhere; photos of one thing often do not."""
DEVIATIONS, FEW = 3.5, 20
"""Distance of a copy from the upper quartile of a set's other pairs; images whose other pairs say
what is usual."""
NEAREST, TOGETHER = 1.5, 1.3
"""Likeness that lies at least between what is usual and what is asked for; and the sum of shares
of both, of grain and of likeness, that makes a copy: no other pair came to 1.15."""
SEEMS, LEAST_GRAIN, GRAIN_DEVIATIONS = 4.5, 7.5, 5.25
"""Agreement of grain that is worth a closer look; that unrelated pictures do not come to; distance
of a copy from a set's other pairs."""
WITHOUT_GRAIN = 1.0
"""Likeness more that is asked for where the grain does not even seem to agree."""
SAME_SUBJECT = 0.5
"""Correlation of what two pictures of one place have of their own, where copies have it."""
ALIVE, FLAT = 0.6, 0.1
"""Grey levels of grain that compression has left alone; and below which there never was any, as of
drawings in flat colours."""
FEW_PLACES, MOST_OF = 5, 0.9
"""Places with detail in both pictures from which their detail can speak against a copy, and the
share of them that agrees in copies."""
GRAIN_USUAL = 3.5, 0.75
"""What pictures with grain of their own come to, where a set has too few to ask."""
LEAST_ALIKE, DIFFERS, SHAPED = -1.0, 0.06, 0.1
"""Of pictures that differ: likeness; share of the contrast that no change of tone explains; and
correlation of neighbours in that."""
Tones = NDArray[np.float64]
GREY = np.array([0.299, 0.587, 0.114], np.float32)


class Weighed(msgspec.Struct, frozen=True):
    """What the comparison of two pictures came to."""

    grain: float
    """How far the grain agrees, in deviations of what other shifts of the pictures come to."""
    likeness: float
    """How much speaks for a copy otherwise, on a logarithmic scale of no fixed zero."""
    differs: bool
    """Whether something other than tone and what is written over them is different."""
    contradicted: bool
    """Whether detail differs that copies share, or too little is left to tell."""
    alike: bool
    """Whether detail agrees nearly everywhere, as of copies and of a camera that does not move."""


def weighed(
    one: NDArray[np.uint8],
    other: NDArray[np.uint8],
    placement: NDArray[np.float64],
    side: int = FINE,
) -> Weighed:
    """Compare two pictures, (3, 128, 128), of which the smaller one had `side` pixels.

    `placement` is about where the second lies in the first.
    """
    compared = Evidence(one, other, placement, side)
    return Weighed(
        compared.grain.peak,
        compared.likeness,
        differs=compared.grain.peak > LEAST_GRAIN and compared.differs(),
        contradicted=compared.contradicts(),
        alike=compared.is_alike(),
    )


class Evidence:
    """What two registered pictures, (3, 128, 128), have in common, over a grid of places."""

    def __init__(
        self,
        one: NDArray[np.uint8],
        other: NDArray[np.uint8],
        placement: NDArray[np.float64],
        side: int = FINE,
    ) -> None:
        first, second = one.astype(np.float32), other.astype(np.float32)
        greys = np.stack([np.tensordot(GREY, picture, 1) for picture in (first, second)])
        exact = registration.placed(greys[:1], greys[1:], placement[None], (64,), rounds=3)
        self.grain, exact = _in_register(greys, exact, side)
        self._inside = registration.inside(exact, FINE)[0]
        first = registration.sampled(first, exact[0], FINE)
        greys[0] = np.tensordot(GREY, first, 1)
        self._pictures = first, second
        whole = _squares(self._inside).mean(axis=1) > 0.98
        self._places = int(whole.sum())
        self.likeness = -np.inf
        """How much speaks for a copy, on a logarithmic scale of no fixed zero."""
        if self._places < SQUARES**2 / 2:
            # Too little is left to tell.
            return
        soft = blurred(greys, 1.0)
        a, b = (_centred(band, whole) for band in soft - blurred(soft, 4.0))
        strong_a, strong_b = a.std(axis=1), b.std(axis=1)
        self._agreement = (a * b).mean(axis=1) / (strong_a * strong_b + 1e-6)
        """Correlation of the detail at each place."""
        floor = max(np.percentile(strong_a, 15), np.percentile(strong_b, 15))
        # What is everywhere and stronger than grain is texture.
        floor = min(floor, MOST_GRAIN)
        self._detailed = np.maximum(strong_a, strong_b) > max(1.0, 1.5 * floor)
        """Places where either picture has detail above its own noise."""
        self._both = np.minimum(strong_a, strong_b) > max(0.7, 1.3 * floor)
        """Places where both have: what was written over a picture is in one only."""
        self._weight = np.sqrt(strong_a * strong_b)
        a, b = (_centred(band, whole) for band in blurred(greys, 0.7) - blurred(greys, 1.5))
        fine = (a * b).mean(axis=1) / (a.std(axis=1) * b.std(axis=1) + 0.02)
        self._grain = float(np.percentile(fine, 25))
        """Correlation of the grain that three of four places have at least."""
        self._residue, self._shape = _residue(*self._pictures, self._inside)
        unlike = SHAPE * self._shape + np.log(self._residue + RESIDUE)
        self.likeness = float(GRAIN * self._grain - unlike)

    def contradicts(self) -> bool:
        """Return whether detail differs that copies share, or too little is left to tell."""
        if self.likeness == -np.inf:
            return True
        if self._grain >= SAME_GRAIN:
            return False
        if self.grain.level > ALIVE and self.grain.peak < SEEMS:
            # Both have grain that a copy would share.
            return True
        if self._both.sum() < FEW_PLACES:
            return False
        return self._share_alike() < MOST_OF and self.likeness < SURE

    def is_alike(self) -> bool:
        """Return whether detail agrees nearly everywhere."""
        if self.likeness == -np.inf:
            return False
        if self._grain >= SAME_GRAIN:
            return True
        if self.likeness <= RICH_LEAST or not self._is_rich():
            return False
        if np.median(self._agreement[self._both]) < 0.85:
            return False
        plain = ~self._detailed
        if plain.sum() >= 6 and self._weak(plain) < 0.12:
            return False
        most = MOST_UNLIKE if self._share_alike() >= 0.95 else MOST_UNLIKE_IN_PART
        return _unlike_tone(*self._pictures, self._inside) <= most

    def differs(self) -> bool:
        """Return whether much differs that no change of tone explains, and is no noise.

        Or whether detail does where neither has grain: what agrees beside outlines that are alike
        is then the ringing of compression. Where too little is left to tell it counts as different.
        """
        if self.likeness == -np.inf:
            return True
        if (
            self.grain.level < FLAT
            and self._both.sum() >= FEW_PLACES
            and self._share_alike() < MOST_OF
        ):
            return True
        if self.likeness >= LEAST_ALIKE or self._shape < SHAPED or self._residue < 1:
            return False
        return _unlike_tone(*self._pictures, self._inside) > DIFFERS

    def _is_rich(self) -> bool:
        """Return whether there is detail everywhere, or agreement nearly everywhere there is."""
        if self._both.sum() < RICH:
            return False
        most = 0.35 if self._share_alike() >= 0.95 else 0.2
        return bool((~self._detailed).mean() < most)

    def _share_alike(self) -> float:
        """Return the share of places that agree, of those with detail in both."""
        return float((self._agreement[self._both] > AGREES).mean())

    def _weak(self, places: NDArray[np.bool_]) -> float:
        weight = self._weight[places]
        return float((self._agreement[places] * weight).sum() / (weight.sum() + 1e-9))


def _in_register(
    greys: Array, exact: NDArray[np.float64], side: int
) -> tuple[grain.Agreement, NDArray[np.float64]]:
    """Return how far the grain agrees, and the placement, more exact where it seems to agree."""
    found = _grain(greys, exact[0], side)
    if found.peak < SEEMS:
        return found, exact
    nearer = registration.placed(greys[:1], greys[1:], exact, (FINE,), rounds=2)
    better = _grain(greys, nearer[0], side)
    return (better, nearer) if better.peak > found.peak else (found, exact)


def _grain(greys: Array, exact: NDArray[np.float64], side: int) -> grain.Agreement:
    """Compare the grain at the size that the pictures had: what is larger is interpolated."""
    inside = registration.inside(exact[None], FINE)
    first = registration.sampled(greys[:1], exact, FINE)
    size = size_of(side)
    one, other = (shrunk(picture, size)[0] for picture in (first, greys[1:]))
    return grain.agreement(one, other, shrunk(inside.astype(np.float32), size)[0] > 0.98)


def size_of(side: int) -> int:
    """Return the side at which pictures are compared of which the smaller had `side` pixels."""
    return int(max(FINE // 4, min(FINE, 2 ** round(np.log2(side)))))


class Asked(NamedTuple):
    """What the other pictures of a set come to, and what is asked of a copy among them."""

    usual: float
    least: float
    reach: float
    """Distance from what is usual that none of them has by chance."""

    def share(self, value: float) -> float:
        """Return how far a value is from what is usual, in such distances."""
        return (value - self.usual) / self.reach


def asked_of_grain(by_image: Mapping[int, Sequence[float]]) -> Asked:
    """Return the agreement of grain from which a pair of a set is a copy.

    As `asked_of_likeness`: the pattern that compression puts on pictures of one thing agrees as
    well, and more so the more alike they are.
    """
    usual, scatter = _usual(by_image, GRAIN_USUAL)
    shared = 2 * max(0.0, usual - GRAIN_USUAL[0])
    least = max(LEAST_GRAIN, usual + GRAIN_DEVIATIONS * scatter + shared)
    return Asked(usual, least, least - usual)


def asked_of_likeness(by_image: Mapping[int, Sequence[float]]) -> Asked:
    """Return the likeness from which a pair of a set is a copy.

    `by_image` holds the likenesses of the pairs of each image. The second of each is not a copy for
    most images: these say what pictures of the set that are alike come to.
    """
    usual, scatter = _usual(by_image, (ALONE, 0.0))
    least = float(np.clip(usual + DEVIATIONS * scatter, LEAST, MOST))
    return Asked(usual, least, max(NEAREST, least - usual, DEVIATIONS * scatter))


def is_told_together(grain: float, of_grain: Asked, likeness: float, of_likeness: Asked) -> bool:
    """Return whether grain and likeness are a copy's together, though neither is by itself.

    They have little to do with each other, unless all pictures of a set share the pattern of their
    compression.
    """
    if of_grain.usual > SEEMS or grain < SEEMS:
        return False
    return of_grain.share(grain) + of_likeness.share(likeness) > TOGETHER


def _usual(
    by_image: Mapping[int, Sequence[float]], unknown: tuple[float, float]
) -> tuple[float, float]:
    """Return the upper quartile of each image's second best value, and the scatter of these.

    Not the median: half of a set may be unlike all else, and the other half one plain thing.
    """
    usual = np.array([sorted(values)[-2] for values in by_image.values() if len(values) > 1])
    if len(usual) < FEW:
        return unknown
    middle, upper = np.percentile(usual, [50, 75])
    # Of those that are more alike: the others can be any picture.
    return float(upper), float(1.4826 * np.median(usual[usual >= middle] - middle))


def _squares(picture: NDArray[np.generic]) -> Array:
    """Return (places, pixels of a place)."""
    step = FINE // SQUARES
    cut = picture.reshape(SQUARES, step, SQUARES, step).swapaxes(1, 2)
    return np.asarray(cut.reshape(SQUARES**2, step**2), dtype=np.float32)


def _centred(picture: Array, places: NDArray[np.bool_]) -> Array:
    """Return the pixels of those places, each place without its mean."""
    cut = _squares(picture)[places]
    return np.asarray(cut - cut.mean(axis=1, keepdims=True))


def _tones(
    one: Array, other: Array, inside: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], Tones, Tones]:
    """Return which tones lie within both pictures, and their colours, (tones, channels)."""
    whole = shrunk(inside[None].astype(np.float32), COARSE)[0] > 0.98
    x, y = (shrunk(picture, COARSE)[:, whole].T.astype(np.float64) for picture in (one, other))
    if min(float(np.ptp(v, axis=1).mean()) for v in (x, y)) < 3:
        # Of a grey copy only the brightness can be compared.
        x, y = (v @ GREY[:, None].astype(np.float64) for v in (x, y))
    return whole, x, y


def _unexplained(x: Tones, y: Tones, weight: Tones) -> Tones:
    """Return what no common change of tone and colour explains, after a robust fit."""
    scaled = x / 255
    bright = scaled.mean(axis=1, keepdims=True)
    # Where a brighter copy was cut off, and made darker later, its curve has a kink.
    kinks = [np.maximum(0, bright - at) for at in np.quantile(bright, (0.6, 0.8, 0.93))]
    terms = np.hstack([np.ones_like(bright), scaled, scaled**2, bright**3, *kinks])
    now = weight
    rest = np.zeros_like(y)
    for _ in range(4):
        weighted = terms * now**2
        # Of a grey picture the colours say the same three times.
        normal = weighted.T @ terms + 1e-5 * np.eye(terms.shape[1])
        rest = y - terms @ np.linalg.solve(normal, weighted.T @ y)
        size = np.sqrt((rest**2).mean(axis=1))
        usual = 2 * np.median(size[weight[:, 0] > 0]) + 0.3
        now = weight / np.maximum(1, size / usual)[:, None]
    return np.asarray(rest)


def _unlike_tone(one: Array, other: Array, inside: NDArray[np.bool_]) -> float:
    """Return what no change of tone explains, as a share of the contrast.

    The 80th percentile over places: what is written over a few does not count.
    """
    _, x, y = _tones(one, other, inside)
    rest = np.sqrt((_unexplained(x, y, np.ones((len(x), 1))) ** 2).mean(axis=1))
    return float(np.percentile(rest, 80) / (y.std(axis=0).mean() + 2))


def _residue(one: Array, other: Array, inside: NDArray[np.bool_]) -> tuple[float, float]:
    """Return what no change of tone explains, in grey levels, and how alike neighbours are."""
    whole, x, y = _tones(one, other, inside)
    # What a brighter copy has cut off no curve brings back.
    told = np.asarray(((np.minimum(x, y) > 4) & (np.maximum(x, y) < 251)).all(axis=1))
    if told.mean() < 0.4:
        told[:] = True
    rest = _unexplained(x, y, told[:, None].astype(np.float64))[told]
    size = float(np.sqrt((rest**2).mean()))
    seen = np.full((COARSE, COARSE), np.nan)
    signed = rest.mean(axis=1)
    most = 3 * np.median(np.abs(signed)) + 0.05
    seen[tuple(np.argwhere(whole)[told].T)] = np.clip(signed, -most, most)
    pairs = np.concatenate([(seen[:, 1:] * seen[:, :-1]).ravel(), (seen[1:] * seen[:-1]).ravel()])
    return size, float(np.nanmean(pairs) / (np.nanmean(seen**2) + 1e-4))
