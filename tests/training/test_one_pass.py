"""Updates in one pass are Keras' own, and steps are traced once."""

import keras
import numpy as np
import pytest

from fitdoctor.training.loop import Loop
from fitdoctor.training.one_pass import in_one_pass, norms_in_one_pass

OPTIMIZERS = {
    "Adam": lambda: keras.optimizers.Adam(0.01),
    "Adam with clipping": lambda: keras.optimizers.Adam(0.01, clipnorm=0.1, beta_1=0.7),
    "AdamW": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "amsgrad": lambda: keras.optimizers.Adam(0.01, amsgrad=True),
    "SGD": lambda: keras.optimizers.SGD(0.05),
    "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "RMSprop": lambda: keras.optimizers.RMSprop(0.01),
    "a schedule": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.5)
    ),
}


def model(optimizer):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((6,))
    hidden = keras.layers.Dense(8, activation="relu")(inputs)
    made = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(hidden))
    made.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(60, 6)).astype(np.float32), rng.integers(0, 3, 60)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_update_is_that_of_keras(name: str):
    x, y = data()
    ends = []
    for optimizer in (OPTIMIZERS[name](), in_one_pass(OPTIMIZERS[name]())):
        made = model(optimizer)
        made.fit(x, y, batch_size=20, epochs=7, shuffle=False, verbose=0)
        ends.append(made.get_weights())
    for plain, ours in zip(*ends, strict=True):
        np.testing.assert_allclose(ours, plain, rtol=2e-4, atol=2e-6)


def test_the_optimizer_stays_one_of_keras():
    optimizer = in_one_pass(keras.optimizers.Adam(0.02))
    assert type(optimizer) is type(keras.optimizers.Adam())
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert float(again.learning_rate) == pytest.approx(0.02)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="traces are TensorFlow's")
def test_a_step_is_traced_once():
    x, y = data()
    loop = Loop(model(in_one_pass(keras.optimizers.Adam(0.01))), x, y, None, 20, resident=True)
    loop.train(np.arange(60))
    loop.train(np.arange(60))
    loop.evaluate(np.arange(60))
    counts = {n: f.experimental_get_tracing_count() for n, f in loop._compiled.items()}
    assert counts == {"train loop": 1, "test loop": 1}


def test_building_beforehand_leaves_no_trace_in_the_metrics():
    x, y = data()
    loop = Loop(model(keras.optimizers.Adam(1e-9)), x, y, None, 20, resident=True)
    expected = model(keras.optimizers.Adam(1e-9)).evaluate(x, y, verbose=0, return_dict=True)
    assert loop.evaluate(np.arange(60)) == pytest.approx(expected, rel=1e-5)


def convolutions(training: bool | None, **options):
    keras.utils.set_random_seed(5)
    layers = keras.layers
    inner = keras.Input((8, 8, 3))
    tensor = layers.Conv2D(4, 3, use_bias=False)(inner)
    base = keras.Model(inner, layers.BatchNormalization(**options)(tensor))
    inputs = keras.Input((8, 8, 3))
    tensor = base(inputs) if training is None else base(inputs, training=training)
    tensor = layers.Flatten()(layers.Activation("relu")(tensor))
    tensor = layers.BatchNormalization()(layers.Dense(5)(tensor))
    made = keras.Model(inputs, layers.Dense(3, activation="softmax")(tensor))
    norm = base.layers[-1]
    norm.moving_mean.assign(np.linspace(-0.3, 0.3, *norm.moving_mean.shape))
    norm.moving_variance.assign(np.linspace(0.5, 2, *norm.moving_variance.shape))
    return made


@pytest.mark.parametrize(
    ("training", "options"),
    [
        (None, {}),
        (True, {"trainable": False}),
        (False, {}),
        (False, {"scale": False, "epsilon": 1e-5}),
        (None, {"center": False, "momentum": 0.6, "axis": 3}),
        (None, {"axis": 1}),
        (None, {"renorm": True}),
    ],
)
def test_batch_normalization_is_that_of_keras(training, options):
    rng = np.random.default_rng(0)
    x = rng.normal(1, 2, (60, 8, 8, 3)).astype(np.float32)
    y = rng.integers(0, 3, 60)
    ends = []
    for change in (lambda model: model, norms_in_one_pass):
        made = change(convolutions(training, **options))
        made.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy")
        made.fit(x, y, batch_size=20, epochs=4, shuffle=False, verbose=0)
        ends.append([*made.get_weights(), made.predict(x, verbose=0)])
    for plain, ours in zip(*ends, strict=True):
        np.testing.assert_allclose(ours, plain, rtol=2e-3, atol=2e-5)


@pytest.mark.parametrize("shape", [(2, 2, 1, 3), (1, 1, 1, 3), (5, 4, 4, 3)])
def test_statistics_of_few_values_are_stored_as_keras_stores_them(shape):
    x = np.random.default_rng(1).normal(2, 3, shape).astype(np.float32)
    stored = []
    for change in (lambda model: model, norms_in_one_pass):
        layer = keras.layers.BatchNormalization(momentum=0.5)
        made = change(keras.Sequential([keras.Input(shape[1:]), layer]))
        output = keras.ops.convert_to_numpy(made(x, training=True))
        stored.append([output, *layer.get_weights()])
    for plain, ours in zip(*stored, strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's operation")
def test_a_model_whose_norms_take_one_pass_is_saved_as_any_other(tmp_path):
    made = norms_in_one_pass(convolutions(None))
    x = np.random.default_rng(0).normal(1, 2, (4, 8, 8, 3)).astype(np.float32)
    made.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        again.predict(x, verbose=0), made.predict(x, verbose=0), rtol=1e-4, atol=1e-6
    )
