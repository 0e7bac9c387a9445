"""Names of pretrained networks, known before Keras is loaded."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

from fitdoctor.errors import RecipeError, WeightsError, did_you_mean
from fitdoctor.places import absent
from fitdoctor.records.recipe import Backbone, Recipe

Preprocessing = Literal["tf", "caffe", "torch", "none"]

PREPROCESSING: Final[dict[str, Preprocessing]] = {
    "MobileNet": "tf",
    "MobileNetV2": "tf",
    "MobileNetV3Small": "none",
    "MobileNetV3Large": "none",
    "ResNet50": "caffe",
    "ResNet101": "caffe",
    "ResNet50V2": "tf",
    "VGG16": "caffe",
    "VGG19": "caffe",
    "InceptionV3": "tf",
    "Xception": "tf",
    "DenseNet121": "torch",
    "EfficientNetB0": "none",
    "EfficientNetV2B0": "none",
    "ConvNeXtTiny": "none",
    "NASNetMobile": "tf",
    "SqueezeNet": "caffe",
}
"""Name, that of keras.applications where it has one -> scaling of 0..255 RGB; `none` networks scale
inside."""

WITHOUT_BATCHNORM: Final = frozenset({"VGG16", "VGG19", "ConvNeXtTiny", "SqueezeNet"})


def check_name(name: str, others: Iterable[str] = ()) -> None:
    """Raise `RecipeError` for a network not known; `others` are names that may have been meant."""
    if name not in PREPROCESSING:
        known = [*PREPROCESSING, *others]
        meant = did_you_mean(name, known, ", ".join(known))
        raise RecipeError(f"backbone {name}: not known.{meant}")


HOST, SECONDS = "storage.googleapis.com", 3.0
"""Where Keras downloads ImageNet weights from, and how long an answer may take."""


def out_of_reach(backbone: Backbone | None) -> bool:
    """Return whether ImageNet weights are neither here nor, by all signs, to be downloaded.

    Behind a proxy nobody can say so without downloading them.
    """
    if backbone is None or backbone.weights != "imagenet" or _kept(backbone.name):
        return False
    if any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY")):
        return False
    try:
        socket.create_connection((HOST, 443), timeout=SECONDS).close()
    except OSError:
        return True
    return False


def check_weights(recipe: Recipe) -> None:
    """Raise `WeightsError`, before any image is read, where a network's weights are out of reach.

    Of those to be downloaded Keras itself is asked: it names the file that is missing.
    """
    given = recipe.backbone and recipe.backbone.weights
    if given not in {None, "none", "imagenet"} and not Path(str(given)).is_file():
        raise WeightsError(absent(str(given), "weight file"))
    if out_of_reach(recipe.backbone):
        assert recipe.backbone is not None
        from fitdoctor.training import backbones

        backbones.build(recipe.backbone, recipe.image_size or 128)


def weights_folder() -> Path:
    """Return where Keras looks before it downloads."""
    return Path(os.environ.get("KERAS_HOME", "~/.keras")) / "models"


def _kept(name: str) -> bool:
    """Return whether a file of this network's weights is where Keras looks for it."""
    try:
        files = [path.name for path in weights_folder().expanduser().iterdir()]
    except OSError:
        return False
    return any(name.lower() in re.sub(r"[^a-z0-9]", "", file.lower()) for file in files)
