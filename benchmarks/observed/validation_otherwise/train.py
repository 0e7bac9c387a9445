from keras import Input, Sequential, layers

from sets import Sets

sets = Sets()
model = Sequential()
model.add(Input((14, 14, 1)))
model.add(layers.Conv2D(12, 3, activation="relu"))
model.add(layers.Flatten())
model.add(layers.Dense(3, activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(sets.training(), validation_data=sets.held_out(), epochs=8, verbose=2)
