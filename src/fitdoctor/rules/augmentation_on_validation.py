"""Validation images come from the generator that augments the training images.

## Why it matters
Rotated, shifted and zoomed validation images are harder, and other ones each epoch: validation
accuracy is lower and noisier than the network deserves.

## How it is measured
From the script: the flow into validation_data (or evaluate) holds the random operations of an
augmenting generator, or `validation_split` of one that augments.

## What to try
A second generator without augmentation for validation.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import feeding, with_script
from fitdoctor.records.claim import Said
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Script
from fitdoctor.rule import Rule


def augmentation_on_validation(script: Script) -> Iterator[Evidence]:
    trained = [feed.inputs for feed in script.fed("train")]
    # The training images themselves are evaluated for a score on training.
    asked = (feed for feed in script.fed("evaluate") if feed.inputs not in trained)
    for feed in (*script.fed("validation"), *asked):
        random = next((o for o in feed.inputs.operations if o.name == "augment"), None)
        if random is not None:
            names = ", ".join(str(v) for v in random.value or ())
            yield Evidence(
                sentence=f"Images for {feed.use} are augmented ({names}).",
                weight=3.0,
                line=random.line,
            )
            return


_FLIP = ("augment", ("horizontal_flip",))

RULE = Rule(
    code="FD307",
    check=augmentation_on_validation,
    kind="cause",
    severity="warning",
    prior=0.03,
    explains={"validation_spikes": 0.2},
    told_by={"validation_augmented": 3.0},
    advice="validate on images without augmentation",
    clear="validation images are not augmented, as far as it is shown",
    asks={
        "validation_augmented": {"yes": 0.98, "no": 0.02},
        "evaluated_twice": {"yes": 0.49, "no": 0.51},
    },
    denied_by=(Said("augmented", negated=True, split="validation"),),
    sick=(with_script(feeds=(feeding("train", _FLIP), feeding("validation", _FLIP))),),
    healthy=(
        with_script(feeds=(feeding("train", _FLIP), feeding("validation"))),
        with_script(feeds=(feeding("train", _FLIP), feeding("evaluate", _FLIP))),
    ),
)
