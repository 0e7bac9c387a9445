"""What a recipe makes of training images: each as it is read, and some of its random views."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.errors import RecipeError
from fitdoctor.images import cache, listing
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.watcher import Silent, Watcher
from fitdoctor.training import network, order, streams
from fitdoctor.training.started import keras

VIEWS = 7


def preview(recipe: Recipe, images: int = 8, watcher: Watcher | None = None) -> NDArray[np.uint8]:
    """Return a sheet, (images, 1 + views, size, size, 3): the image as read, then random views.

    Raises `RecipeError` where the recipe changes nothing at random.
    """
    settings = recipe.augmentation
    if settings is None:
        raise RecipeError("the recipe has no augmentation to preview: set augment or augmentation")
    watcher = watcher or Silent()
    size = recipe.image_size or 128
    found = listing.scan(Path(recipe.images or ""), recipe.group_pattern)
    rng = np.random.default_rng(recipe.seed or 0)
    chosen = rng.permutation(len(found.entries))[: 4 * images]
    some = replace(found, entries=tuple(found.entries[i] for i in chosen))
    pixels = cache.decoded(
        some, size, lambda i, n: watcher.step("reading images", i, n), recipe.resize or "stretch"
    ).pixels[:images]
    inputs = keras.Input((size, size, 3))
    model = streams.seeded(
        lambda: keras.Model(inputs, network.augmented(inputs, settings)), recipe.seed or 0
    )
    columns = [pixels]
    for view in range(VIEWS):
        x = np.asarray(pixels, dtype=np.float32)
        if settings.mixup:
            blend = order.mixup(settings.mixup, recipe.order_seed or 0, view)
            x, _ = blend(x, np.zeros((len(x), 1), np.float32), 0)
        out = keras.ops.convert_to_numpy(model(x, training=True))
        columns.append(np.clip(np.rint(out), 0, 255).astype(np.uint8))
    return np.stack(columns, axis=1)
