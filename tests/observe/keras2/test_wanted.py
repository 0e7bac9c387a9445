"""Which Keras a script is written for is told by what it imports, calls and gives."""

import pytest

from fitdoctor.observe.keras2.alias import home
from fitdoctor.observe.keras2.old_names import converted
from fitdoctor.observe.keras2.wanted import reason

KERAS = "from keras.models import Sequential\nfrom keras.layers import Dense\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("from keras.layers.core import Dense", "keras.layers.core in line 1"),
        ("import keras.utils.np_utils as u", "keras.utils.np_utils in line 1"),
        ("from keras.utils import np_utils", "np_utils in line 1"),
        ("import keras\nkeras.optimizers.SGD(lr=0.1)", "lr= in line 2"),
        (KERAS + "m.fit(x, y, nb_epoch=3)", "nb_epoch= in line 3"),
        (KERAS + "m.fit_generator(g)", "fit_generator in line 3"),
        (KERAS + "m.fit(x, y, workers=4, use_multiprocessing=True)", "workers= in line 3"),
        (KERAS + "m.save_weights('w.h5')", "'w.h5' in line 3"),
        (KERAS + "ModelCheckpoint(filepath='best.hdf5')", "'best.hdf5' in line 3"),
        (KERAS + "print(m.predict_classes(x))", "predict_classes in line 3"),
        (KERAS + "Dense(3, init='normal')", "init= in line 3"),
        ("import keras.backend as K\nK.mean(x)", "K.mean in line 2"),
        ("import keras\nkeras.optimizers.rmsprop(0.1)", "optimizers.rmsprop in line 2"),
        ("from keras import optimizers as o\no.sgd()", "optimizers.sgd in line 2"),
        ("from keras.layers import LocallyConnected1D", "LocallyConnected1D in line 1"),
        (
            "import tensorflow as tf\ntf.keras.layers.DenseFeatures(c)",
            "layers.DenseFeatures in line 2",
        ),
        (
            "from tensorflow.python.keras.layers import LSTM",
            "tensorflow.python.keras.layers in line 1",
        ),
        ("import keras, tensorflow as tf\ntf.Session()", "tf.Session in line 2"),
        ("import tensorflow as tf\ntf.train.AdamOptimizer(1)", "tf.train.AdamOptimizer in line 2"),
        ("import keras as k\nk.losses.logcosh", "losses.logcosh in line 2"),
        ("import keras\nprint 1", "Python 2 in line 2"),
        ("from keras.utils import conv_utils", "conv_utils in line 1"),
        ("from keras.layers import Deconvolution2D", "Deconvolution2D in line 1"),
        ("import keras\nkeras.layers.Dense(output_dim=3)", "output_dim= in line 2"),
        (
            KERAS + "m.compile('sgd', 'mse', sample_weight_mode='temporal')",
            "sample_weight_mode= in line 3",
        ),
        (KERAS + "print(m.layers[0].get_output_at(0))", "get_output_at in line 3"),
        (KERAS + "m.optimizer.lr = 0.1", "optimizer.lr in line 3"),
        ("import tensorflow.contrib.keras as k", "tensorflow.contrib.keras in line 1"),
        (
            "from tensorflow.contrib.keras.python.keras.layers import Dense",
            "tensorflow.contrib.keras.python.keras.layers in line 1",
        ),
        (KERAS + "m.compile('sgd', 'mse', metrics='acc')", "metrics='acc' in line 3"),
        (
            "import keras, tensorflow as tf\ntf.losses.log_loss",
            "tf.losses.log_loss in line 2",
        ),
        (
            "import tensorflow as tf\ntf.keras.optimizers.Adam(lr=1e-3, decay=1e-6)",
            "lr= in line 2",
        ),
    ],
)
def test_what_keras_3_refuses_is_told_with_its_line(text, told):
    assert reason(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "print 'Python 2'",
        "from sklearn.svm import SVC\nimport keras\nSVC().predict_proba(x)",
        "from keras.layers import Embedding\nEmbedding(input_dim=10, output_dim=4)",
        KERAS + "print(schedule.lr, own.targets)",
        KERAS + "re.compile('a', metrics=name)",
        KERAS + "m.fit(x, y, epochs=3)",
        KERAS + "ModelCheckpoint('a.h5')\nm.save_weights('b.weights.h5')",
        KERAS + "super().__init__(workers=4, use_multiprocessing=True)",
        KERAS + "m.compile(keras.optimizers.SGD(learning_rate=0.1))",
        "import torch\nopt = torch.optim.SGD(net.parameters(), lr=0.1)",
        "import torch, keras_tuner\ntorch.optim.Adam(p, lr=0.1)",
        "import keras.backend as K\nK.clear_session()",
        "import keras\nkeras.optimizers.RMSprop(0.1)",
        "from keras import losses\nlosses.mean_squared_error",
        "import tensorflow as tf\ntf.keras.losses.MSE",
        "import tensorflow as tf\ntf.keras.preprocessing.text",
        "import tensorflow as tf\ntf.compat.v1.Session(), tf.train.Checkpoint()",
        "from tensorflow.keras import backend as K\nK.mean(x)",
        "from sklearn.naive_bayes import GaussianNB\nm.predict_proba(x)",
        KERAS + "net = Net(init='normal')\nm.fit(x)",
    ],
)
def test_what_both_take_tells_nothing(text):
    assert reason(text) is None


@pytest.mark.parametrize(
    ("kind", "known", "given", "named", "expected"),
    [
        ("Conv2D", {"filters"}, (32, 3, 5), {}, ((32, (3, 5)), {})),
        ("Conv2D", {"filters"}, (32, (3, 3), 2), {}, ((32, (3, 3), 2), {})),
        (
            "Conv2D",
            {"filters", "padding"},
            (),
            {"nb_filter": 8, "nb_row": 3, "nb_col": 2, "border_mode": "same", "dim_ordering": "th"},
            (
                (),
                {
                    "filters": 8,
                    "kernel_size": (3, 2),
                    "padding": "same",
                    "data_format": "channels_first",
                },
            ),
        ),
        (
            "Dense",
            {"units"},
            (),
            {"output_dim": 4, "input_dim": 3},
            ((), {"units": 4, "input_dim": 3}),
        ),
        ("Embedding", {"output_dim"}, (), {"output_dim": 4}, ((), {"output_dim": 4})),
        ("BatchNormalization", {"axis"}, (), {"mode": 0, "axis": 1}, ((), {"axis": 1})),
    ],
)
def test_arguments_of_layers_mean_what_they_meant(kind, known, given, named, expected):
    assert converted(kind, known, given, named) == expected


def test_a_path_that_nothing_has_is_not_found():
    assert home("keras.no_such_module") is None


def test_a_function_that_draws_weights_is_given_what_it_takes():
    def of_keras_1(shape, name=None):
        return shape, name

    def of_keras_2(shape, dtype=None):
        return shape, dtype

    for function, expected in ((of_keras_1, (3, None)), (of_keras_2, (3, "float32"))):
        _, named = converted("Dense", {"kernel_initializer"}, (), {"init": function})
        assert named["kernel_initializer"](3, dtype="float32") == expected
    _, named = converted("Dense", set(), (), {"kernel_initializer": "uniform"})
    assert named == {"kernel_initializer": "uniform"}
