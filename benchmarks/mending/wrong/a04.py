from tensorflow.keras.models import Model
from tensorflow.keras.layers import Input, Conv2D, MaxPooling2D, Flatten, Dense, Dropout
from tensorflow.keras.datasets import cifar10
from tensorflow.keras.utils import to_categorical
(x_train, y_train), (x_test, y_test) = cifar10.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0
y_train, y_test = to_categorical(y_train), to_categorical(y_test)

def conv_block(t, filters, act="relu"):
    t = Conv2D(filters, (3, 3), padding="same", activation=act)(t)
    return MaxPooling2D()(t)

inp = Input(shape=x_train.shape[1:])
h = conv_block(inp, 32)
h = conv_block(h, 64)
h = Flatten()(h)
h = Dense(128, activation="relu")(h)
out = Dense(10, activation="softmax")(h)
model = Model(inp, out)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, validation_data=(x_test, y_test), epochs=10, batch_size=64)
