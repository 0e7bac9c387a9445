import numpy as np
from sklearn.model_selection import train_test_split
from tensorflow import keras
labels = np.repeat(np.arange(4), 200)
feats = np.random.randn(800, 6) + labels[:, None]
xt, xv, yt, yv = train_test_split(feats, labels, test_size=0.25, shuffle=False)
model = keras.Sequential([keras.layers.Dense(16, activation='relu'), keras.layers.Dense(4, activation='softmax')])
model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(xt, yt, validation_data=(xv, yv), epochs=20)
