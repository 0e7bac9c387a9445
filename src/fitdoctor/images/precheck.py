"""What can be said of a training's images before it begins, from hashes and counts alone.

Content is hashed already, to name the cache, so this costs a few microseconds an image. Pictures
that were re-encoded or cropped are for the audit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.images import faults
from fitdoctor.images.listing import UNREADABLE
from fitdoctor.images.manifest import Manifest
from fitdoctor.records.image_finding import ImageCheck, ImageFinding, about

CHECKED = (
    "leaked_validation_images", "conflicting_labels", "unreadable_images",
    "class_missing_in_split", "class_imbalance", "duplicate_images",
)  # fmt: skip
HOW = "the same bytes"


class _Image(msgspec.Struct, frozen=True):
    path: str
    split: str
    label: str


def precheck(
    manifest: Manifest,
    sides: dict[str, NDArray[np.int64]],
    unreadable: Sequence[tuple[str, str]] = (),
) -> ImageCheck:
    """Return exact copies, labels in conflict, and missing, rare and unreadable images.

    `sides` are the rows of each split; `unreadable` are files, with the reason, that the manifest
    does not hold any more.
    """
    split_of = {int(row): name for name, rows in sides.items() for row in rows}
    counts = Counter((split_of[row], manifest.entries[row].label) for row in split_of)
    classes = {
        name: {split: counts[split, label] for split in sides if counts[split, label]}
        for label, name in enumerate(manifest.classes)
    }
    in_place = any(entry.split for entry in manifest.entries)
    found = [
        *_copies(manifest, split_of),
        *(
            ImageFinding(rule="unreadable_images", files=(path,), sentence=why)
            for path, why in unreadable
        ),
        *faults.missing(classes, in_place=in_place),
        *faults.imbalanced(_training(classes), in_place=in_place),
    ]
    found.sort(key=lambda finding: (CHECKED.index(finding.rule), finding.files))
    return ImageCheck(checked=CHECKED, findings=tuple(found))


def _training(classes: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    return {name: {"train": counts.get("train", 0)} for name, counts in classes.items()}


def _copies(manifest: Manifest, split_of: dict[int, str]) -> Iterator[ImageFinding]:
    """Yield one finding for each file and for each other split and class it is copied to."""
    by_content: dict[str, list[_Image]] = defaultdict(list)
    for row in sorted(split_of):
        entry = manifest.entries[row]
        image = _Image(entry.path, split_of[row], manifest.classes[entry.label])
        by_content[entry.digest].append(image)
    by_content.pop(UNREADABLE, None)
    for images in by_content.values():
        # One of each split and class stands for the others there.
        first: dict[tuple[str, str], _Image] = {}
        for image in images:
            place = image.split, image.label
            if place in first:
                yield faults.pair(first[place], image, HOW)
                continue
            for other in first.values():
                yield faults.pair(other, image, HOW)
            first[place] = image


def words(check: ImageCheck, source: str, *, drawn: bool) -> tuple[str, ...]:
    """Return one or two lines for whoever starts the training; none where nothing was found.

    `drawn` where the split was drawn at random, by which copies stay on one side.
    """
    copies = ", kept on one side of the split" if drawn else ""
    grave = (
        _line(check, "leaked_validation_images", "exact {copy} of images across the split"),
        _line(check, "conflicting_labels", "{image} under two classes"),
        _line(check, "class_missing_in_split", "{class} without images in a split"),
    )
    minor = (
        _line(check, "unreadable_images", "unreadable {file} left out"),
        _line(check, "class_imbalance", "unbalanced {class}"),
        _line(check, "duplicate_images", f"exact {{copy}} within a split{copies}"),
    )
    lines = ["; ".join(filter(None, parts)) for parts in (grave, minor)]
    if lines[0]:
        lines[0] += f". See all: fitdoctor audit {source}"
    return tuple(line for line in lines if line)


PLURALS = {"copy": "copies", "image": "images", "class": "classes", "file": "files"}


def _line(check: ImageCheck, rule: str, what: str) -> str:
    found = about(check.findings, rule)
    if not found:
        return ""
    nouns = {one: one if len(found) == 1 else many for one, many in PLURALS.items()}
    first = found[0]
    files = f"{' = '.join(first.files)}: " if len(first.files) > 1 else f"{first.files[0]}: "
    return f"{len(found)} {what.format(**nouns)} ({files}{first.sentence})"
