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
    look: bool = False
    """Whether two shots of one scene would be told in the same way: somebody has to look."""
    elsewhere: bool = False
    """Whether only other programs stumble over it: here it is read, or taken for no image."""


class ImageCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at the images asked, and what it found."""

    checked: tuple[str, ...]
    """Names of `IMAGE_FAULTS` that were looked for."""
    findings: tuple[ImageFinding, ...] = ()


def about(findings: tuple[ImageFinding, ...], rule: str) -> tuple[ImageFinding, ...]:
    return tuple(finding for finding in findings if finding.rule == rule)


def told(findings: tuple[ImageFinding, ...], one: str, many: str) -> str:
    """Say how many there are, of `one` or `many`, and show the first."""
    if len(findings) == 1:
        return f"1 {one}, {_shown(findings[0])}."
    return f"{len(findings)} {many}, first {_shown(findings[0])}."


NEARLY = "copies, or shots of one scene"


def of_pairs(findings: tuple[ImageFinding, ...], where: str) -> str:
    """Say how many pairs of one picture there are `where`, and show the first.

    Those that somebody has to look at are counted apart, and come last.
    """
    nearly = sum(finding.look for finding in findings)
    kind = "the same picture"
    of_them = ""
    if nearly == len(findings):
        kind, of_them = "nearly the same picture", f" ({NEARLY})"
    elif nearly:
        kind, of_them = "the same or nearly the same picture", f" ({nearly} nearly: {NEARLY})"
    pairs = "pair" if len(findings) == 1 else "pairs"
    first = min(findings, key=lambda finding: finding.look)
    return f"{len(findings)} {pairs} of {kind} {where}{of_them}, first {_shown(first)}."


def _shown(finding: ImageFinding) -> str:
    return f"{' and '.join(finding.files)}: {finding.sentence}"
