import tensorflow as tf
from tensorflow.keras import layers
ds = tf.keras.utils.image_dataset_from_directory("pets", validation_split=0.2, subset="training", seed=3, image_size=(128, 128))
vs = tf.keras.utils.image_dataset_from_directory("pets", validation_split=0.2, subset="validation", seed=3, image_size=(128, 128))
inputs = tf.keras.Input((128, 128, 3))
x = layers.RandomFlip("horizontal")(inputs)
x = layers.Rescaling(1./255)(x)
for f in (32, 64, 128):
    x = layers.Conv2D(f, 3, use_bias=False, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D()(x)
x = layers.GlobalAveragePooling2D()(x)
out = layers.Dense(1, activation="sigmoid")(x)
model = tf.keras.Model(inputs, out)
model.compile(optimizer=tf.keras.optimizers.Adam(3e-4), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(ds, validation_data=vs, epochs=25)
