import numpy as np
import keras
from keras import layers
from keras.utils import to_categorical
from sklearn.model_selection import train_test_split
k = 7
y = np.random.randint(0, k, 1400); x = np.random.randn(1400, 30) + y[:, None]
x = (x - x.mean(0)) / x.std(0)
xt, xv, yt, yv = train_test_split(x, to_categorical(y, k), test_size=0.2, random_state=1, stratify=y)
args = dict(activation="relu", kernel_initializer="he_normal")
net = keras.Sequential([layers.Dense(64, **args), layers.Dropout(0.2), layers.Dense(64, **args), layers.Dense(k, activation="softmax")])
net.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="categorical_crossentropy", metrics=["accuracy"])
net.fit(xt, yt, validation_data=(xv, yv), epochs=30, batch_size=32, callbacks=[keras.callbacks.ReduceLROnPlateau(patience=3)])
