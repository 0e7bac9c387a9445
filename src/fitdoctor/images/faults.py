"""How findings about images are put: pairs of one picture, and classes of unlike size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.stats import imbalance


class Placed(Protocol):
    """An image that has a split and a class."""

    @property
    def path(self) -> str: ...
    @property
    def split(self) -> str: ...
    @property
    def label(self) -> str: ...


def pair(one: Placed, other: Placed, how: str, *, look: bool = False) -> ImageFinding:
    """Return the finding about two files of one picture: leak, conflict or copy.

    `look` where they may as well be two shots of one scene.
    """
    if one.split != other.split:
        sentence = f"{how} in {one.split} and {other.split}"
        if one.label != other.label:
            sentence += f", under {one.label} and {other.label}"
        first, second = (other, one) if one.split == "train" else (one, other)
        return ImageFinding(
            rule="leaked_validation_images",
            files=(first.path, second.path),
            sentence=sentence,
            look=look,
        )
    if one.label != other.label:
        return ImageFinding(
            rule="conflicting_labels",
            files=(one.path, other.path),
            sentence=f"{how} under {one.label} and {other.label}",
            look=look,
        )
    return ImageFinding(
        rule="duplicate_images", files=(one.path, other.path), sentence=how, look=look
    )


def missing(classes: Mapping[str, Mapping[str, int]], *, in_place: bool) -> Iterator[ImageFinding]:
    """Yield class folders that are empty, and classes that a split lacks.

    `classes` is class -> split -> readable images; `in_place` where the folder's own folders are
    the splits.
    """
    splits = sorted({split for counts in classes.values() for split in counts})
    for name, counts in classes.items():
        for split in splits:
            if counts.get(split, 0) or (split not in counts and not any(counts.values())):
                continue
            words = "holds no readable image" if split in counts else f"is missing in {split}"
            yield ImageFinding(
                rule="class_missing_in_split",
                files=(_home(split, name, in_place=in_place),),
                sentence=f"class {name} {words}",
            )


def imbalanced(
    classes: Mapping[str, Mapping[str, int]], *, in_place: bool
) -> Iterator[ImageFinding]:
    """Yield the small classes of each split, or its largest where most others are small."""
    splits = sorted({split for counts in classes.values() for split in counts})
    names = list(classes)
    for split in splits:
        held = [classes[name].get(split, 0) for name in names]
        small = imbalance.rare(held)
        if not small:
            continue
        largest = max(held)
        great = names[held.index(largest)]
        where = "" if split == "all" else f" in {split}"
        if 2 * len(small) > sum(count > 0 for count in held) - 1 and len(small) > 1:
            few = min(held[place] for place in small)
            yield ImageFinding(
                rule="class_imbalance",
                files=(_home(split, great, in_place=in_place),),
                sentence=f"class {great}: {largest} of {sum(held)} images{where}; {len(small)} "
                f"other classes have {few} to {max(held[place] for place in small)}",
            )
            continue
        for place in small:
            yield ImageFinding(
                rule="class_imbalance",
                files=(_home(split, names[place], in_place=in_place),),
                sentence=f"class {names[place]}: {held[place]} images{where}, {great}: {largest}",
            )


def _home(split: str, name: str, *, in_place: bool) -> str:
    return f"{split}/{name}" if split != "all" and in_place else name
