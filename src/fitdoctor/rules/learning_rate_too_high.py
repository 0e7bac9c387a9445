"""The learning rate is too high: steps overshoot, or destroy what was learned.

## Why it matters
The loss jumps, becomes NaN, or the network collapses to one answer in the first steps.

## How it is measured
A hint from the rate alone: rate / (1 - momentum) two hundred times above what is usual for SGD
(1e-2; 0.1 with momentum 0.9 is common practice), fifty times for Adam and its kin (1e-3), whose
steps do not shrink with the gradient, and for SGD on AlexNet, VGG and others without BatchNorm; or
twenty times above where the loss became NaN. Where training loss fell all the same it is a note,
unless the mean of the first epoch, or validation, lies more than five times above ln K: such scores
come from steps far too large, and stay in the weights. Ten times, forty for SGD, are enough where
the loss stands near what guessing gives. Five times is enough where the loss fell from far above ln
K to ln K and stood there. In a network of a few dense units, sixteen a layer at most, a rate alone
is a note. Five times, twenty for SGD, are a note where the asker says that the loss does not fall.
Of one cycle the peak is meant, and ten times the usual rate are usual. One answer for all images is
a hint too, unless the training loss still falls. Only a re-run decides.

Where a log prints the rate beside the loss: the loss fell while the rate rose to twice its start or
more, and from a higher rate on rose at every figure, to NaN or above its start (as many rises come
by chance in one of 100 cases or fewer). The rate at which it turned is named.

## What to try
The optimizer's usual rate, then a tenth of that; `fitdoctor prove` compares them on the same seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from fitdoctor import mends
from fitdoctor.cases import falling, straight, with_batches, with_recipe
from fitdoctor.catalogue.optimizers import moves_by_gradient
from fitdoctor.interventions.optimisation import lower_learning_rate
from fitdoctor.records.change import Change
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import OPAQUE, WEIGHTED
from fitdoctor.records.rates import (
    FINE_TUNING,
    bears_less,
    fine_tunes,
    is_far_below_usual,
    rate_to_lower_to,
    usual_rate,
)
from fitdoctor.records.recipe import Optimizer, Recipe
from fitdoctor.records.run import BatchCurve, Curve, Run
from fitdoctor.rule import Rule
from fitdoctor.shown import loss_falls
from fitdoctor.stats.plateau import fell_to, stands
from fitdoctor.stats.quantile import median
from fitdoctor.stats.trend import falls_at_end

SGD = Optimizer(name="SGD")


def learning_rate_too_high(
    recipe: Recipe | None = None,
    loss: Curve | None = None,
    val_loss: Curve | None = None,
    classes: int | None = None,
    claims: tuple[Claim, ...] | None = None,
    learning_rate: Curve | None = None,
    batch_loss: BatchCurve | None = None,
    batch_learning_rate: BatchCurve | None = None,
) -> Iterator[Evidence]:
    if batch_loss is not None and batch_learning_rate is not None:
        yield from _turned(_by_batch(batch_learning_rate), _by_batch(batch_loss))
    elif loss is not None and learning_rate is not None:
        yield from _turned(_by_epoch(learning_rate), _by_epoch(loss))
    optimizer = recipe.optimizer if recipe else None
    # What a rate does to pretrained weights has a name of its own.
    pretrained = recipe is not None and fine_tunes(recipe)
    yield from _as_stated(optimizer, claims, loss, harm=-2.0 if pretrained else 0.0)
    if optimizer is None or not optimizer.learning_rate:
        return
    broken = loss is not None and not bool(np.isfinite(loss.values).all())
    grew = loss is not None and broken and _grew(loss)
    if optimizer.name is None and not grew:
        return
    # Where its name is not known, plain SGD takes the largest rates of all that are common.
    usual = usual_rate(optimizer if optimizer.name else SGD)
    if optimizer.schedule is not None and optimizer.schedule.kind == "one_cycle":
        usual *= ONE_CYCLE
    effective = optimizer.learning_rate / (1 - min(optimizer.momentum or 0.0, 0.99))
    ratio = effective / usual
    learned = (
        loss is not None and not broken and len(loss) > 3 and loss.values[-1] < 0.7 * loss.values[0]
    )
    thrown = _far_above_chance(loss, val_loss, classes)
    dead = (
        loss is not None
        and classes is not None
        and loss.epochs[0] <= 1
        and fell_to(loss.values, float(np.log(classes)))
    )
    less = bears_less(recipe)
    bears = moves_by_gradient(optimizer.name) and not less
    risky = RISKY * (TOLERANT if bears else 1.0)
    if not dead and ratio >= risky and loss and classes and _never_moved(loss, classes):
        yield Evidence(
            sentence=f"{_steps(optimizer)}: {ratio:.0f} times what is usual, and the loss stands "
            f"at {median(loss.values[1:]):.3g}; guessing gives ln {classes} = "
            f"{np.log(classes):.3g}.",
            weight=3.0 - 2.0 * pretrained,
            line=optimizer.line,
        )
        return
    if dead and ratio >= 5:
        yield Evidence(
            sentence=f"{_steps(optimizer)}: {ratio:.0f} times what is usual. After one epoch the "
            f"network answers ln {classes} and stays there.",
            weight=3.5 - 2.0 * pretrained,
            line=optimizer.line,
        )
        return
    far = 200 if bears else 50
    tiny = _is_tiny(recipe) and not (broken or thrown)
    if ratio >= far or (ratio >= 20 and (broken or thrown)) or (ratio >= 3 and grew):
        yield Evidence(
            sentence=f"{_steps(optimizer)}: {ratio:.0f} times what is usual"
            + (
                f" in a network without BatchNorm, {recipe.backbone.name}"
                if less and recipe and recipe.backbone
                else ""
            )
            + (", and the loss became NaN." if broken else f"; {thrown}." if thrown else "."),
            weight=(4.0 if broken or thrown else 1.0 if learned else 3.0 if ratio >= 200 else 2.0)
            - 2.0 * pretrained
            - LESS * tiny,
            severity="note" if tiny or (learned and not thrown) else None,
            line=optimizer.line,
        )


Series = Mapping[tuple[int, int], float]
LEAST_RAISED, RARE, NEAR_LEAST, WORSE = 2.0, 0.01, 1.1, 1.05
"""Where the turn of a loss tells of the rate: how far that rose, the chance of as many rises at
rest, how near its least value the loss turns, and where it ends, in times its start."""


def _by_batch(one: BatchCurve) -> Series:
    places = zip(one.epochs.tolist(), one.batches.tolist(), strict=True)
    return dict(zip(places, one.values.tolist(), strict=True))


def _by_epoch(one: Curve) -> Series:
    return {(e, 0): v for e, v in zip(one.epochs.tolist(), one.values.tolist(), strict=True)}


def _turned(rates: Series, losses: Series) -> Iterator[Evidence]:
    """Yield at which rate a loss turned that fell while the rate rose, and was lost after that."""
    places = sorted(rates.keys() & losses.keys())
    rate, loss = (np.array([of[place] for place in places]) for of in (rates, losses))
    bad = np.flatnonzero(~np.isfinite(loss))
    end = int(bad[0]) if len(bad) else len(loss)
    rises, chance = falls_at_end(-loss[:end])
    at = end - 1 - rises
    if chance > RARE or at < 2 or loss[at] > NEAR_LEAST * loss[:end].min():
        return
    raised = rate[at] >= LEAST_RAISED * rate[0] and rate[at + 1] > rate[at]
    lost = len(bad) > 0 or loss[end - 1] > WORSE * loss[0]
    if not raised or not lost or loss[at] >= loss[0] or np.any(np.diff(rate[: at + 2]) < 0):
        return
    yield Evidence(
        sentence=f"Training loss falls to {loss[at]:.3g} while the learning rate rises to "
        f"{rate[at]:.2g}; from {rate[at + 1]:.2g} on it rises, "
        + ("until it is not a number." if len(bad) else f"to {loss[end - 1]:.3g}."),
        weight=4.5,
        epochs=(places[at][0], places[end - 1][0]),
        fix=f"let the learning rate rise to no more than {rate[at] / 2:.1g}, about half of the "
        "last one at which the loss fell",
    )


def _steps(optimizer: Optimizer) -> str:
    """Say which steps an optimizer takes."""
    more = f" with momentum {optimizer.momentum:g}" if optimizer.momentum else ""
    return f"{optimizer.name or 'An optimizer'} at {optimizer.learning_rate:g}{more}"


ONE_CYCLE = 10
"""Times the usual rate that the peak of one cycle may be: it is warmed up to, and left soon."""
RISKY = 10
STANDS = 2e-3


def _never_moved(loss: Curve | None, classes: int) -> bool:
    """Return whether training loss stands from the second epoch on, not far below ln K."""
    chance = float(np.log(classes))
    return loss is not None and stands(loss.values, 0.7 * chance, 1.1 * chance, STANDS)


TINY, LESS = 16, 3.0


def _is_tiny(recipe: Recipe | None) -> bool:
    """Return whether a few dense units are the network: it bears rates that no other does."""
    if recipe is None or recipe.backbone is not None:
        return False
    weighted = [x for x in recipe.layers if x.kind in WEIGHTED or x.kind == OPAQUE]
    return bool(weighted) and all(
        x.kind == "Dense" and x.units in range(TINY + 1) for x in weighted
    )


FAR, GREW = 5.0, 10.0


def _grew(loss: Curve) -> bool:
    """Return whether a loss grew tenfold on its way to NaN; another is NaN at once."""
    finite = loss.values[np.isfinite(loss.values)]
    return len(finite) >= 3 and finite[0] > 0 and bool(finite.max() > GREW * finite[0])


def _far_above_chance(
    loss: Curve | None, val_loss: Curve | None, classes: int | None
) -> str | None:
    """Say which loss lies far above what knowing nothing scores; `None` where none does."""
    if not classes or classes < 2:
        return None
    chance = float(np.log(classes))
    first = float(loss.values[0]) if loss is not None and len(loss) else 0.0
    held = median(val_loss.values) if val_loss is not None and len(val_loss) else 0.0
    if first > FAR * chance:
        return f"the first epoch's loss is {first:.3g}, knowing nothing scores {chance:.2f}"
    if held > FAR * chance:
        return f"validation loss is {held:.3g}, knowing nothing scores {chance:.2f}"
    return None


STATED, TOLERANT = 5.0, 4.0
"""Times the usual rate from which on it is a hint where the loss is said not to fall, and how many
times more those optimizers bear whose steps shrink with the gradient."""
HINT = 1.0
"""Of one answer for every image, where the rate is a usual one."""
HINTS = (
    ("collapsed_after_learning", 3.5, "it learned, and then fell back to a constant"),
    ("worse_after_fine_tuning_began", 3.0, "training began by destroying what was there"),
    ("one_class_predicted", 2.5, "a large step can kill every unit at once"),
)


def _as_stated(
    optimizer: Optimizer | None,
    claims: tuple[Claim, ...] | None,
    loss: Curve | None,
    *,
    harm: float,
) -> Iterator[Evidence]:
    rate = optimizer.learning_rate if optimizer else None
    nan = stated(claims, "loss_nan")
    if nan is not None and optimizer is not None and rate:
        usual = usual_rate(optimizer)
        if rate >= 3 * usual:
            yield Evidence(
                sentence=f"{optimizer.name} at {rate:g}, and stated: \u201c{nan.sentence}\u201d",
                # With scaled inputs ten times the usual rate trains many a network.
                weight=4.5 if rate > 10 * usual else 3.0,
                line=optimizer.line,
            )
            return
    stands = stated(claims, "loss_does_not_fall", "stuck_at_chance")
    varies = stated(claims, "outcome_varies") is not None
    least = STATED * (TOLERANT if optimizer and moves_by_gradient(optimizer.name) else 1.0)
    if stands is not None and not varies and rate and rate >= least * usual_rate(optimizer):
        yield Evidence(
            sentence=f"{rate:g} is {rate / usual_rate(optimizer):.0f} times what is usual"
            + (f" for {optimizer.name}" if optimizer and optimizer.name else "")
            + f", and stated: \u201c{stands.sentence}\u201d",
            weight=2.5 + harm,
            severity="note",
            line=optimizer.line if optimizer else None,
        )
        return
    for name, weight, words in HINTS:
        said = stated(claims, name)
        drift = stated(claims, "got_worse_again")
        if name == "one_class_predicted" and _learns(loss):
            continue  # units that a large step killed learn nothing more
        if said is not None and drift is None and (rate or name != "one_class_predicted"):
            usual = name == "one_class_predicted" and (rate or 0.0) <= usual_rate(optimizer)
            yield Evidence(
                sentence=f"You write: \u201c{said.sentence}\u201d: {words}.",
                weight=(HINT if usual else weight) + harm,
                severity="note" if usual else None,
                line=optimizer.line if optimizer else None,
            )
            return


FALLEN = 0.9
"""What is left of a loss that fell by more than scatter and a first epoch explain."""


def _learns(loss: Curve | None) -> bool:
    """Return whether training loss fell, and at its end is as low as it ever was."""
    if loss is None or len(loss) < 4 or not bool(np.isfinite(loss.values).all()):
        return False
    begin, end = median(loss.values[:2]), median(loss.values[-2:])
    return end < FALLEN * begin and end < 1.05 * float(loss.values.min())


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Take the usual rate of the optimizer."""
    del seen
    recipe = run.recipe or Recipe()
    optimizer = recipe.optimizer
    if optimizer is None or optimizer.learning_rate is None:
        return
    usual = mends.rounded(usual_rate(optimizer) * (FINE_TUNING if fine_tunes(recipe) else 1.0))
    if usual < optimizer.learning_rate:
        yield Change(
            recipe=mends.with_rate(recipe, usual),
            reason=f"Use {usual:g}, the usual rate of {optimizer.name or 'an optimizer'}.",
        )


