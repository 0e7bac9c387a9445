"""The learning rate at each step or epoch, as the schedule really gives it.

Sources: Smith 2015 (arXiv:1506.01186) for the triangular cycles; Loshchilov and Hutter 2017
(arXiv:1608.03983) for the cosine; Keras' and PyTorch's documentation for the others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.recipe import Optimizer, Schedule

Array = NDArray[np.float64]
MOST_STEPS = 10_000_000


def rate_by_epoch(
    optimizer: Optimizer,
    epochs: int,
    steps_per_epoch: int | None,
    *,
    decay_has_effect: bool = True,
    val_loss: Array | None = None,
) -> Array | None:
    """Return the learning rate at the last step of each epoch; `None` where it does not follow.

    `val_loss` (one value an epoch) drives a plateau schedule; Keras 3 ignores `decay`.
    """
    rate, schedule = optimizer.learning_rate, optimizer.schedule
    if schedule is not None and schedule.kind == "table":
        return np.asarray(schedule.rates[:epochs]) if len(schedule.rates) >= epochs else None
    if schedule is None and not (optimizer.decay and decay_has_effect):
        return None if rate is None else np.full(epochs, rate)
    if schedule is not None and schedule.kind == "plateau":
        if rate is None or val_loss is None:
            return None
        bases = _plateau(schedule, rate, val_loss)
        if not (optimizer.decay and decay_has_effect):
            return bases
        done = np.arange(1, len(bases) + 1) * (steps_per_epoch or 0) - 1.0
        return bases / (1 + optimizer.decay * done) if steps_per_epoch else None
    by_epoch = schedule is not None and schedule.unit == "epochs"
    per_epoch = 1 if by_epoch else steps_per_epoch
    if per_epoch is None or epochs * per_epoch > MOST_STEPS:
        return None
    steps = np.arange(1, epochs + 1, dtype=np.float64) * per_epoch - 1
    return rate_at(optimizer, steps, decay_has_effect=decay_has_effect)


def rate_at(optimizer: Optimizer, steps: Array, *, decay_has_effect: bool = True) -> Array | None:
    """Return the learning rate at these steps, counted from 0 in the schedule's own unit."""
    rate, schedule = optimizer.learning_rate, optimizer.schedule
    values: Array | None
    if schedule is None:
        values = None if rate is None else np.full(len(steps), rate)
    else:
        values = _scheduled(schedule, rate, steps)
    if values is not None and optimizer.decay and decay_has_effect:
        values = values / (1 + optimizer.decay * steps)
    return values


def _scheduled(schedule: Schedule, rate: float | None, steps: Array) -> Array | None:
    start = schedule.high if schedule.high is not None else rate
    every, factor = schedule.every, schedule.factor
    match schedule.kind:
        case "step" if schedule.at:
            return _stretches(schedule, start, steps)
        case "exponential" | "step" | "inverse_time" if (
            None not in (start, every, factor) and every
        ):
            assert start is not None
            assert factor is not None
            turns = steps / every
            if schedule.staircase or schedule.kind == "step":
                turns = np.floor(turns)
            return (
                start / (1 + factor * turns)
                if schedule.kind == "inverse_time"
                else start * factor**turns
            )
        case "cosine" if start is not None and schedule.total:
            floor = (factor or 0.0) * start
            warm = schedule.warmup or 0.0
            share = (steps - warm) / schedule.total
            share = _begun_anew(share, schedule.growth) if schedule.restarts else share.clip(0, 1)
            fall = floor + (start - floor) * 0.5 * (1 + np.cos(np.pi * share))
            return np.where(steps < warm, start * steps / warm, fall) if warm else fall
        case "one_cycle" if start is not None and schedule.total:
            return _one_cycle(schedule, start, steps)
        case "triangular" | "triangular2" | "exp_range" if every and schedule.low is not None:
            return _triangular(schedule, start, every, steps)
        case _:
            return None


def _begun_anew(share: Array, growth: float | None) -> Array:
    """Return how far into its stretch each place is; counted in the first stretch's length."""
    if growth is None or growth <= 1:
        return np.asarray(share % 1)
    begun = np.floor(np.log1p(np.maximum(share, 0.0) * (growth - 1)) / np.log(growth) + 1e-9)
    length = growth**begun
    return np.asarray((share - (length - 1) / (growth - 1)) / length)


def _stretches(schedule: Schedule, start: float | None, steps: Array) -> Array | None:
    passed = np.searchsorted(np.asarray(schedule.at), steps, side="right")
    if schedule.rates:
        return np.asarray(schedule.rates)[np.minimum(passed, len(schedule.rates) - 1)]
    if start is None or schedule.factor is None:
        return None
    return np.asarray(start * schedule.factor**passed)


def _triangular(schedule: Schedule, high: float | None, every: float, steps: Array) -> Array | None:
    if high is None or schedule.low is None:
        return None
    cycle = np.floor(1 + steps / (2 * every))
    height = np.maximum(0, 1 - np.abs(steps / every - 2 * cycle + 1))
    if schedule.kind == "triangular2":
        height = height / 2 ** (cycle - 1)
    elif schedule.kind == "exp_range":
        height = height * (schedule.factor if schedule.factor is not None else 1.0) ** steps
    return np.asarray(schedule.low + (high - schedule.low) * height)


def _one_cycle(schedule: Schedule, high: float, steps: Array) -> Array:
    """Climb over the first quarter, fall over the rest, both as half cosines (fastai's form)."""
    total = schedule.total or 1.0
    up = total * 0.25
    low = schedule.low if schedule.low is not None else high / 25
    end = low / 1e4
    rise = low + (high - low) * 0.5 * (1 - np.cos(np.pi * np.clip(steps / up, 0, 1)))
    share = np.clip((steps - up) / (total - up), 0, 1)
    return np.where(steps < up, rise, end + (high - end) * 0.5 * (1 + np.cos(np.pi * share)))


def _plateau(schedule: Schedule, rate: float, val_loss: Array) -> Array:
    """Return Keras' ReduceLROnPlateau with min_delta 1e-4: the rate after each epoch."""
    best, waited = np.inf, 0
    rates = []
    for value in val_loss:
        rates.append(rate)
        if value < best - 1e-4:
            best, waited = float(value), 0
            continue
        waited += 1
        if waited >= (schedule.every or 10):
            rate = max(rate * (schedule.factor or 0.1), schedule.low or 0.0)
            waited = 0
    return np.asarray(rates)
