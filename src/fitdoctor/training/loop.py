"""Epochs of training and evaluation: the arithmetic of `Model.fit`, without its cost a step.

On TensorFlow the steps of an epoch over inputs that fit into memory run as one compiled loop: what
Keras spends between two steps of a small head is three times what the step itself takes. Larger
inputs, and networks with convolutions, run step by step. Losses are those of `fit` to the last bit
where neither compiles otherwise. Other backends train by Keras' own batch functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import DevicesError
from fitdoctor.images.cache import let_go
from fitdoctor.training import devices
from fitdoctor.training.one_pass import layers_within
from fitdoctor.training.started import keras

Rows = NDArray[np.int64]
Mix = Callable[[NDArray[Any], NDArray[Any], int], tuple[NDArray[Any], NDArray[Any]]]
MOST_RESIDENT = 1_500_000_000
"""Bytes of inputs that are handed to the backend as a whole."""
MOST_MAPPED = 300_000_000
"""Bytes read from a file-backed array before their memory is given back."""


class Loop:
    """The epochs of one compiled model over one set of inputs.

    Parameters
    ----------
    inputs, targets : arrays
        One row an image; targets as the loss wants them.
    weights : array or None
        The weight of each image in the training loss.
    resident : bool
        Hand the inputs to the backend as a whole, where they fit.
    mix : function of (inputs, targets, step), optional
        Changes each training batch.
    """

    def __init__(
        self,
        model: Any,
        inputs: NDArray[Any],
        targets: NDArray[Any],
        weights: NDArray[np.float32] | None,
        batch: int,
        *,
        resident: bool,
        mix: Mix | None = None,
    ) -> None:
        self.model, self.batch, self.mix = model, batch, mix
        self._inputs, self._targets, self._weights = inputs, targets, weights
        self._compiled: dict[str, Any] = {}
        self._in_memory = self._seen = 0
        self._sums: dict[str, float] = {}
        self._devices = devices.in_use()
        if batch % self._devices:
            raise DevicesError(
                f"batch size {batch} cannot be cut into {self._devices} equal parts, one a device. "
                f"Choose a multiple of {self._devices}"
            )
        self._tensors: tuple[Any, ...] | None = None
        self._evenly = self._devices == 1 and normalises_by_batch(model)
        tensorflow = keras.backend.backend() == "tensorflow"
        fits = inputs.nbytes <= MOST_RESIDENT and mix is None
        if tensorflow:
            _make_variables(model, targets)
        self._whole = tensorflow and resident and fits
        self._by_step = tensorflow and not self._whole

    def train(self, order: Rows) -> dict[str, float]:
        """Train on these rows in this order, and return the metrics averaged over the epoch."""
        self._begin()
        if self._whole:
            self._run("train", order)
        else:
            for index, rows in enumerate(self._batches(order, evenly=self._evenly)):
                x, y = self._read(rows), self._targets[rows]
                if self.mix is not None:
                    x, y = self.mix(x, y, index)
                self._step("train", x, y, None if self._weights is None else self._weights[rows])
        return self._metrics()

    def evaluate(self, rows: Rows) -> dict[str, float]:
        """Return the metrics of these rows in inference mode, as `Model.evaluate` does."""
        self._begin()
        if self._whole:
            self._run("test", rows)
        else:
            for part in self._batches(rows):
                self._step("test", self._read(part), self._targets[part], None)
        return self._metrics()

    def _begin(self) -> None:
        self.model.reset_metrics()
        self._seen, self._sums = 0, {}

    def _batches(self, order: Rows, *, evenly: bool = False) -> Iterator[Rows]:
        for rows in (rows for part in self._parts(order, evenly=evenly) for rows in part):
            # A batch is cut into equal parts; the few images that are left over sit out.
            if len(rows) >= self._devices:
                yield rows[: len(rows) // self._devices * self._devices]

    def _parts(self, order: Rows, *, evenly: bool) -> tuple[Rows, Rows]:
        """Return the batches as (batches, images): full ones, and the short one that is left.

        Where a short one of less than half a batch would set BatchNorm's averages, as many batches
        of one size and of one image less. Of 129 images in batches of 32 the last had one: its
        statistics were a tenth and more of the averages that validation uses.
        """
        count, rest = -(-len(order) // self.batch), len(order) % self.batch
        if evenly and count > 1 and 0 < rest < self.batch / 2:
            size = -(-len(order) // count)
            cut = (len(order) - count * (size - 1)) * size
            return order[:cut].reshape(-1, size), order[cut:].reshape(-1, size - 1)
        full = len(order) - rest
        return order[:full].reshape(-1, self.batch), order[full:].reshape(1, -1)

    def _metrics(self) -> dict[str, float]:
        if self._seen:
            return {name: value / self._seen for name, value in self._sums.items()}
        found = self.model.get_metrics_result()
        return {name: float(keras.ops.convert_to_numpy(value)) for name, value in found.items()}

    def _read(self, rows: Rows) -> NDArray[Any]:
        """Return these inputs; of what was read from a file only so much stays in memory."""
        found = np.asarray(self._inputs[rows])
        self._in_memory += found.nbytes
        if self._in_memory > MOST_MAPPED:
            let_go(self._inputs)
            self._in_memory = 0
        return found

    def _step(self, kind: str, x: Any, y: Any, weights: Any) -> None:
        if not self._by_step:
            if kind == "train":
                logs = self.model.train_on_batch(x, y, sample_weight=weights, return_dict=True)
            else:
                logs = self.model.test_on_batch(x, y, return_dict=True)
            # These begin their metrics anew with every batch.
            self._seen += len(x)
            for name, value in logs.items():
                self._sums[name] = self._sums.get(name, 0.0) + float(value) * len(x)
            return
        # XLA compiles for one shape: the short batch that ends an epoch does without it.
        jit = bool(self.model.jit_compile) and len(x) == self.batch
        name = f"{kind} step {jit}"
        if name not in self._compiled:
            self._compiled[name] = self._graph_of_a_step(kind, (x, y, weights), jit=jit)
        self._compiled[name](x, y, weights)

    def _graph_of_a_step(self, kind: str, example: tuple[Any, Any, Any], *, jit: bool) -> Any:
        import tensorflow as tf

        one = self._one(kind)
        if jit:
            return tf.function(one, jit_compile=True)
        # Traced once for batches of any length: tracing a large network takes seconds.
        shapes = [
            None if part is None else tf.TensorSpec((None, *part.shape[1:]), part.dtype)
            for part in example
        ]
        known = [shape for shape in shapes if shape is not None]

        def step(*given: Any) -> None:
            rest = iter(given)
            one(*(None if shape is None else next(rest) for shape in shapes))

        traced = tf.function(step, input_signature=known, jit_compile=False)
        return lambda *parts: traced(*(part for part in parts if part is not None))

    def _one(self, kind: str) -> Callable[[Any, Any, Any], None]:
        model = self.model

        def one(x: Any, y: Any, weights: Any) -> None:
            step = model.train_step if kind == "train" else model.test_step
            step((x, y, weights))

        return one

    def _run(self, kind: str, order: Rows) -> None:
        """Run a whole epoch inside the backend: batches of one size in a loop, then the others."""
        import tensorflow as tf

        if self._tensors is None:
            weights = None if self._weights is None else tf.constant(self._weights)
            self._tensors = (tf.constant(self._inputs), tf.constant(self._targets), weights)
        for batches in self._parts(order, evenly=kind == "train" and self._evenly):
            if not batches.size:
                continue
            looped = len(batches) > 1
            name = f"{kind} {'loop' if looped else 'rest'}"
            if name not in self._compiled:
                self._compiled[name] = self._graph(kind, looped=looped)
            self._compiled[name](tf.constant(batches if looped else batches[0]))

    def _graph(self, kind: str, *, looped: bool) -> Any:
        import tensorflow as tf

        assert self._tensors is not None
        x, y, weights = self._tensors
        if kind == "test":
            weights = None
        one = self._one(kind)

        def gathered(rows: Any) -> None:
            chosen = None if weights is None else tf.gather(weights, rows)
            one(tf.gather(x, rows), tf.gather(y, rows), chosen)

        def epoch(order: Any) -> None:
            for index in tf.range(tf.shape(order)[0]):
                gathered(order[index])

        return tf.function(epoch if looped else gathered)


def normalises_by_batch(model: Any) -> bool:
    """Return whether a BatchNorm in the model learns, and so normalises by each batch."""
    return any(
        layer.trainable and type(layer).__name__ == "BatchNormalization"
        for layer in layers_within(model)
    )


def _make_variables(model: Any, targets: NDArray[Any]) -> None:
    """Make the variables of optimizer, loss and metrics before a step is traced.

    A step that makes variables itself is traced twice, which takes seconds for a large network.
    """
    model.optimizer.build(model.trainable_variables)
    shape = model.output_shape
    if isinstance(shape, tuple) and None not in shape[1:]:
        given, made = targets[:1], np.full((1, *shape[1:]), 0.5, np.float32)
        model.compute_loss(None, given, made)
        model.compute_metrics(None, given, made)
        model.reset_metrics()
