"""Scripts of Keras 1 and 2 run unchanged by tf_keras, and are recorded as those of Keras 3.

They need tf_keras, which is no part of the usual tests: `pip install --no-deps tf_keras==2.21.0`
beside tensorflow-cpu, or `pip install fitdoctor[keras2]`.
"""

import pytest

from fitdoctor import doctor

pytest.importorskip("tf_keras")
pytestmark = pytest.mark.slow

DATA = """
import numpy as np
rng = np.random.RandomState(0)
x = rng.rand(160, 12, 12, 1).astype("float32")
y = rng.randint(0, 3, 160)
for i, k in enumerate(y):
    x[i, 4 * k : 4 * k + 4] += 0.4
"""
OF_KERAS_1 = """
from keras.models import Sequential, Model
from keras.layers.core import Activation, Dense, Dropout, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.layers.normalization import BatchNormalization
from keras.optimizers import SGD
from keras.utils import np_utils
from keras import backend as K
K.set_image_dim_ordering("tf")
model = Sequential()
model.add(Convolution2D(8, 3, 3, border_mode="same", input_shape=(12, 12, 1), init="uniform"))
model.add(Activation("relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(BatchNormalization(mode=0))
model.add(Dropout(p=0.2))
model.add(Flatten())
model.add(Dense(output_dim=3, W_regularizer="l2", activation="softmax"))
sgd = SGD(lr=0.05, decay=1e-4, momentum=0.9, nesterov=True)
model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
labels = np_utils.to_categorical(y, 3)
history = model.fit(x[:120], labels[:120], batch_size=24, nb_epoch=3, verbose=0,
                    validation_data=(x[120:], labels[120:]))
assert history.history["acc"] == history.history["accuracy"]
print(model.predict_classes(x[120:], verbose=0).shape)
"""
OF_KERAS_2 = """
import keras
from keras.preprocessing.image import ImageDataGenerator
inputs = keras.Input((12, 12, 1))
net = keras.layers.Flatten()(keras.layers.Conv2D(4, 3, 3)(inputs))
model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(net))
model.compile(keras.optimizers.Adam(lr=0.01), "sparse_categorical_crossentropy", metrics=["acc"])
flow = ImageDataGenerator(horizontal_flip=True).flow(x[:120], y[:120], batch_size=20)
held_out = x[120:], y[120:]
model.fit_generator(flow, steps_per_epoch=6, epochs=2, validation_data=held_out, verbose=0)
print(model.layers[1].kernel_size)
"""
OF_TF_KERAS = """
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(3)])
loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(tf.keras.optimizers.SGD(lr=0.1, decay=1e-3), loss, metrics=["accuracy"])
model.fit(x[:120], y[:120], epochs=2, validation_data=(x[120:], y[120:]), verbose=0)
print("done")
"""


