"""Training and validation or test images do not go through the same preparation.

## Why it matters
A network that learned on scaled, centred or whitened images is asked about others. Training looks
fine, and validation or test is at chance or far below.

## How it is measured
From the script, by following what fit and evaluate are given: operations that change values
(scale, shift, standardise, preprocessing functions) on one side without an equal on the other.
Augmentation is not one of them. Where a function is not followed on one side only, the rule is
silent.

## What to try
Put the preparation into the model (`Rescaling`, `Normalization`), or into one function for all.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import feeding, with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import described, differences, pairs
from fitdoctor.records.run import Script
from fitdoctor.rule import Rule


def pipelines_differ(script: Script) -> Iterator[Evidence]:
    for train, other in pairs(script, "validation", "evaluate"):
        found = differences(train.inputs, other.inputs)
        if not found:
            continue
        here = [o for o in found if o in train.inputs.operations]
        sides = ("training", other.use) if here else (other.use, "training")
        known = train.inputs.shown and other.inputs.shown
        yield Evidence(
            sentence=f"Images for {sides[0]} are {described(tuple(here) or found)}; those "
            f"for {sides[1]} are not.",
            weight=5.5 if known else 4.5,
            line=found[0].line,
        )
        return


_SCALE = ("scale", 1 / 255)

RULE = Rule(
    code="S303",
    check=pipelines_differ,
    kind="cause",
    severity="error",
    prior=0.05,
    explains={"validation_spikes": 0.2},
    advice="give training, validation and test images the same preparation",
    clear="training and validation images go through the same preparation, as far as it is shown",
    sick=(
        with_script(feeds=(feeding("train", _SCALE), feeding("validation"))),
        with_script(feeds=(feeding("train"), feeding("evaluate", _SCALE))),
        with_script(
            feeds=(feeding("train", ("standardise", "zca_whitening")), feeding("validation"))
        ),
    ),
    healthy=(
        with_script(feeds=(feeding("train", _SCALE), feeding("validation", _SCALE))),
        with_script(
            feeds=(
                feeding("train", _SCALE, ("augment", ("horizontal_flip",))),
                feeding("validation", ("scale", 0.00392)),
            )
        ),
        with_script(feeds=(feeding("train", ("call", "load")), feeding("validation", _SCALE))),
    ),
)
