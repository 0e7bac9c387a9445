"""A call of `fit` that is about to begin: its network, its compilation, and what it is given."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.observe import arrays, passing, scoring

WRITING = frozenset(
    {"ModelCheckpoint", "CSVLogger", "TensorBoard", "BackupAndRestore", "RemoteMonitor"}
)
"""Callbacks of Keras that write files or send figures, which a trial leaves out."""


class UntreatableError(Exception):
    """A trial is not possible here; the message says why."""


class Patient:
    """What a treatment may change, right before the first step."""

    def __init__(
        self,
        keras: Any,
        model: Any,
        call: dict[str, Any],
        compiled: dict[str, Any],
        *,
        seed: int = 0,
    ) -> None:
        self.keras, self.model = keras, model
        self.seed = seed
        """Draws what a treatment draws."""
        self.call = call
        """The arguments of `fit` by name, but for `self`."""
        self.compiled = compiled
        """The arguments of `compile` by name, but for `self`."""
        self.inputs_changed: list[passing.Change] = []
        self.labels_changed: list[passing.Change] = []
        self.call["callbacks"] = _without_files(call.get("callbacks"))
        self.call["verbose"] = 0
        self._look: passing.Look | None = None
        x = call.get("x")
        if passing.is_stream(x):
            self._look = passing.looked_at(x)
            if self._look is not None:
                call["x"] = self._look.stream
        self._split()

    def _split(self) -> None:
        """Cut off what `validation_split` would, so that both parts can be seen and changed."""
        share = self.call.get("validation_split") or 0.0
        x, y = self.call.get("x"), self.call.get("y")
        count = arrays.rows_of(x)
        weighted = self.call.get("sample_weight") is not None
        if not share or count is None or x is None or y is None or weighted:
            return
        kept = math.floor(count * (1.0 - share))  # as Keras does
        if not 0 < kept < count:
            return
        self.call |= {"x": x[:kept], "y": y[:kept], "validation_data": (x[kept:], y[kept:])}
        self.call["validation_split"] = 0.0

    @property
    def units(self) -> int | None:
        shape = getattr(self.model, "output_shape", None)
        found = shape[-1] if isinstance(shape, tuple) and shape else None
        return found if isinstance(found, int) else None

    @property
    def labels(self) -> NDArray[Any]:
        """Labels of the training images, of a stream those of its first batches.

        Raises `UntreatableError` where they cannot be looked at.
        """
        if self._look is not None:
            return np.asarray(self._passed(self._look.labels, self.labels_changed))
        found = arrays.plain(self.call.get("y"))
        if found is None:
            raise UntreatableError("the labels are no arrays that can be looked at before training")
        return found

    @property
    def inputs(self) -> NDArray[Any]:
        """Training images, of a stream its first batch.

        Raises `UntreatableError` where they cannot be looked at.
        """
        if self._look is not None:
            return np.asarray(self._passed(self._look.inputs, self.inputs_changed))
        found = arrays.plain(self.call.get("x"))
        if found is None:
            raise UntreatableError("the images are no arrays that can be looked at before training")
        return found

    def _passed(self, values: Any, changes: list[passing.Change]) -> Any:
        for change in changes:
            values = change(values)
        return values

    @property
    def streams(self) -> bool:
        """Whether training images come in batches from elsewhere."""
        return passing.is_stream(self.call.get("x"))

    @property
    def learns_classes(self) -> bool:
        return scoring.names_classes(arrays.numbers_of_labels(self.labels), self.units)

    @property
    def n_classes(self) -> int:
        """Classes that the labels name."""
        found = arrays.numbers_of_labels(self.labels)
        return found.columns if found.columns > 1 else found.distinct

    def change_inputs(self, change: passing.Change) -> None:
        """Let every image that the network is given from here on pass through a function."""
        self.inputs_changed.append(change)
        self._change(change, None)

    def change_labels(self, change: passing.Change) -> None:
        """Let every label that the network is held against pass through a function."""
        self.labels_changed.append(change)
        self._change(None, change)

    def _change(self, inputs: passing.Change | None, labels: passing.Change | None) -> None:
        x, y = self.changed(self.call.get("x"), self.call.get("y"), inputs, labels)
        self.call["x"] = x
        if y is not None:
            self.call["y"] = y
        held = self.call.get("validation_data")
        if isinstance(held, tuple | list) and len(held) > 1:
            both = self.changed(held[0], held[1], inputs, labels)
            self.call["validation_data"] = (*both, *held[2:])
        elif held is not None:
            self.call["validation_data"], _ = self.changed(held, None, inputs, labels)

    def changed(
        self, x: Any, y: Any, inputs: passing.Change | None, labels: passing.Change | None
    ) -> tuple[Any, Any]:
        """Return data as it passes through a function; raises `UntreatableError` for other data."""
        if passing.is_stream(x):
            return passing.changed(x, inputs, labels), y
        if arrays.plain(x) is None:
            raise UntreatableError(f"data that comes as {type(x).__name__} is not changed")
        return inputs(x) if inputs else x, labels(y) if labels and y is not None else y

    def as_treated(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Return data that the script hands to `evaluate`, with what was changed of its like."""
        for change in self.inputs_changed:
            x, y = self.changed(x, y, change, None)
        for change in self.labels_changed:
            x, y = self.changed(x, y, None, change)
        return x, y

    @property
    def layers(self) -> tuple[Any, ...]:
        """Every layer, those inside layers as well, the outer ones first."""
        return tuple(self.model._flatten_layers(include_self=False))  # noqa: SLF001

    @property
    def sizes(self) -> dict[str, int]:
        """How often each kind of layer is there."""
        kinds = [type(layer).__name__ for layer in self.layers]
        return {kind: kinds.count(kind) for kind in kinds}

    def of_kind(self, *kinds: str) -> Iterator[Any]:
        """Yield layers whose class, or one that it is made from, has one of these names."""
        for layer in self.layers:
            if any(kind.__name__ in kinds for kind in type(layer).__mro__):
                yield layer

    @property
    def output(self) -> Any:
        """The last layer that has weights or an activation; `None` where the order is not known."""
        if not (isinstance(self.model, self.keras.Sequential) or hasattr(self.model, "operations")):
            return None
        for layer in reversed(self.model.layers):
            if hasattr(layer, "activation"):
                return layer
        return None

    def retrace(self) -> None:
        """Forget compiled functions, which hold what layers were set to before."""
        for name in ("train_function", "test_function", "predict_function"):
            setattr(self.model, name, None)

    def compile(self, **changes: Any) -> None:
        """Compile again with a fresh optimizer, and what was given the first time but for these."""
        optimizer = changes.pop("optimizer", None) or self.fresh_optimizer()
        given = {**self.compiled, "optimizer": optimizer, **changes}
        self.compiled = given
        self.model.compile(**given)

    def fresh_optimizer(self) -> Any:
        optimizer = self.model.optimizer
        if optimizer is None:
            raise UntreatableError("the network has no optimizer of Keras")
        return type(optimizer).from_config(optimizer.get_config())

    def replaced(self, model: Any) -> None:
        """Train another network from here on, compiled as this one was."""
        optimizer = self.fresh_optimizer()
        self.model = model
        self.compile(optimizer=optimizer)


def _without_files(callbacks: Any) -> list[Any]:
    given = getattr(callbacks, "callbacks", callbacks)
    listed = given if isinstance(given, list | tuple) else [given] if given else []
    return [
        callback
        for callback in listed
        if not any(kind.__name__ in WRITING for kind in type(callback).__mro__)
    ]
