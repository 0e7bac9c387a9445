import tensorflow as tf
from tensorflow.keras import layers
IMG = 180
train_ds = tf.keras.utils.image_dataset_from_directory("photos", validation_split=0.2, subset="training", seed=1, image_size=(IMG, IMG), batch_size=32)
val_ds = tf.keras.utils.image_dataset_from_directory("photos", validation_split=0.2, subset="validation", seed=1, image_size=(IMG, IMG), batch_size=32)
num_classes = len(train_ds.class_names)
model = tf.keras.Sequential([
    layers.Rescaling(1./255, input_shape=(IMG, IMG, 3)),
    layers.Conv2D(16, 3, padding='same', activation='relu'),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, padding='same', activation='relu'),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(128, activation='relu'),
    layers.Dense(num_classes, activation='softmax'),
])
model.compile(optimizer='adam',
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=['accuracy'])
model.fit(train_ds, validation_data=val_ds, epochs=10)
