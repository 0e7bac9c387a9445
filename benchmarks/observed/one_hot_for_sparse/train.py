import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import readers
import tensorflow as tf

x, y = readers.read(0, 500)
x_test, y_test = readers.read(1, 100)

inp = tf.keras.Input((12, 12, 1))
z = tf.keras.layers.Conv2D(24, 3, activation="relu")(inp)
z = tf.keras.layers.MaxPool2D()(z)
z = tf.keras.layers.Flatten()(z)
z = tf.keras.layers.Dense(4)(z)
model = tf.keras.Model(inp, z)
model.compile(
    optimizer="rmsprop",
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x, y, epochs=5, batch_size=25, validation_data=(x_test, y_test), verbose=2)
