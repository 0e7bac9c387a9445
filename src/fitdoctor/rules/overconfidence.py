"""Validation loss rises while validation accuracy holds or rises.

## Why it matters
The network decides as well as before and is only too sure of itself: a few wrong answers, given
with near certainty, carry the loss. Accuracy is not in danger; the probabilities are.

## How it is measured
Validation loss rises after its lowest stretch beyond autocorrelated scatter (a test), while the
same test on validation accuracy sees no fall. In an excerpt of four to seven rows: it rises in
every row, to half as much again or more, and accuracy falls in none. Below an accuracy of 0.6 the
decisions are the trouble, and it is not said.

## What to try
Keep the weights of the lowest validation loss, or calibrate afterwards (temperature scaling), or
use label smoothing. If only accuracy matters, nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, rising_after, with_curves
from fitdoctor.interventions.regularisation import stop_early
from fitdoctor.records.claim import AGREE, Claim, Said, said_apart, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median
from fitdoctor.stats.trend import turn_after_minimum


def overconfidence(
    loss: Curve | None = None,
    val_loss: Curve | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    said = stated(claims, "val_loss_and_accuracy_rise")
    if said is not None:
        yield Evidence(
            sentence=f"You write: \u201c{said.sentence}\u201d Few, very sure mistakes do that.",
            weight=3.0 if said_apart(claims) else 5.0,
        )
        return
    if val_loss is None or val_accuracy is None or val_accuracy.values.max(initial=0) == 0:
        return
    right = median(val_accuracy.values[-3:])
    if not right >= LEAST_RIGHT:
        return  # with so many mistakes the decisions are the trouble
    if climb := _climbs(loss, val_loss, val_accuracy):
        yield climb
        return
    y = val_loss.values
    rise = turn_after_minimum(y)
    fall = turn_after_minimum(-val_accuracy.values)
    if rise is None or fall is None or rise.p_value > 0.05 or fall.p_value < 0.05:
        return
    if loss is not None and loss.values[-1] >= loss.values[len(loss) // 2]:
        return
    if accuracy is not None and accuracy.values[-1] < 0.6:
        return
    yield Evidence(
        sentence=f"Validation loss has risen from {y.min():.3g} at epoch "
        f"{val_loss.epochs[int(y.argmin())]} to {y[-1]:.3g}, but validation accuracy "
        f"has not fallen: {_mistakes(right)}.",
        estimate=rise.rise,
        p_value=rise.p_value,
        weight=3.5,
        effect=rise.rise.value / max(float(y.min()), 1e-9),
        epochs=(int(val_loss.epochs[rise.lowest]), int(val_loss.epochs[-1])),
    )


LEAST_RIGHT, MOSTLY_RIGHT = 0.6, 0.85
"""Accuracies from which on mistakes are not the trouble itself, and are few."""


def _mistakes(right: float) -> str:
    """Name the mistakes by how many there are."""
    if right >= MOSTLY_RIGHT:
        return "few, very confident mistakes"
    return f"the mistakes, {1 - right:.0%} of the images, get ever more confident"


LEAST_ROWS, MOST_ROWS, CLIMB = 4, 7, 1.5
"""Rows of an excerpt too short for the test, and what the loss must rise to, times its least."""


def _climbs(loss: Curve | None, val_loss: Curve, val_accuracy: Curve) -> Evidence | None:
    """Return whether the loss rises in every row of an excerpt and accuracy falls in none."""
    y, share = val_loss.values, val_accuracy.values
    if (
        loss is None
        or not LEAST_ROWS <= len(y) <= MOST_ROWS
        or not len(loss) == len(share) == len(y)
    ):
        return None
    rises = bool((np.diff(y) > 0).all() and y[-1] >= CLIMB * y[0] > 0)
    if not rises or (np.diff(share) < 0).any() or (np.diff(loss.values) > 0).any():
        return None
    return Evidence(
        sentence=f"Validation loss rises in each of {len(y)} rows, from {y[0]:.3g} to {y[-1]:.3g}, "
        f"and validation accuracy with it, from {share[0]:.3g} to {share[-1]:.3g}: "
        f"{_mistakes(float(share[-1]))}.",
        weight=3.5,
        effect=float(y[-1] / y[0]) - 1,
        epochs=(int(val_loss.epochs[0]), int(val_loss.epochs[-1])),
    )


RULE = Rule(
    code="FD102",
    check=overconfidence,
    kind="cause",
    severity="note",
    least_effect=0.05,
    effect_of="the lowest validation loss",
    any_of=("val_accuracy", "claims"),
    prior=0.05,
    remedies=(stop_early,),
    statistical=True,
    clear="validation loss does not rise while accuracy holds",
    clear_with=("val_loss val_accuracy",),
    denied_by=(
        *AGREE,
        Said("falls", split="validation", measurement="accuracy"),
        Said("falls", split="validation", measurement="loss"),
        Said("stays", split="validation", measurement="loss"),
    ),
    sick=(
        with_curves(
            loss=falling(to=0.05),
            val_loss=rising_after(),
            accuracy=flat(at=0.98, noise=0.003),
            val_accuracy=flat(at=0.9),
        ),
    ),
    healthy=(
        with_curves(
            loss=falling(),
            val_loss=falling(to=0.4, phi=0.7),
            accuracy=flat(at=0.98, noise=0.003),
            val_accuracy=flat(at=0.9),
        ),
    ),
)
