"""What is said of curves, on curves drawn from generators."""

import re

import numpy as np
import pytest

from fitdoctor import doctor
from fitdoctor.cases import healthy
from fitdoctor.records.finding import Clear, Finding
from fitdoctor.records.recipe import Backbone, Layer, Recipe
from fitdoctor.records.run import Curve, DataSummary, Run, curve
from fitdoctor.report.headline import headline
from fitdoctor.rules import all_rules
from fitdoctor.stats.proportions import most_cross_entropy
from fitdoctor.stats.trend import turn_after_minimum

DRAWS = 20


def rule(name):
    return next(rule for rule in all_rules() if rule.name == name)


def overfitted(rng, epochs, noise, pace=0.07, turn=4):
    """Draw a run whose validation loss rises from the epoch `turn` on."""
    i = np.arange(epochs)
    accuracy = 0.99 - 0.5 * np.exp(-(i + 1) / 3)
    return Run(
        curves={
            "loss": curve(1.4 * np.exp(-(i + 1) / 4)),
            "val_loss": curve(
                0.5
                + np.exp(-i / 1.5)
                + pace * np.maximum(0, i - turn)
                + rng.normal(0, noise, epochs)
            ),
            "accuracy": curve(accuracy),
            "val_accuracy": curve(0.7 * accuracy + rng.normal(0, 0.008, epochs)),
        }
    )


@pytest.mark.parametrize(("epochs", "noise", "least"), [(14, 0.02, 12), (18, 0.03, 17)])
def test_a_steady_rise_is_overfitting_in_a_short_log(epochs, noise, least):
    rng = np.random.default_rng(8)
    found = [doctor.examine(overfitted(rng, epochs, noise)).causes for _ in range(DRAWS)]
    assert sum(
        bool(c) and c[0].rule == "overfitting" and c[0].probability > 0.5 for c in found
    ) >= (least)


@pytest.mark.parametrize(
    ("weights", "patience", "said", "unsaid"),
    [
        ("none", 25, ("of epoch 6 were kept", "take pretrained weights"), "stop"),
        ("none", 0, ("Xception from random weights asks for many more images",), "kept"),
        ("imagenet", 9, ("of epoch 6 were kept", "to get further"), "pretrained weights"),
    ],
)
def test_a_run_of_ours_is_not_told_to_do_what_it_did(weights, patience, said, unsaid):
    n = np.arange(40)
    curves = {
        "loss": curve(2.0 * 0.93**n),
        "accuracy": curve(1 - 0.9 * 0.9**n),
        "val_loss": curve(1.2 + 0.05 * np.abs(n - 5) + 0.004 * (-1.0) ** n),
        "val_accuracy": curve(np.full(40, 0.5)),
    }
    recipe = Recipe(
        images="photos", patience=patience, epochs=40, monitor="val_loss",
        backbone=Backbone(name="Xception", weights=weights, trainable=weights == "none"),
        layers=(Layer(kind="GlobalAveragePooling2D"), Layer(kind="Dense", units=3)),
    )  # fmt: skip
    run = Run(kind="observed", recipe=recipe, curves=curves, data=DataSummary(n_train=90, n_val=60))
    found = next(r for r in all_rules() if r.name == "overfitting").examine(run)
    assert all(words in found.advice for words in said)
    assert unsaid not in found.advice.lower()


def test_a_loss_that_ends_far_above_its_lowest_is_never_no_problem():
    rng = np.random.default_rng(9)
    for epochs in (8, 10, 13, 19, 26):
        for noise in (0.01, 0.05):
            run = overfitted(rng, epochs, noise)
            y = run.curves["val_loss"].values
            if y[-4:].min() > 1.25 * y.min():
                assert doctor.examine(run).verdict != "healthy", y


@pytest.mark.slow
def test_healthy_draws_are_not_sick_and_mostly_called_so():
    verdicts = [doctor.examine(healthy(np.random.default_rng((31, s)))).verdict for s in range(60)]
    assert verdicts.count("sick") <= 3
    assert verdicts.count("healthy") >= 45


