import keras
import numpy as np
from keras import layers

import prepare

x, y = prepare.photographs(400, 0)
new, truth = prepare.photographs(60, 1)
inputs = layers.Input((16, 16, 3))
h = layers.Conv2D(8, 3, activation="relu")(inputs)
h = layers.GlobalAveragePooling2D()(h)
model = keras.Model(inputs, layers.Dense(2, activation="softmax")(h))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(prepare.normalised(x), y, validation_split=0.2, epochs=10, batch_size=20, verbose=0)
scores = model.predict(new.astype("float32"), verbose=0)
print("right on new photographs:", np.mean(scores.argmax(1) == truth))
