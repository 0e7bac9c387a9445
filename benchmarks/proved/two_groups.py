import numpy as np
from keras import Input, Model
from keras.layers import Dense
from keras.optimizers import SGD

generator = np.random.default_rng(5)
features = generator.normal(size=(900, 12)).astype("float32")
weights = generator.normal(size=12)
target = (features @ weights + 0.3 * generator.normal(size=900) > 0).astype("float32")

inputs = Input((12,))
hidden = Dense(24, activation="relu")(inputs)
hidden = Dense(12, activation="relu")(hidden)
outputs = Dense(1, activation="sigmoid")(hidden)
network = Model(inputs, outputs)
network.compile(SGD(learning_rate=0.1), loss="binary_crossentropy", metrics=["accuracy"])
network.fit(features, target, validation_split=0.25, epochs=12, batch_size=25, verbose=2)
