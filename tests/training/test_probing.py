"""What is seen inside a training is true, adds up, and changes nothing."""

import csv

import numpy as np
import pytest

from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Layer
from fitdoctor.sources import read

NAMES = ("averaging", "terms", "random", "batchnorm", "generalisation")


def drawn(rng, images, features=12):
    x = rng.normal(size=(images, features)).astype(np.float32)
    return x, (x[:, 0] + 0.8 * rng.normal(size=images) > 0).astype(np.int64)


def network(*layers, penalty=None, loss="sparse_categorical_crossentropy"):
    import keras

    keras.utils.set_random_seed(3)
    end = keras.layers.Dense(2, activation="softmax", kernel_regularizer=penalty)
    model = keras.Sequential([keras.Input((12,)), *layers, end])
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"], jit_compile=False)
    return model


def decomposed(model, train, validation, logged=1.0, **more):
    from fitdoctor.training.probing.gap import decompose
    from fitdoctor.training.probing.modes import Modes

    options = {"weights": None, "batch": 32, "population": None} | more
    return decompose(Modes(model), train, validation, logged, **options)[0]


def test_the_parts_add_up_to_the_difference():
    import keras

    rng = np.random.default_rng(0)
    model = network(
        keras.layers.BatchNormalization(), keras.layers.Dropout(0.5), penalty="l2"
    )  # fmt: skip
    train, val = drawn(rng, 320), drawn(rng, 200)
    model.fit(*train, epochs=3, verbose=0)
    gap = decomposed(model, train, val, logged=0.9, weights=np.linspace(0.5, 2, 320))
    assert [p.name for p in gap.parts] == list(NAMES)
    whole = sum(p.estimate.value for p in gap.parts)
    assert whole == pytest.approx(gap.training - gap.validation, abs=1e-6)


def test_a_part_that_is_not_there_is_nought():
    rng = np.random.default_rng(1)
    model = network()
    train = drawn(rng, 200)
    gap = decomposed(model, train, train)
    for name in ("terms", "random", "batchnorm", "generalisation"):
        assert gap.part(name).value == pytest.approx(0, abs=1e-6)
    assert gap.part("averaging").value == pytest.approx(1.0 - gap.validation, abs=1e-6)


def test_penalties_and_class_weights_are_what_the_formula_says():
    rng = np.random.default_rng(2)
    model = network(penalty="l2")
    x, y = drawn(rng, 200)
    weights = np.where(y == 1, 3.0, 0.5)
    gap = decomposed(model, (x, y), (x, y), weights=weights)
    p = model.predict(x, verbose=0)[np.arange(200), y].astype(float)
    kernel = model.layers[-1].kernel.numpy()
    expected = (weights * -np.log(p)).mean() + 0.01 * (kernel**2).sum() - (-np.log(p)).mean()
    assert gap.part("terms").value == pytest.approx(expected, rel=1e-3)


def test_batchnorm_with_stale_statistics_is_told_from_dropout():
    import keras

    rng = np.random.default_rng(4)
    x, y = drawn(rng, 640)
    norm, drop = keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)
    stale = network(norm)
    norm.moving_mean.assign(np.full(12, 2.0))
    gap = decomposed(stale, (x, y), (x, y))
    part = gap.part("batchnorm")
    assert part.high < 0
    assert gap.part("random").value == pytest.approx(0, abs=1e-6)
    dropping = network(drop)
    gap = decomposed(dropping, (x, y), (x, y))
    assert gap.part("batchnorm").value == pytest.approx(0, abs=1e-6)
    assert gap.part("random").low > 0


@pytest.mark.parametrize("name", ["random", "batchnorm", "generalisation"])
def test_the_intervals_cover_what_many_images_show(name):
    import keras

    from fitdoctor.training.probing.modes import Modes, losses

    rng = np.random.default_rng(5)
    norm = keras.layers.BatchNormalization()
    model = network(norm, keras.layers.Dropout(0.3))
    norm.moving_mean.assign(np.full(12, 0.5))
    modes = Modes(model)
    x, y = drawn(rng, 64_000)
    mean = {
        mode: losses(model, y, modes.outputs(x, mode, 32)[0]).mean()
        for mode in ("training", "batchnorm", "inference")
    }
    truth = {
        "random": mean["training"] - mean["batchnorm"],
        "batchnorm": mean["batchnorm"] - mean["inference"],
        "generalisation": 0.0,
    }[name]
    hits, trials = 0, 80
    for _ in range(trials):
        gap = decomposed(model, drawn(rng, 320), drawn(rng, 200))
        part = gap.part(name)
        hits += part.low <= truth <= part.high
    assert hits / trials >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / trials)


def test_nothing_that_the_training_uses_is_changed(draw_photos, small, tmp_path):
    from fitdoctor.training import session

    photos = draw_photos(dark=110, light=140, spread=50, side=16)
    layers = (
        Layer(kind="Conv2D", units=4, kernel_size=3, activation="relu"),
        Layer(kind="BatchNormalization"),
        Layer(kind="GlobalAveragePooling2D"),
        Layer(kind="Dropout", rate=0.3),
    )
    recipe = small(photos, layers=layers, epochs=6)
    for probes in ("none", "all"):
        session.train(recipe, tmp_path / probes, probes=probes)

    def rows(name):
        with (tmp_path / name / "metrics.csv").open() as file:
            return [[float(v) for k, v in row.items() if k != "seconds"]
                    for row in csv.DictReader(file)]  # fmt: skip

    np.testing.assert_allclose(rows("none"), rows("all"), rtol=1e-4)
    (run,) = read(tmp_path / "all")
    looked = [p for p in run.probes if p.gap is not None]
    assert {1, 6} <= {p.epoch for p in looked} <= {1, 2, 3, 4, 6}
    assert {layer.name for layer in looked[-1].layers} >= {"conv2d_1", "output"}
    assert [n.name for n in looked[-1].norms] == ["batchnormalization_1"]
    assert all(0 < layer.update < 1 for layer in looked[-1].layers if layer.update is not None)
    assert len(run.probes) == 6
    assert not read(tmp_path / "none")[0].probes


