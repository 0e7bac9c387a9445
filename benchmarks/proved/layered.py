from keras import Sequential, layers, optimizers, regularizers
import numpy as np

rng = np.random.default_rng(31)
signal = rng.normal(size=(1000, 20)).astype("float32")
kind = (signal[:, :5].sum(1) > 0).astype(int) + (signal[:, 5:10].sum(1) > 0).astype(int)
x, y, x_held, y_held = signal[:750], kind[:750], signal[750:], kind[750:]

model = Sequential()
model.add(layers.Input(shape=(20,)))
model.add(layers.Dense(64, activation="relu", kernel_regularizer=regularizers.l2(1e-5)))
model.add(layers.Dropout(0.1))
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dropout(0.1))
model.add(layers.Dense(3, activation="softmax"))
model.compile(optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, 25, 15, validation_data=(x_held, y_held), verbose=2)
