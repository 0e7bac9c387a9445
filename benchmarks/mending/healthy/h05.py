import numpy as np
import tensorflow as tf
y = np.random.randint(0, 5, 1000)
x = np.random.randn(1000, 10) + y.reshape(-1, 1)
model = tf.keras.Sequential([tf.keras.layers.Dense(64, activation="relu"), tf.keras.layers.Dense(5)])
model.compile(optimizer=tf.keras.optimizers.Adam(1e-3),
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
model.fit(x, y, epochs=10, validation_split=0.2)
probs = tf.nn.softmax(model.predict(x[:10]))
