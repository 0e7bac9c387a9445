"""A trial does not depend on what is trained beside it, nor a layer on what stands beside it."""

import itertools
from functools import partial

import keras
import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor.records.recipe import Augmentation, Backbone, Layer, Optimizer, Recipe, Schedule
from fitdoctor.training import recipes, replicas, streams
from fitdoctor.training.trials import KerasTrainer

SOFTMAX = Layer(kind="Dense", units=2, activation="softmax")
BESIDE = ((), (7,), (8, 1), (9, 3, 5, 2, 6))


@pytest.fixture(scope="module")
def photos(draw_photos):
    return draw_photos()


@pytest.fixture(scope="module")
def trainer():
    return KerasTrainer()


@pytest.fixture
def head(photos, weight_file):
    """Return a function that makes the recipe of a head on frozen features."""
    return partial(on_features, photos, weight_file)


def on_features(photos, weights, *layers, **changes):
    settings = {
        "images": str(photos),
        "image_size": 32,
        "backbone": Backbone(name="MobileNetV2", alpha=0.35, weights=weights),
        "layers": (Layer(kind="GlobalAveragePooling2D"), *layers, SOFTMAX),
        "epochs": 3,
        "patience": 0,
        "batch_size": 9,
        "optimizer": Optimizer(name="SGD", learning_rate=0.05, momentum=0.9),
    }
    return recipes.completed(Recipe(**(settings | changes)))


def trial(recipe, seed):
    return replace(recipe, seed=seed, order_seed=seed)


def curves(run):
    return {name: tuple(curve.values.tolist()) for name, curve in run.curves.items()}


@pytest.mark.parametrize(
    "layers",
    [
        (Layer(kind="Dropout", rate=0.5),),
        (
            Layer(kind="Dropout", rate=0.2),
            Layer(kind="Dense", units=19, activation="relu", l2=1e-3),
            Layer(kind="Dropout", rate=0.6),
        ),
    ],
)
def test_a_seed_of_a_head_trains_the_same_alone_and_beside_others(trainer, layers, head):
    recipe = head(*layers)
    assert keras.backend.backend() != "tensorflow" or replicas.suits(trainer._prepare(recipe))
    alone = curves(trainer.train(trial(recipe, 4)))
    for beside in BESIDE:
        for at in {0, len(beside)}:
            seeds = [*beside[:at], 4, *beside[at:]]
            runs = list(trainer.train_many([trial(recipe, seed) for seed in seeds]))
            assert curves(runs[at].result) == alone
    other = curves(trainer.train(trial(recipe, 5)))
    assert other["loss"] != alone["loss"]


@pytest.mark.parametrize("scale", [1.0, 1 / 255])
def test_dense_layers_on_pixels_train_together_as_each_would_alone(
    photos, small, monkeypatch, scale
):
    layers = (
        Layer(kind="Dense", name="each", units=5, activation="relu", input_shape=(8, 8, 3)),
        Layer(kind="Dropout", name="drop", rate=0.4),
        Layer(kind="Flatten"),
        Layer(kind="Dense", name="all", units=3, activation="relu", l2=1e-3),
        SOFTMAX,
    )
    cycle = Schedule(kind="triangular", low=1e-4, high=1e-3, every=4)
    adam = Optimizer(name="Adam", learning_rate=1e-3, schedule=cycle)
    recipe = small(photos, image_size=8, input_scale=scale, layers=layers, optimizer=adam)
    trainer, seeds = KerasTrainer(), (3, 1, 4, 5, 9)
    readies = [trainer._prepare(trial(recipe, seed)) for seed in seeds]
    assert keras.backend.backend() != "tensorflow" or replicas.suits(readies[0])
    together = [curves(d.result) for d in trainer.train_many([r.recipe for r in readies])]
    for ready, found in zip(readies, together, strict=True):
        for name, values in curves(trainer.trained(ready)).items():
            # Plain training takes this curve from probabilities, which end at 1e-7.
            if name != "probe_loss" or scale < 1:
                np.testing.assert_allclose(found[name], values, rtol=2e-4, atol=2e-4, err_msg=name)
    assert len({found["loss"] for found in together}) == len(seeds)
    # In two parts, the second of which is filled up.
    monkeypatch.setattr(replicas, "MOST_VALUES", 3 * 5 * 64 * (recipe.batch_size or 32))
    parts = [curves(d.result) for d in trainer.train_many([r.recipe for r in readies])]
    assert parts == together


def test_wide_layers_on_pixels_train_one_by_one(photos, small):
    wide = (Layer(kind="Dense", units=200, input_shape=(8, 8, 3)), Layer(kind="Flatten"), SOFTMAX)
    trainer = KerasTrainer()
    assert not replicas.suits(trainer._prepare(small(photos, image_size=8, layers=wide)))
    no_flat = (Layer(kind="Dense", units=2), SOFTMAX)
    assert not replicas.suits(trainer._prepare(small(photos, image_size=8, layers=no_flat)))


