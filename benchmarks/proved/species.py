import numpy as np
import keras

np.random.seed(8)
CLASSES, EACH = 5, 160
centres = np.random.normal(0, 2.0, (CLASSES, 10))
x = np.concatenate([c + np.random.normal(0, 1.2, (EACH, 10)) for c in centres]).astype("float32")
y = np.repeat(np.arange(CLASSES), EACH)
order = np.random.permutation(len(x))
x, y = x[order], y[order]
one_hot = keras.utils.to_categorical(y, CLASSES)
x_train, x_val, y_train, y_val = x[:600], x[600:], one_hot[:600], one_hot[600:]


def build():
    net = keras.models.Sequential()
    net.add(keras.layers.Dense(32, activation="relu", input_shape=(10,)))
    net.add(keras.layers.Dense(CLASSES, activation="softmax"))
    return net


net = build()
net.compile(
    loss="categorical_crossentropy",
    optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
    metrics=["accuracy"],
)
history = net.fit(x_train, y_train, epochs=10, batch_size=30, validation_data=(x_val, y_val), verbose=0)
print(history.history["val_accuracy"][-1])
