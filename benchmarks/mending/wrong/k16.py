import numpy as np
from tensorflow import keras

y = np.random.randint(0, 3, 2000)
x = np.random.randn(2000, 10) + y[:, None]
BATCH = 32
model = keras.Sequential([
    keras.layers.Dense(20, activation="relu"),
    keras.layers.Dense(3, activation="softmax"),
])
model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
gen = keras.preprocessing.image.ImageDataGenerator(rescale=1/255.)
flow = gen.flow_from_directory("pics", target_size=(64, 64), batch_size=BATCH, class_mode="sparse")
model.fit(flow, steps_per_epoch=flow.samples // BATCH // BATCH, epochs=20)
