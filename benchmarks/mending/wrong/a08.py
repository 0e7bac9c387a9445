import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout
from keras.optimizers import Adam
from keras.callbacks import EarlyStopping
def get_model(hidden=(64, 32), p=0.95, n_out=4):
    model = Sequential()
    for units in hidden:
        model.add(Dense(units, activation='relu'))
        model.add(Dropout(p))
    model.add(Dense(n_out, activation='softmax'))
    model.compile(Adam(1e-3), 'sparse_categorical_crossentropy', metrics=['accuracy'])
    return model
y = np.random.randint(0, 4, 2000); x = np.random.randn(2000, 20) + y[:, None]
get_model().fit(x, y, epochs=50, validation_split=0.2, callbacks=[EarlyStopping(patience=5)])
