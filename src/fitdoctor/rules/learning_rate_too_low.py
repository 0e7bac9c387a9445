"""The learning rate is too low to get anywhere in the epochs given.

## Why it matters
Every epoch costs the same and gains little. The curves look like slow, clean learning that never
arrives; what is missing is only time, or a larger step.

## How it is measured
A rate a hundred times below what is usual for the optimizer (Adam and its kin 1e-3, SGD 1e-2) for
layers that start from random weights. Where the log shows that training has learned all the same
(accuracy above 0.95) this is a note, and so it is where no log shows slow learning, but for plain
SGD on new layers for up to a hundred epochs. Only a re-run at a higher rate decides. For pretrained
weights that are trained, and networks that are not shown or loaded whole, what is usual is a tenth
of that. Of a schedule that goes up and down its top counts. Where
it is thousands of times too low and no schedule may raise it, no log is asked for. Ten times is a
note where no log is given and the asker says that the loss does not fall.

## What to try
A rate ten to a hundred times higher for new layers; the low rate is for fine-tuning a backbone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor import mends
from fitdoctor.cases import both, straight, with_curves, with_recipe
from fitdoctor.interventions.optimisation import raise_learning_rate
from fitdoctor.records.change import Change
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.rates import (
    FINE_TUNING,
    highest_rate,
    is_usual_or_above,
    rate_to_raise_to,
    usual_rate,
)
from fitdoctor.records.recipe import Optimizer, Recipe
from fitdoctor.records.run import SUMMED_LOSS, Curve, Run, Script
from fitdoctor.rule import Rule

FEW_EPOCHS = 100
"""In so many epochs plain SGD at such a rate moves no weight by what it is worth."""
TENTH, FIFTY = 9.5, 50.0
"""Times below the usual rate that are a hint where the loss is said not to fall, and without."""
HOPELESS = 5_000
"""At a rate so many times too low no step that anybody takes is seen, whatever the optimizer."""


def learning_rate_too_low(
    recipe: Recipe,
    accuracy: Curve | None = None,
    loss: Curve | None = None,
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    optimizer = recipe.optimizer
    rate = highest_rate(optimizer) if optimizer is not None else None
    if optimizer is None or rate is None or rate <= 0:
        return
    # Of an optimizer that is not named, the gentlest usual rate is asked.
    plain = optimizer.name in {None, "SGD"}
    # Momentum adds up steps; those of adaptive optimizers stay as long as they are.
    usual = (1e-2 if optimizer.name == "SGD" else 1e-3) * (
        1 - (optimizer.momentum or 0.0 if plain else 0.0)
    )
    backbone = recipe.backbone
    # Keras trains what nobody froze; a network that is not shown may be a pretrained one.
    pretrained = backbone is not None and (
        bool(backbone.trainable)
        or (backbone.trainable is None and backbone.weights not in {None, "none"})
    )
    pretrained |= backbone is None and not recipe.layers and loss is None
    # What a summary shows of a network that is loaded whole has been trained before.
    pretrained |= (
        script is not None and not script.recipe.layers and bool(script.called("load_model"))
    )
    # Whose layers are thawed, or frozen in part, are not new.
    pretrained |= backbone is None and script is not None and bool(script.called("set_trainable"))
    pretrained |= script is not None and _was_fitted_before(script)
    usual *= FINE_TUNING if pretrained else 1.0
    ratio = usual / rate
    if script is not None and script.called(SUMMED_LOSS):
        return  # its gradients are as many times larger as there are images
    stays = stated(claims, "loss_does_not_fall", "stuck_at_chance", "falls_slowly")
    if stays is not None and loss is None and TENTH <= ratio < FIFTY:
        yield Evidence(
            sentence=f"{optimizer.name or 'A rate'} at {rate:g} is {ratio:.0f} "
            f"times below what is usual for {'pretrained' if pretrained else 'new'} layers, and "
            f"stated: \u201c{stays.sentence}\u201d",
            weight=2.0,
            severity="note",
            line=optimizer.line,
        )
    if ratio < FIFTY:
        return
    arrived = accuracy is not None and float(np.max(accuracy.values)) > 0.95
    slow = loss is not None and not arrived and len(loss) > 4
    # Momentum and adaptive steps may make up for a low rate; plain SGD has neither.
    plain = optimizer.name == "SGD" and not optimizer.momentum and not pretrained
    still = plain and loss is None and (recipe.epochs or 1) <= FEW_EPOCHS
    # A schedule may raise it; nothing else makes up for a factor of thousands.
    planned = script is not None and script.program is not None and bool(script.program.plans)
    hopeless = ratio > HOPELESS and not arrived and optimizer.schedule is None and not planned
    yield Evidence(
        sentence=f"{optimizer.name or 'A rate'} at {rate:g}, {ratio:.0f} times "
        f"below what is usual for {'pretrained' if pretrained else 'new'} layers"
        + (", though training accuracy rose all the same." if arrived else "."),
        weight=0.5 if arrived else 3.5 if slow or hopeless else 2.5,
        severity=None if slow or still or hopeless else "note",
        line=optimizer.line,
    )


def _was_fitted_before(script: Script) -> bool:
    """Return whether the network is compiled anew after a fit: its layers are not new then."""
    names = [call.name for call in script.calls if call.name in {"compile", "fit", "fit_generator"}]
    last = max((i for i, name in enumerate(names) if name == "compile"), default=0)
    return any(name != "compile" for name in names[:last])


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Take the usual rate of the optimizer, for pretrained weights a tenth of it."""
    recipe = run.recipe or Recipe()
    optimizer = recipe.optimizer
    if optimizer is None or optimizer.learning_rate is None:
        return
    pretrained = "pretrained" in seen.sentence
    usual = mends.rounded(usual_rate(optimizer) * (FINE_TUNING if pretrained else 1.0))
    if usual > optimizer.learning_rate:
        yield Change(
            recipe=mends.with_rate(recipe, usual),
            reason=f"Use {usual:g}, the usual rate of {optimizer.name or 'an optimizer'}.",
        )


RULE = Rule(
    code="FD204",
    check=learning_rate_too_low,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.04,
    explains={"underfitting": 0.6, "never_learned": 0.4},
    told_by={"falls_slowly": 1.5},
    denied_by=(Said("loss_nan"), Said("is_nan"), Said("loss_explodes")),
    helped_by=("higher_rate",),
    remedies=(raise_learning_rate,),
    advise=lambda run: rate_to_raise_to(run.recipe),
    excluded=lambda run: is_usual_or_above(run.recipe),
    clear="the learning rate is not unusually low, or not known",
    asks={
        "ten_times_the_rate": {"yes": 0.98, "no": 0.02},
        "learning_rate": {
            "below_1e-5": 0.5,
            "1e-5_to_1e-4": 0.34,
            "1e-4_to_2e-3": 0.14,
            "above_2e-3": 0.02,
        },
    },
    sick=(
        both(
            with_curves(loss=straight(), accuracy=straight(start=0.2, to=0.5)),
            with_recipe(optimizer=Optimizer(name="Adam", learning_rate=5e-6)),
        ),
        with_recipe(optimizer=Optimizer(name="RMSprop", learning_rate=1e-9)),
    ),
    healthy=(with_recipe(optimizer=Optimizer(name="SGD", learning_rate=0.001, momentum=0.9)),),
)
