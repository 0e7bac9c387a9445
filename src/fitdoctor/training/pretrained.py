"""Names of pretrained networks, known before Keras is loaded."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

from fitdoctor.catalogue.backbones import (
    BGR,
    CHANNELS,
    OWN,
    RANGE,
    RAW,
    STANDARDISED,
    Inputs,
    family,
)
from fitdoctor.errors import RecipeError, WeightsError, did_you_mean
from fitdoctor.places import absent
from fitdoctor.records.recipe import Backbone, Recipe

Preprocessing = Literal["tf", "caffe", "torch", "none"]

SCALINGS: Final[dict[Inputs | None, Preprocessing]] = {
    RANGE: "tf", BGR: "caffe", STANDARDISED: "torch", RAW: "none",
}  # fmt: skip
KNOWN: Final = (*CHANNELS, OWN)
"""Networks that can be trained, by their names in keras.applications where they have one."""


def preprocessing(name: str) -> Preprocessing:
    """Return the scaling of 0..255 RGB that goes with the weights; `none` networks scale inside."""
    known = family(name)
    return SCALINGS[known.inputs if known else None]


def check_name(name: str, others: Iterable[str] = ()) -> None:
    """Raise `RecipeError` for a network not known; `others` are names that may have been meant."""
    if name not in KNOWN:
        known = [*KNOWN, *others]
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
