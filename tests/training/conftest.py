"""What tests of training share: small drawn photos, and a recipe that learns them in seconds."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.training import recipes

MARKS = (
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
)


def pytest_collection_modifyitems(items):
    """Trainings are slow, and what Keras and its backends warn of is theirs."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for mark in MARKS:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def draw_photos(tmp_path_factory):
    """Return a function that draws two classes told apart by brightness."""

    def draw(dark=60, light=190, spread=30, images=24, side=24, name="{}"):
        root = tmp_path_factory.mktemp("photos")
        rng = np.random.default_rng(0)
        for label, level in (("dark", dark), ("light", light)):
            (root / label).mkdir()
            for i in range(images):
                pixels = np.clip(rng.normal(level, spread, (side, side, 3)), 0, 255)
                file = f"{name.format(i, letter='abcd'[i % 4])}.png"
                Image.fromarray(pixels.astype(np.uint8)).save(root / label / file)
        return root

    return draw


@pytest.fixture(scope="session")
def small():
    """Return a function that makes the recipe of a tiny convolutional network."""

    def recipe(photos, **changes):
        settings = {
            "images": str(photos),
            "image_size": 16,
            "layers": (
                Layer(kind="Conv2D", units=8, kernel_size=3, activation="relu"),
                Layer(kind="GlobalAveragePooling2D"),
            ),
            "optimizer": Optimizer(name="Adam", learning_rate=0.02),
            "epochs": 3,
            "batch_size": 8,
            "patience": 0,
        }
        if changes.get("model"):
            del settings["layers"]
        return recipes.completed(Recipe(**(settings | changes)))

    return recipe


@pytest.fixture(scope="session")
def weight_file(tmp_path_factory):
    """Return a file of weights of MobileNetV2 0.35, drawn, to stand for pretrained ones."""
    import keras

    keras.utils.set_random_seed(5)
    network = keras.applications.MobileNetV2(
        alpha=0.35, weights=None, include_top=False, input_shape=(32, 32, 3)
    )
    path = tmp_path_factory.mktemp("weights") / "drawn.weights.h5"
    network.save_weights(path)
    return str(path)