def _turning(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a loss that falls, turns and is lost within thirty figures."""
    values = np.concatenate([falling(16, to=1.2)(rng), np.linspace(1.4, 9.0, 10), [np.nan] * 4])
    return np.asarray(values)


RULE = Rule(
    code="FD217",
    check=learning_rate_too_high,
    mend=mend,
    kind="cause",
    severity="warning",
    any_of=("recipe", "claims", "learning_rate", "batch_learning_rate"),
    prior=0.06,
    explains={
        "collapse_after_learning": 0.7,
        "loss_became_nan": 0.5,
        "loss_diverged": 0.6,
        "constant_output": 0.3,
        "never_learned": 0.3,
    },
    told_by={"loss_explodes": 0.5},
    helped_by=("lower_rate",),
    remedies=(lower_learning_rate,),
    advise=lambda run: rate_to_lower_to(run.recipe),
    excluded=lambda run: is_far_below_usual(run.recipe) or loss_falls(run),
    clear="the learning rate is not unusually high, or not known",
    clear_with=("optimizer",),
    asks={
        "a_tenth_of_the_rate": {"yes": 0.87, "no": 0.13},
        "learning_rate": {
            "below_1e-5": 0.01,
            "1e-5_to_1e-4": 0.02,
            "1e-4_to_2e-3": 0.27,
            "above_2e-3": 0.7,
        },
        "predicted_classes": {"yes": 0.28, "no": 0.72},
    },
    sick=(
        with_recipe(optimizer=Optimizer(name="Adam", learning_rate=1.0)),
        with_batches(loss=_turning, learning_rate=straight(30, start=0.01, to=0.3, noise=0.0)),
    ),
    healthy=(
        with_recipe(optimizer=Optimizer(name="SGD", learning_rate=0.1, momentum=0.9)),
        with_batches(loss=falling(30), learning_rate=straight(30, start=0.01, to=0.3, noise=0.0)),
    ),
)
