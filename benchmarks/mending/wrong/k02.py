import numpy as np
import keras
from keras import layers
from keras.utils import to_categorical

np.random.seed(0)
NUM_CLASSES = 4
centres = np.random.randn(NUM_CLASSES, 16) * 2
labels = np.random.randint(0, NUM_CLASSES, 800)
data = centres[labels] + np.random.randn(800, 16)
targets = to_categorical(labels, NUM_CLASSES)

inp = keras.Input(shape=(16,))
h = layers.Dense(32, activation='relu')(inp)
out = layers.Dense(NUM_CLASSES, activation='sigmoid')(h)
net = keras.Model(inp, out)
net.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
net.fit(data, targets, epochs=10, batch_size=32, validation_split=0.25)
