"""Pretrained weights are trained at a rate that destroys them.

## Why it matters
Pretrained features are worth keeping; a step made for random weights wipes them out within the
first batches, and what follows is training from scratch on too few images.

## How it is measured
From the recipe: a pretrained backbone that learns, under Adam or its kin at 0.001 or more, under
SGD at 0.05 or more; so does a base that an excerpt sets trainable and does not show. A note, unless
the curves show the harm (validation accuracy never comes a quarter of the way from chance) or the
asker states that accuracy fell when fine-tuning began.

## What to try
Train the head first; then unfreeze and compile again with a rate of 1e-5 to 1e-4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from fitdoctor.cases import both, flat, with_curves, with_recipe
from fitdoctor.catalogue.backbones import DEFAULT
from fitdoctor.interventions.optimisation import lower_learning_rate
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import unheard_change, was_run
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.rates import rate_to_lower_to
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.run import Curve, Script
from fitdoctor.rule import Rule

ADAPTIVE, PLAIN = 1e-3, 0.05
FAR = 10
"""At so many times the rates above, pretrained weights are lost whatever they are used for."""
HARMED = 0.25


def backbone_unfrozen_at_high_rate(
    recipe: Recipe | None = None,
    val_accuracy: Curve | None = None,
    classes: int | None = None,
    claims: tuple[Claim, ...] | None = None,
    script: Script | None = None,
    accuracy: Curve | None = None,
) -> Iterator[Evidence]:
    worse = stated(claims, "worse_after_fine_tuning_began")
    if worse is not None and (recipe is None or recipe.backbone is None):
        told = re.search(r"unfr|trainable|thaw", worse.sentence, re.IGNORECASE)
        yield Evidence(
            sentence=f"You write: \u201c{worse.sentence}\u201d", weight=4.5 if told else 3.0
        )
        return
    if recipe is None:
        return
    backbone, optimizer = recipe.backbone, recipe.optimizer
    # Where a recording or the layers show the whole network, a base outside of it is none.
    hidden = not recipe.layers or any(layer.kind == OPAQUE for layer in recipe.layers)
    known = was_run(script) or backbone is not None or not hidden
    if not known and optimizer and (line := _thawed(script)) is not None:
        backbone = Backbone(name="A base", weights="unknown", trainable=True, line=line)
    elif backbone is not None and backbone.trainable is None and _thawed(script) is not None:
        # Words say frozen first and not later; the code is of later.
        backbone = replace(backbone, trainable=True, line=_thawed(script))
        backbone = replace(backbone, weights=backbone.weights or "unknown")
    if backbone is None or backbone.weights in {None, "none"} or optimizer is None:
        return
    if script is not None and unheard_change(script) is not None:
        return  # what trains is not what the script says
    rates = []
    # Keras trains what nobody froze; an excerpt may leave the freezing out.
    unset = backbone.trainable is None and _never_frozen(script)
    if (backbone.trainable is True or unset) and optimizer.learning_rate is not None:
        rates.append(optimizer.learning_rate)
    if recipe.fine_tuning is not None and recipe.fine_tuning.learning_rate is not None:
        rates.append(recipe.fine_tuning.learning_rate)
    limit = PLAIN if (optimizer.name or "").upper() == "SGD" else ADAPTIVE
    if not rates or max(rates) < limit:
        return
    if unset and worse is None:
        worse = stated(claims, "stuck_at_chance", "one_class_predicted")
    fell = _fell(script, accuracy)
    harmed = worse is not None or _harmed(val_accuracy, classes) or bool(fell)
    far = max(rates) >= FAR * limit
    yield Evidence(
        sentence=f"{backbone.name} learns with its pretrained weights at a rate of {max(rates):g} "
        f"under {optimizer.name or 'the optimizer'}"
        + (fell or (f"; stated: \u201c{worse.sentence}\u201d" if worse else ".")),
        weight=6.0
        if fell
        else 3.5
        if worse
        else 2.5
        if harmed
        else 0.0
        if unset and not far
        else 1.5,
        severity=None if harmed or (not unset and far) else "note",
        line=backbone.line,
    )


def _thawed(script: Script | None) -> int | None:
    """Return the line on which an excerpt thaws what it does not show the making of."""
    if script is None:
        return None
    told = [
        c
        for c in script.called("set_trainable")
        if "value" in c.arguments and "layer" not in c.arguments
    ]
    # What is thawed after this network's own fit is another one.
    fitted = max((fact.line for fact in script.fit.values()), default=0)
    told = [c for c in told if not fitted or c.line < fitted]
    return told[-1].line if told and told[-1].arguments["value"].value is True else None


FALL = 0.2


def _fell(script: Script | None, accuracy: Curve | None) -> str:
    """Return what training accuracy lost in the first epoch of a `fit` that goes on; "" if little.

    Such a fit is told its `initial_epoch`; what is new to it is what was thawed.
    """
    told = script.fit.get("initial_epoch") if script is not None else None
    begins = told.value if told is not None and isinstance(told.value, int) else 0
    if accuracy is None or begins < 1:
        return ""
    values = dict(zip(accuracy.epochs.tolist(), accuracy.values.tolist(), strict=True))
    before, after = values.get(begins), values.get(begins + 1)
    if before is None or after is None or before - after < FALL:
        return ""
    return (
        f": training accuracy itself falls from {before:.3g} to {after:.3g} in epoch {begins + 1}, "
        "the first of this fit."
    )


def _never_frozen(script: Script | None) -> bool:
    """Return whether what compiles or makes a network is shown, and nothing that freezes of it."""
    if script is None or script.called("set_trainable"):
        return False
    base = script.recipe.backbone
    return bool(script.compile) or (base is not None and base.weights == "imagenet")


def _harmed(val_accuracy: Curve | None, classes: int | None) -> bool:
    if val_accuracy is None or not classes or len(val_accuracy) < 4:
        return False
    chance = 1 / classes
    return float(val_accuracy.values.max()) < chance + HARMED * (1 - chance)


_THAWED = with_recipe(
    backbone=Backbone(name=DEFAULT, weights="imagenet", trainable=True),
    optimizer=Optimizer(name="Adam", learning_rate=0.01),
    layers=(Layer(kind="Dense", units=4, activation="softmax"),),
)

RULE = Rule(
    code="FD230",
    check=backbone_unfrozen_at_high_rate,
    kind="cause",
    severity="warning",
    any_of=("recipe", "claims"),
    prior=0.03,
    explains={"never_learned": 0.3, "validation_spikes": 0.3},
    helped_by=("frozen_base",),
    remedies=(lower_learning_rate,),
    advise=lambda run: rate_to_lower_to(run.recipe, pretrained=True),
    clear="pretrained weights are frozen, or learn at a small rate",
    clear_with=("layers",),
    asks={
        "pretrained_part_frozen": {"yes": 0.02, "no": 0.96, "not_pretrained": 0.02},
        "trained_before_unfreezing": {"yes": 0.21, "no": 0.76, "not_unfrozen": 0.03},
        "learning_rate": {
            "below_1e-5": 0.02,
            "1e-5_to_1e-4": 0.03,
            "1e-4_to_2e-3": 0.52,
            "above_2e-3": 0.43,
        },
    },
    denied_by=(Said("frozen"),),
    sick=(both(with_curves(classes=4, val_accuracy=flat(at=0.27)), _THAWED),),
    healthy=(
        with_recipe(
            backbone=Backbone(name=DEFAULT, weights="imagenet", trainable=True),
            optimizer=Optimizer(name="Adam", learning_rate=1e-5),
        ),
    ),
)
