"""Stories told with a trainer of known truth: every way on the same seeds, kept, put into words."""

import math

import numpy as np
import pytest

from fitdoctor import stories
from fitdoctor.errors import RecipeError, WeightsError
from fitdoctor.records.experiment import Done, TrialFailedError
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.records.story import Ended, Settings
from fitdoctor.records.watcher import Silent
from fitdoctor.report import story as page
from fitdoctor.stories import telling

EPOCHS = 14


class Known:
    """A trainer whose figures follow from the recipe; it counts what it trains."""

    def __init__(self, fails=()):
        self.trained, self.fails = [], fails

    def train_many(self, orders):
        for place, recipe in reversed(list(enumerate(orders))):
            self.trained.append((recipe, recipe.seed))
            if recipe.seed in self.fails:
                yield Done(place, TrialFailedError("the loss became NaN"), 0.1)
                continue
            yield Done(place, self.run(recipe), 0.1)

    def run(self, recipe):
        rng = np.random.default_rng([recipe.seed, len(recipe.layers)])
        dropout = any((layer.rate or 0) > 0.5 for layer in recipe.layers)
        end = (0.5 if dropout else 0.9) + 0.01 * rng.normal()
        rising = np.linspace(0.3, end, EPOCHS)
        falling = 1.5 - rising
        data = DataSummary(n_train=300, n_val=200, n_classes=4, class_counts=(125,) * 4)
        return Run(
            recipe=recipe,
            data=data,
            curves={
                "loss": curve(falling), "val_loss": curve(falling + 0.1),
                "accuracy": curve(rising), "val_accuracy": curve(rising),
                "probe_loss": curve(falling - 0.1),
            },
        )  # fmt: skip


def told(name, folder, trainer=None):
    settings = Settings(folder=folder, scale="small", photos=folder)
    return telling.told(stories.story(name), settings, trainer or Known(), lambda r: r, Silent())


@pytest.mark.parametrize("name", list(stories.NAMES))
def test_every_story_is_told_and_shown(tmp_path, name):
    from fitdoctor import differential, doctor

    whole, asked = told(name, tmp_path)
    assert whole.was
    assert whole.after is not None
    assert all("nan" not in sentence for sentence in whole.was)
    diagnosis = differential.with_proof(doctor.examine(asked), whole.verdicts)
    shown = page.render(whole, diagnosis)
    assert shown.count("<svg viewBox") >= 3
    assert all(result.arm.name.split(",")[0] in shown for result in whole.arms)
    assert len(shown.encode()) < 400_000
    assert whole.change in page.text(whole)


def test_what_removes_the_cause_is_proven_and_what_does_not_is_not(tmp_path):
    whole, asked = told("radar", tmp_path)
    assert whole.arm("no dropout").verdict.decision == "helps"
    assert whole.arm("pixels 0 to 1").verdict.decision != "helps"
    assert asked.curves["val_accuracy"].values[-1] == min(
        e.last("val_accuracy") for e in whole.arms[0].ended
    )


def test_nothing_is_trained_twice(tmp_path):
    first = Known()
    one, _ = told("spikes", tmp_path, first)
    again = Known()
    two, _ = told("spikes", tmp_path, again)
    assert first.trained
    assert not again.trained
    assert one.was == two.was


def test_a_training_that_failed_counts_as_the_worst(tmp_path):
    whole, _ = told("spikes", tmp_path, Known(fails={1}))
    trials = whole.arms[1].verdict.trials
    assert {t.outcome for t in trials if t.seed == 1} == {0.0}
    assert all(t.failure for t in trials if t.seed == 1)


def test_a_spike_is_measured_above_what_is_around_it():
    def ended(losses):
        return Ended(arm="a", seed=0, seconds=0.0, curves={"val_loss": losses})

    flat = [1.0] * 20
    assert ended(flat).last("spike") == 0
    assert ended([*flat[:12], 3.0, *flat[13:]]).last("spike") == 2.0
    assert ended([9.0, *flat[1:]]).last("spike") == 0, "the beginning is no spike"
    assert math.isnan(ended(flat[:5]).last("spike"))


def test_an_unknown_story_and_missing_weights_are_named(tmp_path):
    with pytest.raises(RecipeError, match="Did you mean radar"):
        stories.story("rader")
    settings = Settings(folder=tmp_path, scale="small", weights=(tmp_path / "vgg16.h5",))
    with pytest.raises(WeightsError, match="MobileNetV2"):
        stories.story("radar").arms(settings)


@pytest.mark.parametrize("name", stories.NAMES)
@pytest.mark.parametrize("scale", ["small", "medium", "full"])
def test_arms_are_recipes_that_can_be_trained(tmp_path, name, scale):
    from fitdoctor.training import honoured, recipes

    settings = Settings(folder=tmp_path, scale=scale, photos=tmp_path)
    arms = stories.story(name).arms(settings)
    for arm in arms:
        honoured.check(recipes.completed(arm.recipe))
        assert isinstance(arm.recipe, Recipe)
        assert arm.seeds >= 1
    assert len({arm.name for arm in arms}) == len(arms)
    assert stories.story(name).mended in {arm.name for arm in arms}


@pytest.mark.xdist_group("keras")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["demo", "rader"], "radar"),
        (["demo", "--medium"], "demo pixel takes none of"),
        (["demo", "radar", "--weights", "vgg16.h5", "-o", "DIR"], "MobileNetV2"),
    ],
)
def test_the_command_refuses_in_one_line(tmp_path, capsys, words, message):
    from fitdoctor.cli import main

    place = str(tmp_path / "story")
    assert main([place if word == "DIR" else word for word in words]) == 2
    said = capsys.readouterr().err.strip()
    assert message in said
    assert "\n" not in said
