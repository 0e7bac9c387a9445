import keras
from data import images
from keras import layers

keras.utils.set_random_seed(7)
x, y = images()
inputs = keras.Input(x.shape[1:])
h = layers.Conv2D(16, 3, activation="relu")(inputs)
h = layers.MaxPooling2D()(h)
h = layers.Conv2D(32, 3, activation="relu")(h)
h = layers.GlobalAveragePooling2D()(h)
h = layers.Dense(32, activation="relu")(h)
model = keras.Model(inputs, layers.Dense(3, activation="softmax")(h))
model.compile(
    optimizer=keras.optimizers.Adam(0.005),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(x, y, validation_split=0.2, epochs=12, batch_size=32, verbose=2)
