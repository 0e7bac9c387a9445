"""Averaged weights that are evaluated are still near where training began.

## Why it matters
An exponential moving average with decay d holds d to the power of all steps of what it began with.
With 0.9999 it takes ten thousand steps to forget two thirds of it: in a short training the average
is mostly initial weights, and scores like chance while the network itself is good.

## How it is measured
From the decay that is given, the number of training images, the batch and the epochs: what is left
of the initial weights after the last step. A fifth and more is told.

## What to try
A decay that fits the steps (0.99 for some hundreds), a warm-up of the decay, or the plain weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from msgspec.structs import replace

from fitdoctor.cases import with_recipe
from fitdoctor.records.claim import Claim, values
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import DataSummary, Run
from fitdoctor.rule import Rule

LEFT, MOSTLY = 0.2, 0.5
FORGETS = 0.02
"""What a fitting decay leaves of the initial weights."""


def ema_weights_lag(
    claims: tuple[Claim, ...], recipe: Recipe | None = None, data: DataSummary | None = None
) -> Iterator[Evidence]:
    decay = values(claims).get("ema_decay")
    epochs = recipe.epochs if recipe is not None else None
    batch = recipe.batch_size if recipe is not None else None
    per_epoch = data.steps(batch) if data is not None and batch else None
    if decay is None or not 0 < decay < 1 or not epochs or not per_epoch:
        return
    steps = per_epoch * epochs
    left = decay**steps
    if left < LEFT:
        return
    fitting = min((1 - 10.0**-n for n in range(1, 7)), key=lambda d: abs(d**steps - FORGETS))
    yield Evidence(
        sentence=f"{epochs} epochs of {per_epoch} steps are {steps} updates, and {decay:g} to the "
        f"power of {steps} is {left:.2f}: {left:.0%} of the averaged weights are still the initial "
        "ones.",
        weight=6.0 if left >= MOSTLY else 4.0,
        fix=f"a decay of {fitting:g}, or evaluate the plain weights",
    )


def _averaging(decay: float, images: int) -> Callable[[np.random.Generator], Run]:
    def case(rng: np.random.Generator) -> Run:
        run = with_recipe(batch_size=20, epochs=8)(rng)
        told = Claim(predicate="ema_decay", value=decay, sentence=f"--ema-decay {decay}")
        return replace(run, claims=(told,), data=DataSummary(n_train=images))

    return case


RULE = Rule(
    code="FD342",
    check=ema_weights_lag,
    kind="cause",
    severity="warning",
    prior=0.01,
    advice="a decay that fits the number of steps, or the plain weights",
    clear="averaged weights have forgotten what they began with",
    clear_with=("claims", "n_train"),
    sick=(_averaging(0.9999, 1000), _averaging(0.999, 900)),
    healthy=(_averaging(0.9999, 1_200_000), _averaging(0.9, 1000)),
)
