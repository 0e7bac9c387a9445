"""Layers, one row each: their names in Keras and PyTorch, and what they do to a map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from fitdoctor.catalogue.signatures import KERAS

Trait = Literal[
    "weights", "flattens", "map", "between", "keeps shape", "prepares", "tensorflow 2"
]  # fmt: skip


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """A layer of Keras."""

    name: str
    """The class of Keras 2 and 3."""
    also: tuple[str, ...] = ()
    """Classes of Keras 1, and other names of the same."""
    torch: tuple[str, ...] = ()
    """Classes of `torch.nn` that do the same."""
    functions: tuple[str, ...] = ()
    """Functions that do it to a list of tensors."""
    activation: str = ""
    """The activation, where it does nothing else."""
    traits: tuple[Trait, ...] = ()
    """weights: it holds some that learn. flattens: it makes a row of a map. map: it takes a map of
    rows and columns. between: it may stand between a layer with weights and its activation. keeps
    shape: its output has the shape of its input. prepares: it may stand before a backbone.
    tensorflow 2: no version of Keras has it that is older."""


LAYERS: Final[tuple[Layer, ...]] = (
    Layer(name="Activation", traits=("keeps shape",)),
    Layer(name="ActivityRegularization", traits=("keeps shape",)),
    Layer(name="Add", functions=("add",), traits=("between", "keeps shape")),
    Layer(name="AlphaDropout", traits=("between", "keeps shape")),
    Layer(name="Average", functions=("average",), traits=("keeps shape",)),
    Layer(name="AveragePooling1D"),
    Layer(
        name="AveragePooling2D", also=("AvgPool2D",), torch=("AvgPool2d",),
        traits=("map", "between"),
    ),
    Layer(name="AveragePooling3D"),
    Layer(
        name="BatchNormalization", also=("BatchNorm", "SyncBatchNormalization"),
        torch=("BatchNorm1d", "BatchNorm2d"), traits=("between", "keeps shape"),
    ),
    Layer(name="Bidirectional"),
    Layer(name="CenterCrop", traits=("prepares", "tensorflow 2")),
    Layer(name="Concatenate", functions=("concatenate", "concat", "cat")),
    Layer(name="Conv1D", also=("Convolution1D",), torch=("Conv1d",), traits=("weights",)),
    Layer(name="Conv2D", also=("Convolution2D",), torch=("Conv2d",), traits=("weights", "map")),
    Layer(
        name="Conv2DTranspose", also=("Deconvolution2D",), torch=("ConvTranspose2d",),
        traits=("weights",),
    ),
    Layer(name="Conv3D", also=("Convolution3D",), torch=("Conv3d",), traits=("weights",)),
    Layer(name="Cropping2D"),
    Layer(name="Dense", torch=("Linear", "LazyLinear"), traits=("weights",)),
    Layer(name="DepthwiseConv2D", traits=("weights", "map")),
    Layer(name="Dropout", traits=("between", "keeps shape")),
    Layer(name="ELU", activation="elu", traits=("keeps shape",)),
    Layer(name="Embedding", traits=("weights",)),
    Layer(name="Flatten", traits=("flattens",)),
    Layer(name="GRU", traits=("weights",)),
    Layer(name="GaussianDropout", traits=("between", "keeps shape")),
    Layer(name="GaussianNoise", traits=("between", "keeps shape")),
    Layer(name="GlobalAveragePooling1D"),
    Layer(
        name="GlobalAveragePooling2D", also=("GlobalAvgPool2D",), torch=("AdaptiveAvgPool2d",),
        traits=("flattens",),
    ),
    Layer(name="GlobalMaxPooling1D"),
    Layer(name="GlobalMaxPooling2D", also=("GlobalMaxPool2D",), traits=("flattens",)),
    Layer(name="GroupNormalization", torch=("GroupNorm",), traits=("between", "keeps shape")),
    Layer(name="InputLayer", traits=("prepares",)),
    Layer(name="LSTM", traits=("weights",)),
    Layer(name="Lambda"),
    Layer(name="LayerNormalization", torch=("LayerNorm",), traits=("between", "keeps shape")),
    Layer(name="LeakyReLU", activation="leaky_relu", traits=("keeps shape",)),
    Layer(name="Masking"),
    Layer(name="MaxPooling1D", also=("MaxPool1D",), torch=("MaxPool1d",), traits=("between",)),
    Layer(
        name="MaxPooling2D", also=("MaxPool2D",), torch=("MaxPool2d",), traits=("map", "between"),
    ),
    Layer(name="MaxPooling3D", also=("MaxPool3D",)),
    Layer(name="Multiply", functions=("multiply",), traits=("keeps shape",)),
    Layer(name="Normalization", traits=("keeps shape", "prepares")),
    Layer(name="PReLU", activation="prelu", traits=("keeps shape",)),
    Layer(name="Permute"),
    Layer(name="RandomBrightness", traits=("keeps shape", "tensorflow 2")),
    Layer(name="RandomContrast", traits=("keeps shape", "tensorflow 2")),
    Layer(name="RandomCrop"),
    Layer(name="RandomFlip", traits=("keeps shape", "tensorflow 2")),
    Layer(name="RandomHeight"),
    Layer(name="RandomRotation", traits=("keeps shape", "tensorflow 2")),
    Layer(name="RandomTranslation", traits=("keeps shape", "tensorflow 2")),
    Layer(name="RandomWidth"),
    Layer(name="RandomZoom", traits=("keeps shape", "tensorflow 2")),
    Layer(name="ReLU", activation="relu", traits=("keeps shape",)),
    Layer(name="RepeatVector"),
    Layer(name="Rescaling", traits=("keeps shape", "prepares", "tensorflow 2")),
    Layer(name="Reshape"),
    Layer(name="Resizing", traits=("prepares",)),
    Layer(name="SeparableConv2D", also=("SeparableConvolution2D",), traits=("weights", "map")),
    Layer(name="SimpleRNN", traits=("weights",)),
    Layer(name="Softmax", activation="softmax", traits=("keeps shape",)),
    Layer(name="SpatialDropout2D", torch=("Dropout2d",), traits=("between", "keeps shape")),
    Layer(name="ThresholdedReLU", activation="thresholded_relu"),
    Layer(name="TimeDistributed"),
    Layer(name="UpSampling2D"),
    Layer(name="ZeroPadding2D"),
)  # fmt: skip
NAMES: Final = frozenset(layer.name for layer in LAYERS)
ALIASES: Final[Mapping[str, str]] = {name: x.name for x in LAYERS for name in x.also}
FUNCTIONS: Final[Mapping[str, str]] = {name: x.name for x in LAYERS for name in x.functions}
OF_TORCH: Final[Mapping[str, str]] = {name: x.name for x in LAYERS for name in x.torch}
IN_TORCH: Final[Mapping[str, tuple[str, ...]]] = {x.name: x.torch for x in LAYERS if x.torch}
ACTIVATION_LAYERS: Final[Mapping[str, str]] = {x.name: x.activation for x in LAYERS if x.activation}
"""Layers that do nothing else -> the name of what they do."""


def having(trait: Trait) -> frozenset[str]:
    """Return the layers that have a trait."""
    return frozenset(layer.name for layer in LAYERS if trait in layer.traits)


ONE_NUMBER_A_SIDE: Final = frozenset(
    old for old in ALIASES if old.endswith(("olution1D", "olution2D")) and "Separable" not in old
)
"""In Keras 1 the sides of a kernel are separate arguments: Convolution2D(32, 3, 3)."""
LAYER_ARGUMENTS: Final = {
    "filters": "units",
    "nb_filter": "units",
    "units": "units",
    "output_dim": "units",
    "p": "rate",
    "rate": "rate",
    "scale": "rate",
    "stddev": "rate",
    "activation": "activation",
    "padding": "padding",
    "border_mode": "padding",
    "kernel_size": "kernel_size",
    "nb_row": "kernel_size",
    "strides": "strides",
    "subsample": "strides",
    "pool_size": "pool_size",
    "momentum": "momentum",
    "axis": "axis",
    "data_format": "data_format",
    "dim_ordering": "data_format",
    "epsilon": "epsilon",
    "use_bias": "use_bias",
    "bias": "use_bias",
    "trainable": "trainable",
    "input_shape": "input_shape",
    "batch_input_shape": "batch_input_shape",
    "shape": "input_shape",
    "kernel_regularizer": "regularizer",
    "W_regularizer": "regularizer",
    "kernel_initializer": "initializer",
    "init": "initializer",
    "input_dim": "input_shape",
    "name": "name",
}
"""Arguments of layers, of Keras 1 as well -> the fields of a record that hold them."""
POSITIONAL: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(LAYER_ARGUMENTS.get(told, told) for told in KERAS[name])
    for name in sorted(NAMES & KERAS.keys())
}
"""What layers are given without a name, as fields of a record."""

ACTIVATIONS: Final = frozenset(
    {
        "relu", "relu6", "softmax", "sigmoid", "tanh", "elu", "selu", "gelu", "swish", "silu",
        "linear", "softplus", "softsign", "hard_sigmoid", "leaky_relu", "exponential",
        "log_softmax",
        "mish",
    }
)  # fmt: skip
