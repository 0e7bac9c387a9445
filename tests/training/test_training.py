"""Training for real, at a small size: drawn images, networks without pretrained weights."""

import csv
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from fitdoctor import doctor
from fitdoctor.cli import main
from fitdoctor.errors import RecipeError, RunFolderError, WeightsError
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.sources import read
from fitdoctor.training import recipes


@pytest.fixture(scope="module")
def photos(draw_photos):
    return draw_photos(images=40)


@pytest.fixture(scope="module")
def small(small):
    """Return the shared recipe with dropout, trained for longer."""
    layers = (
        Layer(kind="Conv2D", units=8, kernel_size=3, activation="relu"),
        Layer(kind="GlobalAveragePooling2D"),
        Layer(kind="Dropout", rate=0.2),
    )
    longer = {"epochs": 10, "batch_size": 16, "layers": layers}
    return lambda photos, **changes: small(photos, **(longer | changes))


@pytest.fixture(scope="module")
def run_folder(photos, small, tmp_path_factory):
    from fitdoctor.training import session

    folder = tmp_path_factory.mktemp("runs") / "a"
    session.train(small(photos), folder)
    return folder


def test_leaves_a_run_folder_that_is_readable_without_us(run_folder):
    names = {path.name for path in run_folder.iterdir()}
    assert names >= {"recipe.toml", "metrics.csv", "journal.jsonl", "model.keras", "classes.txt"}
    with (run_folder / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == [str(e) for e in range(1, 11)]
    assert set(rows[0]) >= {"loss", "val_loss", "accuracy", "val_accuracy", "probe_loss"}


def test_the_folder_reads_back_and_is_healthy(run_folder):
    (run,) = read(run_folder)
    assert run.recipe.n_classes == 2
    assert run.data.n_train == 64
    assert doctor.examine(run).verdict == "healthy"


def test_the_saved_model_takes_raw_pixels(run_folder, photos):
    import keras

    model = keras.models.load_model(run_folder / "model.keras")
    image = np.asarray(Image.open(photos / "light" / "3.png").resize((16, 16)))[None]
    assert model.predict(image, verbose=0).argmax() == 1


def test_the_same_seeds_give_the_same_run_and_each_seed_is_a_factor_of_its_own(photos, small):
    from msgspec.structs import replace

    from fitdoctor.training.trials import KerasTrainer

    trainer = KerasTrainer()
    recipe = small(photos, epochs=2)

    def losses(**seeds):
        return trainer.train(replace(recipe, **seeds)).curves["loss"].values

    base = losses(seed=1, order_seed=1)
    assert np.allclose(base, losses(seed=1, order_seed=1), rtol=1e-5)
    assert not np.allclose(base, losses(seed=2, order_seed=1), rtol=1e-3)
    assert not np.allclose(base, losses(seed=1, order_seed=2), rtol=1e-5)


def test_random_streams_are_keyed_by_layer_name(photos, small):
    from fitdoctor.interventions import all_interventions
    from fitdoctor.records.watcher import Silent
    from fitdoctor.training import assembly
    from fitdoctor.training.prepare import prepare

    recipe = recipes.for_classes(small(photos), 2)
    without = all_interventions()["remove_dropout"](recipe)
    ready = prepare(recipe, Silent())
    from msgspec.structs import replace

    first = assembly.build(replace(ready, recipe=recipe)).get_weights()
    second = assembly.build(replace(ready, recipe=without)).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_features_are_computed_once_and_equal_the_plain_network(photos):
    from fitdoctor.images import cache, listing
    from fitdoctor.training import backbones, features, streams

    pixels = cache.decoded(listing.scan(photos), 32)
    backbone = Backbone(name="MobileNetV2", alpha=0.35, weights="none", trainable=False)
    found = features.features(backbone, 32, pixels, pooled=True, on_step=lambda *_: None)
    network = streams.seeded(lambda: backbones.build(backbone, 32), seed=0)
    plain = network.predict(np.asarray(pixels.pixels, np.float32), verbose=0)
    assert np.allclose(found, plain.mean(axis=(1, 2)), atol=1e-4)


def test_the_probe_is_clean_unweighted_and_without_penalties():
    import keras

    from fitdoctor.training.recorder import evaluate_clean

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 6)).astype("float32"), rng.integers(0, 3, 50)
    model = keras.Sequential(
        [
            keras.layers.Dropout(0.9),
            keras.layers.Dense(3, activation="softmax", kernel_regularizer="l2"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, class_weight={0: 1, 1: 50, 2: 1}, epochs=1, verbose=0)
    p = keras.ops.convert_to_numpy(model(x, training=False))
    by_hand = -np.log(p[np.arange(50), y]).mean()
    found = evaluate_clean(model, x, y, batch=16)
    assert found["probe_loss"] == pytest.approx(by_hand, rel=1e-5)
    assert found["probe_accuracy"] == pytest.approx((p.argmax(axis=1) == y).mean())
    assert model.evaluate(x, y, verbose=0)[0] > by_hand


@pytest.mark.parametrize("with_probe", [True, False])
def test_recorder_in_anybodys_fit(tmp_path, with_probe):
    import keras

    import fitdoctor

    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 8, 8, 3)).astype("float32")
    y = np.eye(2, dtype="float32")[(x.mean(axis=(1, 2, 3)) > 0).astype(int)]
    model = keras.Sequential(
        [
            keras.layers.Flatten(),
            keras.layers.Dense(4, activation="relu"),
            keras.layers.Dropout(0.8),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.01), "categorical_crossentropy", metrics=["accuracy"])
    probe = (x[:40], y[:40]) if with_probe else None
    for _ in range(2):
        recorder = fitdoctor.Recorder(tmp_path / "mine", probe=probe)
        model.fit(x, y, validation_split=0.25, epochs=3, verbose=0, callbacks=[recorder])
    assert recorder.folder.name == "mine-2"
    diagnosis = doctor.diagnose(tmp_path / "mine")
    assert ("probe_loss" in diagnosis.run.curves) == with_probe
    assert diagnosis.causes[0].rule == "dropout_too_high"
    assert diagnosis.run.recipe.optimizer.name == "SGD"
    skipped = [o.rule for o in diagnosis.outcomes if type(o).__name__ == "Skipped"]
    assert ("batchnorm_inference_gap" in skipped) == (not with_probe)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"layers": (Layer(kind="Nonsense"),)}, RecipeError, "a recipe holds no such layer"),
        ({"layers": (Layer(kind="Dense", units=1),)}, RecipeError, "1 units for 2 classes"),
        ({"optimizer": Optimizer(name="Nonsense", learning_rate=1.0)}, RecipeError, "optimizer"),
        ({"loss": "nonsense"}, RecipeError, "loss nonsense"),
        ({"backbone": Backbone(name="Nonsense"), "layers": ()}, RecipeError, "Known: .*MobileNet"),
        (
            {"backbone": Backbone(name="MobileNetV2", weights="nowhere.h5"), "layers": ()},
            WeightsError,
            "no such weight file",
        ),
    ],
)
def test_recipes_that_cannot_be_trained_say_why(photos, tmp_path, changes, error, message, small):
    from fitdoctor.training import session

    with pytest.raises(error, match=message) as caught:
        session.train(small(photos, **changes), tmp_path / "run")
    assert "\n" not in str(caught.value)


