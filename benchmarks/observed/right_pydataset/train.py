import keras
import numpy as np
from feed import Tiles
from keras import layers, regularizers

train, val = Tiles(600, 1), Tiles(200, 2)
counts = np.bincount(train.kinds)
weights = {kind: len(train.kinds) / (3 * count) for kind, count in enumerate(counts)}

model = keras.Sequential(
    [
        layers.Input((16, 16, 1)),
        layers.Conv2D(16, 3, activation="relu", kernel_regularizer=regularizers.L2(1e-4)),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(32, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(
    loss="categorical_crossentropy",
    optimizer=keras.optimizers.Adam(5e-3),
    metrics=["accuracy", keras.metrics.AUC(name="auc")],
)
model.fit(
    train,
    validation_data=val,
    epochs=12,
    class_weight=weights,
    callbacks=[keras.callbacks.ReduceLROnPlateau(patience=3)],
    verbose=2,
)
