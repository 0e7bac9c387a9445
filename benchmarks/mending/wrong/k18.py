import numpy as np
from keras.models import Sequential
from keras.layers import Dense

X = np.random.uniform(-1, 1, size=(1500, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)

model = Sequential()
model.add(Dense(64, input_dim=2))
model.add(Dense(64))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X, Y, epochs=20, batch_size=32, validation_split=0.2)
