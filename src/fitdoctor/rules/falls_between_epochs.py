"""Training loss falls at the start of each epoch and stands within it: images are met again.

## Why it matters
A large network remembers an image it has seen once. Until an epoch ends every image is new; with
the next one all have been seen before, so the loss of each batch is lower at once. It looks like
stairs and is neither a leak nor a fault of shuffling. A mean that is printed over the epoch and
begins anew looks alike.

## How it is measured
Of figures within epochs: at every change of epoch the loss falls, by five times what it moves
within an epoch and by 5 % or more; or the asker says so. Where validation loss does
not rise there is no more to say.

## What to try
Nothing, as long as validation improves. Where it turns, stop there: what is remembered no longer
helps.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from fitdoctor.cases import falling, saying, starting, with_batches
from fitdoctor.records.claim import Claim
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import BatchCurve, Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

TIMES, LEAST, FEWEST, RISES = 5.0, 0.05, 2, 1.02


def falls_between_epochs(
    batch_loss: BatchCurve | None = None,
    val_loss: Curve | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    # "It looks like stairs" supposes nothing: it is what is seen.
    spoken = (c for c in claims or () if c.predicate == "drops_at_epochs")
    said = next((c for c in spoken if c.polarity == "affirmed" and c.holder == "asker"), None)
    stairs = _stairs(batch_loss) if batch_loss is not None else ""
    if not stairs and said is None:
        return
    shown = stairs or f"You write: \u201c{said.sentence if said else ''}\u201d"
    held = val_loss.values if val_loss is not None else np.empty(0)
    improves = len(held) > 1 and bool(np.isfinite(held).all() and held[-1] <= RISES * held.min())
    goes = f" Validation loss goes from {held[0]:.3g} to {held[-1]:.3g}." if improves else ""
    yield Evidence(
        sentence=f"{shown} With the second epoch every image has been seen before, and a network "
        "that is large for its images remembers them: the loss falls where an epoch begins, and "
        f"stands within it. That is no leak, and no fault of shuffling.{goes}",
        weight=2.0,
        settles=("training_does_not_learn", "training_good_validation_bad") if improves else (),
        fix="go on while validation loss falls, and keep the weights of its lowest epoch: the "
        "stairs say how much is remembered, not how good it is",
    )


def _stairs(loss: BatchCurve) -> str:
    """Say at which epochs the loss falls, where it falls between epochs alone; else ""."""
    epochs = [loss.values[loss.epochs == epoch] for epoch in np.unique(loss.epochs)]
    if len(epochs) < FEWEST + 1 or any(len(one) < FEWEST for one in epochs):
        return ""
    if not np.isfinite(loss.values).all():
        return ""
    fell = [before[-1] - after[0] for before, after in pairwise(epochs)]
    within = median(np.array([abs(one[-1] - one[0]) for one in epochs]))
    least = min(fell)
    if least <= TIMES * within or least <= LEAST * epochs[0][0]:
        return ""
    steps = ", ".join(
        f"{before[-1]:.3g} to {after[0]:.3g}" for before, after in pairwise(epochs[:3])
    )
    return f"Training loss falls where an epoch begins ({steps}), and hardly within one."


RULE = Rule(
    code="FD134",
    check=falls_between_epochs,
    kind="benign",
    severity="note",
    any_of=("batch_loss", "claims"),
    clear="the loss falls within epochs, or no figures within them are known",
    clear_with=("batch_loss",),
    budget=1.0,
    sick=(
        with_batches(
            per_epoch=3,
            apart=50,
            loss=starting(0.9, 0.9, 0.89, 0.6, 0.6, 0.6, 0.4, 0.4, 0.39, count=9),
        ),
        saying("drops_at_epochs"),
    ),
    healthy=(with_batches(per_epoch=10, loss=falling(40)),),
)
