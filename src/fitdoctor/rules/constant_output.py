"""Accuracy is exactly the same in every epoch: the network gives one answer to everything.

## Why it matters
The output no longer depends on the image. The accuracy shown is the share of one class.

## How it is measured
Validation accuracy, and training accuracy where it is known, keep one value to the last digit over
at least five epochs, below 0.995. On a validation set so small that this could be chance (fewer
than 60 images where the size is known) both curves must stand still, or validation loss must go a
fifth of its least value while an accuracy of 0.6 or less stands for eight epochs. Three epochs are
enough where the losses stand too: to the last digit, or to a thousandth between 0.7 and 1.02 times
ln K. Two to four rows decide where the digits do: curves that repeat to the last digit, in so many
rows that networks which learn show it in less than one log of a thousand, at a loss no lower than
one answer for all images costs. A cross-entropy of 16.118 times the error rate in each of two to
five rows (15.942 for a sigmoid, 34.539 in old versions: the clips of Keras 1 and 2, and Keras 3
outside TensorFlow) says the same. So does a loss that stands at 87.3365 (Caffe: the true class has
probability 0, or the output is NaN). Where training accuracy is 0 as well it says nothing: one
answer to everything would be right for some of those images.

## What to try
Look at labels, loss and output layer first, then at the scaling of the inputs and the learning
rate; dead relu units in front of the output do this too.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, with_curves
from fitdoctor.interventions.optimisation import lower_learning_rate
from fitdoctor.records.claim import Said
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve, DataSummary
from fitdoctor.rule import Rule
from fitdoctor.stats.digits import BUDGET, chance_of_repeats, clip_of, is_uninformed
from fitdoctor.stats.plateau import stands

CLIPPED_BY_CAFFE = 87.3365
"""-ln FLT_MIN: what it costs in Caffe."""


def constant_output(
    val_accuracy: Curve | None = None,
    accuracy: Curve | None = None,
    val_loss: Curve | None = None,
    data: DataSummary | None = None,
    loss: Curve | None = None,
    classes: int | None = None,
) -> Iterator[Evidence]:
    if loss is not None and len(loss) >= 2 and bool(np.all(_at_caffes_clip(loss.values[-2:]))):
        yield Evidence(
            sentence=f"The loss stands at {CLIPPED_BY_CAFFE}, which is -ln of the smallest float: "
            "every image gets probability 0 for its own class, or the output is NaN.",
            weight=5.0,
        )
    if sealed := _clipped(loss, accuracy) or _clipped(val_loss, val_accuracy):
        yield sealed
        return
    if val_accuracy is None:
        return
    if few := _repeats_in_few(loss, accuracy, val_loss, val_accuracy):
        yield few
        return
    # Losses that repeat to the last digit as well leave no doubt after a few epochs.
    losses_stand = all(c is not None and _stands_still(c, FEW) for c in (loss, val_loss))
    # So does one that stands near what guessing costs, in both parts.
    guesses = classes is not None and all(_guesses(c, classes) for c in (loss, val_loss))
    least = FEW if losses_stand or guesses else ENOUGH
    still = _stands_still(val_accuracy, least)
    if not still or val_accuracy.values[-1] >= 0.995:
        return
    n_val = data.n_val if data else None
    both = accuracy is not None and _stands_still(accuracy, least)
    if not (both or guesses or _loss_moves(val_loss, val_accuracy)) and (
        n_val is None or n_val < 60
    ):
        return
    share = float(val_accuracy.values[-1])
    if both and share == 0 and accuracy is not None and accuracy.values[-1] == 0:
        return  # whatever one class is always answered, it is that of some training images
    yield Evidence(
        sentence=f"Validation accuracy is {share:.4g} in every one of {len(val_accuracy)} epochs: "
        "its weights no longer change, or one class is always answered.",
        weight=5.0 if both else 3.0,
        epochs=(int(val_accuracy.epochs[0]), int(val_accuracy.epochs[-1])),
    )


def _clipped(loss: Curve | None, accuracy: Curve | None) -> Evidence | None:
    """Return what is seen where a loss is the error rate times a clip, to the digits shown."""
    if loss is None or accuracy is None or len(loss) != len(accuracy):
        return None
    clip = clip_of(loss.values[-ROWS:], accuracy.values[-ROWS:])
    if clip is None:
        return None
    return Evidence(
        sentence=f"The loss is {clip:g} times the error rate (accuracy {accuracy.values[-1]:.4g}, "
        f"loss {loss.values[-1]:.4g}): every answer is certain, right or wrong.",
        weight=5.0,
        epochs=(int(loss.epochs[0]), int(loss.epochs[-1])),
    )


def _repeats_in_few(
    loss: Curve | None, accuracy: Curve | None, val_loss: Curve | None, val_accuracy: Curve
) -> Evidence | None:
    """Return what is seen where few rows repeat to the last digit, at a loss that tells nothing."""
    if val_loss is None or not 2 <= len(val_accuracy) < ENOUGH or len(val_loss) < 2:
        return None
    share, cost = float(val_accuracy.values[-1]), float(val_loss.values[-1])
    losses = [c.values for c in (loss, val_loss) if c is not None]
    accuracies = [c.values for c in (accuracy, val_accuracy) if c is not None]
    chance = chance_of_repeats(losses, accuracies)
    still = _stands_still(val_accuracy, 2)
    if not still or chance > BUDGET or not is_uninformed(cost, share):
        return None
    return Evidence(
        sentence=f"Accuracy {share:.4g} and loss {cost:.4g} on validation repeat to the last digit "
        f"in {len(val_accuracy)} epochs, which a network that learns does not show: its weights no "
        "longer change, or one class is always answered.",
        weight=4.0,
        epochs=(int(val_accuracy.epochs[0]), int(val_accuracy.epochs[-1])),
    )


ROWS = 5
"""Rows at the end of a log whose loss must be the clip times the error rate."""
FEW, ENOUGH = 3, 5


def _guesses(curve: Curve | None, classes: int) -> bool:
    """Return whether loss stands, after the first epoch, between 0.7 and 1.02 times ln K."""
    chance = float(np.log(classes))
    return curve is not None and stands(curve.values, 0.7 * chance, 1.02 * chance, STANDS)


STANDS = 1e-3
MANY, MOST_RIGHT, MOVES = 8, 0.6, 0.2


def _loss_moves(val_loss: Curve | None, val_accuracy: Curve) -> bool:
    """Return whether loss goes far over eight epochs while an accuracy of 0.6 or less stands.

    A network that decides by the image and is wrong so often would change some decision meanwhile.
    """
    if val_loss is None or len(val_accuracy) < MANY or val_accuracy.values[-1] > MOST_RIGHT:
        return False
    y = val_loss.values
    return bool(np.isfinite(y).all() and np.ptp(y) > MOVES * float(np.abs(y).min()))


def _at_caffes_clip(losses: np.ndarray) -> np.ndarray:
    return np.abs(losses - CLIPPED_BY_CAFFE) < 1e-3


def _stands_still(curve: Curve, least: int) -> bool:
    # The first epoch's training accuracy averages over the fall into the constant.
    y = curve.values[1:] if len(curve) >= 6 else curve.values
    return len(y) >= least and bool(np.isfinite(y).all() and np.ptp(y) == 0)


RULE = Rule(
    code="FD105",
    check=constant_output,
    kind="symptom",
    severity="error",
    any_of=("val_accuracy", "loss"),
    remedies=(lower_learning_rate,),
    clear="accuracy moves from epoch to epoch",
    clear_with=("val_accuracy", "accuracy"),
    denied_by=(
        Said("one_class_predicted", negated=True),
        Said("same_output_for_all", negated=True),
    ),
    sick=(
        with_curves(
            loss=flat(noise=0.0),
            accuracy=flat(at=0.475, noise=0.0),
            val_accuracy=flat(at=0.475, noise=0.0),
        ),
        with_curves(loss=flat(at=CLIPPED_BY_CAFFE, noise=0.0)),
    ),
    healthy=(
        with_curves(loss=falling(), accuracy=flat(at=0.9), val_accuracy=flat(at=1.0, noise=0.0)),
    ),
)
