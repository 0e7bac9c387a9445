"""What TensorFlow's decoder says of an image: one that Pillow opens can still stop a training."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from fitdoctor.training.quiet import import_keras

_LOADING = threading.Lock()


def refusal() -> Callable[[bytes], str | None] | None:
    """Return what tells why `tf.io.decode_image` refuses the bytes; `None` without TensorFlow."""
    if importlib.util.find_spec("tensorflow") is None:
        return None

    def refused(data: bytes) -> str | None:
        tf = _tensorflow()
        try:
            tf.io.decode_image(data, expand_animations=False)
        except tf.errors.OpError as error:
            words = str(error.message).rpartition("}}")[2].split("[Op:")[0].strip()
            return words.split("\n")[0][:120] or type(error).__name__
        return None

    return refused


@lru_cache(maxsize=1)
def _tensorflow() -> Any:
    """Load TensorFlow when the first image is at hand: a wrong folder is told at once."""
    with _LOADING:
        import_keras()
        import tensorflow as tf

        return tf
