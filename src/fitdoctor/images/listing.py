"""Images on disk to a manifest: a folder, a CSV, or arrays.

A folder with one folder a class; train, val and test folders of such; a CSV of
path,label[,split,group], paths relative to it; or arrays in an .npz file.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import xxhash

from fitdoctor.errors import ImageFolderError
from fitdoctor.images import arrays
from fitdoctor.images.decode import EXTENSIONS
from fitdoctor.images.manifest import SPLITS, Entry, Manifest
from fitdoctor.images.passed_over import ARCHIVES, OTHER_PICTURES, check_folder, is_system, reason
from fitdoctor.images.threads import in_order
from fitdoctor.places import absent

ENDINGS = tuple(EXTENSIONS)
ALL_ENDINGS = (*EXTENSIONS, *OTHER_PICTURES)
MOST_OF_A_HEAD = 10_000
"""Characters of a table's first line that are looked at."""
BLOCK = 2**18
"""Bytes of a file that are read at once."""
RUN_FILES = ("recipe.toml", "metrics.csv")
"""What a run folder holds, and a folder of images does not."""
UNREADABLE = "unreadable"
"""The digest of a file whose bytes cannot be read."""
OnStep = Callable[[int, int], None]


def scan(
    source: Path,
    group_pattern: str | None = None,
    on_step: OnStep = lambda _done, _all: None,
) -> Manifest:
    """List the images of a folder, a CSV or an .npz file; links out of a folder are not followed.

    `group_pattern` is a regular expression whose first group in a file's name is its group. Raises
    `ImageFolderError` where the source is missing, or has fewer than two classes with images.
    """
    return hashed(listed(source, group_pattern), on_step)


def listed(source: Path, group_pattern: str | None = None) -> Manifest:
    """List the images of a source as `scan` does, without reading a file: digests are empty.

    Arrays in an .npz file are read, and have theirs.
    """
    suffix = source.suffix.lower()
    if suffix in {".npz", ".npy"}:
        return arrays.read(source)
    found = _table(source) if suffix == ".csv" else _tree(source)
    return _grouped(found, group_pattern) if group_pattern else found


def hashed(manifest: Manifest, on_step: OnStep = lambda _done, _all: None) -> Manifest:
    """Name each file of a listing by its content."""
    if manifest.arrays is not None:
        return manifest
    total, entries = len(manifest.entries), []
    paths = [manifest.root / entry.path for entry in manifest.entries]
    digests = in_order(_digest, paths)
    for done, (entry, digest) in enumerate(zip(manifest.entries, digests, strict=True), 1):
        entries.append(msgspec.structs.replace(entry, digest=digest))
        on_step(done, total)
    return msgspec.structs.replace(manifest, entries=tuple(entries))


def _tree(folder: Path) -> Manifest:
    check_folder(folder)
    splits: dict[str, Path] = {}
    for home in sorted(p for p in folder.iterdir() if p.is_dir() and p.name.lower() in SPLITS):
        other = splits.setdefault(SPLITS[home.name.lower()], home)
        if other != home and "train" in splits:
            raise ImageFolderError(f"{folder}: both {other.name}/ and {home.name}/; keep one")
    if "train" not in splits:
        return _classes(folder)
    parts = {name: _classes(home) for name, home in splits.items()}
    classes = tuple(sorted({c for part in parts.values() for c in part.classes}))
    missing = set(classes) - set(parts["train"].classes)
    if missing:
        raise ImageFolderError(
            f"{splits['train']}: no images of {', '.join(sorted(missing))}, which another split has"
        )
    entries = tuple(
        msgspec.structs.replace(
            entry,
            path=str((part.root / entry.path).relative_to(folder)),
            label=classes.index(part.classes[entry.label]),
            split=name,
        )
        for name, part in parts.items()
        for entry in part.entries
    )
    others = tuple(
        str((part.root / path).relative_to(folder))
        for part in parts.values()
        for path in part.not_read
    )
    return Manifest(folder, classes, entries, not_read=others)


def _table(path: Path) -> Manifest:
    """Read path,label[,split,group]; every image must be inside the CSV's folder."""
    if not path.is_file():
        raise ImageFolderError(absent(path, "table of images"))
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ImageFolderError(f"{path}: not a readable CSV ({error})") from error
    if not rows or not {"path", "label"} <= set(rows[0]):
        there = f", not {','.join(str(name) for name in rows[0])[:80]}" if rows else ""
        raise ImageFolderError(
            f"{path}: expected the columns path,label and perhaps split,group{there}"
        )
    root = path.parent.resolve()
    classes = tuple(sorted({(row["label"] or "").strip() for row in rows} - {""}))
    entries = []
    for number, row in enumerate(rows, start=2):
        image = (root / (row["path"] or "")).resolve()
        split = (row.get("split") or "").strip().lower()
        if not image.is_relative_to(root) or not image.is_file():
            raise ImageFolderError(f"{path}, line {number}: no file {row['path']} beside it")
        if split and split not in SPLITS:
            raise ImageFolderError(f"{path}, line {number}: split {split}: train, val or test")
        if not (row["label"] or "").strip():
            raise ImageFolderError(f"{path}, line {number}: no label")
        entries.append(
            Entry(
                str(image.relative_to(root)),
                classes.index(row["label"].strip()),
                "",
                SPLITS.get(split, ""),
                (row.get("group") or "").strip(),
            )
        )
    if len(classes) < 2:
        raise ImageFolderError(f"{path}: one class only; a classifier needs two or more")
    return Manifest(root, classes, tuple(entries))


