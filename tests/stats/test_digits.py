"""What few rows decide: false alarms on networks that learn, and coverage on those that do not."""

from functools import cache

import numpy as np
import pytest

from fitdoctor import doctor
from fitdoctor.cases import healthy
from fitdoctor.code import read_script
from fitdoctor.records.run import DataSummary, Run, curve
from fitdoctor.rules import all_rules
from fitdoctor.stats.digits import (
    BUDGET,
    clip_of,
    double_softmax,
    guesses_among,
)

RULES = {rule.name: rule for rule in all_rules()}
DECIDED = (
    "constant_output", "never_learned", "loss_diverged", "probabilities_into_logits_loss",
)  # fmt: skip
DRAWS = 400


def printed(curves, rows, decimals, start=0):
    return {
        name: curve(list(np.round(np.asarray(values)[start : start + rows], decimals)))
        for name, values in curves.items()
    }


def speaks(name, run):
    return type(RULES[name].examine(run)).__name__ == "Finding"


@cache
def drawn(seed):
    """Return the run of a network that learns: its curves without probes, and its classes."""
    run = healthy(np.random.default_rng((21, seed)))
    values = {name: c.values for name, c in run.curves.items() if "probe" not in name}
    return values, run.data.n_classes


@pytest.mark.costly
@pytest.mark.parametrize("rows", [2, 3, 4])
@pytest.mark.parametrize("decimals", [2, 3, 4])
@pytest.mark.parametrize("known", [True, False])
def test_no_alarm_on_the_first_rows_of_networks_that_learn(rows, decimals, known):
    alarms = dict.fromkeys(DECIDED, 0)
    for seed in range(DRAWS):
        values, classes = drawn(seed)
        data = DataSummary(n_classes=classes if known else None)
        short = Run(curves=printed(values, rows, decimals), data=data)
        for name in DECIDED:
            alarms[name] += speaks(name, short)
    # At the budget more than two of 400 are drawn in less than one test of a hundred.
    assert BUDGET * DRAWS < 1
    assert max(alarms.values()) <= 2, alarms


@pytest.mark.parametrize("rows", [2, 4])
def test_a_slow_start_seldom_is_called_stuck(rows):
    """Losses that creep down from ln K by half a per cent an epoch, as deep networks begin."""
    alarms = 0
    for seed in range(DRAWS):
        rng = np.random.default_rng((22, seed))
        classes = int(rng.choice([2, 5, 10, 100]))
        t = np.arange(rows)
        loss = np.log(classes) * (1.002 - 0.005 * t + rng.normal(0, 0.003, rows))
        accuracy = 1 / classes * (1 + 0.2 * t + rng.normal(0, 0.05, rows))
        curves = printed({"loss": loss, "accuracy": accuracy}, rows, 4)
        alarms += speaks("never_learned", Run(curves=curves))
    assert alarms / DRAWS < 0.01


@pytest.mark.parametrize("classes", [2, 3, 10, 43, 100, 1000])
@pytest.mark.parametrize("rows", [2, 3])
@pytest.mark.parametrize("known", [True, False])
def test_two_rows_of_guessing_decide(classes, rows, known):
    said = 0
    for seed in range(100):
        rng = np.random.default_rng((23, classes, seed))
        loss = np.log(classes) + rng.normal(0, 0.0001 * np.log(classes), rows)
        accuracy = (1 + rng.normal(0, 0.04, rows)) / classes
        decimals = 4 if classes < 1000 else 6
        curves = printed({"loss": loss, "accuracy": accuracy}, rows, decimals)
        data = DataSummary(n_classes=classes) if known else None
        said += speaks("never_learned", Run(curves=curves, data=data))
    assert said >= 90


def test_coarse_digits_need_more_rows():
    assert guesses_among([2.3, 2.31], [0.1, 0.1]) is None
    assert guesses_among([2.3, 2.31, 2.3, 2.3], [0.1, 0.1, 0.1, 0.1]) == 10
    assert guesses_among([0.69, 0.69], [0.5, 0.5]) is None


def test_without_accuracies_only_small_numbers_of_classes_are_told():
    assert guesses_among([1.6094, 1.6095, 1.6094]) == 5
    assert guesses_among([1.6094, 1.6095]) is None
    assert guesses_among([3.7612, 3.7612, 3.7612]) is None


@pytest.mark.parametrize("clip", [16.1181, 15.9424, 34.5388])
@pytest.mark.parametrize("share", [0.1, 0.4312, 0.7506])
def test_a_clipped_loss_is_known_from_two_rows(clip, share):
    right = [share, round(share + 0.0031, 4)]
    loss = [round(clip * (1 - a), 4) for a in right]
    assert clip_of(loss, right) == clip
    run = Run(curves={"loss": curve(loss), "accuracy": curve(right)})
    assert speaks("constant_output", run)
    assert clip_of([x * 1.01 for x in loss], right) is None


def test_two_rows_of_one_answer_decide_and_a_plateau_does_not():
    def log(loss, accuracy):
        return Run(
            curves={
                "loss": curve([loss[0]] * 2), "accuracy": curve([accuracy[0]] * 2),
                "val_loss": curve([loss[1]] * 2), "val_accuracy": curve([accuracy[1]] * 2),
            }
        )  # fmt: skip

    assert speaks("constant_output", log((0.6929, 0.6931), (0.5125, 0.4987)))
    # The rate has gone to nought: nothing moves, and the network is good.
    assert not speaks("constant_output", log((0.1482, 0.1913), (0.9506, 0.9411)))


def test_one_row_shows_an_accuracy_that_cannot_be():
    script = """
from tensorflow import keras
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
"""
    read = read_script(script, "train.py")
    curves = {"loss": curve([0.02]), "accuracy": curve([0.0])}
    run = Run(curves=curves, recipe=read.recipe, script=read)
    assert doctor.examine(run).causes[0].rule == "accuracy_miscounted"
    right = Run(curves={**curves, "accuracy": curve([0.99])}, recipe=read.recipe, script=read)
    assert "accuracy_miscounted" not in {c.rule for c in doctor.examine(right).causes}


@pytest.mark.parametrize("classes", [2, 4, 10, 100])
def test_a_softmax_of_certain_probabilities_is_known_by_its_sums(classes):
    rng = np.random.default_rng((25, classes))
    labels = rng.integers(0, classes, (6, 4000))
    curves = {"loss": [], "accuracy": []}
    for epoch in range(6):
        certain = np.where(rng.random(4000) < 0.1 * epoch, labels[epoch], 0)
        probabilities = np.eye(classes)[certain]
        p = np.exp(probabilities) / np.exp(probabilities).sum(1, keepdims=True)
        cost = -np.log(p[np.arange(4000), labels[epoch]]).mean()
        curves["loss"].append(round(float(cost), 4))
        curves["accuracy"].append(round(float((certain == labels[epoch]).mean()), 4))
    rows = list(zip(curves["loss"], curves["accuracy"], strict=True))
    assert double_softmax(rows) == classes
    assert double_softmax([(loss + 0.001, right) for loss, right in rows]) is None
    assert double_softmax(rows, classes + 1) is None
    run = Run(curves={name: curve(values) for name, values in curves.items()})
    assert speaks("probabilities_into_logits_loss", run)
