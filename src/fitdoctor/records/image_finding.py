"""What an image folder holds that training should not meet."""

from __future__ import annotations

import msgspec

IMAGE_FAULTS = (
    "leaked_validation_images", "conflicting_labels", "mislabelled_images", "unreadable_images",
    "class_missing_in_split", "class_imbalance", "duplicate_images", "mixed_image_modes",
    "odd_image_sizes",
)  # fmt: skip
"""Names of rules that a look at the images can answer; leaks first, since they make every later
figure wrong."""


class ImageFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found, with the files it is about, relative to the audited folder."""

    rule: str
    files: tuple[str, ...]
    sentence: str


class ImageCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at the images asked, and what it found."""

    checked: tuple[str, ...]
    """Names of `IMAGE_FAULTS` that were looked for."""
    findings: tuple[ImageFinding, ...] = ()


def about(findings: tuple[ImageFinding, ...], rule: str) -> tuple[ImageFinding, ...]:
    return tuple(finding for finding in findings if finding.rule == rule)


def told(findings: tuple[ImageFinding, ...], what: str) -> str:
    """Say how many there are and show the first."""
    first = findings[0]
    return f"{len(findings)} {what}, first {' and '.join(first.files)}: {first.sentence}."
