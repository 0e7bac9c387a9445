import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

y = np.random.randint(0, 5, 1000)
x = np.random.randn(1000, 10) + y.reshape(-1, 1)

model = Sequential()
model.add(Dense(64, activation="relu"))
model.add(Dense(5, activation="softmax"))
model.compile(
    optimizer=tf.keras.optimizers.Adam(1e-3),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x, y, epochs=10)
