"""Regression targets are so large that the error swamps everything.

## Why it matters
Targets in dollars or pixels give squared errors of millions: gradients are as large, the first
steps throw the weights away, and a learning rate that survives is too small for the rest.

## How it is measured
From the log: under a regression loss the first training loss is above 1000, or above 100 under mean
absolute error. Or the asker states targets of that size, or the script itself makes them; of those
below 1000 that is a note.

## What to try
Divide targets by their standard deviation, and multiply the predictions again.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import both, falling, with_curves, with_recipe
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Curve, Script, training_feeds
from fitdoctor.rule import Rule

LARGE = {"mean_squared_error": 1e3, "mse": 1e3, "mean_absolute_error": 100.0, "mae": 100.0}
HUGE = 1e3
"""Targets that no network of usual weights and rates comes to."""


def targets_not_scaled(
    recipe: Recipe,
    loss: Curve | None = None,
    claims: tuple[Claim, ...] | None = None,
    script: Script | None = None,
) -> Iterator[Evidence]:
    limit = LARGE.get(recipe.loss or "")
    for feed in training_feeds(script):
        held = feed.labels.numbers
        if limit is not None and held is not None and held.reach >= limit:
            huge = held.reach >= HUGE
            yield Evidence(
                sentence=f"{recipe.loss} on targets from {held.low:.4g} to {held.high:.4g}.",
                weight=3.5 if huge else 1.0,
                severity=None if huge else "note",
                line=feed.line,
            )
            return
    said = stated(claims, "largest_target")
    if limit is not None and said is not None and said.value is not None and said.value >= limit:
        yield Evidence(
            sentence=f"{recipe.loss} on targets of that size; stated: \u201c{said.sentence}\u201d",
            weight=3.5,
        )
        return
    if limit is None or loss is None or not len(loss) or not np.isfinite(loss.values[0]):
        return
    if loss.values[0] > limit:
        yield Evidence(
            sentence=f"{recipe.loss} begins at {loss.values[0]:.3g}: the targets are of that size.",
            weight=3.0,
        )


_REGRESSION = with_recipe(
    layers=(Layer(kind="Dense", units=1),), loss="mean_squared_error", backbone=None
)

RULE = Rule(
    code="FD124",
    check=targets_not_scaled,
    kind="cause",
    severity="warning",
    any_of=("loss", "claims", "script"),
    prior=0.01,
    explains={"loss_diverged": 0.2, "loss_became_nan": 0.2},
    advice="divide the targets by their standard deviation",
    clear="not a regression, or its first error is of ordinary size",
    turns={"cross-entropy": -1},
    sick=(both(with_curves(loss=falling(start=3e5, to=2e4)), _REGRESSION),),
    healthy=(both(with_curves(loss=falling(start=3.0, to=0.2)), _REGRESSION),),
)
