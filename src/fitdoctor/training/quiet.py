"""Importing Keras without the lines that TensorFlow's C++ writes before it can be told not to."""

from __future__ import annotations

import logging
import os
import sys
import warnings

from fitdoctor import extras
from fitdoctor.images.quiet import without_stderr

LIBRARIES = (
    "keras", "tensorflow", "jax", "torch", "absl", "ml_dtypes", "h5py", "onnx", "tf2onnx",
)  # fmt: skip
"""Whose warnings are for those who call them, not for users of the command line."""


def quieten() -> None:
    """Let only errors of Keras and its libraries reach the terminal; for the command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", module=rf"{name}(\.|$)")


def import_keras() -> None:
    """Import Keras and start its backend; raises `MissingExtraError` where there is none."""
    if sys.modules.get("keras") is not None:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with without_stderr():
            import keras

            keras.ops.ones(1)
    except ImportError as error:
        raise extras.missing("train", "training with Keras", error) from error
