import keras
import numpy as np


def load(seed, n):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    x = rng.uniform(0, 0.5, size=(n, 14, 14, 1)).astype("float32")
    for i, label in enumerate(y):
        x[i, 1 + 4 * label : 5 + 4 * label, 3:11] += 0.4
    return x, y


x_train, y_train = load(51, 512)
x_test, y_test = load(52, 128)
model = keras.Sequential(
    [
        keras.layers.Input((14, 14, 1)),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(3, activation="softmax"),
    ]
)
model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
rng = np.random.default_rng(0)
for epoch in range(10):
    order = rng.permutation(len(x_train))
    for start in range(0, len(order), 32):
        rows = order[start : start + 32]
        loss, accuracy = model.train_on_batch(x_train[rows], y_train[rows])
    test_loss, test_accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"epoch {epoch + 1}: loss {loss:.3f} test {test_loss:.3f} {test_accuracy:.3f}")
