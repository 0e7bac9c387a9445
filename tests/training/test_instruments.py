"""What a story measures of recipes, and the settings of training that stories need."""

import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor.records.recipe import Backbone, Optimizer, Schedule
from fitdoctor.records.watcher import Silent

pytestmark = pytest.mark.xdist_group("keras")


@pytest.fixture(scope="module")
def recipe(draw_photos, small):
    from fitdoctor.training import recipes

    return recipes.completed(small(draw_photos(images=24)))


def test_without_shuffling_the_images_come_as_they_are_listed(recipe):
    from fitdoctor.training.order import rows_of_epoch
    from fitdoctor.training.prepare import prepare

    ready = prepare(replace(recipe, shuffle=False), Silent())
    assert (rows_of_epoch(ready, 1) == ready.train).all()
    assert (np.diff(ready.labels[rows_of_epoch(ready, 2)]) >= 0).all(), "class by class"
    ready = replace(ready, recipe=replace(ready.recipe, shuffle=True))
    assert (rows_of_epoch(ready, 1) != ready.train).any()
    assert sorted(rows_of_epoch(ready, 1)) == sorted(ready.train)


def test_a_plateau_lowers_the_rate_that_decays():
    import keras

    from fitdoctor.training import network
    from fitdoctor.training.phase import Plateau

    plateau = Schedule(kind="plateau", factor=0.5, every=1.0, low=0.015)
    made = network.optimizer(Optimizer(name="SGD", learning_rate=0.04, decay=1.0, schedule=plateau))
    made.build([keras.Variable(1.0)])
    assert float(made.learning_rate) == pytest.approx(0.04)
    made.iterations.assign(3)
    assert float(made.learning_rate) == pytest.approx(0.01)
    callback = Plateau(plateau, chance=1.0)
    assert callback._reduce_optimizer_lr(made, 0)
    assert float(made.learning_rate) == pytest.approx(0.005)
    callback._reduce_optimizer_lr(made, 1)
    assert float(made.learning_rate) == pytest.approx(0.015 / 4), "not below its floor"


def test_only_the_top_of_a_backbone_learns(weight_file):
    from fitdoctor.training import backbones

    whole = Backbone(name="MobileNetV2", alpha=0.35, weights=weight_file, trainable=True)
    counts = [
        len(backbones.build(replace(whole, top=top), 32).trainable_variables)
        for top in (None, 11, 1)
    ]
    assert counts[0] > counts[1] > counts[2] == 0, "the last layer is a relu"


def test_a_look_also_shows_what_fewer_validation_images_would_have_shown(recipe):
    from fitdoctor.records.story import FEWER
    from fitdoctor.training.prepare import prepare
    from fitdoctor.training.trials import KerasTrainer

    plain, seen = (KerasTrainer(look=look).train(recipe) for look in (False, True))
    for name in plain.curves:
        assert (plain.curves[name].values == seen.curves[name].values).all(), name
    assert not set(FEWER) & set(plain.curves)
    ready = prepare(recipe, Silent())
    few = replace(ready, val=ready.val[::4])
    alone = KerasTrainer().trained(few).curves["val_loss"].values
    np.testing.assert_allclose(seen.curves["val_loss_of_a_quarter"].values, alone, rtol=1e-6)


def test_both_descents_begin_at_one_point_and_the_exact_one_goes_down(recipe, tmp_path):
    from fitdoctor.training import descents, instruments

    seen = descents.descents(recipe, Silent(), rate=0.05, steps=12)
    exact, noisy = seen.paths.values()
    assert exact[0] == pytest.approx(noisy[0])
    assert exact[-1] != pytest.approx(noisy[-1])
    assert len(exact) == 13
    values = np.array(seen.losses)
    assert np.isfinite(values).all()

    def near(point):
        return values[
            np.argmin(np.abs(np.array(seen.up) - point[1])),
            np.argmin(np.abs(np.array(seen.across) - point[0])),
        ]

    assert near(exact[-1]) < near(exact[0])
    kept = tmp_path / "kept.json"
    (first,) = instruments.descent(recipe, kept)
    (again,) = instruments.descent(replace(recipe, images="gone"), kept)
    assert first == again, "it is not computed twice"


def test_the_time_of_a_training_grows_with_its_epochs(recipe):
    from fitdoctor.training import instruments

    shared, each = instruments.seconds_of(replace(recipe, epochs=2))
    _, longer = instruments.seconds_of(replace(recipe, epochs=200_000))
    assert shared > 0
    assert longer > 3 * each
