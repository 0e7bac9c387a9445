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

    Where the source names splits they count. Without a validation split one is split off the
    training images; test images are on neither side. In a split that is drawn, exact copies of an
    image stay on its side, and groups are never torn apart.
    """
    splits = _splits(manifest)
    named = (splits == "train").any()
    train = np.flatnonzero(splits == "train") if named else np.arange(len(splits))
    if not drawn(manifest):
        return train, np.flatnonzero(splits == "val")
    labels, copies = manifest.labels[train], first_copies(manifest, train)
    groups = np.array([manifest.entries[row].group for row in train])
    if (groups != "").any():
        inner = _by_group_and_copies(labels, groups, copies, share, seed)
    else:
        inner = stratified(labels, share, seed, copies)
    return train[inner[0]], train[inner[1]]


def drawn(manifest: Manifest) -> bool:
    """Return whether `sides` draws the split, where the source does not name it."""
    return not {"train", "val"} <= {entry.split for entry in manifest.entries}


def first_copies(manifest: Manifest, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, for each of these rows, the place among them of the first with the same content."""
    first: dict[str, int] = {}
    digests = [manifest.entries[row].digest for row in rows]
    return np.array(
        [
            place if digest == UNREADABLE else first.setdefault(digest, place)
            for place, digest in enumerate(digests)
        ],
        dtype=np.int64,
    )


def test(manifest: Manifest) -> NDArray[np.int64]:
    """Return the images that the source keeps for a last test."""
    splits = _splits(manifest)
    return np.flatnonzero(splits == "test") if (splits == "train").any() else np.arange(0)


def described(manifest: Manifest, train: int, val: int) -> str:
    """Return a sentence on what is trained, validated and tested on; empty without test images."""
    tested = len(test(manifest))
    if not tested:
        return ""
    apart = (_splits(manifest) == "val").any()
    where = "as given" if apart else "split off the training images, since there are no others"
    return (
        f"{train} images to train on, {val} to validate on ({where}); {tested} test images are "
        "kept apart and evaluated once, at the end"
    )


def _splits(manifest: Manifest) -> NDArray[np.str_]:
    return np.array([entry.split for entry in manifest.entries])


def _by_group_and_copies(
    labels: NDArray[np.int64],
    groups: NDArray[np.str_],
    copy_of: NDArray[np.int64],
    share: float,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split by groups, those that share a copy taken as one where that leaves enough to split."""
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
            return by_group(labels, joined, share, seed)
    return by_group(labels, groups, share, seed)


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
