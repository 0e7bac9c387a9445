"""Interventions on how the weights are updated."""

from __future__ import annotations

from msgspec.structs import replace

from fitdoctor.records.recipe import Recipe


def raise_learning_rate(recipe: Recipe, *, factor: float = 30.0) -> Recipe:
    """Multiply the learning rate by `factor`."""
    return _scaled(recipe, factor)


def lower_learning_rate(recipe: Recipe, *, factor: float = 0.1) -> Recipe:
    """Multiply the learning rate by `factor`, to take smaller steps."""
    return _scaled(recipe, factor)


def remove_decay(recipe: Recipe) -> Recipe:
    """Keep the learning rate constant."""
    if recipe.optimizer is None:
        return recipe
    return replace(recipe, optimizer=replace(recipe.optimizer, decay=None, schedule=None))


def train_longer(recipe: Recipe, *, factor: int = 3) -> Recipe:
    """Train `factor` times as many epochs, with early stopping."""
    return replace(recipe, epochs=(recipe.epochs or 10) * factor, patience=recipe.patience or 5)


def balance_classes(recipe: Recipe) -> Recipe:
    """Weight each class by the inverse of its share, in `fit(class_weight=...)`."""
    return replace(recipe, class_weight="balanced")


def _scaled(recipe: Recipe, factor: float) -> Recipe:
    optimizer = recipe.optimizer
    if optimizer is None or optimizer.learning_rate is None:
        return recipe
    schedule = optimizer.schedule
    if schedule is not None:
        # Rates that a schedule names itself stand in place of the optimizer's.
        schedule = replace(
            schedule,
            low=None if schedule.low is None else schedule.low * factor,
            high=None if schedule.high is None else schedule.high * factor,
            rates=tuple(rate * factor for rate in schedule.rates),
        )
    rate = optimizer.learning_rate * factor
    return replace(recipe, optimizer=replace(optimizer, learning_rate=rate, schedule=schedule))
