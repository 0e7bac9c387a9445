"""Causes that a recording shows and the text does not: the text is changed, and nothing else of it."""

import pytest
from msgspec.structs import replace

from fitdoctor import lint, mending
from fitdoctor.lint import Found
from fitdoctor.mending.wanted import carried
from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.records.run import DataSummary
from fitdoctor.records.written import Numbers
from fitdoctor.rules import all_rules

RULES = {rule.name: rule for rule in all_rules()}
TEXT = """import numpy as np
import keras
from keras import layers
x, y = np.load("x.npy"), np.load("y.npy")
model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense({units}, activation="{ends}")])
model.compile("adam", "{loss}")
model.fit(x, y, epochs=5)
"""
NUMBERS = Numbers(
    rows=90, seen=90, columns=1, low=0, high=4, whole=True, distinct=5,
    values=(0.0, 1.0, 2.0, 3.0, 4.0), counts=(18,) * 5,
)  # fmt: skip


def seen(text, name):
    """Return a cause as it is found in a text whose training was recorded."""
    (run,) = lint.runs_in(text, "train.py")
    recipe = replace(run.recipe, batch_size=32, keras="3.15.1")
    (fed,) = run.script.fed("train")
    feeds = (replace(fed, labels=replace(fed.labels, numbers=NUMBERS)),)
    script = replace(run.script, recipe=recipe, feeds=feeds)
    data = DataSummary(n_classes=5, n_train=90)
    recorded = replace(run, kind="observed", recipe=recipe, script=script, data=data)
    finding = RULES[name].examine(recorded)
    return Found(RULES[name], recorded, finding, finding.evidence[0])


@pytest.mark.parametrize(
    ("name", "settings", "after"),
    [
        (
            "label_encoding_mismatch",
            {"units": 5, "ends": "softmax", "loss": "categorical_crossentropy"},
            {"units": 5, "ends": "softmax", "loss": "sparse_categorical_crossentropy"},
        ),
        (
            "output_units_differ_from_classes",
            {"units": 1, "ends": "sigmoid", "loss": "sparse_categorical_crossentropy"},
            {"units": 5, "ends": "softmax", "loss": "sparse_categorical_crossentropy"},
        ),
    ],
)
def test_what_the_recording_knows_more_is_no_change_of_the_text(name, settings, after):
    text = TEXT.format(**settings)
    assert name not in {one.rule for one in mending.mend(text, "train.py").mends}
    made = mending.mend(text, "train.py", known=[seen(text, name)])
    assert name in {one.rule for one in made.mends}, made.unmended
    assert made.after == TEXT.format(**after)


DENSE = tuple(Layer(kind="Dense", units=n, activation="relu") for n in (8, 4))
BEFORE = Recipe(layers=DENSE, batch_size=32, optimizer=Optimizer(name="Adam", learning_rate=0.1))


@pytest.mark.parametrize(
    "wanted",
    [
        replace(BEFORE, loss="mse"),
        replace(BEFORE, layers=(DENSE[0], replace(DENSE[1], activation=None))),
        replace(BEFORE, layers=DENSE[1:]),
        replace(BEFORE, optimizer=replace(BEFORE.optimizer, learning_rate=0.01)),
    ],
)
def test_a_change_is_carried_and_nothing_beside_it(wanted):
    onto = replace(BEFORE, batch_size=None, epochs=7)
    assert carried(BEFORE, wanted, onto) == replace(wanted, batch_size=None, epochs=7)


def test_a_recording_has_no_layer_for_its_inputs():
    begin = Layer(kind="InputLayer", input_shape=(6,))
    wanted = replace(BEFORE, layers=(DENSE[0], replace(DENSE[1], units=9)))
    onto = replace(BEFORE, layers=(begin, *DENSE))
    assert carried(BEFORE, wanted, onto).layers == (begin, *wanted.layers)


def test_a_change_without_a_place_is_not_carried():
    wanted = replace(BEFORE, layers=(DENSE[0], replace(DENSE[1], units=9)))
    assert carried(BEFORE, wanted, replace(BEFORE, layers=DENSE[:1])) is None
