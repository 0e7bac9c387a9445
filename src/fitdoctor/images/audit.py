"""An image folder to findings: unreadable, duplicate, leaked, conflicting, odd, missing.

Names of findings are those of the catalogue; leaks come first, because they make every later figure
wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import ImageFolderError
from fitdoctor.images import similar, survey
from fitdoctor.images.survey import FileFacts
from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.records.watcher import Silent, Watcher

ORDER = (
    "leaked_validation_images", "conflicting_labels", "mislabelled_images", "unreadable_images",
    "class_missing_in_split", "class_imbalance", "duplicate_images", "mixed_image_modes",
    "odd_image_sizes",
)  # fmt: skip
IMBALANCE = 3
PLACEHOLDERS = {".gitkeep", ".keep"}
TINY = 16
"""Pixels a side below which an image among larger ones cannot show much."""


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What an image folder holds, and what is wrong with it."""

    root: Path
    images: int
    classes: dict[str, dict[str, int]]
    """Class -> split -> readable images."""
    findings: tuple[ImageFinding, ...]
    facts: tuple[FileFacts, ...]


def audit(
    folder: Path,
    validation: Path | None = None,
    watcher: Watcher | None = None,
    refusal: survey.Refusal | None = None,
) -> Audit:
    """Examine every file below `folder`, and below `validation` where it stands apart.

    `refusal` is the decoder of the training backend, asked about what Pillow can read.

    Raises `ImageFolderError` where a folder is missing or empty.
    """
    check_folders(folder, validation)
    folders: dict[str, Path] = {"": folder}
    if validation is not None:
        folders = {"train": folder, "val": validation}
    roots = {split: path.resolve() for split, path in folders.items()}
    root = survey.common_root(list(roots.values()))
    watcher = watcher or Silent()
    looked = survey.survey(roots, lambda i, n: watcher.step("looking at images", i, n), refusal)
    facts = tuple(looked)
    readable = [f for f in facts if not f.error]
    if not readable:
        raise ImageFolderError(f"{root}: none of its {len(facts)} files is an image")
    classes = survey.classes_of(roots)
    for fact in readable:
        if fact.label:
            counts = classes.setdefault(fact.label, {})
            counts[fact.split] = counts.get(fact.split, 0) + 1
    found = [
        *_unreadable(facts),
        *_same(root, readable, lambda i, n: watcher.step("comparing images", i, n)),
        *_modes(readable),
        *_sizes(readable),
        *_classes(classes, validation is None),
    ]
    found.sort(key=lambda f: (ORDER.index(f.rule), f.files))
    return Audit(
        root=root, images=len(readable), classes=classes, findings=tuple(found), facts=facts
    )


def check_folders(*folders: Path | None) -> None:
    """Raise `ImageFolderError` for a folder that is missing or holds no file."""
    for folder in folders:
        if folder is None:
            continue
        if not folder.is_dir():
            raise ImageFolderError(f"{folder}: there is no such folder")
        if not any(path.is_file() for path in folder.rglob("*")):
            raise ImageFolderError(f"{folder}: no files in it")


def ranked(audit: Audit, more: Sequence[ImageFinding]) -> Audit:
    """Return the audit with more findings, all of them in order again."""
    found = sorted([*audit.findings, *more], key=lambda f: (ORDER.index(f.rule), f.files))
    return msgspec.structs.replace(audit, findings=tuple(found))


def _unreadable(facts: Sequence[FileFacts]) -> Iterator[ImageFinding]:
    for fact in facts:
        suffix = Path(fact.path).suffix.lower()
        if Path(fact.path).name in PLACEHOLDERS:
            continue
        if fact.error:
            yield ImageFinding(rule="unreadable_images", files=(fact.path,), sentence=fact.error)
            continue
        expected = survey.EXTENSION_OF.get(fact.format)
        if expected is not None and suffix not in expected:
            sentence = f"{fact.format} bytes in a file named {suffix or 'without extension'}"
            yield ImageFinding(rule="unreadable_images", files=(fact.path,), sentence=sentence)
        elif fact.refused:
            sentence = f"{fact.format}: Pillow reads it, TensorFlow's decode_image does not "
            sentence += f"({fact.refused})"
            yield ImageFinding(rule="unreadable_images", files=(fact.path,), sentence=sentence)
        elif suffix not in survey.LISTED_BY_KERAS:
            name = suffix or "without extension"
            sentence = (
                f"{fact.format}: Keras' image_dataset_from_directory passes over files {name}"
            )
            yield ImageFinding(rule="unreadable_images", files=(fact.path,), sentence=sentence)


