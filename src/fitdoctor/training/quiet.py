"""Importing Keras without the lines that TensorFlow's C++ writes before it can be told not to."""

from __future__ import annotations

import os
import sys

from fitdoctor import extras
from fitdoctor.images.quiet import without_stderr


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
