"""Training goes on in inference mode after the first validation.

## Why it matters
From then on dropout drops nothing and BatchNorm normalises by its stored statistics, which no
longer move: the network overfits as if it had no dropout, or its loss leaps after the first epoch.
It happens where `model.eval()` is called for a validation and `model.train()` stands before the
loop over epochs, not inside it.

## How it is measured
By answers alone: whether the network is in training mode again when training goes on.

## What to try
`model.train()` as the first line of each training epoch.
"""

from __future__ import annotations

from fitdoctor.cases import answering
from fitdoctor.rule import decided_by_answers

RULE = decided_by_answers(
    __name__,
    code="FD320",
    severity="warning",
    advice="model.train() as the first line of each training epoch",
    clear="training goes on in training mode",
    asks={
        "training_mode_after_validation": {"yes": 0.04, "no": 0.96},
    },
    sick=(
        answering(what_happens="training_good_validation_bad", training_mode_after_validation="no"),
    ),
    healthy=(
        answering(
            what_happens="training_good_validation_bad", training_mode_after_validation="yes"
        ),
        answering(what_happens="training_good_validation_bad"),
    ),
)
