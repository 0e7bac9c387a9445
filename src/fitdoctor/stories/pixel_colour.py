"""Two classes told apart by the colour of one pixel, learned by a dense net on raw pixels.

What it must show: the same recipe on the same images sometimes fits within a few epochs and
sometimes stays at 50 %, and which of the two depends on the seed alone.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from fitdoctor.records.recipe import Layer, Optimizer, Recipe

SIZE = 16
COLOURS = {"green": (0, 255, 0), "red": (255, 0, 0)}
DEFAULT_IMAGES = 200


def draw(folder: Path, *, per_class: int = DEFAULT_IMAGES, size: int = SIZE, seed: int = 0) -> None:
    """Draw `per_class` noise images of each class as PNG files, the telling pixel set."""
    rng = np.random.default_rng(seed)
    for name, colour in COLOURS.items():
        home = folder / name
        home.mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            pixels = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
            pixels[size // 3, size // 2] = colour
            Image.fromarray(pixels).save(home / f"{number:04}.png")


def recipe(images: Path) -> Recipe:
    """Return the asker's network: Dense on each raw pixel, dropout, Flatten, three outputs."""
    return Recipe(
        images=str(images),
        image_size=SIZE,
        validation_share=0.25,
        input_scale=1.0,
        layers=(
            Layer(kind="Dense", units=16, activation="relu", input_shape=(SIZE, SIZE, 3)),
            Layer(kind="Dropout", rate=0.4),
            Layer(kind="Flatten"),
            Layer(kind="Dense", units=3, activation="softmax"),
        ),
        loss="categorical_crossentropy",
        optimizer=Optimizer(name="SGD", learning_rate=0.015),
        batch_size=32,
        epochs=12,
        patience=0,
    )
