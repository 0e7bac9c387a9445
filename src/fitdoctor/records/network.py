"""Plain questions about a list of layers."""

from __future__ import annotations

from collections.abc import Sequence

from fitdoctor.catalogue.layers import ACTIVATION_LAYERS, having
from fitdoctor.records.recipe import Layer

WEIGHTED = having("weights")
FLATTENING = having("flattens")
SPATIAL = having("map")
_BETWEEN = having("between")
"""Layers that may stand between one with weights and its activation: relu(pool(conv(x)))."""
OPAQUE = "Lambda"
"""A function in the network whose content is not known: it may hold layers and activations."""


def prepares_inputs(layer: Layer) -> bool:
    """Return whether this is `preprocess_input` called inside a network."""
    return (layer.name or "").endswith("preprocess_input")


def output_index(layers: Sequence[Layer]) -> int | None:
    """Return the index of the last layer with weights, if it is a Dense layer."""
    index = last_weighted(layers)
    return index if index is not None and layers[index].kind == "Dense" else None


def last_weighted(layers: Sequence[Layer]) -> int | None:
    """Return the index of the last layer with weights; `None` where a function hides it."""
    for index in range(len(layers) - 1, -1, -1):
        if layers[index].kind == OPAQUE:
            return None
        if layers[index].kind in WEIGHTED:
            return index
    return None


def output_units(layers: Sequence[Layer]) -> int | None:
    index = output_index(layers)
    return None if index is None else layers[index].units


def activation_of(layers: Sequence[Layer], index: int) -> str | None:
    """Return the activation of a layer, its own or that of the next layer that is one."""
    if layers[index].activation not in {None, "linear"}:
        return layers[index].activation
    for layer in layers[index + 1 :]:
        if layer.kind == "Activation":
            return layer.activation
        if layer.kind in ACTIVATION_LAYERS:
            return ACTIVATION_LAYERS[layer.kind]
        if layer.kind == OPAQUE:
            return layer.name or OPAQUE
        if layer.kind not in _BETWEEN:
            break
    return layers[index].activation


def width_before(layers: Sequence[Layer], index: int) -> int | None:
    """Return the units of the Dense layer before layer `index`; layers between keep the width."""
    for layer in reversed(layers[:index]):
        if layer.kind == "Dense":
            return layer.units
        keeps = {"BatchNormalization", "Dropout", "Activation"}
        if layer.kind not in keeps and layer.kind not in ACTIVATION_LAYERS:
            return None
    return None


def has_kind(layers: Sequence[Layer], *kinds: str) -> bool:
    return any(layer.kind in kinds for layer in layers)
