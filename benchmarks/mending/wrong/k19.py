from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras import layers, models

aug = ImageDataGenerator(rescale=1/255, rotation_range=30, zoom_range=0.2,
                         horizontal_flip=True, validation_split=0.2)
train = aug.flow_from_directory("flowers", target_size=(96, 96), batch_size=32,
                                class_mode="categorical", subset="training")
val = aug.flow_from_directory("flowers", target_size=(96, 96), batch_size=32,
                              class_mode="categorical", subset="validation")
model = models.Sequential([
    layers.Conv2D(32, 3, activation="relu", input_shape=(96, 96, 3)),
    layers.MaxPooling2D(),
    layers.Conv2D(64, 3, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(5, activation="softmax"),
])
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.fit(train, validation_data=val, epochs=15)
