import keras
from keras import layers

from sensor import measurements

frames, level = measurements()
model = keras.Sequential(
    [
        layers.Input(frames.shape[1:]),
        layers.Conv2D(8, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(frames, level, epochs=10, batch_size=25, validation_split=0.2, verbose=0)
