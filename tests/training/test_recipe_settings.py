"""What a recipe may ask for is what happens: splits, schedules, phases, prediction."""

import csv
import shutil

import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor.cli import main
from fitdoctor.errors import ImageFolderError, RecipeError
from fitdoctor.images import listing, split
from fitdoctor.records.recipe import (
    Augmentation,
    Backbone,
    FineTuning,
    Layer,
    Optimizer,
    Recipe,
    Schedule,
)
from fitdoctor.records.schedule import rate_at
from fitdoctor.training import recipes


@pytest.fixture(scope="module")
def photos(draw_photos):
    return draw_photos(name="{}_{letter}")


def trained(recipe, folder):
    from fitdoctor.training import session

    return session.train(recipe, folder).run


def rates(folder):
    with (folder / "metrics.csv").open() as file:
        return [float(row["learning_rate"]) for row in csv.DictReader(file)]


def test_folders_named_train_and_val_are_the_split(photos, tmp_path):
    for name in ("dark", "light"):
        for part, rows in (("train", range(18)), ("validation", range(18, 24))):
            (tmp_path / part / name).mkdir(parents=True)
            for path in sorted((photos / name).iterdir())[rows.start : rows.stop]:
                shutil.copy(path, tmp_path / part / name / path.name)
    found = listing.scan(tmp_path)
    train, val = split.sides(found, 0.5, 0)
    assert found.classes == ("dark", "light")
    assert {found.entries[i].path.split("/")[0] for i in train} == {"train"}
    assert (len(train), len(val)) == (36, 12)


def test_a_table_of_paths_labels_and_groups_is_read(photos, tmp_path):
    rows = ["path,label,split,group"]
    rows += [
        f"{n}/{p.name},{n},,{p.stem[-1]}" for n in ("dark", "light") for p in (photos / n).iterdir()
    ]
    table = photos / "table.csv"
    table.write_text("\n".join(rows))
    found = listing.scan(table)
    train, val = split.sides(found, 0.25, 0)
    groups = [{found.entries[i].group for i in side} for side in (train, val)]
    assert groups[0].isdisjoint(groups[1])
    table.write_text("path,label\n../outside.png,dark\n")
    with pytest.raises(ImageFolderError, match="line 2: no file"):
        listing.scan(table)
    table.unlink()


