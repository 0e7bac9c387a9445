import numpy as np
import keras
x = np.random.rand(1000, 15); y = np.random.randint(0, 2, 1000)
model = keras.Sequential([
    keras.layers.Dense(32, activation=keras.activations.relu),
    keras.layers.Dense(16, activation=keras.activations.relu),
    keras.layers.Dense(1, activation=keras.activations.tanh),
])
model.compile(loss=keras.losses.BinaryCrossentropy(), optimizer=keras.optimizers.Adam(), metrics=[keras.metrics.BinaryAccuracy()])
model.fit(x, y, epochs=5)
