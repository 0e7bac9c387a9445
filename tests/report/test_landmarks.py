"""What is marked on curves: the epoch that is kept, new learning rates, levels, scatter, rises."""

import math
import re

import numpy as np
import pytest

from fitdoctor import doctor
from fitdoctor.records.derived import loss_floor, rate_changes
from fitdoctor.records.finding import Diagnosis, Evidence, Finding
from fitdoctor.records.kept import kept_epoch
from fitdoctor.records.recipe import FineTuning, Optimizer, Recipe, Schedule
from fitdoctor.records.run import Call, Curve, DataSummary, Fact, Run, Script, curve
from fitdoctor.report import curves, drawing, landmarks
from fitdoctor.report.axis import Axis
from fitdoctor.report.frame import Frame
from fitdoctor.stats.noise import local_scatter

VAL = [1.2, 0.9, 0.7, 0.72, 0.8, 0.85, 0.9, 0.95, 1.0, 1.1]


def run(values=VAL, **given):
    known = {"loss": curve(np.linspace(1.2, 0.1, len(values))), "val_loss": curve(values)}
    return Run(curves=known, **given)


def script(*calls, recipe=None, **fit):
    facts = {name: Fact(str(value), value, 9) for name, value in fit.items()}
    return Script(path="t.py", recipe=recipe or Recipe(), fit=facts, calls=calls)


def call(name, **given):
    return Call(name=name, arguments={n: Fact(str(v), v, 3) for n, v in given.items()}, line=3)


STOPS = {"callbacks": ["EarlyStopping"], "x": None}


@pytest.mark.parametrize(
    ("known", "epoch"),
    [
        ({"kind": "observed", "recipe": Recipe(patience=5)}, 3),
        ({"kind": "observed", "recipe": Recipe(patience=0)}, 10),
        ({"kind": "observed", "recipe": Recipe()}, None),
        ({"kind": "observed", "recipe": Recipe(patience=5, fine_tuning=FineTuning())}, None),
        ({"recipe": Recipe(patience=5)}, None),  # somebody's log
        ({"script": script(x=None)}, 10),
        ({"script": script(call("load_weights"), x=None)}, None),
        ({"script": script(call("EarlyStopping", restore_best_weights=True, patience=7), **STOPS)},
         3),
        ({"script": script(call("EarlyStopping", restore_best_weights=True, patience=8), **STOPS)},
         None),  # it may not have stopped, and Keras 2 then restores nothing
        ({"recipe": Recipe(keras="3.4"), "script": script(
            call("EarlyStopping", restore_best_weights=True, patience=8), **STOPS)}, 3),
        ({"script": script(call("EarlyStopping", patience=3), **STOPS)}, None),
        ({"script": script(call("EarlyStopping", restore_best_weights=True, patience=2,
                                min_delta=0.1), **STOPS)}, None),
        ({"script": script(call("EarlyStopping", restore_best_weights=True, patience=2,
                                monitor="val_f1"), **STOPS)}, None),
        ({"script": script(call("ModelCheckpoint", save_best_only=True), x=None,
                           callbacks=["ModelCheckpoint"])}, 3),
        ({"script": script(call("ModelCheckpoint", save_best_only=True), x=None,
                           callbacks=["mine"])}, None),
    ],
)  # fmt: skip
def test_the_kept_epoch_is_told_only_where_it_is_known(known, epoch):
    kept = kept_epoch(run(**known))
    assert (kept.epoch if kept else None) == epoch


def test_equal_digits_leave_open_which_epoch_was_the_best():
    values = [1.0, 0.7, 0.8, 0.7, 0.9, 1.0, 1.1]
    by_script = script(call("EarlyStopping", restore_best_weights=True, patience=1), **STOPS)
    assert kept_epoch(run(values, script=by_script)) is None
    own = run(values, kind="observed", recipe=Recipe(patience=3))
    assert kept_epoch(own).epoch == 2


def test_the_kept_epoch_is_a_line_on_both_figures():
    known = run(kind="observed", recipe=Recipe(patience=5))
    accuracies = {"val_accuracy": curve(np.linspace(0.3, 0.6, 10))}
    both = curves.of_run(Run(curves={**known.curves, **accuracies}, kind="observed",
                             recipe=known.recipe))  # fmt: skip
    assert len(both) == 2
    for figure in both:
        assert figure.svg.count('class="kept"') == 1
        assert any(key.words.startswith("weights kept: epoch 3") for key in figure.keys)