def _same(
    root: Path, readable: Sequence[FileFacts], on_step: Callable[[int, int], None]
) -> Iterator[ImageFinding]:
    """Yield copies: exact ones by their bytes, others by their looks; one finding a pair."""
    told: set[tuple[str, str]] = set()
    by_digest: dict[str, list[FileFacts]] = defaultdict(list)
    for fact in readable:
        by_digest[fact.digest].append(fact)
    for copies in by_digest.values():
        for other in copies[1:]:
            told.add((copies[0].path, other.path))
            yield _pair(copies[0], other, "the same bytes")
    # Of exact copies one stands for all: their pairs are told already.
    seen = [copies[0] for copies in by_digest.values() if copies[0].grey is not None]
    greys: list[NDArray[np.float16]] = [f.grey for f in seen if f.grey is not None]
    named: set[tuple[str, str]] = set()
    for i, j, mirrored in similar.candidates(greys, on_step):
        one, other = seen[i], seen[j]
        # One finding a copy and split is enough: ten copies of one picture are not 45 findings.
        once = (other.path, one.split)
        if (one.path, other.path) in told or once in named:
            continue
        if similar.same_picture(root / one.path, root / other.path, mirrored=mirrored):
            told.add((one.path, other.path))
            named.add(once)
            yield _pair(one, other, "the same picture mirrored" if mirrored else "the same picture")


def _pair(one: FileFacts, other: FileFacts, how: str) -> ImageFinding:
    if one.split != other.split:
        rule = "leaked_validation_images"
        sentence = f"{how} in {one.split} and {other.split}"
        if one.label != other.label:
            sentence += f", under {one.label} and {other.label}"
        first, second = (other, one) if one.split == "train" else (one, other)
        return ImageFinding(rule=rule, files=(first.path, second.path), sentence=sentence)
    if one.label != other.label:
        sentence = f"{how} under {one.label} and {other.label}"
        return ImageFinding(
            rule="conflicting_labels", files=(one.path, other.path), sentence=sentence
        )
    return ImageFinding(rule="duplicate_images", files=(one.path, other.path), sentence=how)


def _modes(readable: Sequence[FileFacts]) -> Iterator[ImageFinding]:
    usual = Counter(f.mode for f in readable).most_common(1)[0][0]
    for fact in readable:
        parts = []
        if fact.mode != usual:
            parts.append(f"mode {fact.mode} among {usual}")
        if fact.rotated:
            parts.append("stored rotated, upright by its EXIF orientation only")
        if fact.frames > 1:
            parts.append(f"{fact.frames} frames, of which the first counts")
        if parts:
            yield ImageFinding(
                rule="mixed_image_modes", files=(fact.path,), sentence="; ".join(parts)
            )


def _sizes(readable: Sequence[FileFacts]) -> Iterator[ImageFinding]:
    sides = np.array([min(f.width, f.height) for f in readable])
    usual = float(np.median(sides))
    for fact in readable:
        short, long = sorted((fact.width, fact.height))
        parts = []
        if fact.constant:
            parts.append("all one colour")
        if short < TINY and usual >= 2 * TINY:
            parts.append(f"{fact.width} x {fact.height} pixels among images of about {usual:.0f}")
        elif long > 8 * short:
            parts.append(f"{fact.width} x {fact.height}: eight times as long as wide")
        elif short > 12 * usual or short * 12 < usual:
            parts.append(f"{fact.width} x {fact.height} pixels among images of about {usual:.0f}")
        if parts:
            yield ImageFinding(
                rule="odd_image_sizes", files=(fact.path,), sentence="; ".join(parts)
            )


def _classes(classes: dict[str, dict[str, int]], in_place: bool) -> Iterator[ImageFinding]:
    splits = sorted({split for counts in classes.values() for split in counts})
    for name, counts in classes.items():
        for split in splits:
            if counts.get(split, 0):
                continue
            if split not in counts and not any(counts.values()):
                continue
            home = "/".join(p for p in ((split if split != "all" and in_place else ""), name) if p)
            words = "holds no readable image" if split in counts else f"is missing in {split}"
            yield ImageFinding(
                rule="class_missing_in_split", files=(home,), sentence=f"class {name} {words}"
            )
    for split in splits:
        held = {name: counts.get(split, 0) for name, counts in classes.items()}
        filled = [count for count in held.values() if count]
        if len(filled) < 2:
            continue
        usual = float(np.median(filled))
        for name, count in held.items():
            if count and (count * IMBALANCE <= max(filled) and count * 2 <= usual):
                home = f"{split}/{name}" if split != "all" and in_place else name
                yield ImageFinding(
                    rule="class_imbalance",
                    files=(home,),
                    sentence=f"class {name}: {count} images in {split}, others up to {max(filled)}",
                )
