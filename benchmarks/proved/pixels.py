import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(11)
labels = rng.integers(0, 4, 800)
images = rng.integers(0, 120, (800, 10, 10, 1)).astype("uint8")
for image, label in zip(images, labels):
    row, column = rng.integers(0, 4, 2)
    height, width = ((6, 2), (2, 6), (4, 4), (3, 3))[label]
    image[row : row + height, column : column + width] += 110
images = images / 255.0
model = keras.Sequential(
    [
        layers.Input((10, 10, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dense(4, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.003),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    images[:600], labels[:600], validation_data=(images[600:], labels[600:]),
    epochs=10, batch_size=32, verbose=0,
)
