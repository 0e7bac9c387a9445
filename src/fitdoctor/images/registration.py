"""Where one picture lies in another: scale and shift of each axis, for many pairs at once.

Pictures are (pairs, side, side). A placement (sx, sy, tx, ty) says that what the second picture
shows at (x, y) the first one shows at (sx x + tx, sy y + ty), both from -1 to 1. Axes are sampled
one after the other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Pixels = TypeVar("Pixels", NDArray[np.float32], NDArray[np.uint8])
Window = tuple[float, float, float, float]
"""A placement, of all images alike."""
Placement = tuple[float, float, float, float] | NDArray[np.float64]
SAME = (1.0, 1.0, 0.0, 0.0)
ROUNDS = 4
WIDEST = (0.75, 1.33, 0.35)
"""Least and largest scale, and largest shift."""
WORTH_THREADS = 2**18
"""Multiplications from which a BLAS spreads a product over threads, which then wait for others."""
PLACES, LEAST_DETAIL = 4, 2.0
"""Side of the grid of places, and the grey levels of detail that a place has to have."""


def window(left: float, top: float, share: float) -> tuple[float, float, float, float]:
    """Return the placement of a crop, its edges as shares of the sides."""
    return (share, share, 2 * left + share - 1, 2 * top + share - 1)


def turned(pictures: Pixels, turn: int) -> Pixels:
    """Return pictures turned by `turn` % 4 quarters, then mirrored where it is 4 or more."""
    quarter = np.rot90(pictures, turn % 4, axes=(-2, -1))
    return quarter[..., ::-1] if turn >= 4 else quarter


def back(turn: int) -> int:
    """Return the turn that undoes a turn."""
    return -turn % 4 if turn < 4 else turn


def after(first: int, then: int) -> int:
    """Return the turn that two turns, one after the other, come to."""
    quarters = first - then if first >= 4 else first + then
    return quarters % 4 + 4 * ((first >= 4) != (then >= 4))


def shrunk(pictures: Array, side: int) -> Array:
    """Return means over squares."""
    step = pictures.shape[-1] // side
    # Sums of whole slices: many times faster than a mean over two short axes.
    rows = sum(pictures[..., at::step, :] for at in range(step))
    total = sum(np.asarray(rows)[..., at::step] for at in range(step))
    return np.asarray(np.asarray(total) / np.float32(step**2), dtype=np.float32)


def blurred(pictures: Array, sigma: float) -> Array:
    """Return pictures under a Gaussian, their edges repeated."""
    down, across = (_smoothing(side, sigma) for side in pictures.shape[-2:])
    return np.asarray(_product(_product(pictures, across).swapaxes(-2, -1), down).swapaxes(-2, -1))


def _product(pictures: Array, matrix: Array) -> Array:
    """Return each row times a matrix, in parts so small that a BLAS starts no threads for them."""
    rows = pictures.reshape(-1, len(matrix))
    product = np.empty((len(rows), matrix.shape[1]), dtype=np.float32)
    step = max(1, WORTH_THREADS // matrix.size)
    for at in range(0, len(rows), step):
        np.matmul(rows[at : at + step], matrix, out=product[at : at + step])
    return product.reshape(*pictures.shape[:-1], matrix.shape[1])


@lru_cache(maxsize=64)
def _smoothing(side: int, sigma: float) -> Array:
    """Return the matrix (pixels, pixels) of a Gaussian along one axis."""
    reach = int(np.ceil(2.5 * sigma))
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (steps / sigma) ** 2)
    matrix = np.zeros((side, side))
    for step, weight in zip(steps, weights / weights.sum(), strict=True):
        at = np.arange(side)
        matrix[np.clip(at + step, 0, side - 1), at] += weight
    return matrix.astype(np.float32)


def limited(detail: Array, most: float = 4) -> Array:
    """Return detail with its extremes cut: a label on a picture must not outweigh the picture."""
    size = np.abs(detail).reshape(len(detail), -1)
    middle = size.shape[1] // 2
    # A third of the time of a median, which also checks and averages.
    limit = most * np.partition(size, middle, axis=1)[:, middle, None, None] + 1e-3
    return np.asarray(np.clip(detail, -limit, limit))


def _along(
    pictures: Array, axis: int, scale: NDArray[np.float64], shift: NDArray[np.float64], wanted: int
) -> Array:
    """Return pictures sampled along one axis, by linear interpolation.

    Not by matrices: many small products on the threads of a BLAS wait for each other.
    """
    rows = pictures if axis == 1 else pictures.swapaxes(1, 2)
    side = rows.shape[1]
    at = np.clip(_places(side, scale, shift, wanted), 0, side - 1 - 1e-4)
    low = at.astype(np.int64)
    part = (at - low).astype(np.float32)[:, :, None]
    each = np.arange(len(rows))[:, None]
    first, second = rows[each, low], rows[each, low + 1]
    seen = first + part * (second - first)
    return np.asarray(seen if axis == 1 else seen.swapaxes(1, 2))


def _places(
    side: int, scale: NDArray[np.float64], shift: NDArray[np.float64], wanted: int
) -> NDArray[np.float64]:
    """Return where samples lie on an axis, (pairs, wanted), in pixels."""
    place = (np.arange(wanted) + 0.5) / wanted * 2 - 1
    return np.asarray((scale[:, None] * place + shift[:, None] + 1) / 2 * side - 0.5)


def sampled(pictures: Array, placement: Placement, side: int) -> Array:
    """Return the same part of each picture, of its mean over squares where it is much larger."""
    own = pictures.shape[-1]
    if own >= 2 * side and own % side == 0:
        pictures = shrunk(pictures, side)
    elif own >= 2 * side:
        pictures = blurred(pictures, own / side / 2.5)
    own = pictures.shape[-1]
    return picked(pictures, placement, side)


def picked(pictures: Array, placement: Placement, side: int) -> Array:
    """Return the same part of each picture, which is smooth already where it is much larger."""
    sx, sy, tx, ty = (np.array([value], dtype=np.float64) for value in placement)
    return _along(_along(pictures, 1, sy, ty, side), 2, sx, tx, side)


def inside(placements: NDArray[np.float64], side: int) -> NDArray[np.bool_]:
    """Return (pairs, side, side): where the second picture lies within the first."""
    sx, sy, tx, ty = placements.T
    places = _places(side, sx, tx, side), _places(side, sy, ty, side)
    across, down = ((at > -0.5) & (at < side - 0.5) for at in places)
    return np.asarray(down[:, :, None] & across[:, None, :])


def placed(
    one: Array,
    other: Array,
    start: NDArray[np.float64],
    sides: tuple[int, ...],
    rounds: int = ROUNDS,
) -> NDArray[np.float64]:
    """Return the placements by least squares, coarse to fine.

    Gauss-Newton with gain and offset (Lucas and Kanade 1981), robust by one reweighting.
    """
    placement = start.astype(np.float64)
    for side in sides:
        a, b = shrunk(one, side), shrunk(other, side)
        for _ in range(rounds):
            placement = _improved(a, b, placement)
    return placement


def warped(one: Array, placement: NDArray[np.float64]) -> Array:
    """Return what each picture shows at its placement, at its own size."""
    side = one.shape[-1]
    sx, sy, tx, ty = placement.T
    return _along(_along(one, 1, sy, ty, side), 2, sx, tx, side)


def _improved(one: Array, other: Array, placement: NDArray[np.float64]) -> NDArray[np.float64]:
    pairs, side, _ = one.shape
    seen = warped(one, placement)
    down, across = np.gradient(seen, axis=(1, 2))
    # By the chain rule: the slope of the sampled picture over the scale that sampled it.
    across *= side / 2 / placement[:, 0, None, None].astype(np.float32)
    down *= side / 2 / placement[:, 1, None, None].astype(np.float32)
    place = ((np.arange(side) + 0.5) / side * 2 - 1).astype(np.float32)
    slopes = [across * place, down * place[:, None], across, down]
    terms = np.stack([seen, np.ones_like(seen), *slopes], axis=1).reshape(pairs, 6, -1)
    target = other.reshape(pairs, 1, -1)
    weight = inside(placement, side).reshape(pairs, 1, -1).astype(np.float32)
    solved = _least_squares(terms, target, weight)
    rest = np.abs(target - solved.transpose(0, 2, 1).astype(np.float32) @ terms)
    scale = 2 * (np.median(rest[..., ::3], axis=2, keepdims=True) + 0.5)
    weight *= np.minimum(1, (scale / np.maximum(rest, 1e-3)) ** 2)
    gain, _, *steps = _least_squares(terms, target, weight)[..., 0].T
    gain = np.where(np.abs(gain) < 0.1, 0.1, gain)
    moved = placement + np.clip(np.stack(steps, axis=1) / gain[:, None], -0.1, 0.1)
    least, most, far = WIDEST
    moved[:, :2] = np.clip(moved[:, :2], least, most)
    moved[:, 2:] = np.clip(moved[:, 2:], -far, far)
    return np.asarray(moved)


def _least_squares(terms: Array, target: Array, weight: Array) -> NDArray[np.float64]:
    weighted = terms * weight
    normal = (weighted @ terms.transpose(0, 2, 1)).astype(np.float64)
    normal += 1e-2 * np.eye(normal.shape[-1])
    sought = (weighted @ target.transpose(0, 2, 1)).astype(np.float64)
    return np.asarray(np.linalg.solve(normal, sought))


def correlation(one: Array, other: Array, placement: NDArray[np.float64]) -> Array:
    """Return, for each pair, the correlation of what both show, without what changes slowly."""
    side = one.shape[-1]
    pictures = warped(one, placement), other
    parts = [limited(picture - blurred(picture, side * 3 / 32)) for picture in pictures]
    weight = inside(placement, side)
    count = np.maximum(weight.sum(axis=(1, 2), keepdims=True), 1)
    a, b = (
        (part - (part * weight).sum(axis=(1, 2), keepdims=True) / count) * weight for part in parts
    )
    length = np.sqrt((a**2).sum(axis=(1, 2)) * (b**2).sum(axis=(1, 2)))
    return np.asarray((a * b).sum(axis=(1, 2)) / (length + 1e-3))


def unexplained(one: Array, other: Array, placement: NDArray[np.float64]) -> Array:
    """Return, for each pair, by how much most of it differs but for gain and offset.

    In standard deviations of the second picture, with one grey level more. The 75th percentile over
    what both show: what is written over a picture does not count.
    """
    shape = len(one), one.shape[1] * one.shape[2]
    weight = inside(placement, one.shape[-1]).reshape(shape)
    pictures = (picture.reshape(shape) for picture in (warped(one, placement), other))
    count = np.maximum(weight.sum(axis=1, keepdims=True), 1)
    a, b = ((p - (p * weight).sum(axis=1, keepdims=True) / count) * weight for p in pictures)
    gain = (a * b).sum(axis=1) / ((a * a).sum(axis=1) + 1e-3)
    rest = np.sort(np.where(weight, np.abs(b - gain[:, None] * a), np.inf), axis=1)
    most = rest[np.arange(len(one)), (0.75 * (count[:, 0] - 1)).astype(int)]
    return np.asarray(most / (1 + np.sqrt((b * b).sum(axis=1) / count[:, 0])))


def agreement(one: Array, other: Array, placement: NDArray[np.float64]) -> Array:
    """Return, for each pair, the median correlation of fine detail over places that have some.

    It is 1 where hardly any place has.
    """
    pictures = warped(one, placement), other
    a, b = (_places_of(picture - blurred(picture, 1.5)) for picture in pictures)
    a, b = (part - part.mean(axis=2, keepdims=True) for part in (a, b))
    strong_a, strong_b = a.std(axis=2), b.std(axis=2)
    whole = _places_of(inside(placement, one.shape[-1]).astype(np.float32)).mean(axis=2)
    seen = (np.minimum(strong_a, strong_b) > LEAST_DETAIL) & (whole > 0.6)
    alike = np.where(seen, (a * b).mean(axis=2) / (strong_a * strong_b + 1e-6), np.nan)
    alike[seen.sum(axis=1) < 3] = 1
    return np.asarray(np.nanmedian(alike, axis=1))


def _places_of(pictures: Array) -> Array:
    """Return (pairs, places, pixels of a place)."""
    step = pictures.shape[-1] // PLACES
    cut = pictures.reshape(-1, PLACES, step, PLACES, step).swapaxes(2, 3)
    return cut.reshape(len(pictures), PLACES**2, step**2)
