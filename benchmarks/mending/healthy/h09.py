from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras import layers, models, callbacks
train = ImageDataGenerator(rescale=1/255, rotation_range=15, horizontal_flip=True).flow_from_directory(
    "flowers/train", target_size=(96, 96), batch_size=32, class_mode="categorical")
val = ImageDataGenerator(rescale=1/255).flow_from_directory(
    "flowers/val", target_size=(96, 96), batch_size=32, class_mode="categorical", shuffle=False)
model = models.Sequential([
    layers.Conv2D(32, 3, activation="relu", input_shape=(96, 96, 3)), layers.MaxPooling2D(),
    layers.Conv2D(64, 3, activation="relu"), layers.GlobalAveragePooling2D(),
    layers.Dense(5, activation="softmax")])
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.fit(train, validation_data=val, epochs=30,
          callbacks=[callbacks.EarlyStopping(patience=5, restore_best_weights=True)])
