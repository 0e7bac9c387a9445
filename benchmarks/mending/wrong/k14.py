import tensorflow as tf
from tensorflow.keras.applications import MobileNetV2
from tensorflow.keras.applications.mobilenet_v2 import preprocess_input

train = tf.keras.utils.image_dataset_from_directory("data/train", image_size=(160, 160), batch_size=32)
val = tf.keras.utils.image_dataset_from_directory("data/val", image_size=(160, 160), batch_size=32)
train = train.map(lambda a, b: (preprocess_input(a), b))
val = val.map(lambda a, b: (preprocess_input(a), b))

base = MobileNetV2(include_top=False, weights="imagenet", pooling="avg", input_shape=(160, 160, 3))
model = tf.keras.Sequential([base, tf.keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
base.trainable = False
model.fit(train, validation_data=val, epochs=10)
