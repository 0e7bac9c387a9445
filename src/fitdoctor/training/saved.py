"""The model to predict with: one file from raw RGB to probabilities, read back the same way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.errors import RunFolderError
from fitdoctor.images.decode import Resize
from fitdoctor.records.text import read_recipe
from fitdoctor.training import backbones, network, schedules  # noqa: F401 - what a model is made of
from fitdoctor.training.assembly import build
from fitdoctor.training.folders import CLASSES, MODEL, check_finished
from fitdoctor.training.prepare import Prepared, pooled
from fitdoctor.training.started import keras


class Saved(msgspec.Struct, frozen=True):
    """A run's model, and how an image file becomes its input."""

    model: Any
    classes: tuple[str, ...]
    size: int
    resize: Resize


def whole(model: Any, ready: Prepared) -> Any:
    """Return one model from raw RGB to probabilities, so that predicting needs no preprocessing."""
    if ready.recipe.augmentation is not None and not ready.on_features:
        # Keras' random layers are on wherever a call does not say training=False.
        plain = replace(ready, recipe=replace(ready.recipe, augmentation=None), on_features=False)
        bare = build(plain)
        copy_weights(model, bare)
        return bare
    if not ready.on_features or ready.recipe.backbone is None:
        return model
    base = backbones.frozen(ready.recipe.backbone, ready.recipe.image_size or 128)
    tensor = base.output
    if pooled(ready.recipe):
        tensor = keras.layers.GlobalAveragePooling2D(name="pooled")(tensor)
    return keras.Model(base.input, model(tensor))


def save(model: Any, classes: tuple[str, ...], folder: Path) -> None:
    """Write `model.keras`, whole or not at all, and `classes.txt`."""
    try:
        model.save(folder / "model.part.keras")
        shutil.move(folder / "model.part.keras", folder / MODEL)
        (folder / CLASSES).write_text("\n".join(classes) + "\n", encoding="utf-8")
    except OSError as error:
        (folder / "model.part.keras").unlink(missing_ok=True)
        raise RunFolderError(
            f"{folder}: the curves and the last checkpoint are kept, the model could not be saved: "
            f"{error.strerror or error}. Free some space and train --resume"
        ) from error


def load(run: Path) -> Saved:
    """Return a run folder's model. Raises `RunFolderError` where there is none, or it is broken."""
    check_finished(run)
    path, names = run / MODEL, run / CLASSES
    recipe = read_recipe(run / "recipe.toml")
    try:
        model = keras.saving.load_model(path, compile=False)
    except (ValueError, TypeError, OSError, KeyError) as error:
        words = str(error).strip().split("\n")[0][:200]
        raise RunFolderError(f"{path}: cannot be loaded ({words})") from error
    classes = tuple(names.read_text(encoding="utf-8").split("\n")[:-1])
    return Saved(model, classes, recipe.image_size or 128, recipe.resize or "stretch")


def probabilities(out: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return class probabilities, also of a single sigmoid unit."""
    return np.concatenate([1 - out, out], axis=1) if out.shape[1] == 1 else out


def copy_weights(source: Any, target: Any) -> None:
    """Copy the weights of layers that both networks have, by name."""
    own = {layer.name: layer for layer in target.layers}
    for layer in source.layers:
        if layer.name in own and layer.get_weights():
            own[layer.name].set_weights(layer.get_weights())
