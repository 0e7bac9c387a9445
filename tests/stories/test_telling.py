"""Stories told with a trainer of known truth: every way on the same seeds, kept, put into words."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor import stories
from fitdoctor.errors import RecipeError, WeightsError
from fitdoctor.records.experiment import Done, TrialFailedError
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.records.story import Ended, Settings
from fitdoctor.records.watcher import Silent
from fitdoctor.report import story as page
from fitdoctor.stories import telling
from fitdoctor.stories.words import effect, points

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
                "probe_loss": curve(falling - 0.1), "probe_accuracy": curve(rising + 0.02),
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


def test_what_to_change_says_whether_it_is_shown(tmp_path):
    assert "It helps: validation accuracy +" in told("radar", tmp_path / "a")[0].shown
    assert "It helps" not in told("stall", tmp_path / "c")[0].shown, "nothing is known to help"
    assert "do not show yet" in told("spikes", tmp_path / "b")[0].shown


def test_what_removes_the_cause_is_proven_and_what_does_not_is_not(tmp_path):
    whole, asked = told("radar", tmp_path)
    assert whole.arm("no dropout").verdict.decision == "helps"
    assert whole.arm("pixels 0 to 1").verdict.decision != "helps"
    assert asked.curves["val_accuracy"].values[-1] == min(
        e.last("val_accuracy") for e in whole.arms[0].ended
    )


def test_figures_are_those_of_all_trainings_also_where_fewer_decided(tmp_path):
    one = told("radar", tmp_path)[0].arm("one Dense layer")
    assert one.verdict.pairs < len(one.ended)
    said = effect(one)
    assert f"in {len(one.ended)} pairs" in said
    assert points(one.differences["val_accuracy"]) in said


def test_a_brief_shows_every_training_before_and_after(tmp_path):
    for name in ("radar", "pixel", "spikes"):
        whole, _ = told(name, tmp_path / name)
        before, after = whole.brief.panels
        assert len(before.lines) == len(whole.arms[0].ended)
        assert len(after.lines) >= 5
        assert before.remarks
    stall, _ = told("stall", tmp_path / "stall")
    (panel,) = stall.brief.panels
    _, validation = panel.lines
    assert validation.band > 0
    assert "200 images" in panel.caption
    assert stall.brief.every_way


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


def test_crossed_seeds_are_every_pair_and_nothing_is_trained_twice(tmp_path):
    trainer = Known()
    whole, _ = told("pixel", tmp_path, trainer)
    crossed = whole.arms[0].crossed
    pairs = [(e.seed, e.order) for row in crossed for e in row]
    assert pairs == [(a, b) for a in range(len(crossed)) for b in range(len(crossed))]
    trained = [
        (recipe.shuffle, recipe.input_scale, recipe.optimizer, recipe.seed, recipe.order_seed)
        for recipe, _ in trainer.trained
    ]
    plain = [one for one in trained if trained.count(one) == 1]
    assert len(plain) >= len(pairs), "only what is looked into is trained once more"


def test_no_more_seeds_are_trained_than_are_wanted(tmp_path):
    trainer = Known()
    settings = Settings(folder=tmp_path, scale="small", photos=tmp_path, seeds=2)
    whole, _ = telling.told(stories.story("pixel"), settings, trainer, lambda r: r, Silent())
    assert {len(r.ended) for r in whole.arms} == {2}
    assert len(whole.arms[0].crossed) == 2


def test_a_story_of_one_training_is_told(tmp_path):
    for name in stories.NAMES:
        settings = Settings(folder=tmp_path / name, scale="small", photos=tmp_path, seeds=1)
        whole, _ = telling.told(stories.story(name), settings, Known(), lambda r: r, Silent())
        assert page.text(whole)
        assert "nan" not in page.text(whole)


class Clock:
    """Instruments that know what a training takes."""

    def seconds_of(self, recipe):
        return 10.0, 100.0


def test_the_described_scale_says_first_what_it_takes(tmp_path):
    from fitdoctor.stories.telling import _estimate

    arms = stories.story("stall").arms(Settings(folder=tmp_path, scale="full", photos=tmp_path))
    trainings = sum(arm.seeds for arm in arms)
    words = _estimate(arms, tmp_path / "none.jsonl", Clock())
    assert words.startswith(f"{trainings} trainings are to come")
    kept = tmp_path / "kept.jsonl"
    telling.results(arms[:1], Known(), kept, lambda arm, ended: None)
    assert _estimate(arms, kept, Clock()).startswith(f"{trainings - arms[0].seeds} trainings")


def test_what_an_answer_claimed_is_held_against_the_figures(tmp_path):
    whole, _ = told("radar", tmp_path)
    (sparse,) = [r for r in whole.replies if "sparse_categorical" in r]
    assert "differ by at most 0" in sparse, "the known trainer does not look at the loss"
    assert any("Dropout 0.2" in r for r in whole.replies)
    assert all(reply in page.text(whole) for reply in whole.replies)


def test_a_sweep_has_a_cell_for_every_setting(tmp_path):
    whole, _ = told("radar", tmp_path)
    for table in whole.extras.tables:
        assert [len(row) for row in table.values] == [len(table.columns)] * len(table.rows)
    first = whole.extras.tables[0]
    assert {"rate 0.0001", "rate 0.01", "batch 16", "batch 64", "L1 0.001"} <= set(first.columns)
    last = [row[first.columns.index("no dropout")] for row in first.values]
    left_in = [row[first.columns.index("as asked")] for row in first.values]
    assert min(last) > max(left_in), "the known trainer learns where there is no dropout"


def test_early_stopping_is_read_off_the_same_trainings():
    from fitdoctor.stories import stall

    losses = [1.0, 0.5, 0.4, *[0.6] * 9]
    scores = [0.5, 0.7, 0.8, *[0.8] * 9]
    ended = [
        Ended(arm="a", seed=s, seconds=1.0, curves={"val_loss": losses, "val_accuracy": scores})
        for s in range(3)
    ]
    sentence = stall._stopped(ended)
    assert "in epoch 8 to 8 of 12" in sentence
    assert "neither more nor less" in sentence


def test_spikes_that_are_scatter_are_called_noise():
    from fitdoctor.stories import spikes

    def ended(losses):
        return Ended(arm="a", seed=0, seconds=1.0, curves={"val_loss": list(losses)})

    rng = np.random.default_rng(0)
    quiet = [0.5 + 0.01 * rng.normal(size=40) for _ in range(4)]
    assert "it is noise" in spikes._beyond_scatter([ended(x) for x in quiet])
    loud = [x + 2.0 * (np.arange(40) == 25) for x in quiet]
    assert "In 4 of 4 trainings" in spikes._beyond_scatter([ended(x) for x in loud])


def test_a_surface_is_drawn_with_both_ways():
    from fitdoctor.records.story import Descent
    from fitdoctor.report import surface

    seen = Descent(
        title="A plane", caption="Of a test.", across=(0.0, 1.0, 2.0), up=(0.0, 1.0),
        losses=((0.1, 0.2, math.inf), (0.3, 0.4, 0.5)),
        paths={"exact": ((0.0, 0.0), (2.0, 1.0)), "noisy": ((0.0, 0.0), (1.0, 1.0))},
    )  # fmt: skip
    drawn = surface.figure(seen)
    assert drawn.svg.count("<rect") == 6
    assert drawn.svg.count("<polyline") == 2
    assert "0.1" in drawn.caption
    assert "inf" not in drawn.svg


def test_what_is_inside_stuck_trainings_is_called_the_cause_only_where_nothing_comes_through():
    from fitdoctor.records.probes import LayerState, ProbedEpoch
    from fitdoctor.stories import pixel

    def ended(seed, end, dead):
        layer = LayerState(name="dense", kind="Dense", dead=dead)
        return Ended(
            arm="a", seed=seed, seconds=0.0, learned_above=0.6, curves={"val_accuracy": [end]},
            probes=(ProbedEpoch(epoch=1, layers=(layer,)),),
        )  # fmt: skip

    (said,) = pixel._inside([ended(0, 0.5, 1.0), ended(1, 1.0, 0.9)])
    assert "100% answer no image" in said
    assert "below zero" in said
    (said,) = pixel._inside([ended(0, 0.5, 0.4), ended(1, 1.0, 0.3)])
    assert "below zero" not in said
    assert pixel._inside([ended(0, 0.5, 1.0)]) == ()


def test_spikes_on_fewer_validation_images_are_read_off_the_same_networks():
    from fitdoctor.records.story import FEWER
    from fitdoctor.stories import spikes

    def ended(seed):
        flat = [1.0] * 20
        many, few = ([*flat[:12], height, *flat[13:]] for height in (1.1 + seed / 100, 2.0))
        curves = {"val_loss": many} | dict.fromkeys(FEWER, few)
        data = DataSummary(n_train=300, n_val=80, n_classes=2)
        return Ended(arm="a", seed=seed, seconds=0.0, curves=curves, data=data)

    (said,) = spikes._smaller_sets([ended(seed) for seed in range(4)])
    assert "on all 80: 0.115; on 20: 1.000, higher" in said
    assert "on 5: 1.000, higher" in said


def test_the_replies_of_pixel_hold_the_figures_of_each_way(tmp_path):
    whole, _ = told("pixel", tmp_path)
    assert len(whole.replies) >= 3
    assert any("Shuffling" in r for r in whole.replies)
    assert any("0 to 255" in r for r in whole.replies)


def test_trainings_that_lose_what_they_learned_are_told_from_those_that_never_did(tmp_path):
    class Losing(Known):
        def run(self, recipe):
            run = super().run(recipe)
            scores = np.full(EPOCHS, 0.95)
            scores[EPOCHS // 2 + 1 :] = 0.25 if recipe.seed % 2 else 0.95
            if recipe.seed == 2:
                scores[:] = 0.25
            return replace(run, curves=run.curves | {"val_accuracy": curve(scores)})

    whole, _ = told("pixel", tmp_path, Losing())
    (longer,) = [r for r in whole.replies if "longer" in r]
    every = {(e.seed, e.order) for e in whole.arms[0].ended}
    every |= {(e.seed, e.order) for row in whole.arms[0].crossed for e in row}
    lost = sum(seed % 2 for seed, _ in every)
    never = sum(seed == 2 for seed, _ in every)
    assert f"of {never} trainings at chance level" in longer
    assert f"0 learned by epoch {EPOCHS}; {lost} others had" in longer
