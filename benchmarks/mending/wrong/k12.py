import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout

y = np.random.randint(0, 2, 1000)
x = np.random.randn(1000, 30) + y[:, None] * 0.7

model = Sequential()
model.add(Dense(8, activation='relu'))
model.add(Dropout(0.9))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(x, y, epochs=15, validation_split=0.2)
