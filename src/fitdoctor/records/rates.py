"""Which learning rates are usual, by optimizer and by what learns."""

from __future__ import annotations

from typing import Final

from fitdoctor.catalogue import optimizers
from fitdoctor.catalogue.backbones import is_unnormalised
from fitdoctor.records.recipe import Optimizer, Recipe

FINE_TUNING: Final = 0.1
"""Part of the usual rate at which pretrained weights are fine-tuned at most."""


def highest_rate(optimizer: Optimizer) -> float | None:
    """Return the highest rate that an optimizer has: of a cycle that starts low, its top.

    `None` where the rate, or how far a schedule raises it, is not known.
    """
    schedule = optimizer.schedule
    rates = [optimizer.learning_rate] if optimizer.learning_rate is not None else []
    if schedule is not None and schedule.kind in CYCLES:
        return None if schedule.high is None else max([*rates, schedule.high])
    return max([*rates, *(schedule.rates if schedule is not None else ())], default=None)


CYCLES: Final = frozenset({"one_cycle", "triangular", "triangular2", "exp_range"})
"""Schedules that raise the rate above that of the first step."""


def bears_less(recipe: Recipe | None) -> bool:
    """Return whether a network without normalisation is trained from random weights.

    Of plain SGD it bears a tenth of the rate that others do, as the README of PyTorch's ImageNet
    example says of AlexNet and VGG.
    """
    backbone = recipe.backbone if recipe is not None else None
    if backbone is None or backbone.weights != "none":
        return False
    return is_unnormalised(backbone.name)


def usual_rate(optimizer: Optimizer | None) -> float:
    """Return the usual rate of an optimizer; Adam's where it is not known."""
    return optimizers.usual_rate(optimizer.name if optimizer else None)


def fine_tunes(recipe: Recipe) -> bool:
    """Return whether this is a training in which pretrained weights learn."""
    backbone = recipe.backbone
    return (
        backbone is not None
        and bool(backbone.trainable)
        and (backbone.weights not in {None, "none"})
    )


def _effective(recipe: Recipe | None) -> tuple[float, float] | None:
    """Return the rate with momentum taken in, and the usual one, where both are known."""
    optimizer = recipe.optimizer if recipe else None
    rate = highest_rate(optimizer) if optimizer is not None else None
    if optimizer is None or optimizer.name is None or not rate:
        return None
    momentum = min(optimizer.momentum or 0.0, 0.99)
    return rate / (1 - momentum), usual_rate(optimizer)


def is_far_below_usual(recipe: Recipe | None) -> bool:
    """Return whether a rate is known that is low even where pretrained weights learn."""
    known = _effective(recipe)
    return known is not None and 0 < known[0] <= known[1] * FINE_TUNING * FINE_TUNING


def is_usual_or_above(recipe: Recipe | None) -> bool:
    """Return whether a rate is known that is at least the usual one."""
    known = _effective(recipe)
    return known is not None and known[0] >= known[1]


def rate_to_lower_to(recipe: Recipe | None, *, pretrained: bool = False) -> str:
    """Say which rate to set instead of one that is too high; "" where the usual one is as high."""
    optimizer = recipe.optimizer if recipe else None
    if recipe is None or optimizer is None or optimizer.name is None:
        return ""
    usual, name = usual_rate(optimizer), optimizer.name
    rate = optimizer.learning_rate or 0.0
    if pretrained or fine_tunes(recipe):
        return (
            f"Set the learning rate to {usual * FINE_TUNING:g} or less, as is usual for {name} "
            "where pretrained weights learn."
        )
    if rate <= usual:
        return ""
    return f"Set the learning rate to {usual:g}, as is usual for {name}."


def rate_to_raise_to(recipe: Recipe | None) -> str:
    """Say which rate to set instead of one that is too low; "" where the usual one is as low."""
    optimizer = recipe.optimizer if recipe else None
    if recipe is None or optimizer is None or optimizer.name is None:
        return ""
    usual = usual_rate(optimizer) * (FINE_TUNING if fine_tunes(recipe) else 1.0)
    if optimizer.learning_rate is None or optimizer.learning_rate >= usual:
        return ""
    return f"Set the learning rate to {usual:g}, as is usual for {optimizer.name}."
