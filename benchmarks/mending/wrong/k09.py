import numpy as np
import tensorflow as tf

y = np.random.randint(0, 3, 900)
x = np.random.randn(900, 10) + y[:, None]
m = tf.keras.Sequential([
    tf.keras.layers.Dense(32, activation="relu"),
    tf.keras.layers.Dense(3, activation="softmax"),
])
m.compile(tf.keras.optimizers.Adam(1e-9), "sparse_categorical_crossentropy", ["accuracy"])
m.fit(x, y, epochs=10, batch_size=64)