def test_a_short_rise_has_a_small_p_value_only_where_it_is_beyond_scatter():
    rng = np.random.default_rng(10)
    steady = 0.5 + np.abs(np.arange(16) - 5) * 0.03
    rises = [turn_after_minimum(steady + rng.normal(0, 0.01, 16)).p_value for _ in range(DRAWS)]
    assert np.median(rises) < 0.01
    rest = [turn_after_minimum(0.5 + rng.normal(0, 0.03, 16)).p_value for _ in range(100)]
    assert np.mean(np.array(rest) < 0.01) <= 0.04


def test_a_very_long_curve_is_tested_as_well():
    y = 0.5 + 1e-4 * np.abs(np.arange(5000) - 2000) + np.random.default_rng(3).normal(0, 0.02, 5000)
    assert turn_after_minimum(y).p_value <= 0.001


def one_answer(rng, epochs, share):
    """Draw a run that learns its images and answers one class in validation."""
    run = overfitted(rng, epochs, 0.05, pace=0.3, turn=1)
    val_loss = curve(run.curves["val_loss"].values + 1)
    curves = run.curves | {"val_accuracy": curve(np.full(epochs, share)), "val_loss": val_loss}
    return Run(curves=curves)


@pytest.mark.parametrize(("epochs", "share"), [(9, 0.5), (15, 0.5), (12, 0.3333), (20, 0.2514)])
def test_one_accuracy_while_the_loss_goes_far_is_a_constant_output(epochs, share):
    diagnosis = doctor.examine(one_answer(np.random.default_rng(4), epochs, share))
    assert "constant_output" in {found.rule for found in diagnosis.symptoms}
    assert "overconfidence" not in {c.rule for c in diagnosis.causes}


@pytest.mark.parametrize("right", [0.5, 0.57, 0.7, 0.93])
def test_mistakes_are_called_few_only_where_they_are(right):
    rng = np.random.default_rng(5)
    run = overfitted(rng, 25, 0.02)
    accuracy = curve(right + rng.normal(0, 0.004, 25))
    outcome = rule("overconfidence").examine(Run(curves=run.curves | {"val_accuracy": accuracy}))
    said = " ".join(e.sentence for e in getattr(outcome, "evidence", ()))
    assert ("few" in said) == (right > 0.85)
    assert bool(said) == (right >= 0.6)


def said_of(name, **curves):
    """Return what a rule says of these curves alone."""
    outcome = rule(name).examine(Run(curves={k: curve(v) for k, v in curves.items()}))
    return " ".join(e.sentence for e in getattr(outcome, "evidence", ()))


def test_what_rises_or_falls_on_has_not_plateaued():
    i = np.arange(14)
    few_right = np.full(14, 0.31) + 0.001 * np.sin(i)
    for growth in (1.05, 1.4, 3.0):
        assert said_of("underfitting", loss=1.4 * growth**i, accuracy=few_right) == ""
    falling = said_of("underfitting", loss=1.5 - 0.006 * i, accuracy=few_right)
    assert "plateaued" not in falling
    assert "falls by only 0.006 an epoch" in falling
    rest = 1.5 + 0.002 * np.random.default_rng(0).normal(size=14)
    assert "has plateaued" in said_of("underfitting", loss=rest, accuracy=few_right)


def test_a_short_excerpt_of_a_slow_fall_is_no_plateau():
    i = np.arange(9)
    wobble = 0.002 * np.cos(3 * i)
    log = {"loss": curve(0.71 - 0.012 * i + wobble), "accuracy": curve(0.5 + 0.015 * i)}
    run = Run(curves=log, data=DataSummary(n_classes=2))
    assert isinstance(rule("underfitting").examine(run), Clear)
    rest = {"loss": curve(0.64 + wobble), "accuracy": curve(0.62 + 0.001 * wobble)}
    run = Run(curves=rest, data=DataSummary(n_classes=2))
    assert isinstance(rule("underfitting").examine(run), Finding)


