"""Validation was still improving when training stopped.

## Why it matters
The run ended, not the learning. Every other judgement about it comes too early.

## How it is measured
The slope of validation loss over the last third (at least six epochs) is below zero beyond
autocorrelated scatter. Where the curve bends enough, an exponential fit says where it would come to
rest and when, with intervals, where that lies below the present and is known to a quarter of it.
That informs and never makes a run sick. A callback that ends training while validation loss fell in
each of the last four epochs or more (one order in (k + 1)! by chance) is a warning; so is a
callback whose mode takes a better value for a worse one, and a log that ends in the middle of the
training (from epoch 30 on) with both losses still falling (tested), training loss above half of ln
K for K classes and fifty epochs or more from nought at that pace. One that waits no epoch is a
hint. One or two epochs are a hint as well, unless they are a thousand updates or more. Where the
script writes its rows down, updates are counted: Adam and its kin move a weight by about the
learning rate in each, so updates that move it by less than 0.1 in all cannot have learned; nor can
those of a single linear layer that move it by less than half of what the least-squares fit needs.

## What to try
Train longer, with early stopping to end it; where the log is slow from the start, a higher rate.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from fitdoctor.cases import falling, straight, with_curves, with_script
from fitdoctor.catalogue.callbacks import takes_worse_for_better
from fitdoctor.catalogue.optimizers import moves_by_rate
from fitdoctor.interventions.optimisation import train_longer
from fitdoctor.records.change import Argument, Change
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import (
    KERAS_DEFAULT_BATCH,
    Call,
    Curve,
    DataSummary,
    Fact,
    Run,
    Script,
    training_feeds,
)
from fitdoctor.rule import Rule
from fitdoctor.stats.plateau import plateau
from fitdoctor.stats.quantile import median
from fitdoctor.stats.trend import falls_at_end, trend

PASSES, IMPATIENT, ENOUGH = 2, 2, 6


def stopped_while_improving(
    val_loss: Curve | None = None,
    recipe: Recipe | None = None,
    claims: tuple[Claim, ...] | None = None,
    val_accuracy: Curve | None = None,
    script: Script | None = None,
    data: DataSummary | None = None,
    loss: Curve | None = None,
    classes: int | None = None,
) -> Iterator[Evidence]:
    if backwards := _waits_for_the_worse(script):
        yield backwards
        return
    short = val_loss is None or len(val_loss) < ENOUGH
    if short and (hasty := _waits_for_nothing(script)):
        yield hasty
        return
    going_on = stated(claims, "still_improving")
    if going_on is not None and short:
        patience = recipe.patience if recipe else None
        yield Evidence(
            sentence=f"You write: \u201c{going_on.sentence}\u201d"
            + (f" EarlyStopping waits {patience} epochs." if patience is not None else ""),
            weight=3.5 if patience is not None and patience <= IMPATIENT else 2.5,
        )
        return
    stopped = stated(claims, "stopped_by_patience")
    patience = recipe.patience if recipe else None
    if stopped is not None and patience is not None and patience <= IMPATIENT:
        yield Evidence(
            sentence=f"EarlyStopping waits {patience} epoch{'s' * (patience != 1)}: the scatter of "
            f"one epoch ends the training. You write: \u201c{stopped.sentence}\u201d",
            weight=3.0,
        )
        return
    if val_loss is None and (rising := _few_that_gain(None, val_accuracy, recipe)):
        yield rising
        return
    if val_loss is None and (never := _cannot_move(recipe, script)):
        yield never
        return
    few = recipe is not None and recipe.epochs is not None and recipe.epochs <= PASSES
    if val_loss is None or few:
        some = few and recipe is not None and not _many(recipe, data) and not _stands(loss)
        if some and recipe is not None and recipe.epochs is not None:
            yield Evidence(
                sentence=f"{recipe.epochs} pass{'es' * (recipe.epochs > 1)} over the images: too "
                "few to come to rest.",
                weight=2.0,
                severity="note",
                line=script.fit["epochs"].line if script and "epochs" in script.fit else None,
            )
        return
    planned = recipe.epochs if recipe else None
    stops = recipe is not None and (recipe.patience is not None or recipe.images is not None)
    if planned and not stops and int(val_loss.epochs[-1]) < 0.8 * planned:
        if slow := _under_way(loss, val_loss, classes, planned):
            yield slow
        return
    if rising := _few_that_gain(val_loss, val_accuracy, recipe):
        yield rising
        return
    n = len(val_loss)
    if stops and planned and n < 0.8 * planned and (cut := _cut_short(val_loss)):
        yield cut
        return
    length = max(6, n // 3)
    y = val_loss.values[-length:]
    going = trend(y) if n >= 6 and np.isfinite(y).all() else None
    if going is None or median(y) <= 0:
        return
    gain = -going.slope.value * n / 2
    if going.p_fall < 0.05:
        yield Evidence(
            sentence=f"Validation loss still fell by {-going.slope.value:.2g} an epoch over the "
            f"last {length} epochs.{_where_to(val_loss)}",
            estimate=Estimate(going.slope.value, going.slope.low, going.slope.high),
            p_value=going.p_fall,
            weight=1.5,
            effect=gain / median(y),
            epochs=(int(val_loss.epochs[-length]), int(val_loss.epochs[-1])),
        )


WINDOW = 20
LATE, FAR_FROM_DONE, LEAST_PACE = 30, 0.5, 50
"""Epoch from which on, share of ln K above which, and epochs to nought at the present pace from
which on a training under way is called slow."""


def _under_way(
    loss: Curve | None, val_loss: Curve, classes: int | None, planned: int
) -> Evidence | None:
    """Return what a log in the middle of a training says that falls steadily, and too slowly."""
    if loss is None or not classes or classes < 2 or int(loss.epochs[-1]) < LATE:
        return None
    going = [trend(c.values[-WINDOW:]) for c in (loss, val_loss)]
    level = median(loss.values[-3:])
    own, other = going
    if own is None or other is None or level < FAR_FROM_DONE * np.log(classes):
        return None
    p_value = max(own.p_fall, other.p_fall)
    if p_value > SLOW_BUDGET or level < LEAST_PACE * -own.slope.value:
        return None
    return Evidence(
        sentence=f"At epoch {loss.epochs[-1]} of {planned} both losses still fall, training by "
        f"{-own.slope.value:.2g} an epoch from {level:.3g} (chance level ln {classes} = "
        f"{np.log(classes):.3g}): it learns, and at this pace has far to go.",
        estimate=own.slope,
        p_value=p_value,
        weight=4.0,
        severity="warning",
        epochs=(int(loss.epochs[0]), int(loss.epochs[-1])),
    )


SLOW_BUDGET = 0.01


def _waits_for_the_worse(script: Script | None) -> Evidence | None:
    """Return whether an EarlyStopping takes a rising accuracy or a falling loss for no progress."""
    for call in script.called("EarlyStopping") if script else ():
        given = (call.arguments.get("monitor"), call.arguments.get("mode"))
        monitor, mode = (str(fact.value) if fact else "" for fact in given)
        if takes_worse_for_better(monitor, mode):
            return Evidence(
                sentence=f"EarlyStopping watches {monitor} with mode={mode!r}: the better the "
                "network gets, the sooner it is stopped.",
                weight=5.0,
                severity="warning",
                line=call.line,
            )
    return None


def _waits_for_nothing(script: Script | None) -> Evidence | None:
    """Return whether an EarlyStopping ends training at the first epoch without a gain."""
    for call in script.called("EarlyStopping") if script else ():
        patience = call.arguments.get("patience")
        if (patience is None and "..." not in call.arguments) or (patience and patience.value == 0):
            return Evidence(
                sentence="EarlyStopping waits no epoch at all: the first one without a gain ends "
                "the training, and scatter alone makes one.",
                weight=2.0,
                severity="note",
                line=call.line,
            )
    return None


LEAST_WAY = 0.1


def _cannot_move(recipe: Recipe | None, script: Script | None) -> Evidence | None:
    """Return whether rows that are written out give fewer updates than fresh weights need.

    Adam and its kin move a weight by about the learning rate in an update.
    """
    optimizer = recipe.optimizer if recipe else None
    if recipe is None or not recipe.epochs or optimizer is None:
        return None
    if not moves_by_rate(optimizer.name):
        return None
    for feed in training_feeds(script):
        if not (written := feed.inputs.table):
            continue
        updates = recipe.epochs * -(-len(written) // (recipe.batch_size or KERAS_DEFAULT_BATCH))
        way = updates * (optimizer.learning_rate or 1e-3)
        moved = f"{updates} updates of {optimizer.name}, which move a weight by about {way:.2g}"
        if way < LEAST_WAY:
            return Evidence(
                sentence=f"{moved}: too few to learn {len(written)} rows.",
                weight=4.0,
                severity="warning",
            )
        far = _of_line(recipe, written, feed.labels.table)
        if far is not None and way < far / 2:
            return Evidence(
                sentence=f"{moved}; the fit to {len(written)} rows has one of {far:.3g}.",
                weight=4.0,
                severity="warning",
            )
    return None


Rows = tuple[tuple[float, ...], ...]


def _of_line(recipe: Recipe, inputs: Rows, targets: Rows) -> float | None:
    """Return the largest weight of the least-squares fit; `None` for more than one linear layer."""
    weighted = [x for x in recipe.layers if x.kind not in {"InputLayer", "Flatten"}]
    plain = len(weighted) == 1 and weighted[0].kind == "Dense"
    linear = plain and weighted[0].activation in {None, "linear"}
    if not (linear and recipe.fits_numbers) or len(targets) != len(inputs):
        return None
    x = np.column_stack([np.array(inputs), np.ones(len(inputs))])
    return float(np.abs(np.linalg.lstsq(x, np.array(targets), rcond=None)[0]).max())


MANY = 1_000
STANDS = 0.99
"""Share of the first training loss above which nothing improves that could be stopped."""


def _stands(loss: Curve | None) -> bool:
    return loss is not None and len(loss) > 1 and bool(loss.values[-1] > STANDS * loss.values[0])


def _many(recipe: Recipe, data: DataSummary | None) -> bool:
    """Return whether these are few passes that are many updates, over a set known to be large."""
    steps = data.steps(recipe.batch_size or KERAS_DEFAULT_BATCH) if data and data.n_train else None
    return steps is not None and (recipe.epochs or 0) * steps >= MANY


def _few_that_gain(
    val_loss: Curve | None, val_accuracy: Curve | None, recipe: Recipe | None
) -> Evidence | None:
    """Return whether these are few epochs, all that there were, each of which gained."""
    curve = val_accuracy if val_loss is None else val_loss
    if curve is None or recipe is None or not 3 <= len(curve) <= MOST_FEW:
        return None
    what = _each_gains(val_loss, val_accuracy) if recipe.epochs == len(curve) else None
    if what is None:
        return None
    return Evidence(
        sentence=f"{len(curve)} passes over the images, and {what} in each: too few to come to "
        "rest.",
        weight=3.0,
    )


MOST_FEW = 5
EACH_GAIN = 0.05


EACH_POINTS = 0.015


def _each_gains(val_loss: Curve | None, val_accuracy: Curve | None) -> str | None:
    """Say what every epoch of a few gained; `None` where one gained too little to tell."""
    if val_loss is not None:
        values = val_loss.values
        if (values > 0).all() and (values[1:] < (1 - EACH_GAIN) * values[:-1]).all():
            return f"validation loss fell by more than {EACH_GAIN:.0%}"
        same = val_accuracy is not None and len(val_accuracy) == len(values)
        if not same or not (np.diff(values) < 0).all():
            return None
    if val_accuracy is not None and (np.diff(val_accuracy.values) > EACH_POINTS).all():
        return f"validation accuracy rose by more than {100 * EACH_POINTS:g} points"
    return None


LEAST_FALLS = 4
LEAST_LAST_FALL = 0.015


def _cut_short(val_loss: Curve) -> Evidence | None:
    """Return what falls without exception say, where a callback ended the training on them."""
    values = val_loss.values
    falls, p_value = falls_at_end(values)
    if falls < LEAST_FALLS or not values[-2] > 0:
        return None
    last = 1 - float(values[-1] / values[-2])
    if last < LEAST_LAST_FALL:
        return None
    return Evidence(
        sentence=f"Training was ended after epoch {val_loss.epochs[-1]}, while validation loss had "
        f"fallen in each of the last {falls} epochs, by {last:.1%} in the last."
        f"{_where_to(val_loss)}",
        p_value=p_value,
        weight=4.0,
        severity="warning",
        epochs=(int(val_loss.epochs[-falls - 1]), int(val_loss.epochs[-1])),
    )


NARROW = 0.25
"""Width of the interval of the level, as a share of the present loss, up to which it is printed."""


def _where_to(val_loss: Curve) -> str:
    """Say where the curve is going, where it bends enough to tell."""
    end = plateau(val_loss.values)
    if end is None or not np.isfinite([end.level.low, end.epochs_left.high]).all():
        return " It does not bend yet, so where it would come to rest cannot be told."
    level, left = end.level, end.epochs_left
    below = 0 <= level.low <= level.value < float(val_loss.values[-1])
    if not below or level.high - level.low > NARROW * float(val_loss.values[-1]):
        return " Where it would come to rest cannot be told yet."
    return (
        f" Going on like this it would come to rest at {level.value:.3g} ({level.low:.3g} to "
        f"{level.high:.3g}), most of it within {left.value:.0f} epochs ({left.low:.0f} to "
        f"{left.high:.0f})."
    )


def _stopper(monitor: str, mode: str) -> Call:
    given = {"monitor": Fact(repr(monitor), monitor, 3), "mode": Fact(repr(mode), mode, 3)}
    return Call(name="EarlyStopping", arguments=given, line=3)


def _middle(rng: np.random.Generator) -> Run:
    """Return a run that improves slowly: epochs 41 to 60 of 200, on 30 classes."""
    run = with_curves(
        classes=30,
        loss=straight(20, start=2.7, to=2.4, noise=0.005),
        val_loss=straight(20, start=2.8, to=2.5, noise=0.01),
    )(rng)
    curves = {name: Curve(c.epochs + 40, c.values) for name, c in run.curves.items()}
    return replace(run, curves=curves, recipe=Recipe(epochs=200))


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Leave the direction of early stopping to Keras, which knows it by the name."""
    for call in run.script.called("EarlyStopping") if run.script else ():
        if call.line == seen.line and "with mode=" in seen.sentence:
            edit = Argument(line=call.line, calls=("EarlyStopping",), names=("mode",), remove=True,
                            position=4)  # fmt: skip
            why = "Without mode early stopping knows by the name which way is better."
            yield Change(edits=(edit,), reason=why, certain=True)


RULE = Rule(
    code="FD109",
    check=stopped_while_improving,
    mend=mend,
    kind="cause",
    severity="note",
    least_effect=0.03,
    effect_of="validation loss, gained in half as many epochs again,",
    any_of=("val_loss", "val_accuracy", "recipe", "claims", "script"),
    prior=0.04,
    explains={"underfitting": 0.3},
    helped_by=("longer",),
    remedies=(train_longer,),
    statistical=True,
    clear="validation loss had come to rest when training stopped",
    clear_with=("val_loss",),
    budget=0.05,
    asks={
        "last_epochs": {"yes": 0.98, "no": 0.02},
    },
    sick=(
        with_curves(loss=falling(30), val_loss=straight(30, to=0.7, noise=0.01)),
        with_script(calls=(_stopper("val_accuracy", "min"),)),
        _middle,
    ),
    healthy=(
        with_curves(loss=falling(), val_loss=falling(60, to=0.4, noise=0.02)),
        with_script(calls=(_stopper("val_accuracy", "max"),)),
    ),
)
