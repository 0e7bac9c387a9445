import numpy as np
import tensorflow as tf

def load():
    rs = np.random.RandomState(3)
    y = rs.randint(0, 3, size=900)
    x = rs.randn(900, 12) + y[:, None]
    return x, y

def build(n_out):
    m = tf.keras.models.Sequential()
    m.add(tf.keras.layers.Dense(24, activation="relu", input_dim=12))
    m.add(tf.keras.layers.Dense(n_out, activation="softmax"))
    return m

x, y = load()
model = build(3)
settings = dict(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.compile(**settings)
model.fit(x, y, epochs=8, validation_split=0.2)
