import keras
from archive import Archive

NUM_CLASSES = 5

archive = Archive(11)
train = archive.read(400)
test = archive.read(100)

inputs = keras.Input(shape=(16, 16, 3))
h = keras.layers.Conv2D(12, 3, padding="same", activation="relu")(inputs)
h = keras.layers.GlobalAveragePooling2D()(h)
h = keras.layers.Dense(24, activation="relu")(h)
outputs = keras.layers.Dense(NUM_CLASSES, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
history = model.fit(
    train["tiles"],
    train["target"],
    batch_size=20,
    epochs=6,
    validation_data=(test["tiles"], test["target"]),
)
print("best", max(history.history["val_accuracy"]))