def excerpt(first, *, val_loss, right, train=0.96, epochs=9):
    """Return rows of a log from an epoch on, without a rise in them."""
    rng = np.random.default_rng(3)
    at = np.arange(first, first + epochs)
    return Run(
        curves={
            "loss": Curve(at, 0.12 + rng.normal(0, 0.01, epochs)),
            "val_loss": Curve(at, val_loss + rng.normal(0, 0.02, epochs)),
            "accuracy": Curve(at, train + rng.normal(0, 0.002, epochs)),
            "val_accuracy": Curve(at, right + rng.normal(0, 0.004, epochs)),
        },
        data=DataSummary(n_train=900, n_val=400, n_classes=6),
    )


@pytest.mark.parametrize(
    ("first", "val_loss", "right", "found"),
    [(41, 1.9, 0.7, True), (41, 0.8, 0.7, False), (1, 1.9, 0.7, False), (41, 2.6, 0.3, False)],
)
def test_a_log_that_begins_late_shows_learning_by_heart_by_its_level(first, val_loss, right, found):
    said = rule("overfitting").examine(excerpt(first, val_loss=val_loss, right=right))
    honest = [e for e in getattr(said, "evidence", ()) if "honest" in e.sentence]
    assert bool(honest) == found
    if found:
        late = doctor.examine(excerpt(first, val_loss=val_loss, right=right))
        assert late.verdict == "sick"
        assert late.causes[0].rule == "overfitting"


def test_honest_probabilities_cost_at_most_what_is_said():
    rng = np.random.default_rng(12)
    for classes in (2, 5, 40):
        for sharpness in (0.02, 0.3, 3.0):
            told = rng.dirichlet(np.full(classes, sharpness), 4000)
            told = (told + 1e-9) / (told + 1e-9).sum(axis=1, keepdims=True)
            costs = float(
                -(told * np.log(told)).sum(axis=1).mean()
            )  # expected, where they are true
            right = float(told.max(axis=1).mean())
            assert costs <= most_cross_entropy(right, classes) + 1e-9


def test_where_a_loss_comes_to_rest_lies_between_nought_and_the_present():
    rng = np.random.default_rng(6)
    told = 0
    for _ in range(60):
        n, speed, floor = int(rng.integers(9, 40)), rng.uniform(3, 30), rng.uniform(0, 0.5)
        y = floor + np.exp(-np.arange(n) / speed) + rng.normal(0, 0.004, n)
        said = said_of("stopped_while_improving", val_loss=y)
        if found := re.search(r"at ([-\d.e]+) \(([-\d.e]+) to ([-\d.e]+)\)", said):
            value, low, high = map(float, found.groups())
            told += 1
            assert 0 <= low <= value < y[-1]
            assert high - low <= 0.26 * y[-1]
    assert told


@pytest.mark.parametrize("images", [60, 144, 210])
def test_a_batch_within_the_advice_is_no_unsuited_batch(images):
    data = DataSummary(n_train=images)
    for batch in (16, 32, 64):
        run = Run(recipe=Recipe(batch_size=batch), data=data)
        assert isinstance(rule("batch_size_unsuited").examine(run), Clear)
    large = Run(recipe=Recipe(batch_size=128), data=data)
    assert isinstance(rule("batch_size_unsuited").examine(large), Finding)


def test_numbers_that_are_printed_are_those_of_the_log():
    rng = np.random.default_rng(7)
    for _ in range(5):
        y = 0.71 + rng.normal(0, 0.004, 12)
        assert f"from {y[0]:.4g} to {y[-1]:.4g}" in said_of("never_learned", loss=y)
        grown = np.cumprod(1 + rng.uniform(0.2, 0.6, 9))
        assert f"from {grown[0]:.3g} to {grown[-1]:.3g}" in said_of("loss_diverged", loss=grown)
        curves = overfitted(rng, 30, 0.02).curves
        y = curves["val_loss"].values
        said = said_of("overfitting", loss=curves["loss"].values, val_loss=y)
        assert f"from {y.min():.3g} at epoch {int(y.argmin()) + 1} to {y[-1]:.3g}" in said


