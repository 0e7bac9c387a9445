"""Time decay makes the learning rate vanish before training is done.

## Why it matters
Keras' `decay` divides the rate by 1 + decay * step, and it counts *steps*, not epochs: 0.01 is a
tenth of the rate after 900 steps. What has not been learned by then is not learned.

## How it is measured
By calculation: decay, steps an epoch (stated, counted, or images over batch size, 32 where none is
given; one at least where nothing is known) and epochs give the factor at the end. It speaks when
less than a quarter of the rate is left. Keras 3 ignores the argument, so a run known to be trained
by it is clear. Where the epochs are not known, a tenth left after one of them (after a hundred
steps, where those are not known either) is enough. A schedule that leaves a twentieth of the rate
or less after a tenth of the steps counts as well; where the number of images is not known it is
taken for a thousand. So does one that leaves a two-hundredth of it after ten epochs.
Where the rate was logged, or a function gives it for each epoch, less than a thousandth of its
highest value for the second half of the epochs counts, unless the training images are right by
then. A hint is a logged cut to a third or less while validation loss had fallen by 2 % in each
epoch before it, if it gains from then on less than a third of that and the rate ends below a tenth.

## What to try
Leave `decay` out; use a schedule that knows the length of the run, such as cosine decay.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from fitdoctor.cases import with_curves, with_recipe
from fitdoctor.interventions.optimisation import remove_decay
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Optimizer, Recipe
from fitdoctor.records.run import KERAS_DEFAULT_BATCH, Curve, DataSummary
from fitdoctor.records.schedule import rate_at
from fitdoctor.rule import Rule

FEW_IMAGES = 1000
"""As few as are trained on where nothing says how many there are: more take more steps."""


def learning_rate_decays_away(
    recipe: Recipe | None = None,
    data: DataSummary | None = None,
    learning_rate: Curve | None = None,
    accuracy: Curve | None = None,
    val_loss: Curve | None = None,
) -> Iterator[Evidence]:
    if learning_rate is not None and val_loss is not None:
        early = _cut_early(learning_rate, val_loss)
        if early is not None:
            yield early
            return
    if recipe is None or recipe.optimizer is None:
        return
    optimizer = recipe.optimizer
    arrived = accuracy is not None and float(np.max(accuracy.values)) > ARRIVED
    if learning_rate is not None and not arrived and (seen := _fell(learning_rate)) is not None:
        yield replace(seen, line=optimizer.line)
        return
    if planned := _table_falls(optimizer):
        yield planned
        return
    if not recipe.epochs:
        yield from _soon(optimizer, recipe, data)
        return
    batch = recipe.batch_size or KERAS_DEFAULT_BATCH
    steps = data.steps(batch) if data else None
    assumed = steps or -(-FEW_IMAGES // batch)
    if early := _vanishes(optimizer, assumed * recipe.epochs, assumed):
        if steps is None:
            words = f"{early.sentence[:-1]}, if there are {FEW_IMAGES} images."
            early = replace(early, sentence=words, weight=3.0)
        yield early
        return
    if not optimizer.decay:
        return
    if (recipe.keras or "").startswith("3") and recipe.images is None:
        return
    at_least = "" if steps else "at least "
    steps = steps or 1
    factor = 1 / (1 + optimizer.decay * steps * recipe.epochs)
    if factor < 0.25:
        yield Evidence(
            sentence=f"decay={optimizer.decay:g} over {recipe.epochs} epochs of {at_least}{steps} "
            f"steps leaves {factor:.0%} of the learning rate: it is cut {1 / factor:.0f}-fold.",
            estimate=Estimate(factor, factor, factor),
            weight=3.0 if factor > 0.05 else 4.5,
            line=optimizer.line,
        )


CUT, GAINED, LESS, LEAST_LEFT, BEFORE = 0.3, 0.02, 0.3, 0.1, 3
"""What a cut leaves of the rate, what validation loss gains in an epoch before it, which part of
that it gains after it, what all cuts leave, and epochs before the first that are looked at."""


def _cut_early(rates: Curve, val_loss: Curve) -> Evidence | None:
    """Return that the rate was first cut while validation improved in each epoch, and again."""
    both, at_rate, at_loss = np.intersect1d(rates.epochs, val_loss.epochs, return_indices=True)
    rate, loss = rates.values[at_rate], val_loss.values[at_loss]
    finite = np.isfinite(rate).all() and np.isfinite(loss).all()
    if len(both) < LEAST_EPOCHS or not finite or (rate <= 0).any() or (loss <= 0).any():
        return None
    cuts = np.flatnonzero(rate[1:] < CUT * rate[:-1]) + 1
    if not len(cuts) or cuts[0] < BEFORE or len(both) - cuts[0] < BEFORE:
        return None
    first = int(cuts[0])
    gains = -np.diff(np.log(loss))
    before, after = gains[: first - 1][-BEFORE:], gains[first - 1 :]
    improved = len(before) >= BEFORE - 1 and bool((before > GAINED).all())
    stalled = float(after.mean()) < LESS * float(before.min())
    if not improved or not stalled or rate[-1] > LEAST_LEFT * rate[0]:
        return None
    return Evidence(
        sentence=f"The learning rate was cut from {rate[first - 1]:.2g} to {rate[first]:.2g} at "
        f"epoch {both[first]}, though validation loss had fallen at every epoch "
        f"({loss[0]:.3g} to {loss[first - 1]:.3g}), and is down to {rate[-1]:.2g}; since then it "
        f"went from {loss[first]:.3g} to {loss[-1]:.3g} alone. It may be the rate that ended "
        "the training, and not the network.",
        weight=3.5,
        severity="note",
        epochs=(int(both[first]), int(both[-1])),
        fix="let the rate be cut where validation stops improving, no sooner: a plateau schedule "
        "on a loss needs mode 'min', and more patience",
    )


LEAST_EPOCHS, LEFT_LOGGED, ARRIVED = 5, 1e-3, 0.95


def _fell(rates: Curve) -> Evidence | None:
    """Return that the rate as logged is nothing for the second half of training, or longer."""
    values = rates.values
    if len(values) < LEAST_EPOCHS or not np.isfinite(values).all():
        return None
    top = float(values.max())
    gone = np.flatnonzero(values >= LEFT_LOGGED * top)[-1] + 1  # the first epoch of the rest
    if top <= 0 or gone > len(values) / 2:
        return None
    return Evidence(
        sentence=f"The learning rate was {top:.3g} and is {float(values[gone]):.2g} from epoch "
        f"{gone + 1} of {len(values)} on.",
        weight=4.0,
    )


def _table_falls(optimizer: Optimizer) -> Evidence | None:
    """Return that the function of the schedule gives next to nothing for half of the epochs."""
    schedule = optimizer.schedule
    if schedule is None or schedule.kind != "table" or schedule.unit != "epochs":
        return None
    rates = np.array(schedule.rates)
    if len(rates) < LEAST_EPOCHS or not np.isfinite(rates).all() or rates.max() <= 0:
        return None
    gone = int(np.flatnonzero(rates >= LEFT_LOGGED * rates.max())[-1]) + 1
    if gone > len(rates) / 2:
        return None
    return Evidence(
        sentence=f"The schedule begins at {rates[0]:.3g} and gives {rates[gone]:.2g} from epoch "
        f"{gone + 1} of {len(rates)} on.",
        weight=4.5,
        line=schedule.line or optimizer.line,
    )


FEW_STEPS, SOON = 100, 0.1


def _soon(optimizer: Optimizer, recipe: Recipe, data: DataSummary | None) -> Iterator[Evidence]:
    """Return whether a decay takes nine tenths of the rate within steps that any training takes."""
    steps = (data.steps(recipe.batch_size or KERAS_DEFAULT_BATCH) if data else None) or FEW_STEPS
    factor = 1 / (1 + (optimizer.decay or 0.0) * steps)
    if factor < SOON and not (recipe.keras or "").startswith("3"):
        yield Evidence(
            sentence=f"decay={optimizer.decay:g} leaves {factor:.1%} of the learning rate after "
            f"{steps} steps.",
            estimate=Estimate(factor, factor, factor),
            weight=4.5,
            line=optimizer.line,
        )
    schedule = optimizer.schedule
    if schedule is None or schedule.unit != "epochs" or schedule.at:  # milestones end
        return
    share = _left_at(optimizer, SOON_EPOCHS)
    if share is not None and share < LEFT_SOON:
        yield Evidence(
            sentence=f"The schedule leaves {share:.2g} of the learning rate after "
            f"{SOON_EPOCHS} epochs.",
            weight=4.0,
            line=schedule.line or optimizer.line,
        )


SOON_EPOCHS, LEFT_SOON = 10, 0.005
"""PyTorch's own example for MNIST leaves 0.03, and trains."""
_FALLING = {"exponential", "inverse_time", "step"}
EARLY, LEFT = 0.1, 0.05


