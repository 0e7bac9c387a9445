"""Some files cannot be read as images.

## Why it matters
A truncated or empty file ends a training in the middle of an epoch, or is passed over in silence
together with its label.

## How it is measured
From the audit of the folder, or from training: files that Pillow or the training backend cannot
decode. The decoders' own words for a broken file count too. Files that only other programs stumble
over are told apart, as a note: a format that TensorFlow does not decode, a name that does not go
with the format, what Keras' directory reader passes over, and what is no image by its name.

## What to try
Repair or remove them; `fitdoctor train` leaves them out and lists them. What only other programs
stumble over can be converted to PNG or JPEG.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_images
from fitdoctor.records.finding import Evidence
from fitdoctor.records.image_finding import ImageFinding, about, told
from fitdoctor.records.run import DataSummary, Run
from fitdoctor.rule import Rule


def unreadable_images(
    image_findings: tuple[ImageFinding, ...] | None = None,
    data: DataSummary | None = None,
) -> Iterator[Evidence]:
    every = about(image_findings or (), "unreadable_images")
    found = tuple(finding for finding in every if not finding.elsewhere)
    if data is not None and data.unreadable:
        yield Evidence(
            sentence=f"{len(data.unreadable)} files could not be read and were left out, first "
            f"{data.unreadable[0]}."
            if len(data.unreadable) > 1
            else f"1 file could not be read and was left out, {data.unreadable[0]}.",
            weight=2.5,
            severity="note",
        )
    elif found:
        yield Evidence(
            sentence=told(
                found, "file that is not a whole image", "files that are not whole images"
            ),
            weight=2.5,
        )
    elif every:
        yield Evidence(
            sentence=told(
                every,
                "file that other programs do not read or leave out",
                "files that other programs do not read or leave out",
            ),
            weight=0.0,
            severity="note",
        )


def _converted(run: Run) -> str:
    """Return the advice where every image can be read here, and some not everywhere."""
    found = about(run.image_findings or (), "unreadable_images")
    if not found or not all(finding.elsewhere for finding in found):
        return ""
    return (
        "for other programs convert images to PNG or JPEG, with the ending that goes with it; "
        "fitdoctor train needs no change"
    )


RULE = Rule(
    code="FD408",
    check=unreadable_images,
    kind="cause",
    severity="warning",
    any_of=("image_findings", "data"),
    told_by={"error_unreadable": 6.0},
    prior=0.02,
    advice="repair or remove them; fitdoctor train leaves them out and lists them",
    advise=_converted,
    clear="every file can be read",
    clear_with=("image_findings",),
    sick=(with_images("unreadable_images", 3),),
    healthy=(with_images("nothing", 0),),
)
