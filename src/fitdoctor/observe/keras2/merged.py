"""Networks of several branches as Keras 1 wrote them: a `Sequential` that begins with `Merge`."""

from __future__ import annotations

import functools
import importlib
from typing import Any


class Merge:
    """What joins the outputs of networks; the network that it begins has the inputs of all."""

    def __init__(
        self, layers: Any = None, mode: Any = "sum", concat_axis: int = -1, **named: Any
    ) -> None:
        self.layers, self.settings = list(layers or ()), named
        self.mode, self.concat_axis = mode, concat_axis


def bring_back(keras: Any, merge: Any) -> None:
    """Let a `Sequential` of `tf_keras` begin with `Merge`; `merge` joins tensors."""
    functional = importlib.import_module("tf_keras.src.engine.functional").Functional

    class Branched(functional):  # type: ignore[misc, valid-type]
        """A network of several inputs to which layers are added one by one."""

        def add(self, layer: Any) -> None:
            functional.__init__(self, self.inputs, layer(self.outputs[0]), name=self.name)

    original = keras.Sequential.add

    @functools.wraps(original)
    def add(self: Any, layer: Any) -> None:
        if not isinstance(layer, Merge):
            original(self, layer)
            return
        if self.layers:
            raise ValueError("Merge begins a network, as it did in Keras 1.")
        outputs = [branch.outputs[0] for branch in layer.layers]
        joined = merge(outputs, layer.mode, layer.concat_axis, **layer.settings)
        inputs = [tensor for branch in layer.layers for tensor in branch.inputs]
        self.__class__ = Branched
        functional.__init__(self, inputs, joined, name=self.name)

    keras.Sequential.add = add
    keras.layers.Merge = Merge
