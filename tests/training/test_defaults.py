"""What is trained where little is said: what learns, how fast, how long, on which changes."""

import re
import shutil

import numpy as np
import pytest

from fitdoctor import doctor
from fitdoctor.cli import main
from fitdoctor.errors import RecipeError
from fitdoctor.records.recipe import Augmentation, Backbone, FineTuning, Optimizer, Recipe
from fitdoctor.training import recipes


@pytest.fixture(scope="module")
def photos(draw_photos):
    return draw_photos(images=30)


def settled(photos, **settings):
    return recipes.from_settings(str(photos), settings)


def test_random_weights_learn_and_normalise_by_batch(photos):
    backbone = settled(photos, weights="none", backbone="MobileNetV2").backbone
    assert backbone.trainable
    assert backbone.batchnorm == "batch"
    assert 0.5 <= backbone.momentum <= recipes.MOMENTUM


@pytest.mark.parametrize("weights", ["imagenet", "FILE"])
def test_pretrained_weights_stay_frozen(photos, weights, weight_file):
    given = weight_file if weights == "FILE" else weights
    backbone = settled(photos, weights=given).backbone
    assert backbone.trainable is False
    assert backbone.momentum is None


WHOLE = "learns from the first epoch"
REFUSED = {
    "frozen random weights": (
        "[backbone]\nname='ResNet50'\nweights='none'\ntrainable=false",
        "would freeze random weights",
    ),
    "fine-tuning of random weights": (
        "[backbone]\nname='VGG16'\nweights='none'\n[fine_tuning]\nepochs=3",
        WHOLE,
    ),
    "fine-tuning of what learns": (
        "[backbone]\nname='VGG16'\ntrainable=true\n[fine_tuning]\nepochs=3",
        WHOLE,
    ),
    "fine-tuning of nothing": (
        "[fine_tuning]\nepochs=3\n[[layers]]\nkind='Flatten'",
        "no backbone to fine-tune",
    ),
    "no epochs": ("[fine_tuning]\nepochs=0", "fine_tuning.epochs = 0"),
    "another figure": ("monitor='val_auc'", "monitor"),
    "another augmentation": ("augment='strong'", "augment"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_meant_is_refused_by_name(photos, tmp_path, capsys, kind):
    text, words = REFUSED[kind]
    recipe = tmp_path / "recipe.toml"
    first, table, rest = text.partition("[")
    recipe.write_text(f"images = '{photos}'\n{first}{table}{rest}")
    assert main(["train", str(recipe), "-o", str(tmp_path / "run")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_whole_recipe_is_checked_as_well(photos, tmp_path):
    frozen = Recipe(images=str(photos), backbone=Backbone(name="VGG16", weights="none",
                                                          trainable=False))  # fmt: skip
    with pytest.raises(RecipeError, match="freeze random weights"):
        doctor.fit(frozen, tmp_path / "run")


def test_rates_fit_what_learns_and_how_large_a_step_is(photos):
    def rate(**settings):
        return settled(photos, **settings).optimizer.learning_rate

    assert rate() == rate(weights="none") == rate(backbone="small_cnn") == 1e-3
    assert rate(weights="none", backbone="ResNet50") == recipes.PEAK * rate()
    assert rate(weights="none", backbone="VGG16") == rate()
    assert rate(batch_size=128) == 2e-3
    assert rate(batch_size=8) == 5e-4
    assert rate(optimizer=Optimizer(name="SGD"), batch_size=64) == 2e-2
    assert rate(batch_size=128, learning_rate=0.1) == 0.1
    learning = Recipe(images=str(photos), backbone=Backbone(name="VGG16", trainable=True))
    assert recipes.completed(learning).optimizer.learning_rate == 1e-4


def test_random_weights_of_no_named_network_are_those_of_a_small_one(photos, tmp_path):
    assert settled(photos, weights="none") == settled(photos, backbone="small_cnn")
    named = settled(photos, weights="none", backbone="VGG16")
    assert (named.backbone.name, named.backbone.weights) == ("VGG16", "none")
    assert settled(photos, weights="none", alpha=0.35).backbone.name == "MobileNetV2"
    own = tmp_path / "recipe.toml"
    own.write_text(f"images = '{photos}'\n[backbone]\nname = 'ResNet50'\n")
    assert settled(own, weights="none").backbone.name == "ResNet50"
    own.write_text(f"images = '{photos}'\n[[layers]]\nkind = 'Flatten'\n")
    assert settled(own, weights="none").layers[0].kind == "Flatten"


def test_a_backbone_from_scratch_on_few_images_is_told_to_be_a_poor_choice(photos):
    from_scratch = settled(photos, weights="none", backbone="ResNet50")
    said = recipes.few_for_it(from_scratch, 480)
    assert said.startswith("ResNet50 from random weights learns little from 480 images")
    assert not recipes.few_for_it(from_scratch, recipes.FEW_FOR_A_BACKBONE)
    for other in ({}, {"weights": "none"}, {"backbone": "small_cnn"}):
        assert not recipes.few_for_it(settled(photos, **other), 480)


@pytest.mark.parametrize("epochs", [1, 8, 75])
def test_a_backbone_from_scratch_has_its_whole_cycle(photos, epochs):
    """No epoch without a gain before the rate has fallen ends it, unless somebody says so."""
    from_scratch = settled(photos, weights="none", backbone="MobileNetV2", epochs=epochs)
    assert from_scratch.optimizer.schedule == recipes.CYCLE
    losses = [1.0, 0.6, *[0.9] * (epochs // 2 - 1), 0.5, *[0.7] * epochs][:epochs]
    assert Losses(from_scratch, CHANCE).after(losses) is None
    hasty = settled(photos, weights="none", backbone="MobileNetV2", epochs=epochs, patience=2)
    assert hasty.patience == 2
    own = settled(photos, weights="none", backbone="MobileNetV2", optimizer=Optimizer(name="SGD"))
    assert own.optimizer.schedule is None
    assert own.patience < own.epochs / 2


def test_a_completed_recipe_is_left_as_it_is(photos):
    kinds = [{}, {"weights": "none"}, {"weights": "none", "alpha": 0.5}, {"fine_tuning": 3},
             {"augment": "standard"}, {"augment": "none", "backbone": "small_cnn"}]  # fmt: skip
    for settings in kinds:
        recipe = settled(photos, **settings)
        assert recipes.completed(recipe) == recipe


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "none"),
        ({"weights": "none"}, "light"),
        ({"weights": "none", "backbone": "VGG16"}, "light"),
        ({"fine_tune": 4}, "light"),
        ({"augment": "standard"}, "standard"),
        ({"weights": "none", "augment": "none"}, "none"),
    ],
)
def test_light_augmentation_is_for_what_learns(photos, settings, name):
    recipe = settled(photos, **settings)
    assert recipe.augment == name
    assert recipe.augmentation == recipes.PRESETS.get(name)


def test_named_augmentation_keeps_the_class_of_a_digit():
    assert recipes.PRESETS["light"].flip is None
    assert recipes.PRESETS["standard"].flip == "horizontal"


def test_values_of_ones_own_go_before_a_name_and_a_flag_before_both(photos, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f"images = '{photos}'\n[augmentation]\nnoise = 0.1\n")
    assert settled(recipe).augmentation == Augmentation(noise=0.1)
    assert settled(recipe, augment="none").augmentation is None
    assert settled(recipe, augment="light").augmentation == recipes.PRESETS["light"]


@pytest.mark.parametrize(
    ("given", "phase"),
    [(True, FineTuning(learning_rate=1e-4)), (3, FineTuning(epochs=3, learning_rate=1e-4)),
     ({"epochs": 2, "top": 5}, FineTuning(epochs=2, top=5, learning_rate=1e-4)),
     (FineTuning(learning_rate=0.5), FineTuning(learning_rate=0.5)), (False, None)],
)  # fmt: skip
@pytest.mark.parametrize("name", ["fine_tune", "fine_tuning"])
def test_a_second_phase_is_asked_for_by_a_number_or_by_values(photos, given, phase, name):
    assert settled(photos, **{name: given}).fine_tuning == phase


class Losses:
    """A model of which only the losses are known, and when it was stopped."""

    def __init__(self, recipe, chance):
        from fitdoctor.training.phase import Patience

        self.stop_training, self.weights = False, [0.0]
        self.callback = Patience(recipe, chance)
        self.callback.set_model(self)
        self.callback.on_train_begin()

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def after(self, losses, name="val_loss"):
        for epoch, loss in enumerate(losses):
            self.callback.on_epoch_end(epoch, {"val_loss": loss, "val_accuracy": 0.5, name: loss})
            if self.stop_training:
                return epoch + 1
        return None


CHANCE = np.log(4)


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_patience_counts_from_when_learning_begins(patience):
    recipe = Recipe(patience=patience)
    wait = [CHANCE + 0.1] * (2 * patience)
    wait = [*wait[1:], 0.98 * CHANCE]
    assert Losses(recipe, CHANCE).after([*wait, 1.0, 0.9, *[1.2] * 99]) == len(wait) + 2 + patience
    assert Losses(recipe, CHANCE).after([1.0, *[1.1] * 99]) == 1 + patience


def test_what_never_learns_is_stopped_all_the_same():
    longest = Losses(Recipe(patience=4), CHANCE).after([CHANCE + 0.1] * 99)
    assert 12 <= longest <= 17


def test_patience_watches_the_figure_that_is_named():
    falling = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    accuracy = Recipe(patience=3, monitor="val_accuracy")
    assert Losses(accuracy, np.inf).after(falling, "val_accuracy") == 4
    assert Losses(Recipe(patience=3), np.inf).after(falling) is None


def test_the_flags_reach_the_recipe(photos, tmp_path):
    from fitdoctor.records.text import read_recipe

    words = ["--backbone", "small_cnn", "--image-size", "16", "--epochs", "2", "--augment",
             "standard", "--class-weights", "balanced", "--monitor", "val_accuracy"]  # fmt: skip
    assert main(["train", str(photos), "-o", str(tmp_path / "run"), *words]) in {0, 1}
    recipe = read_recipe(tmp_path / "run" / "recipe.toml")
    assert recipe.augmentation == recipes.PRESETS["standard"]
    assert (recipe.class_weight, recipe.monitor) == ("balanced", "val_accuracy")


def test_fine_tuning_trains_a_head_on_features_and_then_all_but_batchnorm(
    photos, tmp_path, weight_file
):
    import keras

    from fitdoctor.sources import read

    words = ["--alpha", "0.35", "--weights", weight_file, "--image-size", "32", "--epochs", "2",
             "--fine-tune", "2"]  # fmt: skip
    assert main(["train", str(photos), "-o", str(tmp_path / "run"), *words]) in {0, 1}
    (run,) = read(tmp_path / "run")
    rates = run.curves["learning_rate"].values
    np.testing.assert_allclose(rates, [1e-3, 1e-3, 1e-4, 1e-4], rtol=1e-5)
    drawn = keras.applications.MobileNetV2(
        alpha=0.35, weights=None, include_top=False, input_shape=(32, 32, 3)
    )
    drawn.load_weights(weight_file)
    model = keras.saving.load_model(tmp_path / "run" / "model.keras", compile=False)
    names = {"Conv1": False, "bn_Conv1": True}
    for name, same in names.items():
        inside = _layer(model, name).get_weights()
        before = drawn.get_layer(name).get_weights()
        assert all(np.array_equal(a, b) for a, b in zip(inside, before, strict=True)) == same


def _layer(model, name):
    for layer in model.layers:
        if layer.name == name:
            return layer
        if hasattr(layer, "layers") and (found := _layer(layer, name)) is not None:
            return found
    return None


class TestWithoutWeights:
    """ImageNet weights are not at hand, and there is no network: each advice is followed."""

    @pytest.fixture
    def said(self, photos, tmp_path, monkeypatch, capsys):
        import keras

        def refused(*_, **__):
            raise Exception(  # noqa: TRY002 - as Keras does
                "URL fetch failure on https://there/models/m_0.35_no_top.h5: None -- unknown"
            )

        made = keras.applications.MobileNetV2

        def network(weights=None, **rest):
            return refused() if weights == "imagenet" else made(weights=weights, **rest)

        monkeypatch.setattr(keras.applications, "MobileNetV2", network)
        assert main(["train", str(photos), "-o", str(tmp_path / "no"), "--alpha", "0.35"]) == 2
        assert not (tmp_path / "no").exists()
        return capsys.readouterr().err

    def test_the_file_is_named_and_every_flag_of_the_message_trains(
        self, said, photos, tmp_path, weight_file
    ):
        assert "https://there/models/m_0.35_no_top.h5" in said
        assert said.count("\n") == said.count("images  ") + 1
        flags = re.findall(r"(--\w+ \w+(?: --\w+ \w+)?)(?=[, ])", said)
        assert flags == [
            "--weights FILE", "--backbone small_cnn", "--backbone MobileNetV2 --weights none",
        ]  # fmt: skip
        for number, flag in enumerate(flags):
            words = flag.replace("FILE", weight_file).split()
            alpha = [] if "small_cnn" in flag else ["--alpha", "0.35"]
            folder = tmp_path / str(number)
            short = ["--image-size", "32", "--epochs", "1"]
            done = main(["train", str(photos), "-o", str(folder), *words, *alpha, *short])
            assert done in {0, 1}
            assert (folder / "model.keras").is_file()
            shutil.rmtree(folder)


def test_a_test_folder_is_evaluated_once_at_the_end(draw_photos, tmp_path, capsys):
    from fitdoctor.sources import read

    root = tmp_path / "photos"
    shutil.copytree(draw_photos(images=20), root / "train")
    shutil.copytree(draw_photos(images=6), root / "test")
    short = ["--backbone", "small_cnn", "--image-size", "16", "--epochs", "2"]
    assert main(["train", str(root), "-o", str(tmp_path / "run"), *short]) in {0, 1}
    assert "12 test images are kept apart" in capsys.readouterr().err
    assert '"of": "test"' in (tmp_path / "run" / "evaluation.json").read_text()
    (run,) = read(tmp_path / "run")
    assert (run.data.n_train, run.data.n_val) == (32, 8)


def test_preview_shows_what_train_would_do_and_says_where_that_is_nothing(photos, tmp_path, capsys):
    picture = tmp_path / "p.png"
    assert main(["preview", str(photos), "-o", str(picture)]) == 0
    assert "augmentation: none" in capsys.readouterr().out
    assert not picture.exists()
    words = ["--backbone", "small_cnn", "--image-size", "24", "-o", str(picture)]
    assert main(["preview", str(photos), *words]) == 0
    assert (
        "augmentation: light (crop 0.15, brightness 0.1, contrast 0.1)" in capsys.readouterr().out
    )
    assert picture.is_file()


@pytest.mark.parametrize(
    "settings", [{"backbone": "small_cnn"}, {"weights": "none", "backbone": "MobileNetV2"}, {}]
)
@pytest.mark.parametrize("images", [10, 40, 130, 260])
def test_few_updates_an_epoch_have_more_epochs_and_quicker_averages(draw_photos, settings, images):
    recipe = settled(draw_photos(images=images, side=8), **settings)
    steps = -(-round(1.6 * images) // 32)
    learns = bool(settings)
    few = steps < recipes.FEW
    assert (recipe.epochs > 50) == few
    # As many updates as ten an epoch would have.
    assert recipe.epochs * steps >= 50 * min(steps, 10)
    if few:
        assert recipe.epochs * steps >= 500
        assert recipe.patience * steps >= 10 * (8 if learns else 5)
    norms = [x.momentum for x in recipe.layers if x.kind == "BatchNormalization"]
    momentum = recipe.backbone.momentum if recipe.backbone else norms[0]
    assert set(norms) <= {momentum}
    if learns:
        assert 1 / (1 - momentum) <= max(2.1, min(steps, 10) + 0.5)
    assert recipes.completed(recipe) == recipe


def test_what_is_set_stays_with_few_images(draw_photos):
    photos = draw_photos(images=10, side=8)
    recipe = settled(photos, backbone="small_cnn", epochs=3, patience=2)
    assert (recipe.epochs, recipe.patience) == (3, 2)
