"""A class is empty, or absent from a split.

## Why it matters
A class that is never trained on is never predicted, and one that is not validated on is not
measured. Class numbers may also shift by one between the splits.

## How it is measured
From the audit of the folder: a class folder without readable images, or missing in one split. So do
counts of classes that Keras prints for two folders and that differ.

## What to try
Bring images of that class into both splits, or remove it.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_images
from fitdoctor.records.finding import Evidence
from fitdoctor.records.image_finding import ImageFinding, about, told
from fitdoctor.rule import Rule


def class_missing_in_split(image_findings: tuple[ImageFinding, ...]) -> Iterator[Evidence]:
    found = about(image_findings, "class_missing_in_split")
    if found:
        yield Evidence(
            sentence=told(found, "class folder without images", "class folders without images"),
            weight=4.0,
        )


RULE = Rule(
    code="FD409",
    check=class_missing_in_split,
    kind="cause",
    severity="error",
    prior=0.02,
    explains={"validation_never_learned": 0.2},
    told_by={"class_missing": 4.0, "error_classes_differ": 7.0},
    advice="bring images of that class into both splits, or remove it",
    clear="every class has images in every split",
    asks={
        "class_numbers_alike": {"yes": 0.07, "no": 0.93},
    },
    sick=(with_images("class_missing_in_split", 3),),
    healthy=(with_images("nothing", 0),),
)
