"""SqueezeNet 1.1, a small network without BatchNorm, which keras.applications does not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fitdoctor.training.started import keras

FIRES = (
    (16, 64), (16, 64), "pool", (32, 128), (32, 128), "pool",
    (48, 192), (48, 192), (64, 256), (64, 256),
)  # fmt: skip
"""Fire modules in order, as (squeezed, expanded) filters, with the poolings between them."""


def build(
    *, input_shape: tuple[int, int, int], include_top: bool = False, weights: str | None = None
) -> Any:
    """Return the network from BGR less the ImageNet means to its last feature map.

    `include_top` and `weights` are there so that it is called like those of keras.applications:
    it has no top, and its weights come from a file (`load`). Raises `ValueError` else.

    Source: Iandola et al. 2016 (arXiv:1602.07360), version 1.1.
    """
    if include_top or weights is not None:
        raise ValueError("SqueezeNet has no top, and no weights to download: give a weight file")
    inputs = keras.Input(input_shape)
    x = _convolution("conv1", 64, strides=2, padding="valid")(inputs)
    x = keras.layers.MaxPooling2D(3, 2, name="pool1")(x)
    number = 2
    for fire in FIRES:
        if isinstance(fire, str):
            x = keras.layers.MaxPooling2D(3, 2, name=f"pool{number}")(x)
            continue
        squeezed, expanded = fire
        x = _convolution(f"fire{number}_squeeze1x1", squeezed, size=1)(x)
        sides = [
            _convolution(f"fire{number}_expand{size}x{size}", expanded, size=size)(x)
            for size in (1, 3)
        ]
        x = keras.layers.Concatenate(name=f"fire{number}_concat")(sides)
        number += 1
    return keras.Model(inputs, x, name="squeezenet")


def load(network: Any, path: Path) -> None:
    """Set the weights from an .npz of `LAYER/kernel` and `LAYER/bias`, kernels as HWIO.

    Raises `ValueError` where it holds others, `OSError` where it cannot be read.
    """
    with np.load(path, allow_pickle=False) as stored:
        wanted = {f"{layer.name}/{v.name}": v for layer in network.layers for v in layer.weights}
        missing = sorted(wanted.keys() ^ set(stored.files))
        if missing:
            raise ValueError(f"its weights are others, as {missing[0]} shows")
        for name, variable in wanted.items():
            variable.assign(stored[name])


def _convolution(
    name: str, filters: int, *, size: int = 3, strides: int = 1, padding: str = "same"
) -> Any:
    return keras.layers.Conv2D(
        filters, size, strides=strides, padding=padding, activation="relu", name=name
    )
