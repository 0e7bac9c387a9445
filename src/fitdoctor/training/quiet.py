"""Importing Keras without the lines that TensorFlow's C++ writes before it can be told not to."""

from __future__ import annotations

import os
import sys

from fitdoctor.errors import MissingExtraError
from fitdoctor.images.quiet import without_stderr


def import_keras() -> None:
    """Import Keras and start its backend; raises `MissingExtraError` where there is none."""
    if "keras" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with without_stderr():
            import keras

            keras.ops.ones(1)
    except ImportError as error:
        raise MissingExtraError(
            f"training needs Keras and a backend ({error}). Install them: "
            "pip install 'fitdoctor[train]'"
        ) from error
