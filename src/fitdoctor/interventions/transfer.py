"""Interventions on what is taken over from a pretrained network."""

from __future__ import annotations

from msgspec.structs import replace

from fitdoctor.records.recipe import Optimizer, Recipe


def unfreeze_backbone(recipe: Recipe, *, learning_rate: float = 1e-4) -> Recipe:
    """Fine-tune the backbone too, at a constant `learning_rate`, BatchNorm in inference mode."""
    if recipe.backbone is None or recipe.backbone.trainable:
        return recipe
    optimizer = recipe.optimizer or Optimizer(name="Adam")
    augmentation = recipe.augmentation
    if augmentation is not None:
        # Views made once are of frozen features; a backbone that learns sees new ones every epoch.
        augmentation = replace(augmentation, views=None)
    return replace(
        recipe,
        backbone=replace(recipe.backbone, trainable=True, training=None, batchnorm=None),
        optimizer=replace(optimizer, learning_rate=learning_rate, decay=None, schedule=None),
        augmentation=augmentation,
    )