def test_wrong_weights_are_refused(photos, tmp_path, small):
    from fitdoctor.training import session

    wrong = tmp_path / "wrong.weights.h5"
    wrong.write_bytes(b"not weights")
    backbone = Backbone(name="MobileNetV2", alpha=0.35, weights=str(wrong))
    with pytest.raises(WeightsError, match="not the weights of MobileNetV2"):
        session.train(small(photos, backbone=backbone, layers=(), image_size=32), tmp_path / "run")


def test_a_run_is_never_overwritten(photos, run_folder, small):
    from fitdoctor.training import session

    with pytest.raises(RunFolderError, match="already holds a run"):
        session.train(small(photos), run_folder)


def test_a_diverging_trial_is_a_failure_and_not_a_crash(photos, small):
    from msgspec.structs import replace

    from fitdoctor.records.experiment import TrialFailedError
    from fitdoctor.training.trials import KerasTrainer

    recipe = replace(small(photos), optimizer=Optimizer(name="SGD", learning_rate=1e30))
    with pytest.raises(TrialFailedError, match="NaN"):
        KerasTrainer().train(recipe)


def test_train_and_prove_from_the_command_line(photos, tmp_path, capsys):
    root = tmp_path / "photos"
    shutil.copytree(photos, root)
    (root / "dark" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        """
images = "photos"
image_size = 16
epochs = 8
patience = 0
layers = [
  { kind = "Flatten" },
  { kind = "Dense", units = 2, activation = "relu" },
  { kind = "Dropout", rate = 0.8 },
  { kind = "Dense", units = 2, activation = "softmax" },
]
"""
    )
    folder = tmp_path / "run"
    assert main(["train", str(recipe), "-o", str(folder)]) == 1
    out = capsys.readouterr()
    assert "dropout_too_high" in out.out
    assert "dark/broken.jpg" in out.err
    assert (folder / "unreadable.txt").read_text().startswith("dark/broken.jpg")
    before = (folder / "report.html").read_text()
    assert f"fitdoctor prove {folder} --cause" in before
    assert f"fitdoctor train {folder}/recipe.toml" in before  # of the folder, not of its curves
    status = main(["prove", str(folder), "--cause", "dropout_too_high", "--seeds", "2"])
    assert status in {0, 1}
    out = capsys.readouterr()
    assert "at most 4 trainings" in out.err
    assert "Nothing is decided below 5 pairs" in out.out
    after = (folder / "report.html").read_text()
    assert "Nothing is decided below 5 pairs" in after
    # The experiment is added; nothing that the page of the training showed is gone.
    shown = (
        r"<h\d[^>]*>(.*?)</h\d>",
        r"<img[^>]*>",
        r"<figcaption>.*?</figcaption>",
        r"<td.*?</td>",
    )
    for pattern in shown:
        there, kept = (set(re.findall(pattern, page, re.DOTALL)) for page in (before, after))
        assert there, pattern
        assert there <= kept, pattern
    assert "Confusion matrix" in before
    assert after.count("<svg") > before.count("<svg")


