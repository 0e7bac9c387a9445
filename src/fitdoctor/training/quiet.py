"""Importing Keras without the lines that TensorFlow's C++ writes before it can be told not to."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from fitdoctor.errors import MissingExtraError


def import_keras() -> None:
    """Import Keras and start its backend; raises `MissingExtraError` where there is none."""
    if "keras" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with _without_stderr():
            import keras

            keras.ops.ones(1)
    except ImportError as error:
        raise MissingExtraError(
            f"training needs Keras and a backend ({error}). Install them: "
            "pip install 'fitdoctor[train]'"
        ) from error


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)
