import numpy as np
from tensorflow import keras

per = 300
x = np.concatenate([np.random.randn(per, 12) + c for c in range(3)])
y = np.concatenate([np.full(per, c) for c in range(3)])

model = keras.Sequential([
    keras.layers.Dense(20, activation="relu"),
    keras.layers.Dense(3, activation="softmax"),
])
model.compile("sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=10, batch_size=32, shuffle=False)
