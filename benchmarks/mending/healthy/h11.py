from keras.datasets import imdb
from keras import layers, models
from keras.utils import pad_sequences
(xt, yt), (xv, yv) = imdb.load_data(num_words=10000)
xt, xv = pad_sequences(xt, maxlen=200), pad_sequences(xv, maxlen=200)
m = models.Sequential([layers.Embedding(10000, 64), layers.LSTM(32), layers.Dense(1, activation="sigmoid")])
m.compile("adam", "binary_crossentropy", metrics=["accuracy"])
m.fit(xt, yt, epochs=3, batch_size=64, validation_split=0.2)
