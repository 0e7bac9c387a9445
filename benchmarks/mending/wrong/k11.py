import numpy as np
from tensorflow import keras

xs, ys = [], []
for c in range(4):
    for i in range(150):
        xs.append(np.random.randn(10) + c)
        ys.append(c)
x = np.array(xs)
y = np.array(ys)

model = keras.Sequential([
    keras.layers.Dense(20, activation="relu"),
    keras.layers.Dense(4, activation="softmax"),
])
model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=20, validation_split=0.25)
