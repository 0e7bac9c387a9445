import numpy as np
import keras
from keras import layers
from keras.optimizers import Adam

LR = 1.0
y = np.random.randint(0, 3, 900)
x = np.random.randn(900, 10) + y[:, None]

model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(3, activation="softmax")])
opt = Adam(learning_rate=LR)
model.compile(optimizer=opt, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, validation_split=0.2)