def _grouped(manifest: Manifest, pattern: str) -> Manifest:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ImageFolderError(f"group_pattern {pattern!r}: {error}") from error
    if compiled.groups < 1:
        raise ImageFolderError(f"group_pattern {pattern!r}: put the group in parentheses")
    entries = []
    for entry in manifest.entries:
        found = compiled.search(Path(entry.path).name[:200])
        if found is None or found[1] is None:
            raise ImageFolderError(f"{entry.path}: group_pattern {pattern!r} finds no group in it")
        entries.append(msgspec.structs.replace(entry, group=found[1]))
    return msgspec.structs.replace(manifest, entries=tuple(entries))


def _classes(folder: Path) -> Manifest:
    """List the images of a folder with one folder a class."""
    found: dict[str, list[str]] = {}
    others: list[str] = []
    for home in sorted(p for p in folder.iterdir() if p.is_dir() and not is_system(p.name)):
        start = len(str(home)) - len(home.name)
        inside = sorted((p[start:] for p in _pictures(str(home))), key=lambda p: Path(p).parts)
        read = [path for path in inside if path.lower().endswith(ENDINGS)]
        others += [path for path in inside if not path.lower().endswith(ENDINGS)]
        if read:
            found[home.name] = read
    if not found:
        if any((folder / name).is_file() for name in RUN_FILES):
            raise ImageFolderError(
                f"{folder}: this is a run folder. To go on with it: fitdoctor train {folder} "
                "--resume; to train on images, give their folder"
            )
        direct = sum(1 for _ in images_below(str(folder)))
        what = (
            f"{direct} image{'s' * (direct > 1)}, but no class folders"
            if direct
            else f"no images in it{reason(folder)}"
        )
        raise ImageFolderError(
            f"{folder}: {what}. Expected one folder a class: {folder}/cats/1.jpg, "
            f"{folder}/dogs/1.jpg"
        )
    if len(found) < 2:
        if deeper := inner(folder):
            raise ImageFolderError(
                f"{folder}: its folders lie deeper. Expected one folder a class: give {deeper}"
            )
        if table := labels_beside(folder):
            raise ImageFolderError(
                f"{folder}: no class folders, but a table of labels. Give {table}, with the "
                "columns path,label and paths from its own folder on"
            )
        raise ImageFolderError(
            f"{folder}: one class only ({next(iter(found))}). A classifier needs two or more "
            "folders with images"
        )
    classes = tuple(found)
    entries = tuple(
        Entry(path, label, "") for label, name in enumerate(classes) for path in found[name]
    )
    return Manifest(folder, classes, entries, not_read=tuple(others))


def labels_beside(folder: Path) -> Path | None:
    """Return the CSV in a folder that says the classes of its images, or else the first."""
    tables = [p for p in sorted(folder.glob("*.csv")) if p.is_file() and not is_system(p.name)]
    return next(filter(_names_columns, tables), tables[0] if tables else None)


def _names_columns(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return {"path", "label"} <= set(file.readline(MOST_OF_A_HEAD).strip().split(","))


def inner(folder: Path) -> Path | None:
    """Return the folder below that holds several folders, where each above holds one and no image.

    `None` where the folder itself is such a one, or leads to none.
    """
    place = folder
    while True:
        try:
            entries = sorted(e.path for e in os.scandir(place) if not is_system(e.name))
        except OSError:
            return None
        homes = [path for path in entries if Path(path).is_dir() and not Path(path).is_symlink()]
        if any(path.lower().endswith(ENDINGS) for path in entries if path not in homes):
            return None
        if len(homes) != 1:
            return place if homes and place != folder else None
        place = Path(homes[0])


def images_below(home: str) -> Iterator[str]:
    """Yield the image files of a folder and of those in it; links are not followed."""
    return (path for path in _pictures(home) if path.lower().endswith(ENDINGS))


def _pictures(home: str) -> Iterator[str]:
    """Yield pictures as `images_below` does, those in formats that are not read among them."""
    try:
        entries = list(os.scandir(home))
    except OSError:
        return
    for entry in entries:
        if is_system(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _pictures(entry.path)
        elif entry.name.lower().endswith(ALL_ENDINGS) and entry.is_file(follow_symlinks=False):
            yield entry.path


def files_of(given: Sequence[Path]) -> list[Path]:
    """Return the image files among and below these; raises `ImageFolderError` where none."""
    found = [path for place in given for path in files(place)]
    if not found:
        endings = ", ".join(sorted(EXTENSIONS))
        raise ImageFolderError(
            f"{', '.join(map(str, given))}: no image files in it{reason(given[0])}. Expected "
            f"images ({endings}), or folders with images in them"
        )
    return found


def files(given: Path) -> Iterator[Path]:
    """Yield an image file, or those below a folder; links are not followed."""
    if given.is_file():
        if given.suffix.lower() in ARCHIVES:
            check_folder(given)
        yield given
        return
    if not given.is_dir():
        raise ImageFolderError(absent(given))
    for path in sorted(given.rglob("*")):
        hidden = any(is_system(part) for part in path.relative_to(given).parts)
        known = path.suffix.lower() in EXTENSIONS and not hidden
        if known and path.is_file() and not path.is_symlink():
            yield path


def _digest(path: Path) -> str:
    try:
        with path.open("rb", buffering=0) as file:
            named = xxhash.xxh3_128()
            while block := file.read(BLOCK):
                named.update(block)
            return named.hexdigest()
    except OSError:
        return UNREADABLE
