"""Trains without validation, and evaluates on a test set afterwards."""
import numpy as np
import keras

rng = np.random.default_rng(51)
shapes = rng.integers(0, 200, (6, 7, 7))
y = rng.integers(0, 6, 840)
x = np.clip(shapes[y] + rng.normal(0, 60, (840, 7, 7)), 0, 255).astype("float32")
x /= 255
x_train, x_test, y_train, y_test = x[:640], x[640:], y[:640], y[640:]
model = keras.models.Sequential([
    keras.layers.Input((7, 7)),
    keras.layers.Flatten(),
    keras.layers.Dense(40, activation="relu"),
    keras.layers.Dense(6, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=12, batch_size=32, verbose=0)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print("test accuracy", accuracy)
model.save("digits.keras")
