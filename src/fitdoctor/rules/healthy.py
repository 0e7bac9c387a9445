"""Nothing wrong was found, and enough was seen to say so.

## Why it matters
Most worrying curves are ordinary. Saying so is an answer, and a claim that needs its own evidence:
not finding anything in half a log is no proof of health.

## How it is measured
At least eight epochs with training and validation loss; training loss fell; validation loss ended
below its start, does not rise beyond its scatter (a test) and ends less than a fifth above its
lowest value, since a short log cannot tell such a rise from scatter; validation accuracy, where
known, has come a fifth of the way from chance to 1 (from where it began, one half at most, where
the number of classes is not known), and validation loss lies below ln K for K classes. The verdict
also asks that no rule has a warning or an error. Where only accuracies are given: over eight epochs
training accuracy rose, validation accuracy came with it, a fifth of the way from chance or more,
and within ten points. Accuracies that lie 15 points apart in the end, or validation 5 points above
training in most epochs, are mentioned: neither is a fault by itself.

## What to try
Nothing, or train longer if validation still improves.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import falling, flat, with_curves
from fitdoctor.cases import healthy as healthy_case
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median, quantile
from fitdoctor.stats.spikes import leaps
from fitdoctor.stats.trend import turn_after_minimum

LEAST_EPOCHS = 8
LEAST_SHARE = 0.2
"""Of the way from chance to 1 that validation accuracy must have come."""
LEAST_WHEN_CLOSE = 5
"""Enough where validation is better than training, or a tenth worse at most, in every epoch."""


def healthy(
    loss: Curve | None = None,
    val_loss: Curve | None = None,
    accuracy: Curve | None = None,
    val_accuracy: Curve | None = None,
    classes: int | None = None,
) -> Iterator[Evidence]:
    if loss is None and val_loss is None:
        yield from _by_accuracy(accuracy, val_accuracy, classes)
    if val_accuracy is not None and _swings(val_accuracy.values):
        return
    if loss is None or val_loss is None:
        return
    x, y = loss.values, val_loss.values
    n = min(len(x), len(y))
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return
    close = n >= LEAST_WHEN_CLOSE and bool(np.all(y[:n] - x[:n] < 0.1 * np.abs(x[:n])))
    if n < (LEAST_WHEN_CLOSE if close else LEAST_EPOCHS):
        return
    if leaps(y):
        return
    fell = 1 - median(x[-3:]) / float(np.max(x[:2])) if np.max(x[:2]) > 0 else 0.0
    followed = median(y[-3:]) < float(np.max(y[:3]))
    turn = turn_after_minimum(y)
    lowest, back = float(y.min()), float(y[-1] - y.min())
    if _came_back(y):
        return  # too much for "nothing", whether a test can tell it from scatter or not
    above = classes is None or median(y[-3:]) < np.log(max(classes, 2))
    if val_accuracy is not None:
        chance = 1 / classes if classes else min(float(val_accuracy.values[0]), 0.5)
        end = median(val_accuracy.values[-3:])
        above &= end > chance + LEAST_SHARE * (1 - chance)
    if fell > 0 and followed and above and (turn is None or turn.p_value > 0.01):
        yield Evidence(
            sentence=f"Training loss fell from {x[0]:.3g} to {_end(x)}, validation loss from "
            f"{y[0]:.3g} to {y[-1]:.3g}, {_above(back, lowest)}.{_apart(accuracy, val_accuracy)}",
            weight=3.0,
            effect=fell,
        )


MOST_STEP = 0.12
"""Typical step of an accuracy from epoch to epoch that no set of images makes which anybody has."""


def _swings(y: np.ndarray) -> bool:
    """Return whether a validation accuracy goes up and down further than counting explains."""
    steps = np.abs(np.diff(y[len(y) // 2 :]))
    return len(steps) > 1 and median(steps) > MOST_STEP


MOST_BACK, LEAST_BACK, MANY_EPOCHS = 0.2, 0.05, 20
"""How far above its lowest value validation loss may end, as a share of that value; less than the
second share of its fall does not count. From so many epochs on medians of three tell it."""


def _came_back(y: np.ndarray) -> bool:
    """Return whether this is a loss that ended far above its lowest value."""
    level = y
    if len(y) >= MANY_EPOCHS:
        level = quantile(np.lib.stride_tricks.sliding_window_view(y, 3).T, 0.5)
    above = level[-2:] - level.min()
    back = min(float(above[1]), 2 * float(above[0]))  # one epoch alone may leap
    return back > MOST_BACK * float(level.min()) and back > LEAST_BACK * float(np.ptp(level))


FAR, BETTER, MOSTLY = 0.15, 0.05, 0.8
"""Points of accuracy by which training lies above validation in the end, or below it in so many of
the epochs, from which on it is mentioned."""


def _apart(accuracy: Curve | None, val_accuracy: Curve | None) -> str:
    """Return a sentence on a gap between the accuracies; "" where there is none."""
    if accuracy is None or val_accuracy is None:
        return ""
    n = min(len(accuracy), len(val_accuracy))
    train, val = accuracy.values[:n], val_accuracy.values[:n]
    if n < LEAST_WHEN_CLOSE or not (np.isfinite(train).all() and np.isfinite(val).all()):
        return ""
    ends = median(train[-3:]), median(val[-3:])
    if ends[0] - ends[1] >= FAR:
        return (
            f" Training accuracy ends {100 * (ends[0] - ends[1]):.0f} points above validation: no "
            "fault by itself, but more images may narrow it."
        )
    if float(np.mean(val - train >= BETTER)) >= MOSTLY:
        return (
            f" Validation accuracy lies {100 * median(val - train):.0f} points above "
            "training: dropout, augmentation or easier images do that."
        )
    return ""


def _end(x: np.ndarray) -> str:
    """Name the last value, or the lowest where the last lies above the first."""
    return f"{x[-1]:.3g}" if x[-1] < x[0] else f"{x.min():.3g} at its lowest"


def _above(back: float, lowest: float) -> str:
    """Say how far above its lowest value a validation loss ended."""
    if back <= 0:
        return "its lowest value"
    share = f" ({back / lowest:.0%})" if lowest > 0 else ""
    return f"{back:.2g}{share} above its lowest value"


APART = 0.1


def _by_accuracy(
    accuracy: Curve | None, val_accuracy: Curve | None, classes: int | None
) -> Iterator[Evidence]:
    """Say so of accuracies alone: both rise, stay near each other, and well above chance."""
    if accuracy is None or val_accuracy is None:
        return
    x, y = accuracy.values, val_accuracy.values
    if min(len(x), len(y)) < LEAST_EPOCHS or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return
    if _swings(y):
        return
    end, held = median(x[-3:]), median(y[-3:])
    chance = 1 / (classes or 2)
    turn = turn_after_minimum(-y)
    if (
        end > float(x[0]) + LEAST_SHARE * (1 - float(x[0]))
        and held > float(np.min(y[:3]))
        and held > chance + LEAST_SHARE * (1 - chance)
        and end - held < APART
        and (turn is None or turn.p_value > 0.01)
    ):
        yield Evidence(
            sentence=f"Training accuracy rose from {x[0]:.3g} to {x[-1]:.3g}, validation accuracy "
            f"from {y[0]:.3g} to {y[-1]:.3g}, and it does not fall beyond its scatter.",
            weight=3.0,
        )


RULE = Rule(
    code="FD100",
    check=healthy,
    kind="benign",
    severity="note",
    least_effect=0.25,
    effect_of="the first training loss",
    clear="too little was seen to call the run healthy, or it does not look it",
    clear_with=("loss val_loss", "accuracy val_accuracy"),
    budget=1.0,
    any_of=("loss", "accuracy"),
    sick=(healthy_case,),
    healthy=(with_curves(loss=flat(), val_loss=flat(at=1.3)), with_curves(loss=falling())),
)
