"""Some images are far smaller, larger or of another shape.

## Why it matters
A thumbnail of 8 pixels, a banner or a single colour shows nothing of its class once it is brought
to the common size.

## How it is measured
From the audit of the folder: 16 times as many or few pixels, or 20 times as many or few bytes, as
the median (more where sizes are mixed), eight times as long as wide, or all one colour.

## What to try
Look at them, and remove those that show nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_images
from fitdoctor.records.finding import Evidence
from fitdoctor.records.image_finding import ImageFinding, about, told
from fitdoctor.rule import Rule


def odd_image_sizes(image_findings: tuple[ImageFinding, ...]) -> Iterator[Evidence]:
    found = about(image_findings, "odd_image_sizes")
    if found:
        yield Evidence(
            sentence=told(
                found, "image of odd size or one colour", "images of odd size or one colour"
            ),
            weight=0.5,
        )


RULE = Rule(
    code="FD412",
    check=odd_image_sizes,
    kind="cause",
    severity="note",
    prior=0.02,
    advice="look at them, and remove those that show nothing",
    clear="none was found",
    sick=(with_images("odd_image_sizes", 3),),
    healthy=(with_images("nothing", 0),),
)
