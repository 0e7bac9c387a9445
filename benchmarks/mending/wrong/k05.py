import numpy as np
from keras.models import Sequential
from keras.layers import Dense

classes = 6
y = np.random.randint(0, 6, size=(700,))
x = np.random.rand(700, 8) + y[:, np.newaxis]

model = Sequential()
model.add(Dense(40, activation='relu'))
model.add(Dense(5, activation='softmax'))
model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(x, y, epochs=5)
