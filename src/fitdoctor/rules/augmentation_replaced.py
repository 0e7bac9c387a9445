"""The transforms of validation replace those of training: nothing is augmented.

## Why it matters
Parts of `random_split` and `Subset` are numbers of images of one set, and hold no images. Who gives
the set of the validation part other transforms gives them to the training part as well. Training
then runs without its augmentation, however strong that is, and overfits as if there were none.

## How it is measured
From the script: `transform` of the set behind one part of a random split is set to steps without
augmentation, and the other part, which is trained on, had some.

## What to try
Two sets over the same files, each with its own transforms, and `Subset` of each with the numbers of
one split.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import feeding, with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import TRANSFORM_REPLACED, Call, Fact, Script, training_feeds
from fitdoctor.rule import Rule


def augmentation_replaced(script: Script) -> Iterator[Evidence]:
    augmented = any(feed.inputs.has("augment") for feed in training_feeds(script))
    for call in script.called(TRANSFORM_REPLACED) if not augmented else ():
        part = call.arguments["part"].source
        yield Evidence(
            sentence=f"Line {call.line} changes the transforms of the one set that both parts of "
            f"the split are of: {part} loses its augmentation too, and trains without.",
            weight=7.0,
            line=call.line,
            fix="make two sets over the same files, one with each transform, and take Subset of "
            "each with the numbers of one split",
        )
        return


_REPLACED = Call(
    name=TRANSFORM_REPLACED,
    arguments={"part": Fact("train_part", "train_part", 9), "augment": Fact("flip", None, 4)},
    line=9,
)

RULE = Rule(
    code="FD344",
    check=augmentation_replaced,
    kind="cause",
    severity="error",
    prior=0.01,
    explains={"train_good_val_bad": 0.3},
    advice="two sets over the same files, each with its own transforms, and Subset of each",
    clear="no part of a split loses its augmentation with the transforms of another",
    sick=(with_script(calls=(_REPLACED,), feeds=(feeding("train"),)),),
    healthy=(
        with_script(feeds=(feeding("train"),)),
        with_script(
            calls=(_REPLACED,), feeds=(feeding("train", ("augment", ("RandomHorizontalFlip",))),)
        ),
    ),
)
