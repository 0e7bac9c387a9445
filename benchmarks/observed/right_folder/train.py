import sys
import tempfile

import keras
from draw import draw
from keras import layers

folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
draw(folder)
common = {"validation_split": 0.2, "seed": 9, "image_size": (32, 32), "batch_size": 16}
train = keras.utils.image_dataset_from_directory(folder, subset="training", **common)
val = keras.utils.image_dataset_from_directory(folder, subset="validation", **common)
print("classes:", train.class_names)

model = keras.Sequential(
    [
        layers.Input((32, 32, 3)),
        layers.RandomFlip("horizontal"),
        layers.Rescaling(1.0 / 255),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dropout(0.2),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train, validation_data=val, epochs=12, verbose=2)
