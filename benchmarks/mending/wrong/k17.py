import numpy as np
from sklearn.utils.class_weight import compute_class_weight
from tensorflow import keras

y = (np.random.rand(2000) < 0.05).astype(int)
x = np.random.randn(2000, 10) + y[:, None]
w = compute_class_weight(class_weight="balanced", classes=np.unique(y), y=y)
class_weights = dict(enumerate(w))

model = keras.Sequential([
    keras.layers.Dense(20, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, batch_size=64)
