import numpy as np
from keras.models import Sequential
from keras.layers import Dense
y = (np.random.rand(900, 6) < 0.3).astype(int)
x = np.random.randn(900, 12) + y @ np.random.randn(6, 12)
model = Sequential([Dense(64, activation="relu"), Dense(6, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=20, validation_split=0.2)
