"""A jump, dip or plateau sits where the schedule changes the learning rate.

## Why it matters
A restart, the end of a warm-up, the top of a cycle or a step moves the loss within one epoch. It
looks like an accident and is the schedule at work.

## How it is measured
The largest jump of training or validation loss, beyond five times the scatter of its changes, falls
on an epoch where the recorded (or followed) learning rate changes by a factor of 1.5 or more. At
the changes of the rate alone, a step of the loss two and a half times those of the two epochs
before is enough; where the log gives the rate, four epochs are. An asker who names the epoch of a
jump is taken at their word.

Of a cosine with restarts: every rise of the loss by 15 % or more from one epoch to the next is
where a stretch ends. Where the steps of an epoch are not known, two rises or more lie as the
lengths of the stretches do. The loss comes back each time; then there is no more to say. Nor is
there where validation loss is highest within two epochs of the top of one cycle, and ends below all
that came before.

## What to try
Nothing, or a gentler schedule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.cases import both, falling, starting, with_curves, with_recipe
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Optimizer, Recipe, Schedule
from fitdoctor.records.run import Curve, DataSummary
from fitdoctor.records.schedule import rate_by_epoch
from fitdoctor.rule import Rule
from fitdoctor.stats.quantile import median

LEAST_CHANGE = 1.5
LEAST_JUMP = 0.15
MOST_EPOCHS = 100_000
FEW_ROWS, LEAST_ROWS = 4, 8
"""Rows that are looked at where the rate of each was logged, and where it was not."""


def schedule_artifact(
    loss: Curve | None = None,
    learning_rate: Curve | None = None,
    recipe: Recipe | None = None,
    data: DataSummary | None = None,
    claims: tuple[Claim, ...] | None = None,
    val_accuracy: Curve | None = None,
    val_loss: Curve | None = None,
) -> Iterator[Evidence]:
    if val_loss is not None and (hump := _at_the_top(val_loss, recipe)) is not None:
        yield hump
        return
    if loss is not None and (anew := _at_restarts(loss, recipe, data, val_accuracy)) is not None:
        yield anew
        return
    if loss is None or (learning_rate is None and len(loss) < LEAST_ROWS):
        resumed = stated(claims, "jump_at_resume")
        if not resumed and (said := stated(claims, "jump_at_schedule")):
            yield Evidence(
                sentence=f"You write: \u201c{said.sentence}\u201d: a step of the rate does that.",
                weight=2.5,
            )
        elif not resumed and (jump := stated(claims, "jump_epoch")):
            yield from _at_stated(jump, recipe, claims, loss)
        return
    rates = _rates(loss, learning_rate, recipe, data)
    x = loss.values
    if rates is None or len(x) < FEW_ROWS or not np.isfinite(x).all() or (rates <= 0).any():
        return
    steps = np.diff(np.log(np.maximum(x, 1e-9)))
    scatter = 1.4826 * median(np.abs(steps - median(steps)))
    changes = np.abs(np.diff(np.log(rates)))
    at = int(np.argmax(np.abs(steps - median(steps))))
    near = changes[max(0, at - 1) : at + 2]
    if (
        len(x) >= LEAST_ROWS
        and abs(steps[at] - median(steps)) > 5 * max(scatter, 1e-3)
        and near.max() > np.log(LEAST_CHANGE)
    ):
        yield Evidence(
            sentence=f"The largest step of the training loss, at epoch {loss.epochs[at + 1]} "
            f"({x[at]:.3g} to {x[at + 1]:.3g}), is where the learning rate goes from "
            f"{rates[at]:.3g} to {rates[at + 1]:.3g}.",
            effect=abs(float(np.expm1(steps[at]))),
            epochs=(int(loss.epochs[at]), int(loss.epochs[at + 1])),
        )
        return
    for change in np.flatnonzero(changes > np.log(LEAST_CHANGE)):
        before = np.abs(steps[max(0, change - 2) : change])
        if len(before) == 2 and abs(steps[change]) > max(LEAST_JUMP, 2.5 * float(before.max())):
            yield Evidence(
                sentence=f"The training loss goes from {x[change]:.3g} to {x[change + 1]:.3g} "
                f"where the learning rate goes from {rates[change]:.3g} to "
                f"{rates[change + 1]:.3g}; the two epochs before changed it far less.",
                effect=abs(float(np.expm1(steps[change]))),
                epochs=(int(loss.epochs[change]), int(loss.epochs[change + 1])),
            )
            return


SETTLED = ("falls_back_to_chance", "validation_jumps", "training_does_not_learn")
MOST_STRETCHES = 20


def _at_restarts(
    loss: Curve, recipe: Recipe | None, data: DataSummary | None, val_accuracy: Curve | None
) -> Evidence | None:
    """Return evidence where all rises of the loss are where a cosine begins anew, and come back."""
    schedule = recipe.optimizer.schedule if recipe and recipe.optimizer else None
    x, epochs = loss.values, loss.epochs
    if schedule is None or not schedule.restarts or not schedule.total or schedule.warmup:
        return None
    if len(x) < FEW_ROWS or not np.isfinite(x).all() or (x <= 0).any():
        return None
    steps = np.where(np.diff(epochs) == 1, np.diff(np.log(x)), 0.0)
    at = np.flatnonzero(steps > LEAST_JUMP)
    over = [int(epochs[i]) + (epochs[0] == 0) for i in at]
    ends = _ends_of_stretches(schedule, data.steps_per_epoch if data else None, over)
    if not over or ends is None or not set(over) <= set(ends):
        return None
    parts = np.split(np.arange(len(x)), at + 1)
    least = [float(x[part].min()) for part in parts]
    whole = [k for k, part in enumerate(parts) if k < len(at) or len(part) > 1]
    if any(least[b] > least[a] * (1 + LEAST_JUMP) for a, b in pairwise(whole)):
        return None
    named = [str(int(epochs[i + 1])) for i in at]
    told = [f"{x[i]:.3g} to {x[i + 1]:.3g}" for i in at]
    held = _best_of(val_accuracy, [epochs[part] for part in parts])
    return Evidence(
        sentence=f"The loss rises at epoch {' and '.join(named)} ({', '.join(told)}), and "
        f"just there, after {' and '.join(map(str, over))} epochs, the schedule with restarts "
        f"sets the learning rate back to its start{_of_line(schedule)}. It comes back each time: "
        f"the lowest loss of each stretch is {', '.join(f'{v:.3g}' for v in least)}{held}. Broken "
        "images or exploding gradients would keep to no such calendar.",
        weight=4.0,
        effect=float(np.expm1(steps[at].max())),
        epochs=(int(epochs[at[0]]), int(epochs[at[-1] + 1])),
        line=schedule.line,
        settles=SETTLED,
        fix="nothing has to be changed: end the training at the end of a stretch, keep the weights "
        "from there, and let no early stopping end it within one; for a curve without these rises "
        "let the cosine fall once over the whole training",
    )


RISE, TOP, LEAST_CYCLE = 1.03, 2, 5
"""How far above its start a hump of validation loss reaches, how many epochs from the highest rate
it may be, and the shortest cycle that is looked at."""


def _at_the_top(val_loss: Curve, recipe: Recipe | None) -> Evidence | None:
    """Return evidence where validation loss is highest at the top of one cycle, and then falls."""
    schedule = recipe.optimizer.schedule if recipe and recipe.optimizer else None
    y, n = val_loss.values, len(val_loss)
    if schedule is None or schedule.kind != "one_cycle" or schedule.unit != "epochs":
        return None
    if not schedule.total or abs(schedule.total - n) > 1 or n < LEAST_CYCLE:
        return None
    rates = _followed(recipe, n, None)
    if rates is None or not np.isfinite(y).all() or (y <= 0).any():
        return None
    top, hump = int(np.argmax(rates)), int(np.argmax(y[1:])) + 1
    before = float(y[:hump].min())
    if y[hump] < RISE * before or abs(hump - top) > TOP or y[-1] >= before:
        return None
    return Evidence(
        sentence=f"Validation loss rises from {before:.3g} to {y[hump]:.3g} at epoch "
        f"{val_loss.epochs[hump]}, where one cycle has its highest rates (a quarter of the way, "
        f"about epoch {val_loss.epochs[top]}), and falls with the rate to {y[-1]:.3g} at the end, "
        "below all before.",
        weight=3.0,
        effect=float(y[hump] / before - 1),
        epochs=(int(val_loss.epochs[0]), int(val_loss.epochs[hump])),
        line=schedule.line,
        settles=(*SETTLED, "training_good_validation_bad"),
        fix="do not stop at the hump, and change no rate because of it: a cycle is judged at its "
        "end, and its last epochs are the best",
    )


def _of_line(schedule: Schedule) -> str:
    return f" (line {schedule.line})" if schedule.line else ""


def _ends_of_stretches(
    schedule: Schedule, steps: int | None, over: Sequence[int]
) -> list[int] | None:
    """Return after how many epochs each stretch ends; by the ends seen, where steps are unknown."""
    lengths = (schedule.growth or 1.0) ** np.arange(MOST_STRETCHES)
    ends = np.cumsum(lengths[np.isfinite(lengths)])
    if schedule.unit == "epochs":
        first = schedule.total
    elif steps:
        first = (schedule.total or 0.0) / steps
    else:  # the first two must be one and two stretches
        first = float(over[0]) if len(over) > 1 else None
    return [round(float(first * end)) for end in ends] if first else None


def _best_of(val_accuracy: Curve | None, stretches: Sequence[NDArray[np.int64]]) -> str:
    """Say which validation accuracy each stretch reached; "" where it is not known."""
    if val_accuracy is None:
        return ""
    found = [val_accuracy.values[np.isin(val_accuracy.epochs, one)] for one in stretches]
    if not all(len(one) for one in found):
        return ""
    return f", the best validation accuracy {', '.join(f'{one.max():.1%}' for one in found)}"


def _at_stated(
    jump: Claim, recipe: Recipe | None, claims: tuple[Claim, ...] | None, loss: Curve | None
) -> Iterator[Evidence]:
    """Yield evidence where the rate changes at the epoch that the asker names."""
    epoch = int(jump.value or 0)
    told = stated(claims, "rate_change_epoch")
    if told is not None and abs((told.value or 0) - epoch) <= 1:
        yield Evidence(
            sentence=f"You write: \u201c{jump.sentence}\u201d, and \u201c{told.sentence}\u201d.",
            weight=2.5,
        )
        return
    rates = _followed(recipe, epoch + 1, None) if epoch > 1 else None
    if rates is None or (rates <= 0).any():
        return
    schedule = recipe.optimizer.schedule if recipe and recipe.optimizer else None
    near = rates[epoch - 2 : epoch + 1]
    if near.max() > LEAST_CHANGE * near.min():
        fell = near[-1] < near[0]
        if _went_the_other_way(loss, epoch, fell=fell):
            return
        yield Evidence(
            sentence=f"You write: \u201c{jump.sentence}\u201d; the learning rate "
            + (
                f"goes from {near[0]:.3g} to {near[-1]:.3g} there"
                if _is_known(recipe)
                else f"is multiplied by {near[-1] / near[0]:.3g} there"
            )
            + (f", by the schedule of line {schedule.line}" if schedule and schedule.line else "")
            + f". With {'smaller' if fell else 'larger'} steps the loss "
            + (
                "falls at once, and with it the error."
                if fell
                else "rises at once, and comes back."
            ),
            weight=2.5,
            line=schedule.line if schedule else None,
            settles=(*SETTLED, "training_good_validation_bad"),
            fix="nothing has to be changed, it is the schedule at work: compare epochs of one rate "
            "with each other, and go on to the end of the schedule",
        )


def _went_the_other_way(loss: Curve | None, epoch: int, *, fell: bool) -> bool:
    """Return whether the loss is known to have risen at an epoch where the rate fell."""
    if loss is None or not {epoch - 1, epoch} <= set(loss.epochs.tolist()):
        return False
    before, after = (float(loss.values[loss.epochs == e][0]) for e in (epoch - 1, epoch))
    return fell and after > before


def _is_known(recipe: Recipe | None) -> bool:
    """Return whether the rate that a schedule begins with is known."""
    optimizer = recipe.optimizer if recipe else None
    high = optimizer.schedule.high if optimizer and optimizer.schedule else None
    return optimizer is not None and (optimizer.learning_rate or high) is not None


def _rates(
    loss: Curve, recorded: Curve | None, recipe: Recipe | None, data: DataSummary | None
) -> NDArray[np.float64] | None:
    if recorded is not None and len(recorded) == len(loss):
        return recorded.values
    last = int(loss.epochs[-1])
    rates = _followed(recipe, last, data.steps_per_epoch if data else None)
    return rates[loss.epochs - 1] if rates is not None else None


def _followed(recipe: Recipe | None, last: int, steps: int | None) -> NDArray[np.float64] | None:
    """Return the rate of each epoch up to `last` as the recipe's schedule gives it, if it does."""
    optimizer = recipe.optimizer if recipe else None
    if optimizer is None or optimizer.schedule is None or last > MOST_EPOCHS:
        return None
    if optimizer.learning_rate is None and optimizer.schedule.high is None:
        # Where and by which factor a rate changes does not depend on where it began.
        optimizer = replace(optimizer, learning_rate=1.0)
    rates = rate_by_epoch(optimizer, last, steps)
    return rates if rates is not None and len(rates) == last else None