def test_groups_from_names_stay_together(photos):
    found = listing.scan(photos, r"_([a-d])\.png$")
    for seed in range(5):
        train, val = split.sides(found, 0.25, seed)
        one, other = ({found.entries[i].group for i in side} for side in (train, val))
        assert one.isdisjoint(other)
        assert len(train) + len(val) == 48
    with pytest.raises(ImageFolderError, match="finds no group"):
        listing.scan(photos, r"(speaker)")


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(kind="cosine", total=12.0, warmup=3.0, factor=0.1),
        Schedule(kind="exponential", every=4.0, factor=0.5),
        Schedule(kind="triangular", low=0.001, high=0.02, every=4.0),
        Schedule(kind="one_cycle", high=0.02, total=15.0),
        Schedule(kind="table", rates=(0.02, 0.01, 0.005), unit="epochs"),
    ],
    ids=lambda s: s.kind,
)
def test_a_schedule_sets_the_rates_that_its_formula_gives(photos, small, tmp_path, schedule):
    recipe = small(photos, optimizer=Optimizer(name="SGD", learning_rate=0.02, schedule=schedule))
    run = trained(recipe, tmp_path / "run")
    steps = -(-run.data.n_train // 8)
    got = rates(tmp_path / "run")
    # Keras reports the rate of the step to come; after the last one the last rate stays.
    to_come = np.minimum(np.arange(1, 4) * steps, 3 * steps - 1.0)
    if schedule.kind == "table":
        assert got == pytest.approx([0.01, 0.005, 0.005])
    else:
        np.testing.assert_allclose(got, rate_at(recipe.optimizer, to_come), rtol=1e-4)


def test_weight_decay_clipping_smoothing_and_class_weights_are_used(photos, small, tmp_path):
    optimizer = Optimizer(name="AdamW", learning_rate=0.01, weight_decay=0.02, clipnorm=0.5)
    recipe = small(
        photos, optimizer=optimizer, label_smoothing=0.1, class_weight={"dark": 1.0, "light": 2.0}
    )
    from fitdoctor.records.watcher import Silent
    from fitdoctor.training.assembly import build
    from fitdoctor.training.prepare import prepare

    model = build(prepare(recipe, Silent()))
    assert (model.optimizer.weight_decay, model.optimizer.clipnorm) == (0.02, 0.5)
    assert model.loss.label_smoothing == 0.1
    trained(recipe, tmp_path / "run")
    wrong = replace(recipe, class_weight={"cats": 1.0})
    with pytest.raises(RecipeError, match="class_weight names cats; the classes are dark, light"):
        trained(wrong, tmp_path / "other")


def test_augmentation_is_off_when_predicting(photos, small, tmp_path):
    import keras

    everything = Augmentation(
        flip="horizontal",
        shift=0.1,
        rotation=0.1,
        zoom=0.1,
        brightness=0.1,
        contrast=0.1,
        noise=0.1,
    )
    trained(small(photos, augmentation=everything), tmp_path / "run")
    model = keras.saving.load_model(tmp_path / "run" / "model.keras", compile=False)
    images = np.random.default_rng(0).uniform(0, 255, (4, 16, 16, 3)).astype("float32")
    first, again = (model.predict(images, verbose=0) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert "flip" not in {layer.name for layer in model.layers}


def test_fine_tuning_counts_on_and_leaves_batchnorm_alone(photos, small, tmp_path, weight_file):
    import keras

    from fitdoctor.training import backbones

    recipe = small(
        photos,
        image_size=32,
        backbone=Backbone(name="MobileNetV2", alpha=0.35, weights=weight_file),
        layers=(Layer(kind="GlobalAveragePooling2D"), Layer(kind="Dropout", rate=0.1)),
        epochs=2,
        fine_tuning=FineTuning(epochs=2, learning_rate=1e-3, top=20),
    )
    run = trained(recipe, tmp_path / "run")
    assert run.curves["loss"].epochs.tolist() == [1, 2, 3, 4]
    assert rates(tmp_path / "run")[-1] == pytest.approx(1e-3)
    model = keras.saving.load_model(tmp_path / "run" / "model.keras", compile=False)
    base = next(layer for layer in model.layers if hasattr(layer, "layers"))
    inner = next(layer for layer in base.layers if hasattr(layer, "layers"))
    norms = [x for x in inner.layers if type(x).__name__ == "BatchNormalization"]
    assert all(np.all(x.moving_mean.numpy() == 0) for x in norms)
    backbones.thaw(base, 5)
    assert sum(x.trainable for x in inner.layers) <= 5


def test_efficientnet_by_path_is_the_network_that_imagenet_gives(tmp_path, monkeypatch):
    import keras
    from keras.src.applications import efficientnet

    from fitdoctor.training import backbones

    source = keras.applications.EfficientNetB0(
        weights=None, include_top=False, input_shape=(32, 32, 3)
    )
    for layer in source.layers:
        if type(layer).__name__ == "Normalization":
            layer.set_weights([np.array(x) for x in ([0.485, 0.456, 0.406], [0.05, 0.05, 0.06], 1)])
    path = tmp_path / "b0.weights.h5"
    source.save_weights(path)
    monkeypatch.setattr(efficientnet.file_utils, "get_file", lambda *_, **__: str(path))
    by_name = keras.applications.EfficientNetB0(include_top=False, input_shape=(32, 32, 3))
    by_path = backbones.build(Backbone(name="EfficientNetB0", weights=str(path)), 32)
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    ours, theirs = (network.predict(images, verbose=0) for network in (by_path, by_name))
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize(
    "name", ["EfficientNetV2B0", "ConvNeXtTiny", "NASNetMobile", "DenseNet121"]
)
def test_every_backbone_can_be_built(name):
    import keras

    if name == "NASNetMobile" and keras.backend.backend() == "torch":
        pytest.skip("Keras itself does not build NASNet on torch")
    from fitdoctor.training import backbones

    base = backbones.build(Backbone(name=name, weights="none"), 64)
    assert base(np.zeros((1, 64, 64, 3), "float32")).shape[0] == 1


def test_the_range_test_names_rates_or_says_why_not():
    from fitdoctor.training.rate_finder import suggest

    at = np.geomspace(1e-7, 10, 120)
    rng = np.random.default_rng(0)
    falls = (
        2.3 - 1.8 / (1 + np.exp(-3 * (np.log10(at) + 3))) + 4 * np.maximum(0, np.log10(at) + 0.5)
    )
    test = suggest(at, falls + rng.normal(0, 0.01, 120))
    assert 1e-4 < test.suggestions["cycle_low"] < test.suggestions["valley"] < 1
    assert test.suggestions["minimum/10"] < 0.1
    flat = suggest(at, 2.3 + rng.normal(0, 0.01, 120))
    assert flat.suggestions == {}
    assert "falls at none" in flat.reason


@pytest.mark.parametrize(("middle", "kind"), [(-3.5, "valley"), (-1.0, "usual"), (None, "none")])
def test_one_rate_is_recommended_and_none_that_is_far_above_the_usual(middle, kind):
    from fitdoctor.report import rate_test
    from fitdoctor.training.rate_finder import recommend, suggest

    at = np.log10(np.geomspace(1e-7, 10, 120))
    falls = np.full(120, 2.3) + 0.001 * np.sin(at * 40)
    if middle is not None:
        # The second falls slowly, on to the highest rates, as networks with BatchNorm do.
        steep = 3 if kind == "valley" else 0.9
        falls -= 1.8 / (1 + np.exp(-steep * (at - middle)))
        falls += 4 * np.maximum(0, at - middle - 2.5)
    test = suggest(10**at, falls)
    rate, why = recommend(test, 1e-3)
    shown = rate_test.text(test.suggestions, rate, why)
    assert rate == {"valley": test.suggestions.get("valley"), "usual": 1e-3, "none": None}[kind]
    assert ("Keep the usual rate, 0.001" in shown) == (kind == "none")
    assert shown.count("--learning-rate") == (kind != "none")
    assert f"{test.suggestions.get('valley', 0):.2g}" in shown or kind == "none"


def test_predictions_are_those_of_the_model_on_equally_prepared_images(
    photos, small, tmp_path, capsys
):
    trained(small(photos, epochs=6), tmp_path / "run")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    status = main(
        ["predict", str(tmp_path / "run"), str(photos), str(tmp_path / "broken.png"),
         "--output", str(tmp_path / "p.csv")]
    )  # fmt: skip
    rows = list(csv.DictReader((tmp_path / "p.csv").read_text().splitlines()))
    assert status == 0
    assert len(rows) == 49
    assert rows[-1]["error"]
    right = sum(row["class"] == row["path"].split("/")[-2] for row in rows[:-1])
    assert right >= 44
    assert main(["predict", str(tmp_path), str(photos)]) == 2


@pytest.mark.parametrize(
    ("units", "activation", "added"),
    [
        (1024, "relu", True),
        (4, "relu", False),
        (9, "softmax", False),
        (4, None, False),
        (4, "tanh", False),
    ],
)
def test_a_head_that_ends_in_a_hidden_layer_gets_an_output(units, activation, added):
    layers = (Layer(kind="Flatten"), Layer(kind="Dense", units=units, activation=activation))
    found = recipes.for_classes(Recipe(layers=layers), 4).layers
    assert (len(found) == 3) == added
    assert found[-1].units == (4 if added else units)
