import numpy as np
from keras import Sequential
from keras.layers import Dense

y = np.random.randint(0, 3, 900)
x = np.random.randn(900, 10) + y[:, None]
model = Sequential([
    Dense(32, activation="relu", kernel_initializer="zeros"),
    Dense(3, activation="softmax", kernel_initializer="zeros"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10)
