"""What TensorFlow's decoder says of an image: one that Pillow opens can still stop a training."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from fitdoctor.training.quiet import import_keras


def refusal() -> Callable[[bytes], str | None] | None:
    """Return what tells why `tf.io.decode_image` refuses the bytes; `None` without TensorFlow."""
    if importlib.util.find_spec("tensorflow") is None:
        return None
    import_keras()
    import tensorflow as tf

    def refused(data: bytes) -> str | None:
        try:
            tf.io.decode_image(data, expand_animations=False)
        except tf.errors.OpError as error:
            words = str(error.message).rpartition("}}")[2].split("[Op:")[0].strip()
            return words.split("\n")[0][:120] or type(error).__name__
        return None

    return refused
