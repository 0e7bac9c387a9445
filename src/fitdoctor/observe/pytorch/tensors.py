"""Tensors of the user, as far as they can be read without waiting for an accelerator."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from fitdoctor.observe import arrays


def first_tensor(given: Any) -> Any:
    """Return the first tensor of arguments, of an output or of a mapping; `None` without one."""
    if hasattr(given, "grad_fn"):
        return given
    logits = getattr(given, "logits", None)
    if hasattr(logits, "grad_fn"):
        return logits
    if isinstance(given, dict):
        given = tuple(given.values())
    if isinstance(given, tuple | list):
        return next((x for x in given if hasattr(x, "grad_fn")), None)
    return None


def on_cpu(x: Any) -> NDArray[Any] | None:
    """Return a tensor of the CPU as an array that shares its memory; `None` for any other."""
    if x is None or getattr(x, "device", None) is None or x.device.type != "cpu":
        return None
    try:
        return arrays.plain(x)
    except (TypeError, RuntimeError):  # a layout or type that NumPy has not
        return None
