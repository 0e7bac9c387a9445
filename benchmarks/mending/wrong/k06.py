import numpy as np
from tensorflow.keras import Sequential, layers, utils

lab = np.random.randint(0, 4, 1000)
X = np.random.randn(1000, 10).astype("float32") + 2 * lab[:, None]
Y = utils.to_categorical(lab)

clf = Sequential([
    layers.Input((10,)),
    layers.Dense(50, activation="relu"),
    layers.Dense(4, activation="relu"),
])
clf.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["acc"])
clf.fit(X, Y, epochs=12, validation_split=.2)
