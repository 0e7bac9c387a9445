"""An accuracy that seems too good is what plain networks reach on this well-known set.

## Why it matters
On MNIST two convolutions get 99 % after a few epochs. Such a figure calls for no search for leaks;
on a set of one's own it would.

## How it is measured
The asker names a set that libraries bring, and calls the figure too good. Validation accuracy lies
in the range of plain convolutional networks on its usual split, and training accuracy is no more
than three points away.

## What to try
Nothing. Count the accuracy once by hand on the test images that came with the set.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import saying
from fitdoctor.catalogue.datasets import named_set
from fitdoctor.records.claim import Claim
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve, Run, curve
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

NEAR = 0.03


def usual_for_this_set(
    val_accuracy: Curve,
    claims: tuple[Claim, ...] | None = None,
    accuracy: Curve | None = None,
) -> Iterator[Evidence]:
    # To suppose or to ask whether it is too good is the complaint.
    said = next((c for c in claims or () if c.predicate == "accuracy_too_high"), None)
    named = next((c for c in claims or () if c.predicate == "n_classes_of_set"), None)
    known = named_set(named.sentence) if named is not None else None
    if said is None or known is None or not known.usual[1] or not len(val_accuracy):
        return
    end, (low, high) = median(val_accuracy.values[-3:]), known.usual
    if not low <= end <= high:
        return
    if accuracy is not None and abs(median(accuracy.values[-3:]) - end) > NEAR:
        return
    name = known.torchvision or known.name
    yield Evidence(
        sentence=f"{end:.1%} is no cause for suspicion on {name}: plain convolutional networks "
        f"reach {low:.1%} to {high:.1%} there, and the training and test images that come with "
        f"{name} do not overlap.",
        weight=3.0,
        effect=end,
        settles=("accuracy_too_good",),
        fix="look for no leak; if the set was cut or joined by hand, count the accuracy once on "
        "the test images that come with it",
    )


def _on(name: str, right: float) -> Run:
    claims = (
        Claim(predicate="accuracy_too_high", sentence="too good", certainty="supposed"),
        Claim(predicate="n_classes_of_set", value=10.0, sentence=f"{name} with two layers"),
    )
    return Run(claims=claims, curves={"val_accuracy": curve([right - 0.01, right, right])})


RULE = Rule(
    code="FD133",
    check=usual_for_this_set,
    kind="benign",
    severity="note",
    least_effect=0.3,
    effect_of="all images",
    clear="the figure is not what is usual for the set, or no well-known set is named",
    clear_with=("claims val_accuracy",),
    budget=1.0,
    sick=(lambda _rng: _on("MNIST", 0.99), lambda _rng: _on("SVHN", 0.93)),
    healthy=(lambda _rng: _on("CIFAR-10", 0.999), saying("accuracy_too_high")),
)
