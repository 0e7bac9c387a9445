import numpy as np
import tensorflow as tf

y = np.random.randint(0, 4, 1200)
x = np.random.randn(1200, 16) + y[:, None]
model = tf.keras.Sequential()
for _ in range(6):
    model.add(tf.keras.layers.Dense(32, activation="sigmoid"))
model.add(tf.keras.layers.Dense(4, activation="softmax"))
model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=20, validation_split=0.2)
