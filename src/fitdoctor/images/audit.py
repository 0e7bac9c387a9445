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

from fitdoctor.errors import ImageFolderError
from fitdoctor.images import faults, listing, registration, similar, survey
from fitdoctor.images.decode import EXTENSIONS, LARGE, UnreadableImageError, upright
from fitdoctor.images.passed_over import OTHER_PICTURES, check_folder, reason
from fitdoctor.images.survey import FileFacts
from fitdoctor.records.display import Displayed
from fitdoctor.records.image_finding import IMAGE_FAULTS, ImageFinding
from fitdoctor.records.watcher import Silent, Watcher

PIXELS_APART, BYTES_APART = 16, 20
"""How many times the median, or the median how many times it, an image's size is far from usual."""
FAR = 6
"""Robust standard deviations of the logarithm of a size, where sizes are mixed anyway."""
HOW = {
    "": "nearly the same picture (a copy, or another shot of the scene)",
    "turned": "nearly the same picture turned (a copy, or another shot of the scene)",
    "mirrored": "nearly the same picture mirrored (a copy, or another shot of what is symmetric)",
}
"""How two files go together whose pixels are not equal, by what became of the one. Two shots of a
scene that stands still agree as copies do where it has texture, and a camera leaves some of its own
pattern in the grain of both: this is said, and left to whoever looks."""
TINY = 16
"""Pixels a side below which an image among larger ones cannot show much."""


class Audit(msgspec.Struct, Displayed, frozen=True, kw_only=True):
    """What an image folder holds, and what is wrong with it."""

    root: Path
    images: int
    classes: dict[str, dict[str, int]]
    """Class -> split -> readable images."""
    findings: tuple[ImageFinding, ...]
    checked: tuple[str, ...]
    """Names of the rules that were looked for."""
    facts: tuple[FileFacts, ...]
    too_plain: tuple[str, ...] = ()
    """Images of which a copy cannot be told from another image of their kind."""

    def __repr__(self) -> str:
        kinds = Counter(finding.rule for finding in self.findings)
        found = ", ".join(f"{rule} {count}" for rule, count in kinds.items())
        return f"<Audit of {str(self.root)!r}: {self.images} images; {found or 'nothing found'}>"

    @property
    def untrainable(self) -> str:
        """Why no classifier can be trained on it; empty where one can."""
        held = [name for name, counts in self.classes.items() if any(counts.values())]
        if not held:
            return f"no class folders. {survey.EXPECTED}"
        if len(held) == 1:
            if deeper := listing.inner(self.root):
                return f"its folders lie deeper. {survey.EXPECTED}: give {deeper}"
            return f"one class only ({held[0]}). A classifier needs two or more folders with images"
        few = [name for name in held if sum(self.classes[name].values()) == 1]
        if few:
            others = f" (and {len(few) - 1} more classes)" if len(few) > 1 else ""
            return f"class {few[0]} has 1 image{others}. A class needs two or more"
        return ""


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
    roots = _comparable(folders)
    root = survey.common_root(list(roots.values()))
    watcher = watcher or Silent()
    looked = survey.survey(roots, lambda i, n: watcher.step("looking at images", i, n), refusal)
    facts = tuple(looked)
    readable = [f for f in facts if not f.error]
    if not readable:
        none = "its only file is" if len(facts) == 1 else f"all its {len(facts)} files are"
        raise ImageFolderError(
            f"{root}: {none} no image that can be read{reason(root)}. {survey.EXPECTED}"
        )
    classes = survey.classes_of(roots)
    for fact in readable:
        if fact.label:
            counts = classes.setdefault(fact.label, {})
            counts[fact.split] = counts.get(fact.split, 0) + 1
    copies, too_plain = _same(root, readable, lambda i, n: watcher.step("comparing images", i, n))
    found = [
        *_unreadable(facts),
        *copies,
        *_modes(readable),
        *_sizes(readable),
        *faults.missing(classes, in_place=validation is None),
        *faults.imbalanced(classes, in_place=validation is None),
    ]
    found.sort(key=_order)
    return Audit(
        root=root,
        images=len(readable),
        classes=classes,
        findings=tuple(found),
        checked=tuple(rule for rule in IMAGE_FAULTS if rule != "mislabelled_images"),
        facts=facts,
        too_plain=too_plain,
    )


def _comparable(folders: dict[str, Path]) -> dict[str, Path]:
    """Return the folders as they were given, or whole where they have no common beginning so."""
    alike = len({path.is_absolute() for path in folders.values()}) == 1
    if len(folders) == 1 or (alike and not any(".." in p.parts for p in folders.values())):
        return folders
    return {split: path.resolve() for split, path in folders.items()}


def with_mislabelled(audit: Audit, more: Sequence[ImageFinding]) -> Audit:
    """Return the audit with images that look mislabelled, all findings in order again."""
    found = sorted([*audit.findings, *more], key=_order)
    return msgspec.structs.replace(audit, findings=tuple(found), checked=IMAGE_FAULTS)


def _order(finding: ImageFinding) -> tuple[int, bool, tuple[str, ...]]:
    return IMAGE_FAULTS.index(finding.rule), finding.elsewhere, finding.files


