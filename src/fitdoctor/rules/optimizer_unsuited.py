"""The optimizer, with these settings, cannot train this in the given time.

## Why it matters
Keras' defaults for Adadelta (0.001) and Ftrl (0.001) move the weights so little that nothing
happens within ordinary numbers of epochs; both were meant for rates near 1 or for sparse linear
models.

## How it is measured
From the recipe: Adadelta below 0.05, Ftrl below 0.02, Adagrad below 0.005, or plain SGD below 1e-4
without momentum (a note: there the rate is at fault), with fewer than 100 epochs. A loss that is
summed over the images has gradients as many times larger.

## What to try
Adam at 0.001, or SGD at 0.01 with momentum 0.9.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_recipe
from fitdoctor.catalogue.optimizers import default_rate
from fitdoctor.catalogue.optimizers import optimizer as of_name
from fitdoctor.interventions.optimisation import raise_learning_rate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.recipe import Optimizer, Recipe
from fitdoctor.records.run import SUMMED_LOSS, Script
from fitdoctor.rule import Rule

MOST_EPOCHS = 100


def optimizer_unsuited(recipe: Recipe, script: Script | None = None) -> Iterator[Evidence]:
    optimizer = recipe.optimizer
    known = of_name(optimizer.name) if optimizer is not None else None
    if optimizer is None or known is None or (recipe.epochs or 1) > MOST_EPOCHS:
        return
    rate = optimizer.learning_rate
    if rate is None:
        # Keras 1 and 2 gave Adadelta a rate of 1; what runs there is fine.
        inside_tensorflow = script is not None and script.framework == "tf.keras"
        new = (recipe.keras or "").startswith("3") or inside_tensorflow
        rate = default_rate(optimizer.name, "keras 3" if new else None)
    if rate is None or (optimizer.momentum or 0) > 0.5 or rate <= 0:
        return
    if optimizer.name == "SGD" and script is not None and script.called(SUMMED_LOSS):
        return
    if rate < known.least:
        yield Evidence(
            sentence=f"{optimizer.name} at {rate:g} hardly moves the weights"
            + (f" in {recipe.epochs} epochs." if recipe.epochs else "."),
            # A plain rate that is far too low is the rate's fault.
            weight=1.5 if optimizer.name == "SGD" else 2.5,
            severity="note" if optimizer.name == "SGD" else None,
            line=optimizer.line,
        )


RULE = Rule(
    code="FD219",
    check=optimizer_unsuited,
    kind="cause",
    severity="warning",
    prior=0.02,
    explains={"never_learned": 0.5, "underfitting": 0.4},
    helped_by=("other_optimizer",),
    remedies=(raise_learning_rate,),
    clear="the optimizer can train such networks at this rate, or is not known",
    sick=(with_recipe(epochs=20, optimizer=Optimizer(name="Adadelta", learning_rate=0.001)),),
    healthy=(
        with_recipe(optimizer=Optimizer(name="SGD", learning_rate=0.01)),
        with_recipe(keras="2.3.1", optimizer=Optimizer(name="Adadelta")),
    ),
)
