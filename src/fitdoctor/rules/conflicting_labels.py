"""The same or nearly the same picture stands under two classes.

## Why it matters
The same or nearly the same image lies under two classes: whatever the network answers, one of the
two is counted wrong, and it is taught a contradiction.

## How it is measured
From the check before training or the audit: pairs of equal bytes under different classes; from the
audit also equal pixels, and pictures that agree place by place once they are registered (cropped,
resized, recoloured or mirrored). Two shots of a scene that stands still can come to that too, and
what is different in it may be what the classes are about: where there are only such pairs, it is a
note, and they are to be looked at.

## What to try
Look at each pair in the contact sheet of `fitdoctor audit` and keep one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_images
from fitdoctor.records.finding import Evidence
from fitdoctor.records.image_finding import ImageFinding, about, of_pairs
from fitdoctor.rule import Rule


def conflicting_labels(image_findings: tuple[ImageFinding, ...]) -> Iterator[Evidence]:
    found = about(image_findings, "conflicting_labels")
    if found:
        certain = not all(finding.look for finding in found)
        yield Evidence(
            sentence=of_pairs(found, "under two classes"),
            weight=3.5 if certain else 1.0,
            severity=None if certain else "note",
        )


RULE = Rule(
    code="FD406",
    check=conflicting_labels,
    kind="cause",
    severity="error",
    prior=0.02,
    advice="look at each pair in the contact sheet of fitdoctor audit, and keep one",
    clear="no picture was found under two classes",
    sick=(with_images("conflicting_labels", 3),),
    healthy=(with_images("nothing", 0),),
)