def test_a_recording_of_somebodys_own_script_is_refused_with_what_can_be_done(tmp_path, capsys):
    import keras

    from fitdoctor.training.recorder import Recorder

    x, y = np.random.default_rng(0).random((40, 6), np.float32), np.arange(40) % 2
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    recorder = Recorder(tmp_path / "run", probe=(x[:20], y[:20]))
    model.fit(x, y, validation_data=(x, y), epochs=2, verbose=0, callbacks=[recorder])
    assert main(["prove", str(tmp_path / "run"), "--cause", "dropout_too_high"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "recorded in a script of your own" in line
    assert "recipe.toml" in line


def test_a_kill_loses_no_finished_epoch(photos, tmp_path):
    code = (
        "import os\n"
        "from fitdoctor.records.recipe import *\n"
        "from fitdoctor.records.watcher import Silent\n"
        "from fitdoctor.training import recipes, session\n"
        "from pathlib import Path\n"
        "class Killer(Silent):\n"
        "    def epoch(self, epoch, epochs, metrics):\n"
        "        if epoch == 3: os._exit(9)\n"
        f"r = recipes.completed(Recipe(images={str(photos)!r}, image_size=16, epochs=9,\n"
        "    layers=(Layer(kind='Flatten'),)))\n"
        f"session.train(r, Path({str(tmp_path / 'run')!r}), Killer())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 9, done.stderr
    (run,) = read(tmp_path / "run")
    assert run.curves["loss"].epochs.tolist() == [1, 2, 3]


def test_flowers_with_published_weights(assets, tmp_path, capsys):
    weights = assets / "weights/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
    arguments = ["--backbone", "MobileNetV2", "--alpha", "0.35", "--weights", str(weights)]
    ends = []
    for seed in range(3):
        folder = tmp_path / str(seed)
        status = main(
            ["train", str(assets / "images/flowers"), *arguments, "--image-size", "128"]
            + ["--seed", str(seed), "-o", str(folder)]
        )
        assert status == 0, capsys.readouterr().out
        (run,) = read(folder)
        ends.append(float(run.curves["val_accuracy"].values[-1]))
        assert doctor.examine(run).verdict == "healthy"
    assert np.mean(ends) >= 0.82


@pytest.mark.parametrize(
    "hidden",
    [
        (),
        (Layer(kind="Dense", units=8, activation="relu", l2=1e-3),),
        (Layer(kind="Dropout", rate=0.4), Layer(kind="Dense", units=8)),
    ],
)
def test_many_seeds_at_once_are_the_same_trainings_as_one_by_one(photos, hidden, weight_file):
    import keras
    from msgspec.structs import replace

    from fitdoctor.training import replicas
    from fitdoctor.training.trials import KerasTrainer

    backbone = Backbone(name="MobileNetV2", alpha=0.35, weights=weight_file)
    output = Layer(kind="Dense", units=2, activation="softmax")
    recipe = recipes.completed(
        Recipe(
            images=str(photos), image_size=32, backbone=backbone, epochs=3, patience=0,
            batch_size=10, class_weight="balanced",
            layers=(Layer(kind="GlobalAveragePooling2D"), *hidden, output),
            optimizer=Optimizer(name="SGD", learning_rate=0.05, momentum=0.9),
        )
    )  # fmt: skip
    trainer = KerasTrainer()
    seeded = [replace(recipe, seed=s, order_seed=s + 1) for s in range(3)]
    together = [done.result for done in trainer.train_many(seeded)]
    # On other backends they are trained one by one, and are the same all the same.
    of_tensorflow = keras.backend.backend() == "tensorflow"
    assert replicas.suits(trainer._prepare(recipe)) == of_tensorflow
    for one, run in zip(seeded, together, strict=True):
        alone = trainer.trained(trainer._prepare(one))
        for name in ("loss", "val_loss", "probe_loss"):
            np.testing.assert_allclose(
                run.curves[name].values, alone.curves[name].values, rtol=2e-3, atol=2e-3
            )
        # Images on the border between two classes fall either way in the last digit.
        close = np.abs(run.curves["accuracy"].values - alone.curves["accuracy"].values)
        assert close.max() <= 0.15
    assert not np.allclose(together[0].curves["loss"].values, together[1].curves["loss"].values)


def test_folded_features_are_those_of_the_network():
    import keras

    from fitdoctor.training import inference

    rng = np.random.default_rng(0)
    inputs = keras.Input((24, 24, 3))
    x = keras.layers.Conv2D(8, 3, strides=2)(inputs)
    x = keras.layers.BatchNormalization(epsilon=1e-5)(x)
    x = keras.layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False)(x)
    x = keras.layers.ReLU(6)(keras.layers.BatchNormalization()(x))
    both = keras.layers.Conv2D(16, 1)(x)
    # What cannot be folded: a convolution read twice, an activation between, no offset.
    x = keras.layers.Add()([keras.layers.BatchNormalization()(both), both])
    x = keras.layers.Conv2D(4, 1, activation="relu")(x)
    x = keras.layers.BatchNormalization(center=False)(keras.layers.BatchNormalization()(x))
    network = keras.Model(inputs, x)
    for variable in network.variables:
        low = 0.5 if "variance" in variable.path or "gamma" in variable.path else -1.0
        variable.assign(rng.uniform(low, 1, variable.shape))
    batch = rng.integers(0, 256, (4, 24, 24, 3)).astype(np.float32)
    expected = np.asarray(network.predict_on_batch(batch))
    np.testing.assert_allclose(inference.forward(network)(batch), expected, rtol=1e-4, atol=1e-3)
    mirrored = inference.forward(network, lambda x: x[..., ::-1])(batch[..., ::-1])
    np.testing.assert_allclose(mirrored, expected, rtol=1e-4, atol=1e-3)
    if keras.backend.backend() == "tensorflow":
        changed = [
            not np.array_equal(inference._folded(network)[id(v)], np.asarray(v.value))
            for v in network.variables
        ]
        assert sum(changed) == 6 + 5


def test_features_of_many_batches_stand_in_the_order_of_the_images():
    from fitdoctor.training import backbones, features

    backbone = Backbone(name="MobileNetV2", alpha=0.35, weights="none")
    pixels = np.random.default_rng(0).integers(0, 256, (75, 32, 32, 3), dtype=np.uint8)
    done: list[tuple[int, int]] = []
    found = features.maps(
        backbone, 32, pixels, pooled=True, on_step=lambda i, n: done.append((i, n))
    )
    network = backbones.frozen(backbone, 32)
    expected = np.asarray(network.predict(pixels.astype(np.float32), verbose=0)).mean(axis=(1, 2))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)
    assert done == [(32, 75), (64, 75), (75, 75)]


@pytest.mark.parametrize("batchnorm", [None, "inference", "batch"])
def test_batchnorm_of_a_backbone_that_learns_stays_in_inference_mode_unless_told(
    weight_file, batchnorm
):
    import keras

    from fitdoctor.training import backbones

    backbone = Backbone(
        name="MobileNetV2", alpha=0.35, weights=weight_file, trainable=True,
        batchnorm=batchnorm,
    )  # fmt: skip
    inputs = keras.Input((32, 32, 3))
    outer = keras.Model(inputs, backbones.build(backbone, 32)(inputs))
    images = np.random.default_rng(0).uniform(0, 255, (8, 32, 32, 3)).astype("float32")
    learning, resting = (np.asarray(outer(images, training=mode)) for mode in (True, False))
    assert np.array_equal(learning, resting) == (batchnorm != "batch")
    assert outer.trainable_variables


@pytest.mark.parametrize(
    ("fed", "low", "high"), [(None, -1.0, 1.0), ("0_to_1", 0.0, 1.0), ("raw", 0.0, 255.0)]
)
def test_a_backbone_is_fed_what_the_recipe_says(fed, low, high):
    import keras

    from fitdoctor.training import backbones

    backbone = Backbone(name="MobileNetV2", alpha=0.35, weights="none", fed=fed)
    network = backbones.build(backbone, 32)  # image, its scaling unless raw, and the network
    images = np.zeros((1, 32, 32, 3), "float32")
    images[:, 16:] = 255
    scaling = keras.Model(network.input, network.layers[-2].output)
    given = np.asarray(scaling(images))
    assert (given.min(), given.max()) == pytest.approx((low, high))


def test_squeezenet_gives_the_features_of_its_weights(tmp_path):
    from fitdoctor.errors import WeightsError
    from fitdoctor.training import backbones, squeezenet

    network = squeezenet.build(input_shape=(64, 64, 3))
    assert network.count_params() == 722_496  # of version 1.1 without its classifier
    stored = {f"{x.name}/{v.name}": np.asarray(v) for x in network.layers for v in x.weights}
    np.savez(tmp_path / "whole.npz", **stored)
    backbone = Backbone(name="SqueezeNet", weights=str(tmp_path / "whole.npz"), trainable=False)
    built = backbones.build(backbone, 64)
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    bgr = images[..., ::-1] - np.array(backbones.CAFFE_MEANS, "float32")
    assert np.allclose(np.asarray(built(images)), np.asarray(network(bgr)), atol=1e-3)
    del stored["conv1/bias"]
    np.savez(tmp_path / "part.npz", **stored)
    part = Backbone(name="SqueezeNet", weights=str(tmp_path / "part.npz"), trainable=False)
    with pytest.raises(WeightsError, match="not the weights of SqueezeNet"):
        backbones.build(part, 64)
