"""Which images are trained on and which are validated on."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import ImageFolderError
from fitdoctor.images.listing import UNREADABLE
from fitdoctor.images.manifest import Manifest


def sides(
    manifest: Manifest, share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of training and validation images: as given, by group, or by class.

    Where the source names splits they count, test images are on neither side (on the validation
    side where no other validation is named). In a split that is drawn, exact copies of an image
    stay on its side, and groups are never torn apart.
    """
    splits = np.array([entry.split for entry in manifest.entries])
    if (splits == "train").any():
        held = "val" if (splits == "val").any() else "test"
        train, val = np.flatnonzero(splits == "train"), np.flatnonzero(splits == held)
        if len(val):
            return train, val
        inner = stratified(manifest.labels[train], share, seed, first_copies(manifest)[train])
        return train[inner[0]], train[inner[1]]
    groups = np.array([entry.group for entry in manifest.entries])
    if (groups != "").any():
        return _by_group_and_copies(manifest, groups, share, seed)
    return stratified(manifest.labels, share, seed, first_copies(manifest))


def drawn(manifest: Manifest) -> bool:
    """Return whether `sides` draws the split, where the source does not name it."""
    named = {entry.split for entry in manifest.entries}
    return not ({"val", "test"} & named and "train" in named)


def first_copies(manifest: Manifest) -> NDArray[np.int64]:
    """Return, for each image, the row of the first one with the same content."""
    first: dict[str, int] = {}
    return np.array(
        [
            row if entry.digest == UNREADABLE else first.setdefault(entry.digest, row)
            for row, entry in enumerate(manifest.entries)
        ],
        dtype=np.int64,
    )


def test(manifest: Manifest) -> NDArray[np.int64]:
    """Return the images that the source keeps for a last test; none where they validate."""
    splits = np.array([entry.split for entry in manifest.entries])
    return np.flatnonzero(splits == "test") if (splits == "val").any() else np.arange(0)


def _by_group_and_copies(
    manifest: Manifest, groups: NDArray[np.str_], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split by groups, those that share a copy taken as one where that leaves enough to split."""
    copy_of = first_copies(manifest)
    joined = groups.copy()
    while True:
        before = joined.copy()
        for row in np.flatnonzero(copy_of != np.arange(len(copy_of))):
            one, other = sorted((joined[row], joined[copy_of[row]]))
            joined[joined == other] = one
        if (joined == before).all():
            break
    if (joined != groups).any():
        with suppress(ImageFolderError):
            return by_group(manifest.labels, joined, share, seed)
    return by_group(manifest.labels, groups, share, seed)


def by_group(
    labels: NDArray[np.int64], groups: NDArray[np.str_], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return both parts with every group whole, of 200 draws the one nearest to `share` a class.

    Raises `ImageFolderError` where there is one group only, or a class in one group only.
    """
    names = np.unique(groups)
    if len(names) < 2:
        raise ImageFolderError(f"one group only ({names[0] or 'unnamed'}): nothing to split by")
    rng = np.random.default_rng(seed)
    total = np.bincount(labels).astype(float)
    best: NDArray[np.bool_] | None = None
    least = np.inf
    for _ in range(200):
        count = max(1, round(share * len(names)))
        held = np.isin(groups, rng.permutation(names)[:count])
        part = np.bincount(labels[held], minlength=len(total)) / total
        if part.min() <= 0 or part.max() >= 1:
            continue
        distance = float(np.abs(part - share).sum())
        if distance < least:
            best, least = held, distance
    if best is None:
        raise ImageFolderError("a class stands in one group only, so groups cannot be split")
    return np.flatnonzero(~best), np.flatnonzero(best)


def stratified(
    labels: NDArray[np.int64],
    share: float,
    seed: int,
    copy_of: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of both parts: `share` of every class is kept for validation.

    Every class has at least one image in each part. Images with the same number in `copy_of` are
    on one side, that of the first of them; only a class that is copies of one image is torn.
    """
    rng = np.random.default_rng(seed)
    of = np.arange(len(labels)) if copy_of is None else copy_of
    leaders = _leaders(labels, of)
    held = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero((labels == label) & (leaders == np.arange(len(labels))))
        members = rng.permutation(members)
        sizes = np.bincount(leaders, minlength=len(labels))[members]
        wanted = max(1, round(share * sizes.sum()))
        reached = np.cumsum(sizes)
        # As many as come nearest to the share, and at least one on each side.
        count = int(np.argmin(np.abs(reached - wanted))) + 1
        held[members[: min(count, len(members) - 1)]] = True
    held = held[leaders]
    return np.flatnonzero(~held), np.flatnonzero(held)


def _leaders(labels: NDArray[np.int64], copy_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row whose side each image takes, its own in classes that could not be split."""
    _, first, of = np.unique(copy_of, return_index=True, return_inverse=True)
    leaders = first[of]
    rows = np.arange(len(labels))
    while True:
        own = np.bincount(labels[leaders == rows], minlength=int(labels.max()) + 1)
        torn = own[labels] < 2
        if not (torn & (leaders != rows)).any():
            return leaders
        leaders = np.where(torn, rows, leaders)
