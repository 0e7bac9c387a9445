import json
import pathlib

import keras
import numpy as np
from keras import layers

HERE = pathlib.Path(__file__).parent
config = json.loads((HERE / "config.json").read_text())


def blobs(count, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, count)
    x = rng.normal(0, 0.3, (count, 16, 16, 1))
    for image, label in zip(x, y, strict=True):
        row, column = 8 * (label // 2), 8 * (label % 2)
        image[row + 2 : row + 6, column + 2 : column + 6] += 1
    return x.astype("float32"), y


x_train, y_train = blobs(600, 0)
x_val, y_val = blobs(200, 1)
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dense(4, activation="softmax"),
    ]
)
settings = config["optimizer"]
optimizer = keras.optimizers.get(settings["name"])
optimizer.learning_rate = settings["rate"]
model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(
    x_train,
    y_train,
    batch_size=config["batch"],
    epochs=config["epochs"],
    validation_data=(x_val, y_val),
    verbose=0,
)
