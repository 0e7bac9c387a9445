import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Activation, BatchNormalization
y = np.random.randint(0, 5, 1500); x = np.random.randn(1500, 12) + y[:, None]
model = Sequential([
    Dense(64), BatchNormalization(), Activation('relu'),
    Dense(32), BatchNormalization(), Activation('relu'),
    Dense(5), Activation('sigmoid'),
])
model.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(x, y, epochs=10, batch_size=64)
