"""One class dominates, and the accuracy hides it.

## Why it matters
Answering the largest class for every image already scores its share. Accuracy then looks like
learning, and the rare classes are never answered.

## How it is measured
The counts of images a class, stated or counted: the largest is at least 2.5 times the smallest, by
more than chance makes of equal classes. A note by itself; a warning where accuracy, of training or
validation, stands at the share of the largest class (within half a point) in its last three epochs.
Without counts: the accuracy stands still at a share above three quarters and the loss is the
entropy of that share, as one answer for every image scores. What the asker states (one class is
always predicted, an accuracy at that share) counts as well.

## What to try
Class weights in `fit`, more images of the rare classes, and a metric a class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from fitdoctor.cases import with_data
from fitdoctor.interventions.optimisation import balance_classes
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import OF_ANSWERS, Curve, DataSummary, Script
from fitdoctor.rule import Rule
from fitdoctor.stats.imbalance import rare
from fitdoctor.stats.proportions import wilson
from fitdoctor.stats.quantile import median


def class_imbalance(
    data: DataSummary | None = None,
    val_accuracy: Curve | None = None,
    accuracy: Curve | None = None,
    claims: tuple[Claim, ...] | None = None,
    val_loss: Curve | None = None,
    loss: Curve | None = None,
    script: Script | None = None,
) -> Iterator[Evidence]:
    if _is_met(script, claims):
        return
    yield from _as_stated(claims)
    for share_curve, loss_curve in ((val_accuracy, val_loss), (accuracy, loss)):
        if told := _constant_answer(share_curve, loss_curve):
            yield told
            break
    counts = data.class_counts if data else ()
    if len(counts) < 2 or min(counts) < 1 or max(counts) < LEAST_STUCK * min(counts):
        return
    share = max(counts) / sum(counts)
    stuck = any(
        curve is not None and len(curve) >= 3 and _no_better(curve, share, data)
        for curve in (val_accuracy, accuracy)
    )
    reached = stated(claims, "said_val_accuracy", "said_accuracy")
    stuck = stuck or (
        reached is not None
        and reached.value is not None
        and abs(reached.value - share) < SAME_SHARE
    )
    said = stated(claims, "one_class_predicted", "same_every_epoch", "stays_at_start")
    seen, stuck = stuck, stuck or said is not None
    corrected = not stuck and stated(claims, "class_weights_used") is not None
    if corrected or (not stuck and not rare(counts)):
        return
    answered = data is not None and data.origins.get("class_counts") == OF_ANSWERS
    yield Evidence(
        sentence=(
            "Of the images that were predicted on, classes hold " if answered else "Classes hold "
        )
        + f"{min(counts)} to {max(counts)}{'' if answered else ' images'}; always answering the "
        f"largest scores {share:.1%}"
        + (
            f"; stated: \u201c{said.sentence}\u201d"
            if said
            else ", and that is the accuracy reached."
            if stuck
            else "."
        ),
        weight=5.0 if stuck else 0.7 if answered else 2.0,
        # What is said of one answer for all makes no mild imbalance the cause of it.
        severity=None if seen or (said and rare(counts)) else "note",
        fix="count the training images of each class; where they are as unlike, weight the classes "
        "by these counts, and watch the recall of each class"
        if answered
        else _weights(counts, in_torch=script is not None and script.framework == "torch"),
    )


MOST_WEIGHTS = 6


def _weights(counts: tuple[int, ...], *, in_torch: bool) -> str:
    """Return what makes classes count alike, with the weights that these counts give."""
    if len(counts) > MOST_WEIGHTS:
        return ""
    weights = [f"{sum(counts) / (len(counts) * count):.3g}" for count in counts]
    watch = "watch the recall of each class, not accuracy"
    if in_torch:
        return f"CrossEntropyLoss(weight=torch.tensor([{', '.join(weights)}])); {watch}"
    pairs = ", ".join(f"{number}: {weight}" for number, weight in enumerate(weights))
    return f"fit(..., class_weight={{{pairs}}}), if classes are numbered in this order; {watch}"


def _no_better(curve: Curve, share: float, data: DataSummary | None) -> bool:
    """Return whether an accuracy is not surely above what always answering the largest scores."""
    last = curve.values[-3:]
    if bool(np.all(np.abs(last - share) < 0.005)):
        return True
    n = data.n_val if data is not None else None
    level = median(last)
    return n is not None and 0 <= level <= 1 and share > 0.5 and wilson(level, n).low < share


LEAST_STUCK = 1.5
"""The largest class against the smallest, where the network answers it alone."""
LEAST_SHARE, SAME_SHARE = 0.75, 0.005


def _constant_answer(accuracy: Curve | None, loss: Curve | None) -> Evidence | None:
    """Return what a loss at the entropy of the accuracy tells: always the same probability.

    Of all answers that do not look at the image, the share of each class scores best, and the
    binary cross-entropy is then the entropy of the shares.
    """
    if accuracy is None or loss is None or len(accuracy) < 3 or len(loss) != len(accuracy):
        return None
    share = median(accuracy.values[-3:])
    if not MOST_OF_ALL <= share < 1 or np.ptp(accuracy.values[-3:]) > 0:
        return None
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    apart = np.abs(loss.values[-3:] - entropy)
    if share < LEAST_SHARE or not np.all(apart < 0.015 * entropy):
        still = len(accuracy) >= MANY and not np.ptp(accuracy.values)
        return (
            _perhaps(accuracy, loss, entropy) if still and np.all(apart < NEAR * entropy) else None
        )
    return Evidence(
        sentence=f"Accuracy stands at {share:.1%} and the loss at {loss.values[-1]:.4g}; one "
        f"answer for every image scores {entropy:.4g} where the largest class holds {share:.1%}.",
        weight=5.5,
    )


MOST_OF_ALL, NEAR, MANY = 0.5, 0.1, 4
"""Share from which on one class is most of the images; how near the entropy of the shares a loss
comes, and over how many epochs an accuracy stands, to be a hint of one answer for all."""


def _perhaps(accuracy: Curve, loss: Curve, entropy: float) -> Evidence:
    """Return a hint where accuracy stands to its last digit and the loss passes the entropy."""
    share = float(accuracy.values[-1])
    return Evidence(
        sentence=f"Accuracy is {share:.1%} in each of {len(accuracy)} epochs while the loss goes "
        f"from {loss.values[0]:.3g} to {loss.values[-1]:.3g}: probabilities move, and no answer "
        f"changes. So it is where one class holds {share:.1%} of the images and is always "
        f"answered, which scores {entropy:.3g}.",
        weight=2.5,
        severity="note",
    )


def _as_stated(claims: tuple[Claim, ...] | None) -> Iterator[Evidence]:
    share, stays = stated(claims, "largest_class_share"), stated(claims, "stays_at_start")
    if share is None or share.value is None or share.value < 0.5:
        return
    stuck = stays or stated(claims, "same_every_epoch", "one_class_predicted")
    yield Evidence(
        sentence=f"You write: the largest class is {share.value:.0%}: a constant answer scores that"
        + (f", and \u201c{stuck.sentence}\u201d" if stuck else "."),
        weight=5.0 if stuck else 1.5,
        severity=None if stuck else "note",
        line=None,
    )


def _is_met(script: Script | None, claims: Iterable[Claim] | None = None) -> bool:
    """Return whether classes are weighted already; whether rightly is what other rules look at."""
    shown = script is not None and "class_weight" in script.fit
    return shown or stated(claims, "balanced_twice") is not None


EVEN = 1.2


def _are_even(data: DataSummary | None) -> bool:
    """Return whether the classes are counted, and about as large as one another."""
    counts = data.class_counts if data is not None else ()
    return len(counts) > 1 and max(counts) <= EVEN * min(counts)


RULE = Rule(
    code="FD403",
    check=class_imbalance,
    kind="cause",
    severity="warning",
    any_of=("data", "claims", "val_loss", "loss"),
    prior=0.03,
    excluded=lambda run: _are_even(run.data) or _is_met(run.script, run.claims),
    explains={"constant_output": 0.5},
    helped_by=("balance",),
    remedies=(balance_classes,),
    clear="no class has 2.5 times as many images as another, as far as is known",
    clear_with=("class_counts",),
    asks={
        "largest_class": {"about_equal": 0.03, "twice_its_share": 0.18, "most_images": 0.79},
        "predicted_classes": {"yes": 0.49, "no": 0.51},
    },
    denied_by=(Said("imbalanced", negated=True), Said("class_weights_used")),
    sick=(with_data(class_counts=(900, 100, 50)),),
    healthy=(with_data(class_counts=(300, 280, 130)),),
)
