"""Validation loss rises while validation accuracy holds or rises.

## Why it matters
The network decides as well as before and is only too sure of itself: a few wrong answers, given
with near certainty, carry the loss. Accuracy is not in danger; the probabilities are.

## How it is measured
Validation loss rises after its lowest stretch beyond autocorrelated scatter (a test), while the
same test on validation accuracy sees no fall.

## What to try
Keep the weights of the lowest validation loss, or calibrate afterwards (temperature scaling), or
use label smoothing. If only accuracy matters, nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import falling, flat, rising_after, with_curves
from fitdoctor.interventions.regularisation import stop_early
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve, Statement, said_apart, stated
from fitdoctor.rule import Rule
from fitdoctor.stats.trend import turn_after_minimum


def overconfidence(
    loss: Curve | None = None,
    val_loss: Curve | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    statements: tuple[Statement, ...] | None = None,
) -> Iterator[Evidence]:
    said = stated(statements, "val_loss_and_accuracy_rise")
    if said is not None:
        yield Evidence(
            sentence=f"Stated: \u201c{said.sentence}\u201d Few, very confident mistakes do that.",
            weight=3.0 if said_apart(statements) else 5.0,
        )
        return
    if val_loss is None or val_accuracy is None:
        return
    rise = turn_after_minimum(val_loss.values)
    fall = turn_after_minimum(-val_accuracy.values)
    if rise is None or fall is None or rise.p_value > 0.05 or fall.p_value < 0.05:
        return
    if loss is not None and loss.values[-1] >= loss.values[len(loss) // 2]:
        return
    if accuracy is not None and accuracy.values[-1] < 0.6:
        return
    yield Evidence(
        sentence=f"Validation loss has risen by {rise.rise.value:.3g} since about epoch "
        f"{val_loss.epochs[rise.lowest]}, but validation accuracy has not fallen: few, very "
        "confident mistakes.",
        estimate=rise.rise,
        p_value=rise.p_value,
        weight=3.5,
        epochs=(int(val_loss.epochs[rise.lowest]), int(val_loss.epochs[-1])),
    )


RULE = Rule(
    code="C102",
    check=overconfidence,
    kind="cause",
    severity="note",
    any_of=("val_accuracy", "statements"),
    prior=0.05,
    remedies=(stop_early,),
    statistical=True,
    clear="validation loss does not rise while accuracy holds",
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
