"""What a trained network is worth, what it looked at, and that it works elsewhere."""

import csv
import json
import shutil
import sys
import threading
import time

import numpy as np
import pytest

from fitdoctor import doctor, extras, proof
from fitdoctor.cli import main
from fitdoctor.errors import RecipeError, RunFolderError
from fitdoctor.records.recipe import Augmentation, Backbone, Layer, Optimizer
from fitdoctor.training import recipes

CHARTS = "https://github.com/leeoniya/uPlot"


@pytest.fixture(scope="module")
def photos(draw_photos):
    return draw_photos(dark=118, light=132, spread=60, images=80, side=16)


@pytest.fixture(scope="module")
def run_folder(photos, small, tmp_path_factory):
    from fitdoctor.training import session

    folder = tmp_path_factory.mktemp("runs") / "a"
    done = session.train(small(photos, epochs=6, validation_share=0.4), folder)
    return folder, done


@pytest.mark.quick
def test_the_confusion_counts_every_image_and_wrong_ones_are_wrong(run_folder):
    folder, done = run_folder
    found = done.evaluation
    assert np.sum(found.confusion) == found.images == 64
    right = np.trace(np.array(found.confusion))
    assert found.accuracy.value == pytest.approx(right / 64)
    assert found.accuracy.low < found.accuracy.value < found.accuracy.high
    assert len(found.wrong) == 64 - right
    assert all(w.label != w.predicted and w.path.startswith(w.label) for w in found.wrong)
    sure = [w.probability for w in found.wrong]
    assert sure == sorted(sure, reverse=True)
    last = float(done.run.curves["val_accuracy"].values[-1])
    assert found.accuracy.value == pytest.approx(last)
    assert json.loads((folder / "evaluation.json").read_text())["images"] == 64


