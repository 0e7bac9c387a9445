"""PyTorch's and TensorFlow-Slim's words as Keras layers, losses and optimizers."""

from __future__ import annotations

import ast
from typing import Final

from fitdoctor.catalogue import layers, losses
from fitdoctor.catalogue.backbones import is_of_torchvision
from fitdoctor.code.construct import number, whole
from fitdoctor.code.values import (
    UNKNOWN,
    LayerValue,
    Loss,
    ModelValue,
    Tensor,
    Value,
)
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.recipe import Backbone, Layer

_WIDTH_SECOND: Final = frozenset({"Dense", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose"})
"""Layers to which PyTorch tells the size of the inputs first."""
OLD_NAMES: Final = frozenset(
    {"Convolution1D", "Convolution2D", "Convolution3D", "Deconvolution2D", "MaxoutDense"}
)
_ACTIVATIONS: Final = {
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "LogSoftmax": "log_softmax",
    "GELU": "gelu",
    "SiLU": "silu",
    "ReLU6": "relu6",
}
_LOSSES: Final = {
    kind: Loss(name, from_logits=bool(known.applies))
    for kind, (name, known) in losses.OF_TORCH.items()
    if name
}
LOSS_FUNCTIONS: Final = {name: loss for name, loss in _LOSSES.items() if name.islower()}
"""`torch.nn.functional`'s, called on scores and labels."""
FUNCTIONS: Final = {
    "relu": "relu",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softmax": "softmax",
    "log_softmax": "log_softmax",
    "leaky_relu": "leaky_relu",
    "elu": "elu",
    "gelu": "gelu",
    "flatten": "Flatten",
    "view": "Flatten",
    "reshape": "Flatten",
    "dropout": "Dropout",
    "dropout1d": "SpatialDropout1D",
    "dropout2d": "SpatialDropout2D",
    "dropout3d": "SpatialDropout3D",
    "alpha_dropout": "AlphaDropout",
    "feature_alpha_dropout": "AlphaDropout",
    "max_pool2d": "MaxPooling2D",
    "avg_pool2d": "AveragePooling2D",
    "adaptive_avg_pool2d": "GlobalAveragePooling2D",
    "conv2d": "Conv2D",
    "dense": "Dense",
    "batch_normalization": "BatchNormalization",
    "max_pooling2d": "MaxPooling2D",
}


_LEAVES_VALUES: Final = frozenset(
    {"squeeze", "unsqueeze", "contiguous", "float", "double", "half", "to", "cpu", "cuda", "type",
     "detach", "clone", "view_as", "type_as", "permute", "transpose", "requires_grad_"}
)  # fmt: skip
_NO_TENSOR: Final = frozenset(
    {"size", "dim", "numel", "item", "backward", "get_shape", "ndimension"}
)


def method(
    name: str, before: Tensor, arguments: list[Value], keywords: dict[str, Value], line: int
) -> Value:
    """Return what a method of a layer's output gives: `x.flatten(1)`, `x.squeeze()`, `x.size()`."""
    if name in FUNCTIONS:
        return function(name, before, arguments, keywords, line)
    if name in _NO_TENSOR:
        return UNKNOWN
    if name in _LEAVES_VALUES:
        return before
    if name == "mean":
        return before.then(Layer(kind="GlobalAveragePooling2D", line=line))
    return before.then(Layer(kind=OPAQUE, name=name, line=line))


HEADS: Final = frozenset({"fc", "_fc", "classifier", "head", "heads", "last_linear"})
"""What networks call their classifiers."""


def _backbone(name: str, arguments: list[Value], keywords: dict[str, Value], line: int) -> Value:
    given = keywords.get("weights", keywords.get("pretrained", arguments[0] if arguments else None))
    weights = "none" if given in (None, False) else "imagenet"
    told = whole(keywords.get("num_classes"))
    return ModelValue(
        layers=[Layer(kind="Dense", units=told, line=line)] if told else [],
        pretrained=Backbone(name=name, weights=weights, line=line),
        line=line,
    )


BY_NAME: Final = frozenset(
    {"timm.create_model", "timm.models.create_model", "torchvision.models.get_model"}
)
"""Functions that make a network by the name that they are given."""


def by_name(arguments: list[Value], keywords: dict[str, Value], line: int) -> Value:
    """Return a network that is made by its name, or UNKNOWN where the name is not told."""
    given = keywords.get("model_name", keywords.get("name", arguments[0] if arguments else None))
    if not isinstance(given, str) or not given:
        return UNKNOWN
    # timm puts behind a point which weights are meant: resnet50.a1_in1k
    return _backbone(given.partition(".")[0], arguments[1:], keywords, line)


def construct(name: str, arguments: list[Value], keywords: dict[str, Value], line: int) -> Value:
    """Return a `torch.nn` layer, loss or torchvision network as its Keras kin, or UNKNOWN."""
    if is_of_torchvision(name) and name[:1].islower():  # a class so named is the script's own
        return _backbone(name, arguments, keywords, line)
    if name in losses.CRITERIA:
        return _LOSSES[name]
    if name in _ACTIVATIONS:
        return LayerValue(Layer(kind="Activation", activation=_ACTIVATIONS[name], line=line))
    kind = layers.OF_TORCH.get(name)
    if kind in _WIDTH_SECOND:
        width = keywords.get("out_features", keywords.get("out_channels"))
        if width is None:
            width = arguments[0 if name == "LazyLinear" else 1] if len(arguments) > 1 else None
        kernel = keywords.get("kernel_size", arguments[2] if len(arguments) > 2 else None)
        kernel = kernel[0] if isinstance(kernel, tuple) and kernel else kernel
        return LayerValue(
            Layer(
                kind=kind,
                units=whole(width),
                kernel_size=whole(kernel) if name.startswith("Conv") else None,
                line=line,
            )
        )
    if kind is not None:
        first = arguments[0] if arguments else keywords.get("kernel_size", keywords.get("p"))
        return LayerValue(
            Layer(
                kind=kind,
                pool_size=whole(first) if "Pooling2D" in kind and "Global" not in kind else None,
                rate=number(first) if "Dropout" in kind else None,
                momentum=_keras_momentum(keywords) if kind == "BatchNormalization" else None,
                line=line,
            )
        )
    return UNKNOWN


def _keras_momentum(keywords: dict[str, Value]) -> float | None:
    """Return BatchNorm's `momentum` as Keras counts it.

    In torch it is the weight of the new batch, in Keras that of the old average.
    """
    given = number(keywords.get("momentum"))
    return None if given is None else 1 - given


def loss_called(tree: ast.Module) -> Loss | None:
    """Return the one loss function that a script calls, in methods that nothing shown calls too."""
    called = (n.func for n in ast.walk(tree) if isinstance(n, ast.Call))
    methods = {f.attr for f in called if isinstance(f, ast.Attribute)}
    names = methods & LOSS_FUNCTIONS.keys()
    return LOSS_FUNCTIONS[names.pop()] if len(names) == 1 else None


DROPS: Final = tuple(name for name, kind in FUNCTIONS.items() if "Dropout" in kind)
"""Functions that drop units; those of `torch.nn.functional` do unless `training` is false."""


def drops_always(name: str, arguments: list[Value], keywords: dict[str, Value]) -> bool:
    """Return whether a function of `torch.nn.functional` drops units whatever the mode."""
    told = keywords.get("training", arguments[2] if len(arguments) > 2 else True)
    return name in DROPS and told is True


def function(
    name: str, before: Tensor, arguments: list[Value], keywords: dict[str, Value], line: int
) -> Tensor:
    """Return the tensor after a functional layer: `F.relu(x)`, `x.view(-1, 10)`, `tf.layers`."""
    kind = FUNCTIONS[name]
    if kind[0].islower():
        return before.then(Layer(kind="Activation", activation=kind, line=line))
    second = arguments[1] if len(arguments) > 1 else None
    drops = name in DROPS
    rate = number(keywords.get("p", keywords.get("rate", second))) if drops else None
    if kind == "Dropout" and (kept := number(keywords.get("keep_prob"))) is not None:
        rate = 1 - kept
    width = (
        keywords.get("units", keywords.get("filters", second))
        if kind in {"Dense", "Conv2D"}
        else None
    )
    activation = keywords.get("activation")
    return before.then(
        Layer(
            kind=kind,
            rate=rate,
            units=whole(width),
            activation=activation if isinstance(activation, str) else None,
            line=line,
        )
    )
