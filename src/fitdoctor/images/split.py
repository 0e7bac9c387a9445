"""Which images are trained on and which are validated on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import ImageFolderError
from fitdoctor.images.manifest import Manifest


def sides(
    manifest: Manifest, share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of training and validation images: as given, by group, or by class.

    Where the source names splits they count. Without a validation split one is split off the
    training images; test images are on neither side. Groups are never torn apart.
    """
    splits = _splits(manifest)
    named = (splits == "train").any()
    train = np.flatnonzero(splits == "train") if named else np.arange(len(splits))
    if named and (splits == "val").any():
        return train, np.flatnonzero(splits == "val")
    labels, groups = manifest.labels[train], np.array([entry.group for entry in manifest.entries])
    if (groups[train] != "").any():
        inner = by_group(labels, groups[train], share, seed)
    else:
        inner = stratified(labels, share, seed)
    return train[inner[0]], train[inner[1]]


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
    labels: NDArray[np.int64], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of both parts: `share` of every class is kept for validation.

    Every class has at least one image in each part.
    """
    rng = np.random.default_rng(seed)
    train, val = [], []
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        n_val = min(max(1, round(share * len(members))), len(members) - 1)
        val.append(members[:n_val])
        train.append(members[n_val:])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(val))
