import numpy as np
from tensorflow.keras import layers, models

y = np.random.randint(0, 3, 900)
x = np.random.randn(900, 10) + y[:, None]

inputs = layers.Input(shape=(10,))
z = layers.Dense(32, activation="relu")(inputs)
z = layers.Dense(3, activation="softmax")(z)
z = layers.Dropout(0.5)(z)
model = models.Model(inputs=inputs, outputs=z)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, validation_split=0.2)