@pytest.mark.parametrize(
    "changes",
    [
        {"image_size": 16, "augmentation": Augmentation(noise=0.2, shift=0.1, crop=0.2)},
        {"image_size": 16, "augmentation": Augmentation(mixup=0.3)},
    ],
)
def test_a_seed_of_a_whole_network_trains_the_same_after_others(photos, small, changes):
    layers = (
        Layer(kind="Conv2D", units=4, kernel_size=3, activation="relu"),
        Layer(kind="SpatialDropout2D", rate=0.3),
        Layer(kind="GlobalAveragePooling2D"),
        Layer(kind="Dropout", rate=0.3),
    )
    recipe = small(photos, layers=layers, epochs=2, **changes)
    alone = curves(KerasTrainer().train(trial(recipe, 4)))
    runs = list(KerasTrainer().train_many([trial(recipe, seed) for seed in (2, 4, 1)]))
    for name, values in curves(runs[1].result).items():
        np.testing.assert_allclose(values, alone[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("look", [False, True])
@pytest.mark.parametrize(
    "optimizer",
    [
        Optimizer(name="Adam", learning_rate=0.01),
        Optimizer(
            name="SGD",
            learning_rate=0.05,
            momentum=0.9,
            decay=0.01,
            schedule=Schedule(kind="plateau", every=1, factor=0.1),
        ),
    ],
)
def test_a_network_that_is_trained_again_is_as_one_built_for_the_seed(
    photos, small, optimizer, look
):
    layers = (
        Layer(kind="Conv2D", units=4, kernel_size=3),
        Layer(kind="BatchNormalization", momentum=0.5),
        Layer(kind="GlobalAveragePooling2D"),
        Layer(kind="Dropout", rate=0.3),
    )
    recipe = small(photos, image_size=16, layers=layers, epochs=3, optimizer=optimizer)
    alone = KerasTrainer(look=look).train(trial(recipe, 4))
    after = [
        done.result
        for done in KerasTrainer(look=look).train_many([trial(recipe, n) for n in (2, 4)])
    ][1]
    assert curves(after) == curves(alone)
    assert [p.layers for p in after.probes] == [p.layers for p in alone.probes]
    assert bool(alone.probes) is look


def test_labels_of_others_are_not_trained_with_a_network_that_is_kept(photos, small):
    recipe = small(photos, image_size=16, layers=(Layer(kind="Flatten"), SOFTMAX), epochs=2)
    trainer = KerasTrainer()
    ready = trainer._prepare(recipe)
    plain = curves(trainer.trained(ready))
    assert curves(trainer.trained(ready)) == plain
    other = replace(ready, labels=1 - ready.labels)
    assert curves(trainer.trained(other))["loss"] != plain["loss"]


def test_replicas_draw_the_weights_and_masks_of_keras_own_layers(trainer, head):
    tf = pytest.importorskip("tensorflow")
    from fitdoctor.training.assembly import build

    recipe = head(Layer(kind="Dense", units=6), Layer(kind="Dropout", name="d", rate=0.4))
    seeds, steps = (3, 0, 8), (0, 1, 2)
    readies = [trainer._prepare(trial(recipe, seed)) for seed in seeds]
    stacked = replicas._Replicas(readies)
    forward = replicas._Forward((Layer(kind="Dropout", name="d", rate=0.4),), seeds)
    ones = tf.ones((len(seeds), 9, 33))
    masks = [forward(ones, [], tf.constant(step)).numpy() for step in steps]
    for index, ready in enumerate(readies):
        model = build(ready)
        for mine, theirs in zip(stacked._values(), model.get_weights(), strict=True):
            assert np.array_equal(np.squeeze(mine[index].numpy()), np.squeeze(theirs))
        dropout = model.get_layer("d")
        for mask in masks:
            assert np.array_equal(mask[index], dropout(ones[0], training=True).numpy())
    kept = np.array(masks) > 0
    assert kept.mean() == pytest.approx(0.6, abs=0.05)
    for one, other in itertools.combinations(kept.reshape(-1, 9, 33), 2):
        assert (one != other).any()


def drawn(layers, seed=3, size=(8, 8, 3)):
    """Return the weights, and the states of generators, of a network of these layers."""

    def make():
        tensor = start = keras.Input(size)
        for layer in layers():
            tensor = layer(tensor)
        return keras.Model(start, tensor)

    model = streams.seeded(make, seed)
    values = {v.path: keras.ops.convert_to_numpy(v) for v in model.variables}
    # Generators have no path of their own; their states are told by what they are.
    states = {tuple(v.tolist()) for path, v in values.items() if "seed_generator" in path}
    return {p: v for p, v in values.items() if "seed_generator" not in p}, states


class Own(keras.layers.Layer):
    """A layer of somebody's own, with a layer inside, an initializer by name and one by default."""

    def __init__(self, **options):
        super().__init__(**options)
        self.inner = keras.layers.Dense(4)

    def build(self, shape):
        self.inner.build(shape)
        self.scale = self.add_weight(shape=(shape[-1],), initializer="random_normal", name="scale")
        self.table = self.add_weight(shape=(3, 4), name="table")
        self.shift = self.add_weight(
            shape=(4,), initializer=lambda s, dtype=None: keras.random.normal(s), name="shift"
        )

    def call(self, x):
        return self.inner(x * self.scale) + keras.ops.sum(self.table, axis=0) + self.shift


ly = keras.layers
KINDS = {
    "dense": lambda: [ly.Dense(5, name="a")],
    "convolution": lambda: [ly.Conv2D(4, 3, name="a")],
    "separable": lambda: [ly.SeparableConv2D(4, 3, name="a")],
    "depthwise": lambda: [ly.DepthwiseConv2D(3, depth_multiplier=2, name="a")],
    "transposed": lambda: [ly.Conv2DTranspose(4, 3, name="a")],
    "norm": lambda: [ly.LayerNormalization(name="a", gamma_initializer="random_uniform")],
    "batch norm": lambda: [ly.BatchNormalization(name="a", beta_initializer="random_normal")],
    "prelu": lambda: [ly.PReLU("he_normal", name="a")],
    "lstm": lambda: [ly.Reshape((8, 24), name="r"), ly.LSTM(5, dropout=0.2, name="a")],
    "gru": lambda: [ly.Reshape((8, 24), name="r"), ly.Bidirectional(ly.GRU(3), name="a")],
    "embedding": lambda: [ly.Flatten(name="r"), ly.Embedding(9, 4, name="a")],
    "distributed": lambda: [
        ly.Reshape((8, 24), name="r"),
        ly.TimeDistributed(ly.Dense(4), name="a"),
    ],
    "nested": lambda: [keras.Sequential([ly.Conv2D(2, 3), ly.Dropout(0.1), ly.Dense(3)], name="a")],
    "own": lambda: [Own(name="a")],
    "noise": lambda: [ly.GaussianNoise(0.1, name="a"), ly.AlphaDropout(0.2, name="b")],
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_more_leaves_every_other_weight_and_stream(kind):
    def longer():
        dropout, convolution = ly.Dropout(0.1, name="x"), ly.Conv2D(3, 1, name="y")
        return [dropout, convolution, *KINDS[kind](), ly.Dense(7, name="z")]

    weights, states = drawn(KINDS[kind])
    more, more_states = drawn(longer)
    assert weights or states
    for path, value in weights.items():
        assert np.array_equal(value, more[path]), path
    assert states <= more_states
    assert len(more_states) == len(states) + 1
    changed, changed_states = drawn(KINDS[kind], seed=4)
    random = [path for path, value in weights.items() if not np.isin(value, (0, 1)).all()]
    assert random or states
    for path in random:
        assert not np.array_equal(weights[path], changed[path]), path
    assert not states & changed_states


def test_unnamed_layers_draw_the_same_whatever_was_built_before():
    def unnamed():
        return [ly.Dense(6), ly.Dropout(0.5), Own(), ly.Dense(2)]

    first, first_states = drawn(unnamed)
    ly.Dense(4), Own(), ly.Dropout(0.2)
    again, states = drawn(unnamed)
    assert first.keys() == again.keys()
    assert all(np.array_equal(first[path], again[path]) for path in first)
    assert states == first_states


def test_a_seed_of_somebodys_own_stays():
    def drawn_kernel(seed):
        own = keras.initializers.HeNormal(seed=11)
        weights, _ = drawn(lambda: [ly.Dense(4, kernel_initializer=own, name="a")], seed)
        return weights["a/kernel"]

    assert np.array_equal(drawn_kernel(0), drawn_kernel(1))


def test_two_layers_never_share_their_draws():
    found, _ = drawn(lambda: [ly.Dense(3, name="a"), ly.Dense(3, name="b")], size=(3,))
    assert not np.array_equal(found["a/kernel"], found["b/kernel"])


def test_trials_are_the_same_with_any_number_of_seeds_and_continued(tmp_path, head):
    from fitdoctor import proof
    from fitdoctor.records import journal
    from fitdoctor.records.experiment import Trial

    recipe, trainer = head(Layer(kind="Dropout", rate=0.8), epochs=2), KerasTrainer()
    ready = trainer._prepare(recipe)
    # Features that tell the classes apart somewhat, so that outcomes differ.
    noise = np.random.default_rng(0).normal(size=ready.inputs.shape)
    inputs = (noise + 0.1 * ready.labels[:, None]).astype(np.float32)
    trainer._prepared = [(recipe, replace(ready, inputs=inputs))]

    def trials(name, *seeds):
        for most in seeds:
            proof.prove(
                recipe, "dropout_too_high", seeds=most, trainer=trainer, folder=tmp_path / name
            )
        found = journal.read(tmp_path / name / "trials.jsonl", Trial)
        return {(trial.arm, trial.seed): trial.outcome for trial in found}

    for name in ("2", "3", "6", "2-5"):
        (tmp_path / name).mkdir()
    most = trials("6", 6)
    for fewer in (trials("2", 2), trials("3", 3), trials("2-5", 2, 5)):
        assert fewer == {key: most[key] for key in fewer}
    assert len(set(most.values())) > 1