def test_new_learning_rates_are_marked_before_their_epoch():
    rates = curve([1e-3] * 4 + [1e-4] * 3 + [1e-5] * 3)
    figures = curves.of_run(Run(curves={**run().curves, "learning_rate": rates}))
    assert [figure.title for figure in figures] == ["Loss"]
    (loss,) = figures
    places = [float(x) for x in re.findall(r'class="rate" x1="([\d.]+)"', loss.svg)]
    dots = sorted({float(x) for x in re.findall(r'cx="([\d.]+)"', loss.svg)})
    assert places == pytest.approx([(dots[3] + dots[4]) / 2, (dots[6] + dots[7]) / 2], abs=0.1)
    (said,) = [key.words for key in loss.keys if key.mark == "rate"]
    assert said == "learning rate \u00f710 from epochs 5, 8: 0.001 to 1e-05"


def test_rates_that_change_often_have_a_figure_of_their_own():
    schedule = Schedule(kind="cosine", total=10, unit="epochs")
    recipe = Recipe(optimizer=Optimizer(name="SGD", learning_rate=0.1, schedule=schedule))
    figures = curves.of_run(run(recipe=recipe))
    assert [figure.title for figure in figures] == ["Loss", "Learning rate"]
    assert 'class="rate"' not in figures[0].svg
    assert "by its schedule: from 0.1 to " in figures[1].caption


def test_the_same_rate_in_other_digits_is_no_change():
    assert not rate_changes(curve([0.001, 0.0010000000474974513, 0.001]))
    (change,) = rate_changes(Curve(np.array([2, 4, 6]), np.array([0.1, 0.1, 0.2])))
    assert (change.epoch, change.before, change.after) == (6, 0.1, 0.2)


def test_no_cross_entropy_goes_below_the_entropy_of_smoothed_labels():
    for smoothing, classes in ((0.1, 10), (0.3, 2), (0.05, 1000)):
        labels = np.full(classes, smoothing / classes)
        labels[0] += 1 - smoothing
        floor = loss_floor(smoothing, classes, "categorical_crossentropy")
        rng = np.random.default_rng(0)
        outputs = rng.dirichlet(labels * 50 + 1, 2000)
        costs = -(labels * np.log(outputs)).sum(axis=1)
        assert floor <= costs.min()
        assert floor == pytest.approx(-(labels * np.log(labels)).sum())
    assert loss_floor(0.0, 10, "categorical_crossentropy") is None
    assert loss_floor(0.1, 10, "mean_squared_error") is None


def test_levels_are_drawn_or_said():
    recipe = Recipe(loss="categorical_crossentropy", label_smoothing=0.1)
    (loss,) = curves.of_run(run(recipe=recipe, data=DataSummary(n_classes=3)))
    assert 'class="floor"' in loss.svg
    assert 'class="chance"' in loss.svg
    assert f"chance level, {math.log(3):.3g}" in {key.words for key in loss.keys}


def test_scatter_is_that_of_independent_noise_whatever_the_trend():
    rng = np.random.default_rng(3)
    for slope in (0.0, 0.05, -0.02):
        drawn = [local_scatter(slope * np.arange(60) + rng.normal(0, 0.1, 60)) for _ in range(200)]
        assert np.mean(drawn) == pytest.approx(0.1, rel=0.05)


def test_a_rise_is_marked_where_a_test_found_it_and_nowhere_else():
    evidence = Evidence(sentence="It rises.", p_value=0.002, epochs=(3, 10))
    finding = Finding(rule="overfitting", code="x", kind="symptom", severity="note",
                      evidence=(evidence,))  # fmt: skip
    plain = Diagnosis(run=run(), causes=(), symptoms=(), benign=(), outcomes=())
    found = Diagnosis(run=run(), causes=(), symptoms=(finding,), benign=(), outcomes=())
    (without,), (marked,) = curves.draw(plain), curves.draw(found)
    assert 'class="rise' not in without.svg
    assert 'class="rise' in marked.svg
    assert "+0.4" in marked.svg
    assert "is significant (p = 0.002)" in marked.caption
    assert [k.words for k in marked.keys if k.mark == "rise"] == ["rise since then, +0.4: see a"]
    least = "least validation loss, 0.7 at epoch 3"
    assert all(least in {key.words for key in figure.keys} for figure in (without, marked))


