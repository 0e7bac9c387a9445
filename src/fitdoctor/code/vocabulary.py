"""The words of Keras, old and new: layers, optimizers, and how their arguments are called."""

from __future__ import annotations

import re
from typing import Final

LAYERS: Final = frozenset(
    {
        "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average",
        "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "BatchNormalization",
        "Bidirectional", "Concatenate", "Conv1D", "Conv2D", "Conv2DTranspose", "Conv3D",
        "Cropping2D", "Dense", "DepthwiseConv2D", "Dropout", "ELU", "Embedding", "Flatten", "GRU",
        "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
        "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GroupNormalization", "InputLayer", "LSTM",
        "Lambda", "LayerNormalization", "LeakyReLU", "Masking", "MaxPooling1D", "MaxPooling2D",
        "MaxPooling3D", "Multiply", "Normalization", "PReLU", "Permute", "RandomBrightness",
        "RandomContrast", "RandomCrop", "RandomFlip", "RandomHeight", "RandomRotation",
        "RandomTranslation", "RandomWidth", "RandomZoom", "ReLU", "RepeatVector", "Rescaling",
        "Reshape", "Resizing", "SeparableConv2D", "SimpleRNN", "Softmax", "SpatialDropout2D",
        "TimeDistributed", "UpSampling2D", "ZeroPadding2D",
    }
)  # fmt: skip
ALIASES: Final = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Deconvolution2D": "Conv2DTranspose",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "SeparableConvolution2D": "SeparableConv2D",
    "BatchNorm": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
}
LAYER_FUNCTIONS: Final = {
    "add": "Add",
    "concatenate": "Concatenate",
    "concat": "Concatenate",
    "cat": "Concatenate",
    "multiply": "Multiply",
    "average": "Average",
}

_POOLING: Final = ("pool_size", "strides", "padding")
_CONVOLUTION: Final = ("units", "kernel_size", "strides", "padding")
POSITIONAL: Final[dict[str, tuple[str, ...]]] = {
    "Activation": ("activation",),
    "AlphaDropout": ("rate",),
    "AveragePooling2D": _POOLING,
    "BatchNormalization": ("axis", "momentum", "epsilon"),
    "Conv1D": _CONVOLUTION,
    "Conv2D": _CONVOLUTION,
    "Conv2DTranspose": _CONVOLUTION,
    "Conv3D": _CONVOLUTION,
    "Dense": ("units", "activation"),
    "Dropout": ("rate",),
    "GaussianDropout": ("rate",),
    "GaussianNoise": ("rate",),
    "GRU": ("units", "activation"),
    "LSTM": ("units", "activation"),
    "MaxPooling1D": _POOLING,
    "MaxPooling2D": _POOLING,
    "MaxPooling3D": _POOLING,
    "Rescaling": ("rate",),
    "SeparableConv2D": _CONVOLUTION,
    "SimpleRNN": ("units", "activation"),
    "SpatialDropout2D": ("rate",),
}
ONE_NUMBER_A_SIDE: Final = frozenset({"Convolution2D", "Convolution1D", "Deconvolution2D"})
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

ACTIVATIONS: Final = frozenset(
    {
        "relu", "relu6", "softmax", "sigmoid", "tanh", "elu", "selu", "gelu", "swish", "silu",
        "linear", "softplus", "softsign", "hard_sigmoid", "leaky_relu", "exponential",
        "log_softmax",
        "mish",
    }
)  # fmt: skip


def snake(name: str) -> str:
    """Return a class' name as functions are named.

    >>> snake("SparseCategoricalCrossentropy")
    'sparse_categorical_crossentropy'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


OF_CALLBACKS: Final[dict[str, tuple[str, ...]]] = {
    "EarlyStopping": ("monitor", "min_delta", "patience", "verbose", "mode"),
    "ReduceLROnPlateau": ("monitor", "factor", "patience"),
    "LearningRateScheduler": ("schedule",),
    "ModelCheckpoint": ("filepath", "monitor"),
}
"""What callbacks are given without a name."""
CALLBACKS: Final = frozenset(
    {
        "EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint", "LearningRateScheduler",
        "CyclicLR", "TensorBoard", "CSVLogger", "OneCycleLR", "OneCycleScheduler", "LRFinder",
        "LearningRateFinder", "TerminateOnNaN", "SnapshotCallbackBuilder",
    }
)  # fmt: skip
