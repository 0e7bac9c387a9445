import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(15)
angle = rng.uniform(-1, 1, 600)
rows = np.arange(16)[None, :, None]
columns = np.arange(16)[None, None, :]
frames = np.exp(-((columns - 8 - 6 * angle[:, None, None] * (rows - 8) / 8) ** 2) / 4)
frames = (frames + rng.normal(0, 0.05, frames.shape))[..., None].astype("float32")

inputs = keras.Input((16, 16, 1))
h = layers.Conv2D(16, 3, strides=2, activation="relu")(inputs)
h = layers.Conv2D(32, 3, strides=2, activation="relu")(h)
h = layers.Flatten()(h)
h = layers.Dense(32, activation="relu")(h)
model = keras.Model(inputs, layers.Dense(1)(h))
model.compile(keras.optimizers.Adam(0.003), loss="mse", metrics=["mae"])
model.fit(frames, angle, validation_split=0.2, epochs=15, batch_size=32, verbose=0)
