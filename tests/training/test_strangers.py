"""The recorder inside trainings as other people write them, on whatever backend Keras has here."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
from keras import layers  # noqa: E402

import fitdoctor  # noqa: E402
from fitdoctor import sources  # noqa: E402

SIDE = 20
rng = np.random.default_rng(0)
X = rng.random((96, SIDE, SIDE, 3)).astype("float32")
Y = (X[..., 0].mean((1, 2)) > 0.5).astype(int)
SPARSE = "sparse_categorical_crossentropy"
BACKEND = keras.backend.backend()


def network(units=2, activation="softmax"):
    return keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), layers.Conv2D(6, 3, activation="relu"),
         layers.BatchNormalization(), layers.GlobalAveragePooling2D(), layers.Dropout(0.3),
         layers.Dense(units, activation=activation)]
    )  # fmt: skip


def compiled(model, loss=SPARSE, **named):
    model.compile("adam", loss, metrics=["accuracy"], **named)
    return model


def plain():
    return compiled(network()), (X, Y), {}


def one_number():
    return compiled(network(1, "sigmoid"), "binary_crossentropy"), (X, Y), {}


def a_column_of_logits():
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return compiled(network(1, None), loss), (X, Y[:, None].astype("float32")), {}


def one_hot_and_smoothed():
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    return compiled(network(), loss), (X, np.eye(2)[Y]), {}


def a_nested_frozen_base():
    base = keras.Sequential(network().layers[:-2], name="mobilenetv2_like")
    base.trainable = False
    inputs = keras.Input((SIDE, SIDE, 3))
    outputs = layers.Dense(2, activation="softmax")(base(inputs, training=False))
    return compiled(keras.Model(inputs, outputs)), (X, Y), {}


def a_subclass():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.norm, self.pool = layers.BatchNormalization(), layers.GlobalAveragePooling2D()
            self.out = layers.Dense(2, activation="softmax")

        def call(self, x, training=False):
            return self.out(self.pool(self.norm(x, training=training)))

    return compiled(Own()), (X, Y), {}


def words():
    ids = rng.integers(0, 50, (96, 12))
    model = keras.Sequential([layers.Embedding(50, 8), layers.LSTM(4),
                              layers.Dense(2, activation="softmax")])  # fmt: skip
    return compiled(model), (ids, Y), {}


def bytes_and_weights():
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), layers.Rescaling(1 / 255),
                              *network().layers])  # fmt: skip
    return compiled(model), ((X * 255).astype("uint8"), Y), {"class_weight": {0: 1.0, 1: 3.0}}


def half_precision():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        return compiled(network()), (X, Y), {}
    finally:
        keras.mixed_precision.set_global_policy("float32")


def a_loss_of_their_own():
    def mean_only(truth, out):
        return keras.ops.mean(keras.losses.sparse_categorical_crossentropy(truth, out))

    return compiled(network(), mean_only), (X, Y), {}


def no_loss_at_all():
    class Own(keras.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, y_pred))

    inputs = keras.Input((SIDE, SIDE, 3))
    model = Own(inputs, network()(inputs))
    model.compile("adam")
    return model, (X, Y), {}


SCRIPTS = [
    plain, one_number, a_column_of_logits, one_hot_and_smoothed, a_nested_frozen_base, a_subclass,
    words, bytes_and_weights, half_precision, a_loss_of_their_own, no_loss_at_all,
]  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s.__name__)
def test_a_stranger_is_recorded(script, tmp_path):
    keras.utils.set_random_seed(0)
    model, (x, y), named = script()
    recorder = fitdoctor.Recorder(
        tmp_path / "run", probe=(x[:32], y[:32]), validation=(x[32:64], y[32:64]), probes="all",
        class_weight=named.get("class_weight"),
    )  # fmt: skip
    model.fit(x, y, epochs=2, verbose=0, callbacks=[recorder], **named)
    assert "left out" not in (recorder.folder / "journal.jsonl").read_text()
    run = sources.read(recorder.folder)[0]
    assert len(run.curves["loss"]) == 2
    assert len(run.probes) == 2
    if script is not no_loss_at_all:
        assert len(run.curves["probe_loss"]) == 2
    if script not in {a_loss_of_their_own, no_loss_at_all}:
        assert run.probes[-1].gap is not None


def test_several_outputs_have_curves_and_no_probe(tmp_path):
    inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.GlobalAveragePooling2D()(inputs)
    heads = {
        "a": layers.Dense(2, activation="softmax", name="a")(x),
        "b": layers.Dense(1, name="b")(x),
    }
    model = keras.Model(inputs, heads)
    model.compile("adam", {"a": SPARSE, "b": "mse"})
    recorder = fitdoctor.Recorder(tmp_path / "run", probe=(X[:32], Y[:32]), probes="all")
    truth = {"a": Y, "b": Y.astype("float32")}
    model.fit(X, truth, epochs=2, verbose=0, callbacks=[recorder])
    assert len(sources.read(recorder.folder)[0].curves["loss"]) == 2


def test_a_probe_that_does_not_fit_costs_a_warning_and_not_the_training(tmp_path):
    model, (x, y), _ = plain()
    recorder = fitdoctor.Recorder(tmp_path / "run", probe=(x[:32, :8], y[:32]), probes="all")
    with pytest.warns(UserWarning, match="left out from here on"):
        model.fit(x, y, epochs=3, verbose=0, callbacks=[recorder])
    assert len(sources.read(recorder.folder)[0].curves["loss"]) == 3


@pytest.mark.parametrize("probe", [(X[:8], Y[:6]), (X[:0], Y[:0]), (X,)])
def test_a_probe_that_is_no_pair_is_refused_before_training(tmp_path, probe):
    with pytest.raises(ValueError, match="probe"):
        fitdoctor.Recorder(tmp_path / "run", probe=probe)


def test_looking_inside_changes_nothing(tmp_path):
    ends = []
    for look in (False, True):
        keras.utils.set_random_seed(1)
        model, (x, y), _ = plain()
        looking = [fitdoctor.Recorder(tmp_path / "run", probe=(x[:32], y[:32]),
                                      validation=(x[32:64], y[32:64]), probes="all")]  # fmt: skip
        model.fit(x, y, epochs=3, verbose=0, callbacks=looking if look else [])
        ends.append([np.asarray(w) for w in model.get_weights()])
    for one, other in zip(*ends, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
