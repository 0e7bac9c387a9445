import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(1)
x = rng.normal(size=(600, 20)).astype("float32")
y = (x[:, 0] + x[:, 1] > 0).astype(int)

model = keras.Sequential([
    layers.Dense(32, activation="relu", input_shape=(20,)),
    layers.Dense(1, activation="softmax"),   # one probability
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=15, validation_split=0.2)