def test_no_mark_leaves_the_plot():
    outside = Evidence(sentence="x", p_value=0.01, epochs=(1, 3))
    finding = Finding(rule="overfitting", code="x", kind="symptom", severity="note",
                      evidence=(outside,))  # fmt: skip
    lost = run([math.nan, math.inf, 0.7, math.nan, 1e30])
    (loss,) = curves.draw(
        Diagnosis(run=lost, causes=(), symptoms=(finding,), benign=(), outcomes=())
    )
    for x in map(float, re.findall(r'\bx[12]?="(-?[\d.]+)"', loss.svg)):
        assert 0 <= x <= drawing.WIDTH


def test_spikes_are_circled_and_do_not_widen_the_band():
    rng = np.random.default_rng(3)
    calm = 0.7 * 0.96 ** np.arange(60) + 0.05 + rng.normal(0, 0.02, 60)
    wild = calm.copy()
    wild[[17, 33, 48]] += 1.8
    loss = curve(0.7 * 0.95 ** np.arange(60))
    diagnosis = doctor.examine(Run(curves={"loss": loss, "val_loss": curve(wild)}))
    assert landmarks.spiked(diagnosis) == (18, 34, 49)
    frame = Frame(1, 60, Axis(0.0, 3.0))
    part = landmarks.peaks(frame, curve(wild), (18, 34, 49))
    assert part.over.count("<circle") == 3
    assert part.keys[0].words == "spikes, more than scatter: epoch 18, 34, 49"
    assert [epoch for epoch, _ in part.marks.peaks] == [18, 34, 49]

    def height(values, *spiked):
        ((_, _, lows, highs),) = landmarks.band(
            frame, "loss", curve(values), None, spiked
        ).marks.bands
        return highs[30] - lows[30]

    assert height(wild, 18, 34, 49) == pytest.approx(height(calm), rel=0.15)
    assert height(wild) > 3 * height(calm)
    words = landmarks.band(frame, "loss", curve(wild), None, (18, 34, 49)).said
    assert "spikes left out" in words
    assert "left out" not in landmarks.band(frame, "loss", curve(calm), None).said
    figure = curves.draw(diagnosis)[0]
    assert figure.svg.count('class="peak val"') == 3
    assert '"peaks":[[18,' in figure.chart
    healthy = doctor.examine(Run(curves={"loss": loss, "val_loss": curve(calm)}))
    assert not landmarks.spiked(healthy)
    assert "peak" not in curves.draw(healthy)[0].svg


def test_a_spike_beyond_the_axis_is_left_to_its_edge():
    part = landmarks.peaks(Frame(1, 3, Axis(0.0, 1.0)), curve([0.5, 9.0, 0.4]), (2,))
    assert not part.over
    assert not part.keys


def test_a_shade_has_its_name_where_there_is_room_and_its_label_where_not():
    frame = Frame(1, 40, Axis(0.0, 1.0))
    alone = landmarks.Span("1", "overfitting", 20, 40)
    (named,) = landmarks.titled(frame, [alone])
    assert named.title == "1 overfitting"
    assert "1 overfitting</text>" in landmarks.shaded(frame, named).under
    crowd = [
        landmarks.Span(str(i), "a name that takes a good deal of room", i, i + 2)
        for i in range(1, 40, 3)
    ]
    titles = [span.title for span in landmarks.titled(frame, crowd)]
    assert "4" in titles
    assert titles.count("1 a name that takes a good deal of room") <= 1
    assert not landmarks.titled(frame, [landmarks.Span("1", "elsewhere", 50, 60)])


@pytest.mark.parametrize("begin", [1, 12, 39])
def test_a_title_stays_within_the_figure(begin):
    frame = Frame(1, 40, Axis(0.0, 1.0))
    (named,) = landmarks.titled(
        frame, [landmarks.Span("a", "validation loss stays above training", begin, 40)]
    )
    under = landmarks.shaded(frame, named).under
    at = float(re.search(r'class="value" x="([\d.]+)"', under)[1])
    half = len(named.title) * landmarks.LETTER / 2
    assert at - half >= 0
    assert at + half <= drawing.WIDTH
