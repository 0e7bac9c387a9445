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
from fitdoctor.records.change import Argument, Change, Twin
from fitdoctor.records.claim import Said
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Run, Script
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


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Read validation images by a generator that changes none of them at random."""
    script = run.script
    made = [c for c in script.called("ImageDataGenerator") if c.line == seen.line] if script else []
    if script is None or not made:
        return
    random = {
        str(name)
        for feed in script.feeds
        for o in feed.inputs.operations
        if o.name == "augment"
        for name in o.value or ()
    }
    gone = tuple(name for name in made[0].arguments if name in random or name in BESIDE)
    why = "Validate on the images as they are, without augmentation."
    call = (made[0].name,)
    trained = {o.line for f in script.fed("train") for o in f.inputs.operations}
    if seen.line not in trained:
        edits = tuple(Argument(line=made[0].line, calls=call, names=(name,), remove=True)
                      for name in gone)  # fmt: skip
        yield Change(edits=edits, reason=why, certain=True)
        return
    for feed in (*script.fed("validation"), *script.fed("evaluate")):
        steps = (*feed.inputs.operations, *feed.labels.operations)
        read = [o.line for o in steps if o.line != made[0].line]
        for line in dict.fromkeys((*read, feed.line)):
            twin = Twin(line=made[0].line, calls=call, without=gone, used=line)
            yield Change(edits=(twin,), reason=why, certain=True)


BESIDE = {"fill_mode", "cval"}
"""Arguments that only say how random changes are filled up."""


RULE = Rule(
    code="FD307",
    check=augmentation_on_validation,
    mend=mend,
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
