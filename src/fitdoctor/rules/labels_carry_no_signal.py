"""The labels have nothing to do with the images.

## Why it matters
Labels drawn at random, shuffled apart from their images or read from the wrong column can be
learned by heart and never predicted: training rises, validation stays at chance for good.

## How it is measured
From the script: labels drawn by a random generator. Or from curves: validation accuracy never
leaves what guessing gives (each epoch within the 99.9 % Wilson interval of 1 / K) while training
accuracy has come 30 points above it.

## What to try
Show ten images with their labels. Check the order in which images and labels are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from fitdoctor.cases import falling, flat, with_curves, with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve, DataSummary, Feed, Flow, Script
from fitdoctor.rule import Rule
from fitdoctor.stats.proportions import wilson

ABOVE = 0.3
_DRAWN = re.compile(
    r"\brandom\.(?:rand\w*|choice|normal|uniform|integers|binomial)\s*\(|\brandint\("
)


def labels_carry_no_signal(
    script: Script | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    classes: int | None = None,
    data: DataSummary | None = None,
) -> Iterator[Evidence]:
    for feed in script.fed("train") if script is not None else ():
        if _DRAWN.search(feed.labels.origin or ""):
            yield Evidence(
                sentence=f"The labels are drawn at random: {feed.labels.origin}.",
                weight=4.5,
                line=feed.line,
            )
            return
    n_val = data.n_val if data is not None else None
    if accuracy is None or val_accuracy is None or not classes or not n_val:
        return
    if len(val_accuracy) < 8 or len(accuracy) != len(val_accuracy):
        return
    chance = wilson(1 / classes, n_val, level=0.999)
    values = val_accuracy.values
    guessing = bool(((values >= chance.low) & (values <= chance.high)).all())
    train = float(np.median(accuracy.values[-3:]))
    if guessing and train > 1 / classes + ABOVE:
        yield Evidence(
            sentence=f"Training accuracy has come to {train:.2f} while validation never left what "
            f"guessing gives ({chance.low:.2f} to {chance.high:.2f} on {n_val} images).",
            weight=3.0,
        )


RULE = Rule(
    code="D414",
    check=labels_carry_no_signal,
    kind="cause",
    severity="warning",
    any_of=("script", "val_accuracy"),
    prior=0.02,
    explains={"never_learned": 0.3},
    advice="show ten images with their labels; check how both are read",
    clear="validation does better than guessing, or training does not either",
    sick=(
        with_script(feeds=(Feed(use="train", labels=Flow("np.random.randint(0, 2, 100)")),)),
        lambda rng: replace(
            with_curves(accuracy=falling(start=0.25, to=0.9), val_accuracy=flat(at=0.25))(rng),
            data=DataSummary(n_val=400, n_classes=4),
        ),
    ),
    healthy=(with_script(feeds=(Feed(use="train", labels=Flow("labels")),)),),
)
