"""What an image folder holds that training should not meet."""

from __future__ import annotations

import msgspec


class ImageFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found, with the files it is about, relative to the audited folder."""

    rule: str
    files: tuple[str, ...]
    sentence: str


def about(findings: tuple[ImageFinding, ...], rule: str) -> tuple[ImageFinding, ...]:
    return tuple(finding for finding in findings if finding.rule == rule)


def told(findings: tuple[ImageFinding, ...], what: str) -> str:
    """Say how many there are and show the first."""
    first = findings[0]
    return f"{len(findings)} {what}, first {' and '.join(first.files)}: {first.sentence}."
