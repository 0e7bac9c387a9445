"""Images of several kinds are mixed.

## Why it matters
Greyscale, palette, 16-bit, CMYK, transparent or sideways stored images among plain ones are
decoded differently by different libraries, or crash a loader that expects three channels.

## How it is measured
From the audit of the folder: images whose mode is not the usual one, that are upright only by
their EXIF orientation, or that are animations.

## What to try
Decode all of them the same way, as `fitdoctor train` does, or convert them once.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_images
from fitdoctor.records.finding import Evidence
from fitdoctor.records.image_finding import ImageFinding, about, told
from fitdoctor.rule import Rule


def mixed_image_modes(image_findings: tuple[ImageFinding, ...]) -> Iterator[Evidence]:
    found = about(image_findings, "mixed_image_modes")
    if found:
        yield Evidence(
            sentence=told(
                found, "image of another kind than the rest", "images of another kind than the rest"
            ),
            weight=0.5,
        )


RULE = Rule(
    code="FD411",
    check=mixed_image_modes,
    kind="cause",
    severity="note",
    prior=0.02,
    told_by={"error_modes": 6.0, "modes_mixed": 2.5},
    advice="convert them once to the same kind, or decode them as fitdoctor train does",
    clear="all are of one kind",
    sick=(with_images("mixed_image_modes", 3),),
    healthy=(with_images("nothing", 0),),
)