def test_gradients_batchnorm_stores_and_silent_units_are_measured():
    import keras

    from fitdoctor.training.probing import inside
    from fitdoctor.training.probing.modes import Modes

    rng = np.random.default_rng(6)
    silent, norm = keras.layers.Dense(8, activation="relu"), keras.layers.BatchNormalization()
    model = network(norm, silent)
    x, y = drawn(rng, 192)
    x = x * 2 + 1
    silent.set_weights([silent.get_weights()[0], np.array([-1e3] * 6 + [0.0, 0.0], np.float32)])
    (state,) = inside.norm_states(Modes(model), x, 32)
    assert state.shift == pytest.approx(1.0, abs=0.15)
    assert state.variance_ratio == pytest.approx(4.0, rel=0.15)
    assert inside.dead_shares(model, x) == {silent.name: pytest.approx(6 / 8)}
    norms, _ = inside.Gradients(model).measure(x, y, 32)
    with_tape = _gradient_norm(model, x[:96], y[:96], silent)
    assert norms[next(n for n in norms if silent.name in n)] == pytest.approx(with_tape, rel=0.2)


def _gradient_norm(model, x, y, layer):
    tf = pytest.importorskip("tensorflow")

    with tf.GradientTape() as tape:
        p = model(x, training=True)
        loss = -tf.reduce_mean(tf.math.log(tf.gather_nd(p, np.stack([np.arange(len(y)), y], 1))))
    slope = tape.gradient(loss, layer.kernel.value)
    return float(tf.norm(slope) / tf.norm(layer.kernel.value))


def test_the_noise_scale_is_that_of_drawn_gradients():
    from fitdoctor.training.probing.inside import noise_scale

    rng = np.random.default_rng(7)
    batch, gradient = 32, np.full(400, 0.1)
    # |gradient|^2 = 4, covariance of one image 0.25 a weight: trace 100, so 25 images.
    found, covered = [], 0
    for _ in range(200):
        batches = [[gradient + rng.normal(0, 0.5 / np.sqrt(batch), 400)] for _ in range(6)]
        estimate = noise_scale(batches, batch)
        found.append(estimate.value)
        covered += estimate.low <= 25 <= estimate.high
    assert np.median(found) == pytest.approx(25, rel=0.1)
    assert covered / 200 >= 0.88
    assert noise_scale(batches[:2], batch) is None


def test_a_sudden_rise_names_its_images():
    from fitdoctor.training.probing.prober import Prober

    rng = np.random.default_rng(8)
    model = network()
    train, val = drawn(rng, 320), drawn(rng, 100)
    model.fit(*train, epochs=5, verbose=0)
    right = np.flatnonzero(model.predict(val[0], verbose=0).argmax(axis=1) == val[1])[:2]
    prober = Prober(model, train, val, epochs=20)
    for epoch in range(1, 8):
        prober.before_epoch(epoch)
        prober.after_epoch(epoch, 0.5, 0.5 + 0.001 * (epoch % 2))
    val[0][right] *= -1000
    found = prober.after_epoch(8, 0.5, 5.0)
    assert isinstance(found, ProbedEpoch)
    assert set(found.culprits.images[:2]) == set(right.tolist())
    assert found.culprits.share_of_top > 0.9
    assert prober.after_epoch(9, 0.5, 0.5) is None


def test_a_strangers_fit_is_looked_into(tmp_path):
    import keras

    import fitdoctor

    rng = np.random.default_rng(9)
    train, val = drawn(rng, 160), drawn(rng, 60)
    model = network(keras.layers.Dense(16, activation="relu"), keras.layers.Dropout(0.5))
    recorder = fitdoctor.Recorder(
        tmp_path / "run", probe=train, validation=val, probes="all", class_weight={0: 1, 1: 2}
    )
    model.fit(*train, validation_data=val, epochs=4, class_weight={0: 1, 1: 2}, verbose=0,
              callbacks=[recorder])  # fmt: skip
    (run,) = read(tmp_path / "run")
    last = run.probes[-1]
    assert last.epoch == 4
    whole = sum(p.estimate.value for p in last.gap.parts)
    assert whole == pytest.approx(last.gap.training - last.gap.validation, abs=1e-6)
    assert last.gap.part("terms").value > 0.1
    assert last.seconds["validation"] > 0
    assert last.rates == pytest.approx((0.1, 0.1))


@pytest.mark.xdist_group("keras")
def test_images_that_lie_class_by_class_are_probed_in_mixed_batches():
    import keras

    from fitdoctor.training.probing.prober import Prober

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(4), 40)
    x = (y[:, None] + 0.1 * rng.normal(size=(160, 6))).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    mixed = rng.permutation(160)
    model.fit(x[mixed], y[mixed], epochs=20, batch_size=8, verbose=0)
    logged = float(model.evaluate(x, y, verbose=0))
    prober = Prober(model, (x, y), (x[mixed], y[mixed]), batch=8, epochs=1)
    prober.before_epoch(1)
    gap = prober.after_epoch(1, logged, logged).gap
    assert abs(gap.part("averaging").value) < 0.5, "batches of one class would cost a nat and more"