def _stepped(rng: np.random.Generator) -> np.ndarray:
    values = falling(30, to=0.6, noise=0.003)(rng)
    values[15:] *= 0.5
    return values


def _rate(_: np.random.Generator) -> np.ndarray:
    return np.where(np.arange(30) < 15, 0.1, 0.01)


def _anew(rng: np.random.Generator) -> np.ndarray:
    values = falling(30, to=0.4, noise=0.003)(rng)
    values[10:13] *= (2.0, 1.5, 1.2)
    values[20:23] *= (2.0, 1.5, 1.2)
    return values


ONE_CYCLE = Optimizer(
    name="Adam", schedule=Schedule(kind="one_cycle", high=0.003, total=12, unit="epochs")
)
ANEW = Optimizer(
    name="SGD",
    learning_rate=0.1,
    schedule=Schedule(kind="cosine", total=10, restarts=True, unit="epochs"),
)


RULE = Rule(
    code="FD122",
    check=schedule_artifact,
    kind="benign",
    severity="note",
    least_effect=0.05,
    effect_of="the loss before the jump",
    any_of=("loss", "claims", "val_loss"),
    clear="no jump sits on a change of the learning rate, or the rate is not known",
    clear_with=("loss",),
    budget=1.0,
    asks={
        "rate_schedule": {"no": 0.02, "yes_it_fell": 0.63, "yes_it_rose": 0.35},
    },
    sick=(
        with_curves(loss=_stepped, learning_rate=_rate),
        both(with_curves(loss=_anew), with_recipe(optimizer=ANEW)),
        both(
            with_curves(
                val_loss=starting(
                    0.5, 0.44, 0.5, 0.52, 0.48, 0.45, 0.4, 0.36, 0.33, 0.31, 0.3, 0.29, count=12
                )
            ),
            with_recipe(optimizer=ONE_CYCLE),
        ),
    ),
    healthy=(
        with_curves(loss=falling(30), learning_rate=_rate),
        both(with_curves(loss=falling(30)), with_recipe(optimizer=ANEW)),
    ),
)
