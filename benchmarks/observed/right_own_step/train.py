import keras
import numpy as np
import tensorflow as tf


class Classifier(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.body = keras.Sequential(
            [
                keras.layers.Conv2D(16, 3, padding="same", use_bias=False),
                keras.layers.BatchNormalization(momentum=0.9),
                keras.layers.ReLU(),
                keras.layers.GlobalMaxPooling2D(),
            ]
        )
        self.head = keras.layers.Dense(classes)

    def call(self, inputs, training=False):
        return self.head(self.body(inputs, training=training))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            scores = self(x, training=True)
            loss = self.compute_loss(x, y, scores)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply(gradients, self.trainable_weights)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, scores)
        return {metric.name: metric.result() for metric in self.metrics}


def sample(rng, count):
    y = rng.integers(0, 4, count)
    x = rng.normal(0, 0.25, (count, 16, 16, 3)).astype("float32")
    for image, label in zip(x, y, strict=True):
        row, column = rng.integers(0, 11, 2)
        image[row : row + 5, column : column + 5, label % 3] += 1.0
        if label == 3:
            image[row : row + 5, column : column + 5, 1] += 1.0
    return x, y


rng = np.random.default_rng(31)
train = tf.data.Dataset.from_tensor_slices(sample(rng, 640)).shuffle(640).batch(32)
test = tf.data.Dataset.from_tensor_slices(sample(rng, 160)).batch(32)
model = Classifier(4)
model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(train, validation_data=test, epochs=10, verbose=2)
