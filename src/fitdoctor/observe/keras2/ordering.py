"""The order of axes that Keras 1 took images in where a script leaves it open.

Until Keras 1.1 that was Theano's, channels first. What tells it is a first convolution that could
not have run otherwise: its kernel is larger than the one or three "rows" of its input.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitdoctor.observe.former.names import used

CHANNELS = (1, 3)


def settle(kind: str, given: tuple[Any, ...], named: Mapping[str, Any], backend: Any) -> None:
    """Take images channels first from here on, where a convolution could not be meant otherwise."""
    shape = named.get("input_shape")
    if not kind.startswith("Conv2D") or "data_format" in named or not isinstance(shape, tuple):
        return
    kernel = named.get("kernel_size", given[1] if len(given) > 1 else None)
    rows = kernel[0] if isinstance(kernel, tuple | list) else kernel
    plain = len(shape) == 3 and shape[0] in CHANNELS and isinstance(rows, int)
    if not plain or named.get("padding", "valid") != "valid" or rows <= shape[0]:
        return
    if backend.image_data_format() == "channels_last":
        backend.set_image_data_format("channels_first")
        used["the order of axes"] = "channels first, as Keras 1 had it where none was set"
