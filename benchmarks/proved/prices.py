import numpy as np
import keras
from keras import layers

rng = np.random.default_rng(21)
rooms = rng.uniform(-1, 1, (700, 8)).astype("float32")
price = (2 * rooms[:, 0] - rooms[:, 1] + rooms[:, 2] * rooms[:, 3] + 0.1 * rng.normal(size=700))
price = price.astype("float32")
model = keras.Sequential([
    keras.Input((8,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse", metrics=["mae"])
model.fit(rooms[:500], price[:500], epochs=15, batch_size=20, verbose=0,
          validation_data=(rooms[500:], price[500:]))