@pytest.mark.parametrize(
    ("text", "printed", "reason", "epochs", "kinds"),
    [
        (OF_KERAS_1, "(40,)", "keras.layers.core", 3, ["Conv2D", "Activation", "MaxPooling2D"]),
        (OF_KERAS_2, "(3, 3)", "ImageDataGenerator", 2, ["Conv2D", "Flatten", "Dense"]),
        (OF_TF_KERAS, "done", "lr=", 2, ["Flatten", "Dense"]),
    ],
    ids=["keras_1", "keras_2", "tf_keras"],
)
def test_it_runs_unchanged_and_is_recorded(execute, tmp_path, text, printed, reason, epochs, kinds):
    (tmp_path / "train.py").write_text(DATA + text)
    done = execute("-m", "fitdoctor", "run", "-o", "run", "train.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == printed
    assert f"by tf_keras 2.21.0: {reason}" in done.stderr
    run = doctor.diagnose(tmp_path / "run").run
    assert len(run.curves["val_loss"]) == epochs
    assert len(run.curves["val_accuracy"]) == epochs
    assert [x.kind for x in run.recipe.layers][: len(kinds)] == kinds
    assert run.recipe.keras == "2.21.0"
    assert run.script.feeds[0].inputs.numbers.recorded


OF_BRANCHES = """
from keras.constraints import maxnorm
from keras.layers import Dense, Flatten, Merge
from keras.models import Model, Sequential, slice_X
left, right = Sequential(), Sequential()
for branch in (left, right):
    branch.add(Flatten(input_shape=(12, 12, 1)))
    branch.add(Dense(4, W_constraint=maxnorm(2)))
model = Sequential()
model.add(Merge([left, right], mode="concat"))
model.add(Dense(3, activation="softmax"))
model.compile("adadelta", "sparse_categorical_crossentropy", metrics=["accuracy"])
first = slice_X(x, 0, 120)
model.fit([first, first], y[:120], nb_epoch=2, verbose=0)
again = Model(input=left.input, output=left.output)
print(len(model.get_weights()), again.output_shape, float(model.optimizer.lr))
"""
BY_NAME = """
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(3)])
model.compile("adadelta", "mse")
model.fit(x, y, epochs=1, verbose=0, workers=1)
print(float(model.optimizer.lr) == float(tf.keras.optimizers.Adadelta().lr))
config = tf.ConfigProto()
print(config.gpu_options.allow_growth)
"""


OF_CONTRIB = """
import tensorflow as tf
import tensorflow.contrib.keras as k
from tensorflow.contrib.keras.python.keras.layers import Dense
model = k.models.Sequential([k.layers.Flatten(input_shape=(12, 12, 1)), Dense(3)])
model.compile("sgd", "mse", metrics="acc")
model.fit(x, y, epochs=1, verbose=0)
print(tf.contrib.keras is k, tf.contrib.keras.layers.Dense is Dense)
"""
INSIDE_OF_TENSORFLOW = """
from tensorflow.python.keras.models import Sequential
from tensorflow.python.keras.layers import Dense, Flatten
from keras.engine import InputSpec
from keras import initializations, initializers
assert initializations.normal((40, 50), scale=3.0, name="w").numpy().std() > 2.5
assert initializers.uniform(minval=0.0).get_config()["minval"] == 0.0
model = Sequential([Flatten(input_shape=(12, 12, 1)), Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:120], y[:120], epochs=2, verbose=0)
print(model.__module__)
"""


ALL_NAMES = """
from keras.layers import *
from keras.layers.core import K, initializers
from keras.engine.topology import Layer
from keras.legacy import interfaces
from keras.models import Sequential
import keras.wrappers.scikit_learn
class Own(Layer):
    def build(self, shape):
        self.W = self.add_weight((int(shape[-1]), 4), initializer=initializers.get("normal"))
    @interfaces.legacy_dense_support
    def call(self, x, mask=None):
        return K.dot(x, self.W)
model = Sequential()
model.add(AtrousConvolution2D(4, 3, 3, border_mode="same", input_shape=(12, 12, 1)))
model.add(Deconvolution2D(2, 3, 3, output_shape=(None, 12, 12, 2), border_mode="same"))
for layer in (Flatten(), Own(), Highway(activation="relu"), MaxoutDense(output_dim=5),
              ParametricSoftplus(), Dense(3, activation="softmax")):
    model.add(layer)
labels = K.one_hot(y, nb_classes=3).numpy()
model.compile("sgd", "categorical_crossentropy", metrics=["fmeasure"], class_mode="categorical")
history = model.fit(x, labels, nb_epoch=1, verbose=0)
both = [Dense(3)(Input(batch_shape=(5, 4))) for _ in range(2)]
print(sorted(history.history), merge(both, mode="cos", dot_axes=1).shape)
"""


@pytest.mark.parametrize(
    ("text", "printed", "told"),
    [
        (ALL_NAMES, "['fmeasure', 'loss'] (5, 1)", "keras.layers.K (now keras.backend)"),
        (
            OF_BRANCHES,
            "6 (None, 4) 1.0",
            "keras.constraints.maxnorm (now keras.constraints.MaxNorm)",
        ),
        (
            INSIDE_OF_TENSORFLOW,
            "tf_keras.src.engine.sequential",
            "keras.InputSpec (now keras.layers.InputSpec)",
        ),
        (OF_CONTRIB, "True True", "tensorflow.contrib"),
        (BY_NAME, "True\nFalse", "tensorflow.ConfigProto (now tensorflow.compat.v1.ConfigProto)"),
    ],
    ids=["all_names", "branches", "inside", "of_contrib", "by_name"],
)
def test_names_that_went_away_mean_what_they_meant(execute, tmp_path, text, printed, told):
    (tmp_path / "train.py").write_text(DATA + text)
    done = execute("-m", "fitdoctor", "run", "-o", "run", "train.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{printed}\n")
    assert told in done.stderr
    assert (tmp_path / "run" / "recipe.toml").is_file()


CHANNELS_FIRST = """
from keras.models import Sequential, Model
from keras.layers import Convolution2D, Dense, Flatten, Input, MaxPooling2D
model = Sequential()
model.add(Convolution2D(4, 5, 5, border_mode="valid", input_shape=(1, 12, 12)))
model.add(MaxPooling2D(pool_size=(2, 2)))
shape = model.output_shape
model.add(Flatten())
model.add(Dense(3, activation="softmax"))
model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x.transpose(0, 3, 1, 2), y, nb_epoch=1, verbose=0)
print(shape)
"""


def test_images_are_channels_first_where_nothing_else_could_be_meant(execute, tmp_path):
    (tmp_path / "train.py").write_text(DATA + CHANNELS_FIRST)
    done = execute("-m", "fitdoctor", "run", "-o", "run", "train.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "(None, 4, 4, 4)\n"
    assert "the order of axes (now channels first, as Keras 1 had it" in done.stderr


@pytest.mark.parametrize(
    ("given", "named", "first"),
    [
        ((4, (5, 5)), {"input_shape": (1, 28, 28)}, True),
        ((4,), {"kernel_size": 5, "input_shape": (3, 28, 28)}, True),
        ((4, (3, 3)), {"input_shape": (3, 28, 28)}, False),
        ((4, (5, 5)), {"input_shape": (1, 28, 28), "padding": "same"}, False),
        ((4, (5, 5)), {"input_shape": (28, 28, 1)}, False),
        ((4, (5, 5)), {"input_shape": (1, 28, 28), "data_format": "channels_last"}, False),
    ],
)
def test_the_order_of_axes_is_told_by_what_could_not_run(given, named, first):
    from types import SimpleNamespace

    from fitdoctor.observe.keras2 import ordering

    set_to = []
    backend = SimpleNamespace(
        image_data_format=lambda: "channels_last", set_image_data_format=set_to.append
    )
    ordering.settle("Conv2D", given, named, backend)
    assert set_to == (["channels_first"] if first else [])


OF_TENSORFLOW_1 = """
import tensorflow as tf
from tensorflow import keras
tf.enable_eager_execution()
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")])
rms = tf.train.RMSPropOptimizer(0.01)
model.compile(rms, "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=2, verbose=0)
"""


def test_an_optimizer_of_tensorflow_1_is_recorded_with_its_rate(execute, tmp_path):
    (tmp_path / "train.py").write_text(DATA + OF_TENSORFLOW_1)
    done = execute("-m", "fitdoctor", "run", "-o", "run", "train.py")
    assert done.returncode == 0, done.stderr
    assert "tensorflow.train.RMSPropOptimizer" in done.stderr
    found = doctor.diagnose(tmp_path / "run").run.recipe.optimizer
    assert (found.name, found.learning_rate) == ("RMSPropOptimizer", 0.01)


def test_the_user_decides(execute, tmp_path):
    (tmp_path / "train.py").write_text("import keras; print(keras.__version__.split('.')[0])")
    told = [execute("-m", "fitdoctor", "run", "--keras", version, "train.py") for version in "23"]
    assert [done.stdout for done in told] == ["2\n", "3\n"]
