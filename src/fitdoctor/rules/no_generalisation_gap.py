"""Training and validation score alike: what is asked about as overfitting is none.

## Why it matters
Overfitting is a gap: training goes on gaining what validation does not. Two figures that agree
within noise speak against it, however high they are.

## How it is measured
From figures that the asker states for both parts: accuracies no more than 2.5 points apart, or
losses no more than a tenth. Where a log is given, it decides.

## What to try
Nothing against overfitting. High figures on both can still be too good: look for the same images in
both parts, and keep a test set that was never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import stating
from fitdoctor.records.claim import Claim, agree
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule


def no_generalisation_gap(
    claims: tuple[Claim, ...],
    val_loss: Curve | None = None,
    val_accuracy: Curve | None = None,
) -> Iterator[Evidence]:
    said = agree(claims)
    if said is not None and val_loss is None and val_accuracy is None:
        yield Evidence(
            sentence="Training and validation agree within noise, which speaks against "
            f"overfitting: \u201c{said.sentence}\u201d",
            weight=0.0,  # it says nothing of other trouble
        )


RULE = Rule(
    code="FD128",
    check=no_generalisation_gap,
    kind="benign",
    severity="note",
    clear="no figures were stated that agree for training and validation",
    clear_with=("loss val_loss", "accuracy val_accuracy"),
    budget=1.0,
    sick=(stating("accuracies_agree", 0.0, "it reaches 93 % in training and in validation"),),
    healthy=(stating("n_classes", 2, "two classes"),),
)
