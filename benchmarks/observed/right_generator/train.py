import keras
import numpy as np
from keras import layers

SIDE, BATCH = 20, 16


def endless(seed, count):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    images = rng.uniform(-0.2, 0.2, (count, SIDE, SIDE, 1)).astype("float32")
    for image, label in zip(images, labels, strict=True):
        at = rng.integers(2, 12)
        if label:
            image[at : at + 6, at : at + 6] += 1
        else:
            image[at, :] += 1
    while True:
        order = rng.permutation(count)
        for start in range(0, count - BATCH + 1, BATCH):
            rows = order[start : start + BATCH]
            yield images[rows], labels[rows].astype("float32")


body = keras.Sequential(
    [
        layers.Input((SIDE, SIDE, 1)),
        layers.Conv2D(12, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(24, 3, activation="relu"),
        layers.GlobalMaxPooling2D(),
    ],
    name="body",
)
body.trainable = False
inputs = keras.Input((SIDE, SIDE, 1))
outputs = layers.Dense(1, activation="sigmoid")(body(inputs, training=False))
model = keras.Model(inputs, outputs)
model.compile(keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(
    endless(1, 320),
    steps_per_epoch=20,
    validation_data=endless(2, 96),
    validation_steps=6,
    epochs=3,
    verbose=2,
)

body.trainable = True
model.compile(keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(
    endless(1, 320),
    steps_per_epoch=20,
    validation_data=endless(2, 96),
    validation_steps=6,
    epochs=8,
    verbose=2,
)
