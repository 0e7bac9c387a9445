"""The learning rate is below zero.

## Why it matters
The weights then climb the loss instead of descending it.

## How it is measured
From compile.

## What to try
A positive rate; 0.001 for Adam is a start.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.records.change import Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Optimizer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule


def learning_rate_negative(recipe: Recipe) -> Iterator[Evidence]:
    optimizer = recipe.optimizer
    if optimizer and optimizer.learning_rate is not None and optimizer.learning_rate < 0:
        yield Evidence(
            sentence=f"The learning rate is {optimizer.learning_rate:g}.",
            weight=9.0,
            line=optimizer.line,
        )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Take the sign away."""
    del seen
    recipe = run.recipe or Recipe()
    rate = recipe.optimizer.learning_rate if recipe.optimizer else None
    if rate is not None and rate < 0:
        yield Change(
            recipe=mends.with_rate(recipe, -rate),
            reason="Use a positive rate: a negative one climbs the loss.",
            certain=True,
        )


RULE = Rule(
    code="FD216",
    check=learning_rate_negative,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.005,
    explains={"loss_diverged": 0.8, "never_learned": 0.8, "loss_became_nan": 0.5},
    advice="a positive learning rate",
    clear="the learning rate is not below zero, or not known",
    sick=(with_recipe(optimizer=Optimizer(name="SGD", learning_rate=-0.01)),),
    healthy=(with_recipe(),),
)
