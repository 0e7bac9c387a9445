"""Some images look like another class than their own.

## Why it matters
A few per cent of wrong labels cost accuracy twice: the network is taught them, and validation
counts right answers as wrong.

## How it is measured
From the audit with `--deep`: out of fold, a linear model on frozen features gives another class
half more probability than the image's own.

## What to try
Look at them in the contact sheet and move those that are wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_images
from fitdoctor.records.finding import Evidence
from fitdoctor.records.image_finding import ImageFinding, about, told
from fitdoctor.rule import Rule


def mislabelled_images(image_findings: tuple[ImageFinding, ...]) -> Iterator[Evidence]:
    found = about(image_findings, "mislabelled_images")
    if found:
        yield Evidence(
            sentence=told(
                found, "image that looks like another class", "images that look like another class"
            ),
            weight=2.0,
        )


RULE = Rule(
    code="FD407",
    check=mislabelled_images,
    kind="cause",
    severity="warning",
    prior=0.02,
    advice="look at them with fitdoctor audit --deep, and move those that are wrong",
    clear="none was found",
    sick=(with_images("mislabelled_images", 3),),
    healthy=(with_images("nothing", 0),),
)
