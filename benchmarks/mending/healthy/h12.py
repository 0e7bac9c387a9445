import numpy as np
from keras import Model, Input
from keras.layers import Dense
from keras.datasets import fashion_mnist
(x, _), (xt, _) = fashion_mnist.load_data()
x = x.reshape(-1, 784) / 255.0
xt = xt.reshape(-1, 784) / 255.0
i = Input((784,))
code = Dense(32, activation="relu")(i)
out = Dense(784, activation="sigmoid")(code)
auto = Model(i, out)
auto.compile("adam", loss="binary_crossentropy")
auto.fit(x, x, epochs=10, batch_size=256, validation_data=(xt, xt))
