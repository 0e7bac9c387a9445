"""The learning-rate range test (Smith 2015, arXiv:1506.01186), on a network of its own.

The rate climbs by a constant factor a step; the loss is smoothed; several suggestions are named,
or none with the reason. Nothing that is trained elsewhere is touched.
"""

from __future__ import annotations

import math
import time
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.records.recipe import Optimizer, Recipe
from fitdoctor.records.watcher import Silent, Watcher
from fitdoctor.training import recipes
from fitdoctor.training.assembly import build, targets
from fitdoctor.training.prepare import Prepared, prepare

LOWEST, HIGHEST = 1e-7, 10.0
PASSES = ((120, 0.9), (960, 0.97))
"""Steps and smoothing; the longer test follows where the shorter one gives no answer."""
PATIENCE = 20.0
"""Seconds; after a first test that took longer there is no second one."""
DIVERGED = 4.0
LEAST_FALL = 0.05
FAR = 30.0
"""Times the usual rate, above which no rate is recommended."""


class RateTest(msgspec.Struct, frozen=True, eq=False):
    """Loss by learning rate, and what to take from it."""

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    """Smoothed, bias-corrected."""
    suggestions: dict[str, float]
    """`valley`, `steepest`, `minimum/10`, and `cycle_low`, `cycle_high` for a triangular cycle."""
    reason: str = ""
    """Why there is no suggestion."""
    recommended: float | None = None
    """The one rate to use."""
    why: str = ""
    """Why that one, or why there is none."""

    def __repr__(self) -> str:
        rate = "no rate" if self.recommended is None else f"{self.recommended:.2g}"
        return f"<RateTest of {len(self.rates)} rates: {rate}; {self.why or self.reason}>"


def find_rate(recipe: Recipe, watcher: Watcher | None = None) -> RateTest:
    """Run the range test for a complete recipe; images and features come from their caches."""
    watcher = watcher or Silent()
    result = tested(prepare(recipe, watcher), watcher)
    recommended, why = recommend(result, recipes.usual_rate(recipe))
    return replace(result, recommended=recommended, why=why)


def tested(ready: Prepared, watcher: Watcher) -> RateTest:
    """Return the result of a short range test, or of a long one where the short one says nothing.

    A network from scratch may need hundreds of steps before any rate shows.
    """
    for number, (steps, smoothing) in enumerate(PASSES, 1):
        began = time.perf_counter()
        result = suggest(*range_test(ready, steps, smoothing, watcher))
        slow = time.perf_counter() - began > PATIENCE
        if result.suggestions or slow or number == len(PASSES):
            return result
        watcher.say(f"no answer in {steps} steps: {result.reason}; a longer test follows")
    raise AssertionError


def recommend(test: RateTest, usual: float) -> tuple[float | None, str]:
    """Return the one rate to use and why; or none, and why there is none.

    `usual` is the rate that such networks are trained at. Where BatchNorm makes a network
    indifferent to the scale of its weights, the loss of the test goes on falling at rates that no
    longer training stands: what is far above the usual rate is not recommended.
    """
    found = test.suggestions
    if not found:
        return None, f"{test.reason}. Keep the usual rate, {usual:.2g}"
    low, high = found["cycle_low"], float(test.rates[int(test.losses.argmin())])
    fall = f"The loss falls from {low:.1g} on and is lowest at {high:.1g}"
    valley, near = found["valley"], low <= usual <= found["cycle_high"]
    if valley <= FAR * usual:
        also = f" The usual {usual:.2g} lies in the same fall and will do as well." if near else ""
        return valley, f"{fall}; two thirds down that fall steps are large and still safe.{also}"
    passed = f"{fall}. Two thirds down, {valley:.2g}, is more than a longer training stands"
    if near:
        return usual, f"{passed}; the usual rate lies in the same fall."
    return None, f"{passed}. Keep the usual rate, {usual:.2g}"


def range_test(
    ready: Prepared, steps: int, smoothing: float, watcher: Watcher
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rates of the steps and the smoothed loss at each."""
    given = ready.recipe.optimizer or Optimizer(name="Adam")
    optimizer = replace(given, learning_rate=LOWEST, schedule=None, decay=None)
    model = build(replace(ready, recipe=replace(ready.recipe, optimizer=optimizer)))
    rng = np.random.default_rng(ready.recipe.order_seed or 0)
    batch = ready.recipe.batch_size or 32
    wanted = targets(ready)
    rates = np.geomspace(LOWEST, HIGHEST, steps)
    losses: list[float] = []
    order: NDArray[Any] = rng.permutation(ready.train)
    at, average, best = 0, 0.0, math.inf
    for step, rate in enumerate(rates):
        if at + batch > len(order):
            order, at = rng.permutation(ready.train), 0
        rows = order[at : at + batch]
        at += batch
        model.optimizer.learning_rate.assign(rate)
        model.reset_metrics()
        loss = float(model.train_on_batch(np.asarray(ready.inputs[rows]), wanted[rows])[0])
        average = smoothing * average + (1 - smoothing) * loss
        smooth = average / (1 - smoothing ** (step + 1))
        losses.append(smooth)
        best = min(best, smooth)
        if not math.isfinite(smooth) or smooth > DIVERGED * best:
            break
        watcher.step("trying rates", step + 1, steps)
    return rates[: len(losses)], np.asarray(losses)


def suggest(rates: NDArray[np.float64], losses: NDArray[np.float64]) -> RateTest:
    """Return the suggestions that a curve of losses gives.

    `valley` is two thirds down the longest fall (fastai's choice), `steepest` where the loss falls
    fastest by the logarithm of the rate.
    """
    good = np.isfinite(losses)
    rates, losses = rates[good], losses[good]
    if len(losses) < 20:
        return RateTest(rates, losses, {}, "the loss broke within the first rates")
    lowest = int(losses.argmin())
    top = float(np.median(losses[: max(10, lowest // 2)]))
    fall = top - float(losses[lowest])
    if lowest < 10 or fall < LEAST_FALL * top:
        return RateTest(rates, losses, {}, "the loss falls at none of the rates")
    # The last step at which less than a tenth of the whole fall has happened.
    begin = int(np.flatnonzero(losses[:lowest] > top - 0.1 * fall)[-1])
    valley = begin + (lowest - begin) * 2 // 3
    window = np.ones(7) / 7
    smooth = np.convolve(np.pad(losses[begin : lowest + 1], 3, mode="edge"), window, "valid")
    slope = np.diff(smooth)
    return RateTest(
        rates,
        losses,
        {
            "valley": float(rates[valley]),
            "steepest": float(rates[begin + int(slope.argmin())]) if len(slope) else rates[begin],
            "minimum/10": float(rates[lowest]) / 10,
            "cycle_low": float(rates[begin]),
            "cycle_high": float(rates[lowest]) / 3,
        },
    )
