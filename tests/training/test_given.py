"""The Recorder takes as a probe what `fit` takes; what was recorded decides against the text."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras")
from keras import layers  # noqa: E402

import fitdoctor  # noqa: E402
from fitdoctor import doctor, sources  # noqa: E402
from fitdoctor.records.run import DataSummary  # noqa: E402
from fitdoctor.training.given import MOST_IMAGES, images_of  # noqa: E402

pytestmark = pytest.mark.slow
rng = np.random.default_rng(3)
X = rng.random((90, 12, 12, 3)).astype("float32")
Y = (X[..., 0].mean((1, 2)) > 0.5).astype("int64")
W = np.ones(90, "float32")


class Batches(keras.utils.PyDataset):
    def __init__(self, weights=False):
        super().__init__()
        self.weights, self.asked = weights, []

    def __len__(self):
        return 3

    def __getitem__(self, index):
        self.asked.append(index)
        some = slice(30 * index, 30 * (index + 1))
        return (X[some], Y[some], W[some]) if self.weights else (X[some], Y[some])


class Tensor:
    """What a tensor of torch can do, as far as anybody asks it here."""

    def __init__(self, values):
        self.values, self.shape = values, values.shape

    def detach(self):
        return self

    def cpu(self):
        return self

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype=dtype)


class Loader:
    """A DataLoader: it can be iterated again and again, has no items, and counts its rounds."""

    def __init__(self):
        self.dataset, self.rounds = (X, Y), 0

    def __len__(self):
        return 3

    def __iter__(self):
        self.rounds += 1
        for at in range(0, 90, 30):
            yield [Tensor(X[at : at + 30]), Tensor(Y[at : at + 30])]


def tf_dataset():
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices((X, Y)).batch(30)


GIVEN = {
    "arrays": lambda: (X, Y),
    "lists": lambda: (X.tolist(), Y.tolist()),
    "arrays and weights": lambda: (X, Y, W),
    "tensors": lambda: (keras.ops.convert_to_tensor(X), keras.ops.convert_to_tensor(Y)),
    "tf.data": tf_dataset,
    "tf.data with weights": lambda: tf_dataset().map(lambda x, y: (x, y, y)),
    "tf.data without an end": lambda: tf_dataset().repeat(),
    "PyDataset": Batches,
    "PyDataset with weights": lambda: Batches(weights=True),
    "DataLoader": Loader,
    "a list of batches": lambda: [(X[:45], Y[:45]), (X[45:], Y[45:])],
}


@pytest.mark.parametrize("make", GIVEN.values(), ids=GIVEN)
def test_what_fit_takes_is_taken(make):
    x, y = images_of(make(), "probe")
    np.testing.assert_allclose(x[:90], X, rtol=1e-6)
    np.testing.assert_array_equal(y[:90], Y)
    assert len(x) == len(y) <= MOST_IMAGES


@pytest.mark.parametrize("kind", ["tensors", "tf.data"])
def test_nothing_is_printed_by_a_library_while_it_is_taken(kind):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        f"import test_given as t; t.images_of(t.GIVEN[{kind!r}](), 'probe')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "deprecated" not in done.stderr


def test_inputs_by_name_are_taken():
    given = ({"left": X, "right": X[..., :1]}, Y)
    x, y = images_of(given, "probe")
    assert set(x) == {"left", "right"}
    x, y = images_of([({"left": X[:9], "right": X[:9]}, Y[:9])] * 2, "probe")
    assert [len(v) for v in x.values()] == [18, 18] == [len(y)] * 2


def test_no_more_is_taken_than_is_needed():
    tf = pytest.importorskip("tensorflow")
    read = []

    def record(i):
        read.append(int(i))
        return np.float32(i)

    def image(i):
        value = tf.numpy_function(record, [i], tf.float32)
        return tf.ones((2, 2, 1)) * value, tf.cast(i % 2, tf.int32)

    dataset = tf.data.Dataset.range(10_000).map(image).batch(100)
    x, _ = images_of(dataset, "probe")
    assert len(x) == MOST_IMAGES
    assert len(read) <= MOST_IMAGES + 100
    loader = Loader()
    images_of(loader, "probe")
    assert loader.rounds == 1


class Samples:
    """A Dataset of torch: one image an item."""

    def __len__(self):
        return 90

    def __getitem__(self, index):
        return X[index], int(Y[index])


def unbatched():
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices((X, Y))


REFUSED = {
    "a generator": (lambda: ((X[i : i + 9], Y[i : i + 9]) for i in range(0, 90, 9)), "only once"),
    "an iterator of tf.data": (lambda: iter(tf_dataset()), "only once"),
    "single images": (Samples, "not batches"),
    "a dataset without batches": (unbatched, "not batches"),
    "images alone": (lambda: [X[:9], X[9:18], X[18:27], X[27:36]], "batches of"),
    "an array alone": (lambda: X, "not a ndarray"),
    "a path": (lambda: "images/", "not a str"),
    "a number": (lambda: 500, "not a int"),
    "fewer labels": (lambda: (X, Y[:80]), "as many images as labels"),
    "images of many sizes": (lambda: ([X[0], X[1][:5]], Y[:2]), "of one size"),
    "labels by name": (lambda: (X, {"a": Y}), "one array"),
    "nothing": (list, "no batch"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("name", ["probe", "validation"])
def test_what_cannot_be_taken_is_refused_in_one_line(tmp_path, make, message, name):
    with pytest.raises(ValueError, match=message) as error:
        fitdoctor.Recorder(tmp_path / "run", **{name: make()})
    assert str(error.value).startswith(f"{name}: ")
    assert "\n" not in str(error.value)


def test_a_generator_that_is_refused_loses_nothing(tmp_path):
    batches = ((X[i : i + 9], Y[i : i + 9]) for i in range(0, 90, 9))
    with pytest.raises(ValueError, match="only once"):
        fitdoctor.Recorder(tmp_path / "run", probe=batches)
    with pytest.raises(fitdoctor.FitdoctorError, match="expected none, default, all"):
        fitdoctor.Recorder(tmp_path / "run", probes="every")
    assert len(list(batches)) == 10


@pytest.mark.parametrize("make", [Batches, Loader], ids=["PyDataset", "DataLoader"])
def test_a_training_is_recorded_with_it(tmp_path, make):
    model = keras.Sequential([keras.Input((12, 12, 3)), layers.Flatten(), layers.Dense(2)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    recorder = fitdoctor.Recorder(tmp_path / "run", probe=make(), validation=make(), probes="all")
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[recorder])
    run = sources.read(recorder.folder)[-1]
    assert len(run.curves["probe_accuracy"]) == 2
    low, high = run.data.input_range
    assert 0 <= low < high <= 1


def test_a_network_with_several_inputs_has_its_curve(tmp_path):
    left, right = keras.Input((12, 12, 3), name="left"), keras.Input((12, 12, 1), name="right")
    both = layers.Concatenate()([layers.Flatten()(left), layers.Flatten()(right)])
    model = keras.Model({"left": left, "right": right}, layers.Dense(2, "softmax")(both))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x = {"left": X, "right": X[..., :1]}
    recorder = fitdoctor.Recorder(tmp_path / "run", probe=(x, Y), probes="all")
    with pytest.warns(UserWarning, match="several inputs"):
        model.fit(x, Y, epochs=2, verbose=0, callbacks=[recorder])
    assert len(sources.read(recorder.folder)[-1].curves["probe_accuracy"]) == 2


IMPORTS = (
    "import keras, numpy as np\nfrom keras import layers\nimport tensorflow_datasets as tfds\n"
)
READ = "x, y = keras.datasets.cifar10.load_data()[0]\n"
FIT = """
model.compile(keras.optimizers.Adam(1e-3), 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(x, y, epochs=2, batch_size=32, validation_split=0.2)
"""
TEXTS = {
    "wrong_backbone_preprocessing": READ
    + """
base = keras.applications.MobileNetV2(include_top=False, pooling='avg', input_shape=(32, 32, 3))
base.trainable = False
model = keras.Sequential([base, layers.Dense(10, activation='softmax')])
"""
    + FIT,
    "inputs_not_scaled": READ
    + """
model = keras.Sequential([layers.Conv2D(8, 3, activation='relu'), layers.Flatten(),
                          layers.Dense(10, activation='softmax')])
"""
    + FIT,
    "missing_output_activation": READ.replace("[0]\n", "[0]\nx = x / 255.0\n")
    + """
model = keras.Sequential([layers.Conv2D(8, 3, activation='relu'), layers.Flatten(),
                          layers.Dense(10)])
"""
    + FIT,
}


def built(rule):
    """Return the network that really trains, which the text shows only in part."""
    inputs = keras.Input((32, 32, 3))
    if rule == "wrong_backbone_preprocessing":
        base = keras.applications.MobileNetV2(
            include_top=False, pooling="avg", input_shape=(32, 32, 3), weights=None, alpha=0.35
        )
        base.trainable = False
        x = base(keras.applications.mobilenet_v2.preprocess_input(inputs), training=False)
        outputs = layers.Dense(10, activation="softmax")(x)
    elif rule == "inputs_not_scaled":
        x = layers.Conv2D(8, 3, activation="relu")(layers.Rescaling(1 / 255)(inputs))
        outputs = layers.Dense(10, activation="softmax")(layers.Flatten()(x))
    else:
        x = layers.Flatten()(layers.Conv2D(8, 3, activation="relu")(inputs))
        outputs = layers.Softmax()(layers.Dense(10)(x))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Return the folder in which the three trainings are recorded."""
    home = tmp_path_factory.mktemp("recorded")
    x, y = rng.integers(0, 256, (40, 32, 32, 3)).astype("uint8"), rng.integers(0, 10, 40)
    for rule in TEXTS:
        scaled = x / 255.0 if rule == "missing_output_activation" else x
        recorder = fitdoctor.Recorder(home / rule, probe=(scaled[:20], y[:20]))
        built(rule).fit(scaled, y, epochs=2, verbose=0, callbacks=[recorder])
    return home


@pytest.mark.parametrize("rule", TEXTS)
def test_what_was_seen_in_the_model_beats_what_the_text_lacks(tmp_path, recorded, rule):
    script = tmp_path / "train.py"
    script.write_text(IMPORTS + TEXTS[rule])
    assert rule in {cause.rule for cause in doctor.diagnose(script).causes}
    for given in ((recorded / rule, script), (script, recorded / rule)):
        assert rule not in {cause.rule for cause in doctor.diagnose(*given).causes}


@pytest.mark.parametrize("rule", ["inputs_not_scaled", "wrong_backbone_preprocessing"])
def test_the_range_of_recorded_images_beats_what_the_text_lacks(tmp_path, rule):
    """A helper that is not shown scales the images; the probe holds what reaches the network."""
    script = tmp_path / "train.py"
    script.write_text(IMPORTS + TEXTS[rule])
    run = sources.read(script)[-1]
    seen = fitdoctor.Run(
        kind="observed",
        data=DataSummary(input_range=(-1.0, 1.0)),
    )
    assert rule in {cause.rule for cause in doctor.diagnose(run).causes}
    assert rule not in {cause.rule for cause in doctor.diagnose(run, seen).causes}
