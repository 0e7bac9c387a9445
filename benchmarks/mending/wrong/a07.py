import numpy as np
from tensorflow import keras
rng = np.random.default_rng(0)
X = rng.normal(size=(800, 10)); Y = (X.sum(1) > 0).astype("int32")
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.d1 = keras.layers.Dense(32, activation="relu")
        self.d2 = keras.layers.Dense(1)
    def call(self, x):
        return self.d2(self.d1(x))
net = Net()
net.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
net.fit(X, Y, epochs=10, validation_split=0.2)
