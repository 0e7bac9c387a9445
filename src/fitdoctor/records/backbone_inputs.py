"""What images a recipe's pretrained backbone expects."""

from __future__ import annotations

from fitdoctor.catalogue.backbones import INPUTS, STANDARDISED, module_of
from fitdoctor.records.network import prepares_inputs
from fitdoctor.records.recipe import Recipe


def wanted(recipe: Recipe | None, framework: str | None) -> str | None:
    """Return what a pretrained backbone wants of the images that reach the network.

    `None` where none is pretrained, its name is not known, or a layer before it may prepare them.
    """
    backbone = recipe.backbone if recipe else None
    if recipe is None or backbone is None or backbone.weights in {None, "none"}:
        return None
    if any(prepares_inputs(x) or x.kind in {"Rescaling", "Normalization"} for x in recipe.layers):
        return None
    if framework == "torch":
        return STANDARDISED
    module = module_of(backbone.name)
    return INPUTS[module] if module else None
