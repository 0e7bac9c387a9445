"""Trainings in many ways; what is printed must be the same whether somebody looks or not."""

import copy
import inspect
import os
import pickle
import sys
import tempfile

import keras
import numpy as np
import tensorflow as tf

print(sys.argv, __name__, os.path.basename(__file__), os.path.basename(sys.path[0]))
for name in ("compile", "fit", "evaluate", "predict", "train_on_batch"):
    method = getattr(keras.Model, name)
    print(name, inspect.signature(method), method.__qualname__, method.__module__)
    print(pickle.loads(pickle.dumps(method)) is method, bool(method.__doc__))

rng = np.random.default_rng(0)
x = rng.uniform(0, 1, (96, 8, 8, 1)).astype("float32")
y = (x.mean(axis=(1, 2, 3)) > 0.5).astype("int64")
SETTINGS = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}


def network(kind=None):
    keras.utils.set_random_seed(3)
    layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dropout(0.1),
              keras.layers.Dense(2, activation="softmax")]  # fmt: skip
    if kind is None:
        model = keras.Sequential(layers)
    else:
        h = layers[0]
        for layer in layers[1:]:
            h = layer(h)
        model = kind(layers[0], h)
    model.compile("sgd", **SETTINGS)
    return model


def told(history):
    return {name: [f"{v:.6f}" for v in values] for name, values in history.history.items()}


# Callbacks: theirs are left as they are, and see what they always see.
class Sees(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append((epoch, sorted(logs)))

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)


sees = Sees()
given = [sees]
first = network().fit(x, y, epochs=2, callbacks=given, verbose=0, validation_split=0.25)
print(told(first), sees.seen, len(given))
print(told(network().fit(x, y, callbacks=Sees(), verbose=0)))
model = network()
listed = keras.callbacks.CallbackList([Sees()], add_history=True, model=model, epochs=1)
model.fit(x, y, callbacks=listed, verbose=0)
print([type(c).__name__ for c in listed.callbacks], told(model.history))


# Subclasses with methods of their own.
class Own(keras.Model):
    def fit(self, *arguments, **named):
        print("own fit", sorted(named))
        return super().fit(*arguments, **named)

    def train_step(self, data):
        images, labels = data
        with tf.GradientTape() as tape:
            scores = self(images, training=True)
            loss = self.compute_loss(images, labels, scores)
        self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
        return {"own_loss": loss, **self.compute_metrics(images, labels, scores)}


print(told(network(Own).fit(x, y, epochs=2, verbose=0)))


# A fit inside a fit.
class Inner(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print("inner", told(network().fit(x[:32], y[:32], verbose=0)))


print(told(network().fit(x, y, epochs=1, callbacks=[Inner()], verbose=0)))


# Streams are asked exactly as often as without us, and in the same order.
asked = []


def endless():
    at = 0
    while True:
        asked.append(at)
        rows = np.arange(at, at + 16) % len(x)
        at += 16
        yield x[rows], y[rows]


generator = endless()
print(told(network().fit(generator, steps_per_epoch=3, epochs=2, verbose=0)))
generator.close()


class Batches(keras.utils.PyDataset):
    asked, ends = [], 0

    def __len__(self):
        return 6

    def __getitem__(self, index):
        Batches.asked.append(index)
        return x[index * 16 : index * 16 + 16], y[index * 16 : index * 16 + 16]

    def on_epoch_end(self):
        Batches.ends += 1


before = Batches.__getitem__
batches = Batches()
print(told(network().fit(batches, epochs=2, shuffle=False, verbose=0)))
print(sorted(Batches.asked), Batches.ends, Batches.__getitem__ is before)

keras.utils.set_random_seed(5)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(96, seed=1).batch(16)
print(told(network().fit(dataset, validation_data=dataset.take(2), epochs=3, verbose=0)))
weighted = tf.data.Dataset.from_tensor_slices((x, y, np.ones(96, "float32"))).batch(16)
print(told(network().fit(weighted, epochs=1, verbose=0)))

# Saving, loading and copying; a loaded model is compiled.
model = network()
model.fit(x, y, verbose=0)
with tempfile.TemporaryDirectory() as home:
    model.save(f"{home}/m.keras")
    again = keras.models.load_model(f"{home}/m.keras")
print(again.compiled, [f"{v:.6f}" for v in again.evaluate(x, y, verbose=0)])
print(copy.copy(model).count_params(), model.predict(x[:2], verbose=0).shape)

# Nothing keeps a network that is gone.
import gc  # noqa: E402
import weakref  # noqa: E402

gone = weakref.ref(model)
del model, again, listed, first, sees, given
keras.backend.clear_session()
gc.collect()
print("gone", gone() is None)

# Two inputs, a dictionary of them, two outputs.
a, b = keras.Input((8, 8, 1), name="a"), keras.Input((8, 8, 1), name="b")
both = keras.layers.Flatten()(keras.layers.Add()([a, b]))
keras.utils.set_random_seed(3)
two = keras.Model([a, b], [keras.layers.Dense(2, name="one")(both), keras.layers.Dense(1)(both)])
two.compile("sgd", loss=["mse", "mse"])
targets = [np.eye(2)[y], y.astype("float32")]
print(len(told(two.fit([x, x], targets, verbose=0))))
print(len(told(two.fit({"a": x, "b": x}, targets, verbose=0))))

# By hand.
model = network()
for _ in range(2):
    for at in range(0, 96, 32):
        result = model.train_on_batch(x[at : at + 32], y[at : at + 32])
print([f"{float(v):.6f}" for v in result], type(result).__name__)

# Random numbers of others are as they were.
print(np.random.rand(), keras.random.uniform((1,), seed=3).numpy(), float(tf.random.uniform(())))


# What goes wrong is theirs.
class Breaks(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2:
            raise KeyError("mine")


try:
    network().fit(x, y, epochs=5, callbacks=[Breaks()], verbose=0)
except KeyError as error:
    print("caught", repr(error))
try:
    network().fit(x, y, epoch=5)
except TypeError as error:
    print("caught", error)
network().fit(x[:10], y[:12], verbose=0)
