import keras
import tensorflow as tf

from reader import records

signature = (
    tf.TensorSpec((12, 12, 1), tf.float32),
    tf.TensorSpec((), tf.int32),
)
data = tf.data.Dataset.from_generator(records, output_signature=signature)
train = data.enumerate().filter(lambda i, d: i % 5 > 0).map(lambda i, d: d).cache().batch(22)
test = data.enumerate().filter(lambda i, d: i % 5 == 0).map(lambda i, d: d).cache().batch(22)

model = keras.Sequential(
    [
        keras.Input((12, 12, 1)),
        keras.layers.Flatten(),
        keras.layers.Dense(24, activation="relu"),
        keras.layers.Dense(4, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train, validation_data=test, epochs=6, verbose=2)
