"""What a followed expression can turn out to be."""

from __future__ import annotations

import ast
import dataclasses
from typing import Any, Final

from fitdoctor.records.recipe import Backbone, Layer, Optimizer

LAYERS: Final = frozenset(
    {
        "Activation",
        "AveragePooling2D",
        "BatchNormalization",
        "Conv2D",
        "Dense",
        "DepthwiseConv2D",
        "Dropout",
        "Flatten",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling2D",
        "InputLayer",
        "LayerNormalization",
        "LeakyReLU",
        "MaxPooling2D",
        "PReLU",
        "ReLU",
        "Rescaling",
        "Reshape",
        "SeparableConv2D",
        "Softmax",
        "SpatialDropout2D",
        "ZeroPadding2D",
    }
)
ALIASES: Final = {
    "Convolution2D": "Conv2D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "SeparableConvolution2D": "SeparableConv2D",
}
POSITIONAL: Final[dict[str, tuple[str, ...]]] = {
    "Activation": ("activation",),
    "AveragePooling2D": ("pool_size", "strides", "padding"),
    "BatchNormalization": ("axis", "momentum"),
    "Conv2D": ("units", "kernel_size", "strides", "padding"),
    "Dense": ("units", "activation"),
    "Dropout": ("rate",),
    "MaxPooling2D": ("pool_size", "strides", "padding"),
    "SeparableConv2D": ("units", "kernel_size", "strides", "padding"),
    "SpatialDropout2D": ("rate",),
}
BACKBONES: Final = (
    "MobileNet",
    "ResNet",
    "VGG",
    "Inception",
    "Xception",
    "DenseNet",
    "EfficientNet",
    "ConvNeXt",
    "NASNet",
    "RegNet",
)
OPTIMIZERS: Final = frozenset(
    {"SGD", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad", "Adadelta", "Ftrl"}
)
DEFAULT_RATES: Final = {
    "SGD": 0.01,
    "Adam": 0.001,
    "AdamW": 0.001,
    "RMSprop": 0.001,
    "Nadam": 0.001,
    "Adamax": 0.001,
}
LAYER_ARGUMENTS: Final = {
    "filters": "units",
    "nb_filter": "units",
    "units": "units",
    "output_dim": "units",
    "p": "rate",
    "rate": "rate",
    "activation": "activation",
    "padding": "padding",
    "border_mode": "padding",
    "kernel_size": "kernel_size",
    "strides": "strides",
    "pool_size": "pool_size",
    "momentum": "momentum",
    "use_bias": "use_bias",
    "trainable": "trainable",
    "input_shape": "input_shape",
    "kernel_regularizer": "regularizer",
    "W_regularizer": "regularizer",
    "input_dim": "input_shape",
}


class Unknown:
    """A value that cannot be told without running the script."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclasses.dataclass
class LayerValue:
    """A layer that has been made and not yet applied."""

    layer: Layer


@dataclasses.dataclass
class Tensor:
    """The output of a chain of layers, on a backbone or on an input."""

    layers: tuple[Layer, ...] = ()
    backbone: ModelValue | None = None


@dataclasses.dataclass
class ModelValue:
    """A model in the making: later statements add layers, freeze and compile it."""

    layers: list[Layer] = dataclasses.field(default_factory=list)
    backbone: ModelValue | None = None
    pretrained: Backbone | None = None
    optimizer: Any = None
    compiled: dict[str, Any] = dataclasses.field(default_factory=dict)
    fitted: dict[str, Any] = dataclasses.field(default_factory=dict)
    line: int = 0


@dataclasses.dataclass
class LayerList:
    """`model.layers`, or a slice of it: which layers of the head it covers, and the backbone."""

    model: ModelValue
    head: range
    with_backbone: bool


@dataclasses.dataclass
class Penalty:
    """A weight regularizer."""

    l1: float | None = None
    l2: float | None = None


@dataclasses.dataclass
class Loss:
    """A loss object."""

    name: str
    from_logits: bool = False


@dataclasses.dataclass
class OptimizerValue:
    """An optimizer, and whether it was made with arguments that Keras 3 no longer takes."""

    optimizer: Optimizer
    old_arguments: bool = False


@dataclasses.dataclass
class Function:
    """A function of the script, to be followed where it is called."""

    node: ast.FunctionDef


Value = Any