@pytest.mark.quick
def test_evaluating_the_saved_model_says_the_same(run_folder, capsys):
    folder, done = run_folder
    assert main(["evaluate", str(folder), "--output-format", "json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["confusion"] == [list(row) for row in done.evaluation.confusion]
    page = folder.parent / "page.html"
    assert main(["evaluate", str(folder), "-o", str(page)]) == 0
    text = page.read_text()
    assert "Most confidently wrong" in text
    # The licence of the charts names where they come from.
    assert "http" not in text.replace("http-equiv", "").replace(CHARTS, "")


@pytest.mark.quick
def test_images_that_were_trained_on_are_counted_wherever_they_lie(run_folder, photos, tmp_path):
    """All of them in a copy by other names; none of the validation images."""
    whole = tmp_path / "copy"
    for number, path in enumerate(sorted(photos.rglob("*.png"))):
        place = whole / path.parent.name / f"renamed{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    found = doctor.evaluate(run_folder[0], whole)
    assert (found.images, found.trained_on) == (160, 96)
    assert doctor.evaluate(run_folder[0]).trained_on == 0


def test_a_folder_of_other_classes_is_refused(run_folder, draw_photos, tmp_path, capsys):
    shutil.copytree(draw_photos(images=3), tmp_path / "other")
    (tmp_path / "other" / "dark").rename(tmp_path / "other" / "grey")
    assert main(["evaluate", str(run_folder[0]), str(tmp_path / "other")]) == 2
    assert "does not know grey" in capsys.readouterr().err


@pytest.mark.parametrize("nested", ["plain", "nested", "pooled inside"])
def test_grad_cam_finds_the_place_that_decides(nested):
    """A network that answers to brightness anywhere: heat must lie where the light is."""
    import keras

    from fitdoctor.training.gradcam import heat

    layers = keras.layers
    inputs = keras.Input((32, 32, 3))
    conv = layers.Conv2D(2, 3, padding="same", activation="relu", name="conv")
    maps = conv(layers.Rescaling(1 / 255)(inputs))
    kernel = np.zeros((3, 3, 3, 2), np.float32)
    kernel[1, 1, :, 0] = 1.0
    conv.set_weights([kernel, np.array([0.0, 0.1], np.float32)])
    end = layers.Dense(2, activation="softmax")
    if nested == "plain":
        model = keras.Model(inputs, end(layers.GlobalAveragePooling2D()(maps)))
    else:
        pooled = layers.GlobalAveragePooling2D()(maps) if nested == "pooled inside" else maps
        base = keras.Model(inputs, pooled)
        outer = keras.Input((32, 32, 3))
        x = base(outer)
        x = x if nested == "pooled inside" else layers.GlobalAveragePooling2D()(x)
        model = keras.Model(outer, end(x))
    end.set_weights([np.array([[5.0, -5.0], [0.0, 0.0]], np.float32), np.zeros(2, np.float32)])
    image = np.zeros((2, 32, 32, 3), np.uint8)
    image[0, 4:10, 4:10], image[1, 20:28, 20:28] = 255, 255
    first, second = heat(model, image, np.array([0, 0]))
    assert first[6, 6] > 0.9 > 9 * first[25, 25]
    assert second[24, 24] > 0.9 > 9 * second[6, 6]


def test_a_network_without_a_map_has_no_heat():
    import keras

    from fitdoctor.training.gradcam import heat

    model = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    assert heat(model, np.zeros((1, 4, 4, 3), np.uint8), np.array([0])) == [None]


def test_what_the_commands_do_is_there_in_python(run_folder, photos, tmp_path):
    import fitdoctor as fd

    folder, done = run_folder
    found = fd.evaluate(folder)
    assert isinstance(found, fd.Evaluation)
    assert found.confusion == done.evaluation.confusion
    assert fd.evaluate(str(folder), photos).images == 160
    predicted = fd.predict(folder, photos / "dark")
    assert len(predicted) == 80
    assert predicted == fd.predict(str(folder), [photos / "dark"])
    assert sum(predicted[0].probabilities) == pytest.approx(1, abs=1e-5)
    exported = fd.export(folder, "keras", tmp_path / "m.keras")
    assert exported.path == str(tmp_path / "m.keras")
    assert exported.images == 32
    with pytest.raises(RecipeError, match=r"to export to\. Did you mean onnx\?"):
        fd.export(folder, "onx")
    rates = fd.lr_find(photos, backbone="small_cnn", image_size=16)
    assert bool(rates.suggestions) != bool(rates.reason)
    audited = fd.audit(photos)
    assert audited.images == 160
    assert all(len(repr(one)) < 250 for one in (found, exported, rates, audited))


@pytest.mark.parametrize("to", ["keras", "savedmodel", "onnx", "litert"])
def test_an_export_is_run_and_compared(run_folder, tmp_path, capsys, to):
    if to != "keras":
        pytest.importorskip("tensorflow")
    target = tmp_path / {"litert": "m.tflite", "onnx": "m.onnx"}.get(to, "m")
    arguments = ["export", str(run_folder[0]), "--to", to, "-o", str(target)]
    assert main([*arguments, "--output-format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert target.exists()
    assert said["images"] == 32
    assert said["same_class"] >= 31
    assert said["largest_difference"] < 1e-3
    assert main(arguments) == 2
    assert "is there already" in capsys.readouterr().err


def test_an_export_without_its_packages_names_what_installs_them(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    for name in ("model.keras", "classes.txt"):
        (tmp_path / name).touch()
    assert main(["export", str(tmp_path), "--to", "onnx"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "there is no module onnxruntime" in line
    assert extras.command("export") in line


def test_an_export_that_differs_is_not_kept(run_folder, tmp_path, monkeypatch):
    from fitdoctor.training import export

    wrong = dict.fromkeys(export.ENDINGS, lambda _path, pixels: np.zeros((len(pixels), 2)))
    monkeypatch.setattr(export, "_RUN", wrong)
    with pytest.raises(RunFolderError, match="nothing was kept"):
        export.export(run_folder[0], "keras", tmp_path / "m.keras")
    assert list(tmp_path.iterdir()) == []


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_calibrated_predictions_keep_the_class_and_change_how_sure(run_folder, photos, tmp_path):
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    assert main(["predict", str(run_folder[0]), str(photos), "-o", str(one)]) == 0
    assert main(["predict", str(run_folder[0]), str(photos), "-o", str(other), "--calibrated"]) == 0
    plain, calibrated = rows(one), rows(other)
    assert len(plain) == 160
    assert [r["class"] for r in plain] == [r["class"] for r in calibrated]
    t = run_folder[1].evaluation.calibration.temperature.value
    p = np.array([[float(r["dark"]), float(r["light"])] for r in plain])
    expected = p ** (1 / t) / (p ** (1 / t)).sum(axis=1, keepdims=True)
    found = np.array([float(r["dark"]) for r in calibrated])
    np.testing.assert_allclose(found, expected[:, 0], atol=1e-3)


def test_a_live_folder_is_followed(run_folder, photos, tmp_path):
    live, table = tmp_path / "live", tmp_path / "out.csv"
    live.mkdir()
    shutil.copy(photos / "dark" / "0.png", live / "0.png")

    def come():
        time.sleep(1.5)
        (live / "half.png").write_bytes((photos / "dark" / "1.png").read_bytes()[:50])
        shutil.copy(photos / "light" / "1.png", live / "1.png")

    writer = threading.Thread(target=come)
    writer.start()
    assert main(["predict", str(run_folder[0]), str(live), "-o", str(table), "--watch", "4"]) == 0
    writer.join()
    found = {r["path"].rsplit("/", 1)[1]: r for r in rows(table)}
    assert set(found) == {"0.png", "1.png", "half.png"}
    assert found["half.png"]["error"]
    assert not found["1.png"]["error"]


NETS = """
import keras
def make(input_shape, n_classes):
    layers = [keras.Input(input_shape), keras.layers.Rescaling(1 / 255),
              keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.GlobalAveragePooling2D(),
              keras.layers.Dense(n_classes)]
    return keras.Sequential(layers)
def fails(): raise KeyError("no")
def scores(input_shape):
    return keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(),
                             keras.layers.Dense(1)])
def map(input_shape):
    return keras.Sequential([keras.Input(input_shape), keras.layers.Conv2D(2, 3)])
def text(): return "a model"
"""


def test_anybodys_own_network_is_trained_and_saved(photos, small, tmp_path):
    from fitdoctor.training import session

    (tmp_path / "nets.py").write_text(NETS)
    recipe = small(photos, model=f"{tmp_path / 'nets.py'}:make", epochs=2)
    done = session.train(recipe, tmp_path / "run")
    assert done.evaluation.images == 32
    # It gives scores, so a softmax was put on top.
    out = session.keras.saving.load_model(tmp_path / "run" / "model.keras", compile=False).predict(
        np.zeros((1, 16, 16, 3)), verbose=0
    )
    assert out.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("fails", "KeyError"),
        ("text", "not a Keras model"),
        ("absent", "no function absent"),
        ("scores", "end it with sigmoid"),
        ("map", "outputs of shape"),
    ],
)
def test_a_network_that_will_not_do_is_refused_in_one_line(
    photos, small, tmp_path, function, message
):
    from fitdoctor.training import session

    (tmp_path / "nets.py").write_text(NETS)
    recipe = small(photos, model=f"{tmp_path / 'nets.py'}:{function}")
    with pytest.raises(RecipeError, match=message):
        session.train(recipe, tmp_path / "run")


def test_arrays_are_trained_on_and_can_be_trained_again(tmp_path):
    import fitdoctor

    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    x = np.clip(rng.normal(80 + 80 * y[:, None, None], 40, (60, 12, 14)), 0, 255).astype(np.uint8)
    settings = {"backbone": "small_cnn", "image_size": 12, "epochs": 2}
    run = fitdoctor.fit((x, y), tmp_path / "run", **settings)
    assert run.data.n_train == 48
    again, _ = proof._patient(tmp_path / "run")
    assert again.images == str((tmp_path / "run" / "images.npz").resolve())


def test_networks_by_name_train(photos, tmp_path):
    for name in recipes.NETWORKS:
        recipe = recipes.from_settings(
            str(photos), {"backbone": name, "image_size": 16, "epochs": 1}
        )
        from fitdoctor.training import session

        run = session.train(recipe, tmp_path / name).run
        assert run.recipe.backbone is None
        assert run.recipe.layers[-1].units == 2


def test_crop_and_mixup_change_training_images_only(photos, small):
    from fitdoctor.training import network, order
    from fitdoctor.training.preview import VIEWS, preview

    recipe = small(photos, augmentation=Augmentation(crop=0.5, mixup=0.4))
    sheet = preview(recipe, images=3)
    assert sheet.shape == (3, 1 + VIEWS, 16, 16, 3)
    assert all((sheet[:, 0] != sheet[:, view]).any() for view in range(1, VIEWS + 1))
    x = np.arange(4 * 16 * 16 * 3, dtype=np.float32).reshape(4, 16, 16, 3) % 251
    crop = network.RandomCrop(0.5, seed=1)
    assert np.array_equal(np.asarray(crop(x, training=False)), x)
    cropped = np.asarray(crop(x, training=True))
    assert x.min() <= cropped.min() <= cropped.max() <= x.max() + 1e-3
    labels = np.eye(4, dtype=np.float32)
    mixed, shares = order.mixup(0.4, 0, 1)(x, labels, 0)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)
    assert (shares[np.arange(4), np.arange(4)] >= 0.5).all()
    np.testing.assert_allclose(mixed, np.tensordot(shares, x, axes=1), rtol=1e-4)
    again, _ = order.mixup(0.4, 0, 1)(x, labels, 0)
    assert np.array_equal(mixed, again)


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_the_loop_is_the_arithmetic_of_fit(loss):
    import keras

    from fitdoctor.training.loop import Loop

    rng = np.random.default_rng(0)
    x = rng.normal(size=(75, 6)).astype(np.float32)
    labels = rng.integers(0, 3, 75)
    y = labels if loss.startswith("sparse") else np.eye(3, dtype=np.float32)[labels]
    weights = np.array([1.0, 3.0, 0.5], np.float32)[labels]

    def model():
        keras.utils.set_random_seed(1)
        made = keras.Sequential(
            [
                keras.Input((6,)),
                keras.layers.Dense(8, activation="relu", kernel_regularizer="l2"),
                keras.layers.BatchNormalization(),
                keras.layers.Dropout(0.3, seed=4),
                keras.layers.Dense(3, activation="softmax"),
            ]
        )
        made.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"], jit_compile=False)
        return made

    theirs = model()
    history = theirs.fit(
        x[:60], y[:60], sample_weight=weights[:60], batch_size=16, epochs=3, shuffle=False,
        validation_data=(x[60:], y[60:]), verbose=0,
    ).history  # fmt: skip
    for resident in (True, False):
        own = model()
        loop = Loop(own, x, y, weights, 16, resident=resident)
        for epoch in range(3):
            logs = loop.train(np.arange(60))
            logs |= {f"val_{k}": v for k, v in loop.evaluate(np.arange(60, 75)).items()}
            for name, value in logs.items():
                assert value == pytest.approx(history[name][epoch], rel=1e-5), (resident, name)


def test_batchnorm_by_batch_is_the_recipes_choice(photos):
    import keras

    from fitdoctor.training import backbones

    x = np.random.default_rng(0).uniform(0, 255, (8, 32, 32, 3)).astype(np.float32)
    for choice, differs in (("batch", True), (None, False)):
        keras.utils.set_random_seed(0)
        backbone = Backbone(
            name="MobileNetV2", alpha=0.35, weights="none", trainable=False, batchnorm=choice
        )
        model = backbones.build(backbone, 32)
        assert not model.trainable_variables
        plain, training = np.asarray(model(x)), np.asarray(model(x, training=True))
        assert (np.abs(plain - training).max() > 1e-3) == differs


def test_clipping_by_value_reaches_the_optimizer():
    from fitdoctor.training import network

    made = network.optimizer(Optimizer(name="SGD", learning_rate=0.1, clipvalue=0.5))
    assert made.clipvalue == 0.5
    assert Layer(kind="Dense").kind == "Dense"


def test_views_are_made_once_and_each_epoch_draws_one_of_each_image(photos, weight_file):
    from fitdoctor.records.watcher import Silent
    from fitdoctor.training import order
    from fitdoctor.training.prepare import prepare

    recipe = recipes.completed(
        recipes.Recipe(
            images=str(photos), image_size=32, epochs=2, patience=0,
            backbone=Backbone(name="MobileNetV2", alpha=0.35, weights=weight_file),
            augmentation=Augmentation(flip="horizontal", crop=0.5, views=3),
        )
    )  # fmt: skip
    ready = prepare(recipe, Silent())
    assert ready.on_features
    images, train = len(ready.paths), len(ready.train)
    assert len(ready.inputs) == len(ready.labels) == images + 3 * train
    for epoch in (1, 2):
        rows = order.rows_of_epoch(ready, epoch)
        places = (rows - images) % train
        assert sorted(places) == list(range(train))
        assert (ready.labels[rows] == ready.labels[ready.train][places]).all()
        assert len(set((rows - images) // train)) == 3
    first = np.asarray(ready.inputs[images : images + train])
    assert not np.array_equal(first, ready.inputs[ready.train])
    assert not np.array_equal(first, ready.inputs[images + train : images + 2 * train])


def test_predict_where_no_file_is_an_image_ends_with_status_2(run_folder, tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "torn.jpg").write_bytes(b"\xff\xd8\xff nothing")
    table = tmp_path / "table.csv"
    assert main(["predict", str(run_folder[0]), str(tmp_path / "photos"), "-o", str(table)]) == 2
    assert "none of its files is an image" in capsys.readouterr().err
    assert "torn.jpg" in table.read_text()