def _left_at(optimizer: Optimizer, at: float) -> float | None:
    """Return the share of the rate that a falling schedule leaves, in its own unit of time."""
    schedule = optimizer.schedule
    if schedule is None or schedule.kind not in {*_FALLING, "table"}:
        return None
    if schedule.kind == "table":
        late = schedule.rates[min(int(at), len(schedule.rates) - 1) :]
        return max(late) / schedule.rates[0] if late and schedule.rates[0] > 0 else None
    known = replace(optimizer, learning_rate=optimizer.learning_rate or 1.0)
    rates = rate_at(known, np.array([0.0, at]))
    return float(rates[1] / rates[0]) if rates is not None and rates[0] > 0 else None


def _vanishes(optimizer: Optimizer, total: int, per_epoch: int) -> Evidence | None:
    """Return whether a schedule takes nearly all of the rate before a tenth of the training."""
    schedule = optimizer.schedule
    if schedule is None:
        return None
    unit = per_epoch if schedule.unit == "epochs" else 1
    share = _left_at(optimizer, EARLY * total / unit)
    if share is None or share > LEFT:
        return None
    return Evidence(
        sentence=f"The schedule leaves {share:.2g} of the learning rate after a tenth of "
        f"{total:,} steps.",
        weight=4.5,
        line=schedule.line or optimizer.line,
    )


RULE = Rule(
    code="FD205",
    any_of=("recipe", "learning_rate"),
    check=learning_rate_decays_away,
    kind="cause",
    severity="warning",
    prior=0.01,
    explains={"underfitting": 0.5, "outcome_depends_on_seed": 0.3},
    told_by={"rate_vanished": 4.5},
    remedies=(remove_decay,),
    clear="no time decay, or it leaves a quarter of the rate or more",
    asks={
        "rate_schedule": {"no": 0.02, "yes_it_fell": 0.96, "yes_it_rose": 0.02},
    },
    sick=(
        with_recipe(
            optimizer=Optimizer(name="Adam", learning_rate=1e-3, decay=0.05), epochs=100, keras=None
        ),
        with_curves(learning_rate=lambda _: np.geomspace(1e-2, 1e-30, 20)),
    ),
    healthy=(
        with_curves(learning_rate=lambda _: np.geomspace(1e-2, 1e-3, 20)),  # a tenth is left
        with_curves(learning_rate=lambda _: np.where(np.arange(20) < 14, 1e-2, 1e-7)),
        with_recipe(
            optimizer=Optimizer(name="SGD", learning_rate=1e-2, decay=1e-6), epochs=20, keras=None
        ),
    ),
)
