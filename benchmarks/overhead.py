"""What being recorded costs a training: the same fit with and without, in turn, in one process.

`python -m benchmarks.overhead [PAIRS [WAY ...]]` trains a small convolutional network on drawn images in five
ways. Times are processor seconds from the second epoch on, since the first one compiles; `first` is
what the first epoch takes longer, once a training. Medians over pairs; the machine may be busy.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

EPOCHS, IMAGES, SIDE, BATCH = 10, 480, 32, 32


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    print(
        f"{'fed by':14} {'plain s':>8} {'none':>8} {'default':>8} {'first none':>11} {'default':>8}"
    )
    for name in sys.argv[2:] or WAYS:
        first, rest = measured(name, pairs)
        more = [f"{rest[how] / rest['plain'] - 1:+8.1%}" for how in ("none", "default")]
        once = [f"{first[how] - first['plain']:+8.2f}" for how in ("none", "default")]
        print(
            f"{name:14} {rest['plain']:8.2f} {' '.join(more)} {once[0]:>11} {once[1]}", flush=True
        )


def measured(name: str, pairs: int = 4) -> tuple[dict[str, float], dict[str, float]]:
    """Return seconds of the first epoch and of all others: plain, without probes and with them."""
    import keras

    from fitdoctor.observe import seam

    taken: dict[str, list[tuple[float, float]]] = {"plain": [], "none": [], "default": []}
    for _ in range(pairs):
        for how, times in taken.items():
            with tempfile.TemporaryDirectory() as home:
                if how != "plain":
                    seam.install(keras, f"{home}/run", how)
                times.append(WAYS[name](keras))
                seam.uninstall()
    first, rest = (
        {how: statistics.median(t[part] for t in times) for how, times in taken.items()}
        for part in (0, 1)
    )
    return first, rest


def images() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, IMAGES)
    x = rng.uniform(0, 0.5, (IMAGES, SIDE, SIDE, 3)).astype("float32")
    x[np.arange(IMAGES), :, y * 4, 0] += 0.5
    return x, y


def network(keras: Any) -> Any:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fitted(keras: Any, x: Any, y: Any = None, **arguments: Any) -> tuple[float, float]:
    """Return the processor seconds of the first epoch, and of all others."""
    began = time.process_time()
    first = [began]

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            if epoch == 1:
                first[0] = time.process_time()

    network(keras).fit(x, y, epochs=EPOCHS, verbose=0, callbacks=[Clock()], **arguments)
    return first[0] - began, time.process_time() - first[0]


def by_arrays(keras: Any) -> tuple[float, float]:
    return fitted(keras, *images(), batch_size=BATCH, validation_split=0.2)


def by_dataset(keras: Any) -> tuple[float, float]:
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices(images())
    return fitted(
        keras, data.shuffle(IMAGES).batch(BATCH).prefetch(2), validation_data=data.batch(64)
    )


def by_items(keras: Any) -> tuple[float, float]:
    x, y = images()

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return IMAGES // BATCH

        def __getitem__(self, index: int) -> Any:
            rows = slice(index * BATCH, index * BATCH + BATCH)
            return x[rows], y[rows]

    return fitted(keras, Batches())


def by_generator(keras: Any) -> tuple[float, float]:
    x, y = images()

    def endless() -> Any:
        while True:
            for at in range(0, IMAGES, BATCH):
                yield x[at : at + BATCH], y[at : at + BATCH]

    return fitted(keras, endless(), steps_per_epoch=IMAGES // BATCH)


def by_hand(keras: Any) -> tuple[float, float]:
    x, y = images()
    model = network(keras)
    began = first = time.process_time()
    for epoch in range(EPOCHS):
        for at in range(0, IMAGES, BATCH):
            model.train_on_batch(x[at : at + BATCH], y[at : at + BATCH])
        if epoch == 1:  # its first batch tells that an epoch is over
            first = time.process_time()
    return first - began, time.process_time() - first


WAYS: dict[str, Callable[[Any], tuple[float, float]]] = {
    "arrays": by_arrays,
    "tf.data": by_dataset,
    "PyDataset": by_items,
    "generator": by_generator,
    "train_on_batch": by_hand,
}

if __name__ == "__main__":
    main()
