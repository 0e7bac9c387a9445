"""Keras 3 for our own modules, where `tf_keras` trains: the few functions that it has not.

The user's `keras` is `tf_keras` itself, without these.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np


class StandIn(ModuleType):
    """A module that has what `tf_keras` has, and what is put on it."""

    def __init__(self, keras: Any, **more: Any) -> None:
        super().__init__("keras")
        self.__dict__.update(more)
        self._keras = keras

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keras, name)


def stand_in(keras: Any) -> StandIn:
    """Return what our modules take for Keras."""
    utils = StandIn(keras.utils, PyDataset=keras.utils.Sequence)
    backend = StandIn(keras.backend, backend=lambda: "tensorflow")
    ops = SimpleNamespace(convert_to_numpy=np.asarray, mean=np.mean)
    return StandIn(keras, utils=utils, backend=backend, ops=ops)


@contextmanager
def in_place(keras: Any) -> Iterator[None]:
    """Let modules that are imported meanwhile take the stand-in for Keras."""
    before = sys.modules.get("keras")
    sys.modules["keras"] = stand_in(keras)
    try:
        yield
    finally:
        if before is None:
            del sys.modules["keras"]
        else:
            sys.modules["keras"] = before
