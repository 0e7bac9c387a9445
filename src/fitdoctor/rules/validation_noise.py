"""The wobble of the validation curve is what scatter and a finite validation set explain.

## Why it matters
Differences between such epochs mean nothing. Choosing the best of them, or changing a setting
because of one, is choosing by dice.

## How it is measured
Over the last half of at least eight epochs validation accuracy shows no trend (tested), and it
moves no further than steps from one epoch to the next account for: a
drift, a jump or a few deep dips spread it more than 2.5 times as far. Where it rises, or validation
loss falls, at every step of these epochs, that is no noise (as many steps of scatter all go one way
in one of 100 cases or fewer). The scatter is printed beside
what a validation set of this size can tell apart at all.

Over four epochs or more, on a known number of images: accuracies scatter no more than so many draws
of right and wrong answers do (chi-squared, 5 %), and validation loss does not rise. Then the wobble
is all there is to it.

## What to try
Nothing. To see smaller differences, use more validation images, or compare settings over several
seeds.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fitdoctor.cases import falling, flat, straight, with_curves
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve, DataSummary
from fitdoctor.rule import Rule
from fitdoctor.stats.proportions import smallest_visible_change
from fitdoctor.stats.quantile import median
from fitdoctor.stats.trend import falls_at_end, trend

STEP_TO_DEVIATION = 1.4826 / np.sqrt(2)
"""Median size of the difference of two normal numbers to their standard deviation."""
ENOUGH, DRIFTS = 6, 2.5
RARE = 0.01
FEW = 100
"""Validation images of which one alone is more than a point."""
MOST_SPREAD = 0.12
"""Standard deviation of accuracies on 17 images at one half: sqrt(0.25 / 17)."""


def validation_noise(
    val_accuracy: Curve | None = None,
    data: DataSummary | None = None,
    claims: tuple[Claim, ...] | None = None,
    val_loss: Curve | None = None,
) -> Iterator[Evidence]:
    said = stated(claims, "curves_close_with_gap")
    if said is not None:
        yield Evidence(
            sentence=f"You write: \u201c{said.sentence}\u201d A wobble about a curve that follows "
            "training is what a finite validation set gives.",
        )
    if val_accuracy is None:
        return
    if (drawn := _as_drawn(val_accuracy, data, val_loss)) is not None:
        yield drawn
        return
    n = len(val_accuracy)
    y = val_accuracy.values[n // 2 :]
    if n < 8 or not np.isfinite(y).all():
        return
    going = trend(y)
    if going and min(going.p_rise, going.p_fall) < 0.01:
        return
    if _goes_on(-y) or (val_loss is not None and _goes_on(val_loss.values[-len(y) :])):
        return
    centre, spread = float(np.mean(y)), float(np.std(y, ddof=1))
    if spread > MOST_SPREAD:
        return  # no set of images that anybody validates on scatters like that
    by_step = median(np.abs(np.diff(y))) * STEP_TO_DEVIATION
    if len(y) >= ENOUGH and spread > DRIFTS * by_step > 0:
        return
    n_val = data.n_val if data else None
    known = ""
    if n_val:
        least = smallest_visible_change(centre, n_val)
        single = f" one is {100 / n_val:.1f} points, and" if n_val < FEW else ""
        known = (
            f" On {n_val} images{_origin(data)}{single} two separate tests differ visibly from "
            f"{100 * least:.1f} points on."
        )
    yield Evidence(
        sentence=f"Since epoch {val_accuracy.epochs[n // 2]} validation accuracy moves about "
        f"{centre:.1%} by {100 * spread:.1f} points, without a trend: noise.{known}",
        estimate=Estimate(centre, float(y.min()), float(y.max())),
        effect=float(np.ptp(y)),
        epochs=(int(val_accuracy.epochs[n // 2]), int(val_accuracy.epochs[-1])),
    )


FEWEST, LIMIT, RISES = 4, 1.645, 1.02
"""Epochs, the test's normal quantile, and what validation loss may end at, in times its start."""
SIZES = 2000
"""Validation images above which a wobble that counting explains is too small to be asked about."""