def check_folders(*folders: Path | None) -> None:
    """Raise `ImageFolderError` for a folder that is missing, holds no file, or lies too high."""
    for folder in folders:
        if folder is None:
            continue
        check_folder(folder)
        if not survey.holds_files(folder):
            raise ImageFolderError(f"{folder}: no files in it{reason(folder)}. {survey.EXPECTED}")
        deeper = listing.inner(folder)
        if deeper is not None and (deeper.parent != folder or survey.names_splits(deeper)):
            raise ImageFolderError(
                f"{folder}: its folders lie deeper. {survey.EXPECTED}: give {deeper}"
            )


def _unreadable(facts: Sequence[FileFacts]) -> Iterator[ImageFinding]:
    for fact in facts:
        suffix = Path(fact.path).suffix.lower()
        expected = survey.EXTENSION_OF.get(fact.format)
        if fact.error:
            sentence = fact.error
        elif expected is not None and suffix not in expected:
            sentence = f"{fact.format} bytes in a file named {suffix or 'without extension'}"
        elif fact.refused:
            sentence = f"{fact.format}: Pillow reads it, TensorFlow's decode_image does not "
            sentence += f"({fact.refused})"
        elif suffix not in survey.LISTED_BY_KERAS:
            name = suffix or "without extension"
            sentence = (
                f"{fact.format}: Keras' image_dataset_from_directory passes over files {name}"
            )
        else:
            continue
        yield ImageFinding(
            rule="unreadable_images",
            files=(fact.path,),
            sentence=sentence,
            elsewhere=not fact.error or suffix not in EXTENSIONS | OTHER_PICTURES,
        )


def _same(
    root: Path, readable: Sequence[FileFacts], on_step: Callable[[int, int], None]
) -> tuple[list[ImageFinding], tuple[str, ...]]:
    """Return copies, one finding a pair, and which images are too plain to compare.

    Exact copies are known by their bytes, or their pixels once decoded; others by their looks.
    """
    findings = []
    told: set[tuple[str, str]] = set()
    by_digest: dict[str, list[FileFacts]] = defaultdict(list)
    for fact in readable:
        by_digest[fact.digest].append(fact)
    for copies in by_digest.values():
        for other in copies[1:]:
            told.add((copies[0].path, other.path))
            findings.append(faults.pair(copies[0], other, "the same bytes"))
    # Of exact copies one stands for all: their pairs are told already.
    seen = [copies[0] for copies in by_digest.values() if copies[0].grey is not None]
    greys = [fact.grey for fact in seen if fact.grey is not None]
    candidates = similar.candidates(greys, on_step)
    found = similar.same_pictures(candidates, greys, [root / fact.path for fact in seen])
    named: set[tuple[str, str]] = set()
    for candidate in found.pairs:
        one, other = (seen[i] for i in sorted((candidate.first, candidate.second)))
        # One finding a copy and split is enough: ten copies of one picture are not 45 findings.
        once = (other.path, one.split)
        if (one.path, other.path) not in told and once not in named:
            named.add(once)
            became = similar.TURNS[candidate.turn]
            pair = seen[candidate.first], seen[candidate.second]
            exact = _same_pixels(root, *pair, candidate.turn)
            how = f"the same pixels {became}".strip() if exact else HOW[became]
            findings.append(faults.pair(one, other, how, look=not exact))
    plain = {fact.path for fact in readable if fact.grey is None and not fact.constant}
    plain.update(seen[image].path for image in found.too_plain)
    return findings, tuple(sorted(plain))


def _same_pixels(root: Path, one: FileFacts, other: FileFacts, turn: int) -> bool:
    """Return whether two files hold the same pixels, to the last one, once the first is turned."""
    if {one.width, one.height} != {other.width, other.height} or one.width * one.height > LARGE:
        return False
    whole = max(one.width, one.height) + 1  # no file is reduced to more than it has
    try:
        first, second = (
            np.asarray(upright((root / fact.path).read_bytes(), whole)).transpose(2, 0, 1)
            for fact in (one, other)
        )
    except (UnreadableImageError, OSError):
        return False
    return np.array_equal(registration.turned(first, turn), second)


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
    usual = float(np.median([min(f.width, f.height) for f in readable]))
    pixels = _Usual([f.width * f.height for f in readable], PIXELS_APART)
    size = _Usual([f.bytes for f in readable], BYTES_APART)
    for fact in readable:
        short, long = sorted((fact.width, fact.height))
        parts = []
        if fact.constant:
            parts.append("all one colour")
        if (short < TINY and usual >= 2 * TINY) or pixels.far(fact.width * fact.height):
            parts.append(f"{fact.width} x {fact.height} pixels among images of about {usual:.0f}")
        elif long > 8 * short:
            parts.append(f"{fact.width} x {fact.height}: eight times as long as wide")
        elif not fact.constant and size.far(fact.bytes):
            parts.append(f"{fact.bytes:,} bytes among files of about {size.median:,.0f}")
        if parts:
            yield ImageFinding(
                rule="odd_image_sizes", files=(fact.path,), sentence="; ".join(parts)
            )


class _Usual:
    """What is usual in a folder, by ratios: the median, and how far from it is far."""

    def __init__(self, values: Sequence[int], apart: float) -> None:
        logs = np.log(np.maximum(values, 1))
        self._middle = float(np.median(logs))
        scatter = 1.4826 * float(np.median(np.abs(logs - self._middle)))
        self._far = max(float(np.log(apart)), FAR * scatter)
        self.median = float(np.exp(self._middle))

    def far(self, value: int) -> bool:
        return abs(float(np.log(max(value, 1))) - self._middle) > self._far
