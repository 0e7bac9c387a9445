from tensorflow import keras

train = keras.utils.image_dataset_from_directory(
    "birds/train", image_size=(240, 240), batch_size=32
)
val = keras.utils.image_dataset_from_directory("birds/val", image_size=(240, 240), batch_size=32)
train = train.map(lambda x, y: (x / 255.0, y))
val = val.map(lambda x, y: (x / 255.0, y))

base = keras.applications.EfficientNetB1(include_top=False, weights="imagenet", pooling="avg")
base.trainable = False
inputs = keras.Input((240, 240, 3))
outputs = keras.layers.Dense(30, activation="softmax")(base(inputs, training=False))
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(train, validation_data=val, epochs=12)