def _as_drawn(
    val_accuracy: Curve, data: DataSummary | None, val_loss: Curve | None
) -> Evidence | None:
    """Return evidence where accuracies of so many images scatter as counts of them do."""
    n, y = (data.n_val if data else None), val_accuracy.values[-MOST_LOOKED_AT:]
    if not n or n > SIZES or "digits" in (data.origins.get("n_val", "") if data else ""):
        return None
    if len(y) < FEWEST or not np.isfinite(y).all() or not 0 < y.min() <= y.max() < 1:
        return None
    if val_loss is None or len(val_loss) < len(y):
        return None
    held, going = val_loss.values[-len(y) :], trend(y) if len(y) >= 8 else None
    steady = np.isfinite(held).all() and median(held[-2:]) <= RISES * median(held[:2])
    steady = steady and held[-1] <= RISES * held[0]
    if not steady or (going and min(going.p_rise, going.p_fall) < 0.01):
        return None
    level, free = float(y.mean()), len(y) - 1
    error = float(np.sqrt(level * (1 - level) / n))
    squares = float(((y - level) ** 2).sum()) / error**2
    apart = round(float(np.ptp(y)) * n)
    if squares > free + LIMIT * np.sqrt(2 * free) or apart < 1:
        return None
    return Evidence(
        sentence=f"On {n} images one image is {100 / n:.2g} points: {y.min():.1%} to "
        f"{y.max():.1%} are {round(y.min() * n)} to {round(y.max() * n)} right, {apart} apart. The "
        f"standard error of {level:.0%} is sqrt({level:.2f} * {1 - level:.2f} / {n}) = "
        f"{100 * error:.1f} points, so such jumps are what {n} images give. Validation loss, "
        f"which counts how sure each answer is, goes from {held[0]:.3g} to {held[-1]:.3g}.",
        weight=3.0,
        effect=float(np.ptp(y)),
        epochs=(int(val_accuracy.epochs[-len(y)]), int(val_accuracy.epochs[-1])),
        settles=("validation_jumps", "differs_from_run_to_run"),
        fix="lower no rate and change no layer because of it: go by the validation loss, and for a "
        "steadier accuracy take more validation images or cross-validation over all images",
    )


MOST_LOOKED_AT = 40


def _goes_on(y: NDArray[np.float64]) -> bool:
    """Return whether all steps go down, as scatter does in fewer than one of 100 cases."""
    steps, chance = falls_at_end(y) if np.isfinite(y).all() else (0, 1.0)
    return steps == len(y) - 1 and chance < RARE


def _origin(data: DataSummary | None) -> str:
    """Say how sure a size is that was read off the digits."""
    digits = data.n_val_from_digits if data else None
    if data is None or digits is None or "digits" not in data.origins.get("n_val", ""):
        return ""
    return (
        f" (read off the digits: {digits.fits} of {digits.values} accuracies fit; 90 % credible "
        f"{digits.low} to {digits.high}, {min(digits.probability, 0.99):.0%} sure)"
    )


def _jumps(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return an accuracy that rises once, late, as after a fall of the learning rate."""
    values = flat(at=0.7, noise=0.004)(rng)
    values[3 * len(values) // 4 :] += 0.1
    return values


RULE = Rule(
    code="FD106",
    check=validation_noise,
    kind="benign",
    severity="note",
    least_effect=0.005,
    effect_of="all images",
    any_of=("val_accuracy", "claims"),
    clear="validation accuracy still has a trend, or does not move at all",
    clear_with=("val_accuracy",),
    budget=1.0,
    denied_by=(Said("fluctuates", negated=True, split="validation"),),
    sick=(with_curves(loss=falling(), val_accuracy=flat(at=0.81, noise=0.01)),),
    healthy=(
        with_curves(loss=falling(), val_accuracy=straight(start=0.3, to=0.9)),
        with_curves(loss=falling(), val_accuracy=_jumps),
    ),
)
