"""What is done before Keras loads: refuse wrong folders and weights, and start reading images."""

from __future__ import annotations

from pathlib import Path

from fitdoctor.images import ahead, listing
from fitdoctor.records.recipe import Recipe
from fitdoctor.training import pretrained


def begin(recipe: Recipe) -> None:
    """Start reading the images of a recipe; loading Keras takes as long as some thousand images.

    Raises
    ------
    ImageFolderError
        There is nothing to train on.
    WeightsError
        The backbone's weights are out of reach.
    """
    listing.listed(Path(recipe.images or ""), recipe.group_pattern)
    pretrained.check_weights(recipe)
    ahead.begin(recipe)
