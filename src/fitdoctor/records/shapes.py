"""Output shapes and parameter counts of layers, where they follow from what is known.

Formulas: a convolution has (kernel height * kernel width * channels in + 1) * filters parameters,
a Dense layer (units in + 1) * units, BatchNormalization 4 a channel of which 2 are trained.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from fitdoctor.catalogue.backbones import CHANNELS, widens_last_map
from fitdoctor.catalogue.layers import having
from fitdoctor.records.network import OPAQUE, prepares_inputs
from fitdoctor.records.recipe import Layer, Recipe

Shape = tuple[int | None, ...]

_SAME_SHAPE = having("keeps shape")
_PREPARES = having("prepares") | {OPAQUE}


def with_shapes(recipe: Recipe) -> Recipe:
    """Return the recipe with the output shape and parameters of each layer, as far as they go."""
    shape = _input_shape(recipe)
    layers = []
    ahead = _ahead_of_backbone(recipe)
    for layer in recipe.layers[:ahead]:
        parameters = _count(layer, None) if layer.parameters is None else layer.parameters
        layers.append(replace(layer, output_shape=layer.input_shape, parameters=parameters))
    for layer in recipe.layers[ahead:]:
        if layer.input_shape is not None and recipe.backbone is None:
            shape = layer.input_shape
        parameters = layer.parameters if layer.parameters is not None else _count(layer, shape)
        shape = layer.output_shape or _after(layer, shape)
        layers.append(replace(layer, output_shape=shape, parameters=parameters))
    return replace(recipe, layers=tuple(layers))


def _ahead_of_backbone(recipe: Recipe) -> int:
    """Return how many layers prepare images for a backbone; those after them take its features."""
    if recipe.backbone is None:
        return 0
    for index, layer in enumerate(recipe.layers):
        if layer.kind not in _PREPARES and not layer.kind.startswith("Random"):
            return index
    return len(recipe.layers)


def total_parameters(layers: Sequence[Layer], *, trained: bool = False) -> int | None:
    """Return the parameters of all layers, or of those that are trained; `None` if one is open."""
    total = 0
    for layer in layers:
        if layer.parameters is None:
            return None
        if not trained:
            total += layer.parameters
        elif layer.trainable is not False:
            share = 2 if layer.kind == "BatchNormalization" else 1
            total += layer.parameters // share
    return total


def _input_shape(recipe: Recipe) -> Shape | None:
    backbone = recipe.backbone
    if backbone is not None:
        channels = CHANNELS.get(backbone.name)
        if channels is None or (backbone.alpha or 1.0) > 1.0:
            return None
        if backbone.alpha not in {None, 1.0} and widens_last_map(backbone.name):
            channels = int(channels * (backbone.alpha or 1.0))
        # The last map of a backbone has 1/32 of the image's sides.
        side = -(-recipe.image_size // 32) if recipe.image_size else None
        return (side, side, channels)
    return (recipe.image_size, recipe.image_size, 3) if recipe.image_size else None


def _after(layer: Layer, shape: Shape | None) -> Shape | None:
    if layer.kind == "InputLayer":
        return layer.input_shape
    if layer.data_format == "channels_first" and shape is not None and len(shape) == 3:
        after = _after(replace(layer, data_format=None), (*shape[1:], shape[0]))
        return after if after is None or len(after) != 3 else (after[2], *after[:2])
    if shape is None:
        return (layer.units,) if layer.kind == "Dense" and layer.units else None
    if layer.kind in _SAME_SHAPE:
        return shape
    if layer.kind == "Dense":
        return (*shape[:-1], layer.units)
    if layer.kind == "Flatten":
        return (_product(shape),)
    if layer.kind.startswith("Global"):
        return (shape[-1],)
    if len(shape) == 3 and layer.kind in {"Conv2D", "SeparableConv2D", "DepthwiseConv2D"}:
        filters = shape[2] if layer.kind == "DepthwiseConv2D" else layer.units
        sides = [_slid(s, layer.kernel_size, layer.strides or 1, layer.padding) for s in shape[:2]]
        return (*sides, filters)
    if len(shape) == 3 and layer.kind in {"MaxPooling2D", "AveragePooling2D"}:
        window = layer.pool_size or 2
        sides = [_slid(s, window, layer.strides or window, layer.padding) for s in shape[:2]]
        return (*sides, shape[2])
    return None


def _slid(side: int | None, window: int | None, stride: int, padding: str | None) -> int | None:
    if side is None or stride < 1:
        return None
    if padding == "same":
        return -(-side // stride)
    return None if window is None else max(0, (side - window) // stride + 1)


def _count(layer: Layer, shape: Shape | None) -> int | None:
    if prepares_inputs(layer):
        return 0
    if layer.kind not in {"Dense", "Conv2D", "BatchNormalization", "DepthwiseConv2D",
                          "SeparableConv2D", "PReLU", "LayerNormalization", "Conv1D", "LSTM", "GRU",
                          "Embedding", "Conv2DTranspose", "Conv3D", "SimpleRNN",
                          "GroupNormalization", "Normalization", "Lambda",
                          "TimeDistributed", "Bidirectional"}:  # fmt: skip
        return 0
    first = layer.data_format == "channels_first"
    channels = shape[0 if first else -1] if shape else None
    if channels is None:
        return None
    bias = 0 if layer.use_bias is False else 1
    if layer.kind == "Dense":
        return (channels + bias) * layer.units if layer.units else None
    if layer.kind == "BatchNormalization":
        return 4 * channels
    if layer.kind == "Conv2D" and layer.units and layer.kernel_size:
        return (layer.kernel_size**2 * channels + bias) * layer.units
    if layer.kind == "DepthwiseConv2D" and layer.kernel_size:
        return (layer.kernel_size**2 + bias) * channels
    if layer.kind == "SeparableConv2D" and layer.units and layer.kernel_size:
        return layer.kernel_size**2 * channels + (channels + bias) * layer.units
    return None


def _product(shape: Shape) -> int | None:
    total = 1
    for side in shape:
        if side is None:
            return None
        total *= side
    return total
