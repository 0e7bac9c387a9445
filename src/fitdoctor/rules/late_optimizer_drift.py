"""Training itself gets worse again after many epochs.

## Why it matters
RMSprop and Adam divide by a running size of the gradient. When gradients have become tiny, one
larger batch makes a huge step, and training loss climbs for good. It is not overfitting: training
gets worse too.

## How it is measured
Training loss ends a third or more above its best stretch, with validation loss risen as well,
after 20 epochs or more without a change of the schedule; or it leaps twentyfold within one epoch,
after three or more below 0.05, where no schedule is known; or the asker states it. Eight epochs or
more must also turn upwards beyond their scatter, at p < 0.001. An adaptive optimizer without decay
makes it more likely.

## What to try
Lower the rate late in training, stop early, or a larger epsilon.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, stating, with_curves
from fitdoctor.catalogue.optimizers import averages_squares
from fitdoctor.interventions.optimisation import lower_learning_rate
from fitdoctor.interventions.regularisation import stop_early
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.trend import turn_after_minimum

LEAST_EPOCHS = 20


def late_optimizer_drift(
    loss: Curve | None = None,
    val_loss: Curve | None = None,
    recipe: Recipe | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    optimizer = recipe.optimizer if recipe else None
    adaptive = optimizer is not None and averages_squares(optimizer.name)
    name = f" ({optimizer.name})" if optimizer is not None and adaptive else ""
    if loss is not None and val_loss is not None:
        yield from _in_curves(loss, val_loss, name)
    if loss is not None and not (optimizer is not None and optimizer.schedule):
        yield from _leap(loss, name)
    said = stated(claims, "got_worse_again")
    if said is not None:
        yield Evidence(
            sentence=f"You write: training itself got worse{name}: \u201c{said.sentence}\u201d",
            weight=4.0 if adaptive else 3.0,
        )


LEARNED, LEAP, SETTLED, BY_HEART = 0.05, 20.0, 3, 0.5
"""A training loss that counts as learned, how many times it leaps in one epoch, the epochs that it
was learned before, and the least that it leaps to."""


def _leap(loss: Curve, name: str) -> Iterator[Evidence]:
    """Return whether a training had learned its images and lost them within one epoch."""
    x = loss.values
    if not np.isfinite(x).all():
        return
    for at in range(SETTLED, len(x)):
        before = x[at - SETTLED : at]
        if before.max() < LEARNED and x[at] > max(LEAP * float(before.max()), BY_HEART):
            yield Evidence(
                sentence=f"Training loss was {before[-1]:.3g} at epoch {loss.epochs[at - 1]} and "
                f"is {x[at]:.3g} at epoch {loss.epochs[at]}: one step threw out what had been "
                f"learned{name}.",
                weight=4.5,
                epochs=(int(loss.epochs[at - 1]), int(loss.epochs[at])),
            )
            return


def _in_curves(loss: Curve, val_loss: Curve, name: str) -> Iterator[Evidence]:
    x, y = loss.values, val_loss.values
    span = int(loss.epochs[-1] - loss.epochs[0])
    if span < LEAST_EPOCHS or not (np.isfinite(x).all() and np.isfinite(y).all()) or len(x) < 2:
        return
    best = int(np.argmin(x))
    worse = float(x[-1]) > 1.3 * float(x[best]) and float(y[-1]) > 1.2 * float(y.min())
    lost = float(x[-1] - x[best]) / max(float(x[:best].max(initial=0.0) - x[best]), 1e-9)
    if not worse or best == len(x) - 1 or float(x[best]) < 0.02:
        return
    turn = turn_after_minimum(x) if len(x) >= 8 else None
    if len(x) >= 8 and (turn is None or turn.p_value > 0.001):
        return
    yield Evidence(
        sentence=f"Training loss rose from {x[best]:.3g} at epoch {loss.epochs[best]} to "
        f"{x[-1]:.3g} at epoch {loss.epochs[-1]}{name}, and validation loss with it.",
        weight=5.0,
        effect=lost,
        epochs=(int(loss.epochs[best]), int(loss.epochs[-1])),
    )


def _leaping(rng: np.random.Generator) -> np.ndarray:
    values = falling(30, start=0.6, to=0.004, noise=0.0005)(rng)
    values[22:26] = [1.9, 0.7, 0.2, 0.08]
    return values


def _drifting(rng: np.random.Generator) -> np.ndarray:
    values = falling(60, to=0.4)(rng)
    return values + 0.03 * np.maximum(0, np.arange(60) - 25)


RULE = Rule(
    code="FD118",
    check=late_optimizer_drift,
    kind="cause",
    severity="warning",
    prior=0.03,
    least_effect=0.05,
    effect_of="what training had learned",
    explains={"collapse_after_learning": 0.2},
    any_of=("loss", "claims"),
    remedies=(lower_learning_rate, stop_early),
    clear="training loss does not rise again after its best stretch",
    clear_with=("loss",),
    sick=(
        with_curves(loss=_drifting, val_loss=_drifting),
        with_curves(loss=_leaping),
        stating("got_worse_again", None, "at the end training AND validation are much worse"),
    ),
    healthy=(
        with_curves(loss=falling(60), val_loss=falling(60, to=0.4, noise=0.03)),
        with_curves(loss=flat(60, at=0.5, noise=0.02), val_loss=flat(60, at=0.6, noise=0.03)),
    ),
)