@pytest.mark.parametrize(("train", "val"), [(0.98, 0.66), (0.99, 0.8), (0.93, 0.91), (0.7, 0.84)])
def test_accuracies_that_lie_apart_are_mentioned_and_no_fault(train, val):
    i = np.arange(18)
    rng = np.random.default_rng(13)
    fall = np.exp(-i / 4)
    curves = {
        "loss": 0.1 + 1.2 * fall,
        "val_loss": 0.7 + 0.6 * fall + rng.normal(0, 0.005, 18),
        "accuracy": train - 0.5 * fall,
        "val_accuracy": val - 0.5 * fall + rng.normal(0, 0.005, 18),
    }
    diagnosis = doctor.examine(Run(curves={name: curve(v) for name, v in curves.items()}))
    assert diagnosis.verdict == "healthy"
    said = headline(diagnosis).seen.sentence
    assert ("Training accuracy ends" in said) == (train - val > 0.15)
    assert ("Validation accuracy lies" in said) == (val > train)


def in_two_stretches(rng, higher, *, left_out=30, rows=6):
    """Draw a log that leaves out the epochs between two stretches, as people paste it."""
    epochs = [*range(20, 20 + rows), *range(20 + rows + left_out, 20 + 2 * rows + left_out)]
    late = np.repeat([0.0, 1.0], rows)
    drawn = {
        "loss": 0.7 - 0.4 * late,
        "accuracy": 0.8 + 0.14 * late,
        "val_loss": (1.8 + higher * late) + rng.normal(0, 0.15, 2 * rows),
        "val_accuracy": 0.6 + rng.normal(0, 0.01, 2 * rows),
    }
    at = np.array(epochs)
    return Run(curves={name: Curve(at, y) for name, y in drawn.items()})


@pytest.mark.parametrize(("higher", "speaks"), [(1.0, True), (0.0, False), (0.15, False)])
def test_two_stretches_of_a_log_are_compared(higher, speaks):
    runs = [in_two_stretches(np.random.default_rng((7, s)), higher) for s in range(DRAWS)]
    found = [isinstance(rule("overfitting").examine(run), Finding) for run in runs]
    assert sum(found) >= 0.9 * DRAWS if speaks else sum(found) <= 0.1 * DRAWS


@pytest.mark.parametrize("classes", [2, 3, 7, 10, 43, 100])
@pytest.mark.parametrize("decimals", [3, 4, 6])
@pytest.mark.parametrize("before", [1, 3])
def test_what_came_down_to_chance_level_never_learned(classes, decimals, before):
    rows = before + 6
    above = [round(np.log(classes) * (1.2 + 0.3 * (before - i)), decimals) for i in range(before)]
    stands = [round(float(np.log(classes)), decimals)] * (rows - before)
    right = [round(1 / classes, decimals)] * rows
    run = Run(curves={"loss": curve(above + stands),
                      "accuracy": curve(right)})  # fmt: skip
    found = doctor.examine(run)
    assert "never_learned" in {s.rule for s in found.symptoms}
    assert found.verdict != "healthy"


@pytest.mark.parametrize("classes", [2, 5, 20, 1000])
@pytest.mark.parametrize("decimals", [2, 3, 4])
def test_who_learns_slowly_learns(classes, decimals):
    start = float(np.log(classes))
    fell = [0.98, 0.955, 0.94, 0.905, 0.91]
    right = [1 / classes + 0.03 * i for i in range(5)]
    run = Run(curves={"loss": curve([round(start * f, decimals) for f in fell]),
                      "accuracy": curve([round(r, decimals) for r in right])})  # fmt: skip
    assert "never_learned" not in {s.rule for s in doctor.examine(run).symptoms}
