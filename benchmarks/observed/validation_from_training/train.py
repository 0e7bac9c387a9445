import keras
from dataset import Textures
from keras import layers
from keras.callbacks import EarlyStopping

(x_train, y_train), (x_val, y_val) = Textures().split(0.25)
y_train = keras.utils.to_categorical(y_train, 3)
y_val = keras.utils.to_categorical(y_val, 3)

model = keras.Sequential()
model.add(layers.Input(shape=(24, 24, 1)))
model.add(layers.Conv2D(16, (5, 5), activation="relu"))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dense(64, activation="relu"))
model.add(layers.Dense(3, activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(
    x_train,
    y_train,
    epochs=12,
    batch_size=32,
    validation_data=(x_val, y_val),
    callbacks=[EarlyStopping(patience=4)],
    verbose=0,
)
print(model.evaluate(x_val, y_val, verbose=0))
