"""Trainings that end before they should; the last takes the process with it."""

import os
import sys

import keras
import numpy as np

rng = np.random.default_rng(0)
x = rng.uniform(0, 200, (64, 8, 8, 1)).astype("float32")
y = np.repeat([0, 1], 32)


class Ends(keras.callbacks.Callback):
    def __init__(self, how):
        super().__init__()
        self.how = how

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2:
            self.how()


def interrupt():
    raise KeyboardInterrupt


def fit(how, data=x):
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(data, y, epochs=5, callbacks=[Ends(how)], verbose=0, validation_split=0.5)


for number, (error, how) in enumerate(
    {
        ZeroDivisionError: lambda: 1 / 0,
        KeyboardInterrupt: interrupt,
        SystemExit: lambda: sys.exit(3),
    }.items()
):
    try:
        fit(how)
    except error:
        print("ended", number)
try:
    fit(None, x[:, :4])  # images of another size than the network's
except ValueError:
    print("ended 3", flush=True)
fit(lambda: os._exit(9))
