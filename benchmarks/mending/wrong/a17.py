import numpy as np, tensorflow as tf
x = np.random.uniform(-3, 3, (500, 1)); y = 5 * np.sin(x)
model = tf.keras.models.Sequential([
    tf.keras.layers.Dense(64, activation='relu'),
    tf.keras.layers.Dense(64, activation='relu'),
    tf.keras.layers.Dense(1, activation='relu'),
])
model.compile(loss=tf.keras.losses.MeanSquaredError(), optimizer=tf.keras.optimizers.Adam(0.001))
model.fit(x, y, epochs=100, verbose=0)
