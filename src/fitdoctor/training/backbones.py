"""Pretrained networks by name, each with the preprocessing it was trained with bound to it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from fitdoctor.catalogue.backbones import OWN, family, takes_width
from fitdoctor.errors import RecipeError, WeightsError
from fitdoctor.places import absent
from fitdoctor.records.recipe import Backbone
from fitdoctor.training import squeezenet, streams
from fitdoctor.training.pretrained import Preprocessing, check_name, preprocessing, weights_folder
from fitdoctor.training.started import keras

CAFFE_MEANS = (103.939, 116.779, 123.68)
TORCH_MEANS = (0.485, 0.456, 0.406)
TORCH_DEVIATIONS = (0.229, 0.224, 0.225)


def build(backbone: Backbone, image_size: int) -> Any:
    """Return a Keras model from raw RGB 0..255 (size, size, 3) to the last feature map.

    Raises `RecipeError` for a name not known, `WeightsError` where the weights are not at hand or
    do not fit.
    """
    check_name(backbone.name)
    options: dict[str, Any] = {"include_top": False, "input_shape": (image_size, image_size, 3)}
    if backbone.alpha is not None:
        if not takes_width(backbone.name):
            raise RecipeError(f"alpha: {backbone.name} has no width; leave it out")
        options["alpha"] = backbone.alpha
    network = _with_weights(backbone, options)
    network.trainable = bool(backbone.trainable)
    if backbone.momentum is not None:
        for layer in filter(_normalises, network.layers):
            layer.momentum = backbone.momentum
    by_batch = backbone.batchnorm == "batch"
    if by_batch and not backbone.trainable:
        _normalise_by_batch(network)
    elif backbone.trainable and not by_batch:
        # BatchNorm stays in inference mode: batches of a small data set would replace the
        # statistics that the pretrained weights were fitted to. Calling the network with
        # training=False does not do it, since `fit` calls the whole with training=True, which
        # goes before it in Keras 3.
        thaw(network, backbone.top)
    elif backbone.trainable and backbone.top is not None:
        thaw(network, backbone.top, batchnorm=True)
    inputs = keras.Input((image_size, image_size, 3), name="image")
    features = network(_preprocessed(backbone, inputs))
    return keras.Model(inputs, features, name=backbone.name.lower())


_KEPT: dict[tuple[Backbone, int, str], Any] = {}


def frozen(backbone: Backbone, image_size: int) -> Any:
    """Return the network as `build` does, one and the same to all who only compute with it.

    The last one is kept: its graph is traced once for features, heat maps and the saved model.
    Without weights it is the same random network each time.
    """
    key = (backbone, image_size, weights_digest(backbone))
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = streams.seeded(lambda: build(backbone, image_size), seed=0)
    return _KEPT[key]


def _normalise_by_batch(network: Any) -> None:
    """Freeze all but let BatchNorm use batch statistics in training, as Keras up to 2.3.1 did.

    A layer that is frozen as a whole runs in inference mode, so only its scale and offset are.
    """
    network.trainable = True
    for layer in network.layers:
        layer.trainable = _normalises(layer)
        if _normalises(layer):
            for variable in (layer.gamma, layer.beta):
                if variable is not None:
                    variable.trainable = False


def _normalises(layer: Any) -> bool:
    return type(layer).__name__ == "BatchNormalization"


def thaw(base: Any, top: int | None, *, batchnorm: bool = False) -> None:
    """Let the last `top` layers of a built backbone learn, all where `None`.

    BatchNorm learns only where `batchnorm` says so.
    """
    inner = next((layer for layer in base.layers if hasattr(layer, "layers")), base)
    inner.trainable = True
    for index, layer in enumerate(inner.layers):
        learns = top is None or index >= len(inner.layers) - top
        layer.trainable = learns and (batchnorm or not _normalises(layer))


def weights_digest(backbone: Backbone) -> str:
    """Name the weights by content where they are a file, else by what was asked for."""
    path = Path(backbone.weights or "none")
    if backbone.weights in {"imagenet", "none", None}:
        return str(backbone.weights)
    if not path.is_file():
        raise WeightsError(absent(path, "weight file"))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _with_weights(backbone: Backbone, options: dict[str, Any]) -> Any:
    make = squeezenet.build if backbone.name == OWN else getattr(keras.applications, backbone.name)
    weights = backbone.weights
    if weights == "imagenet":
        return _imagenet(make, options, backbone)
    try:
        network = make(weights=None, **options)
    except ValueError as error:
        raise RecipeError(f"{backbone.name}: {_first_line(error)}") from error
    if weights in {None, "none"}:
        return network
    path = Path(str(weights))
    if not path.is_file():
        raise WeightsError(absent(path, "weight file"))
    try:
        squeezenet.load(network, path) if path.suffix == ".npz" else network.load_weights(path)
    except (ValueError, OSError, KeyError, TypeError) as error:
        alpha = f" alpha {backbone.alpha:g}" if backbone.alpha else ""
        raise WeightsError(
            f"{path}: not the weights of {backbone.name}{alpha} without its top "
            f"({_first_line(error)})"
        ) from error
    known = family(backbone.name)
    if known is not None and known.scales_for_imagenet:
        _scale_like_imagenet(network)
    return network


def _scale_like_imagenet(network: Any) -> None:
    """Give a network the rescaling that Keras adds only where `weights == "imagenet"`.

    There a layer multiplies by 1 / sqrt(deviation) after Normalization; dividing by the square root
    of variance times deviation is the same.
    """
    for layer in network.layers:
        if type(layer).__name__ == "Normalization":
            mean, variance, count = layer.get_weights()
            layer.set_weights(
                [mean, variance * np.asarray(TORCH_DEVIATIONS, variance.dtype), count]
            )
            layer.finalize_state()


def _imagenet(make: Any, options: dict[str, Any], backbone: Backbone) -> Any:
    try:
        # Keras prints the progress of a download, and warns that weights serve other image sizes.
        with (
            open(os.devnull, "w", encoding="utf-8") as nowhere,  # noqa: PTH123 - no path of a file
            contextlib.redirect_stdout(nowhere),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            return make(weights="imagenet", **options)
    except ValueError as error:
        raise RecipeError(f"{backbone.name}: {_first_line(error)}") from error
    except Exception as error:  # Keras raises a bare Exception on a failed download
        raise WeightsError(_without_weights(backbone, str(error))) from error


def _without_weights(backbone: Backbone, error: str) -> str:
    """Return what can be done where ImageNet weights cannot be downloaded."""
    address = re.search(r"https?://\S+?\.(?:h5|keras)", error)
    where = f"download {address[0]} elsewhere" if address else "download them elsewhere"
    return (
        f"{backbone.name}: its ImageNet weights are not on this machine and cannot be downloaded. "
        f"Either {where} and give the file (--weights FILE, or put it into {weights_folder()}), "
        "or train without: --backbone small_cnn is a small network that learns from few images, "
        f"--backbone {backbone.name} --weights none this one from random weights"
    )


def _preprocessed(backbone: Backbone, inputs: Any) -> Any:
    if backbone.fed is None:
        return _scaled(preprocessing(backbone.name), inputs)
    return (
        keras.layers.Rescaling(1 / 255, name="scale")(inputs)
        if backbone.fed == "0_to_1"
        else inputs
    )


def _scaled(how: Preprocessing, inputs: Any) -> Any:
    if how == "tf":
        return keras.layers.Rescaling(1 / 127.5, -1, name="scale")(inputs)
    if how == "torch":
        scales = [1 / (255 * d) for d in TORCH_DEVIATIONS]
        offsets = [-m / d for m, d in zip(TORCH_MEANS, TORCH_DEVIATIONS, strict=True)]
        return keras.layers.Rescaling(scales, offsets, name="scale")(inputs)
    if how == "caffe":
        blue_first = keras.layers.Lambda(_reverse_channels, name="bgr")(inputs)
        return keras.layers.Rescaling(1.0, [-m for m in CAFFE_MEANS], name="scale")(blue_first)
    return inputs


@keras.saving.register_keras_serializable("fitdoctor")  # type: ignore[untyped-decorator]
def _reverse_channels(x: Any) -> Any:
    return x[..., ::-1]


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200]
