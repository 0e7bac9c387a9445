"""Some images are there more than once, or nearly.

## Why it matters
Copies within one split weigh their picture double and make the set look larger than it is. Across
splits they are a leak, which is another finding.

## How it is measured
From the check before training or the audit: the same bytes; from the audit also equal pixels, and
pictures that agree place by place once they are registered, within one split and one class. Two
shots of a scene that stands still can come to that too: it is then said.

## What to try
Keep one of each.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_images
from fitdoctor.records.claim import Said
from fitdoctor.records.finding import Evidence
from fitdoctor.records.image_finding import ImageFinding, about, of_pairs
from fitdoctor.rule import Rule


def duplicate_images(image_findings: tuple[ImageFinding, ...]) -> Iterator[Evidence]:
    found = about(image_findings, "duplicate_images")
    if found:
        yield Evidence(
            sentence=of_pairs(found, "within one split"),
            weight=0.5,
        )


RULE = Rule(
    code="FD410",
    check=duplicate_images,
    kind="cause",
    severity="note",
    prior=0.02,
    advice="keep one of each",
    clear="no copies were found",
    denied_by=(Said("images_in_both", negated=True),),
    sick=(with_images("duplicate_images", 3),),
    healthy=(with_images("nothing", 0),),
)
