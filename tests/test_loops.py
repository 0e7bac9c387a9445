"""Faults of training loops: figures that cannot go together, and what only answers tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitdoctor import doctor, facts
from fitdoctor.records.finding import Clear, Finding
from fitdoctor.records.run import Curve, DataSummary, Run, curve
from fitdoctor.rules import all_rules

RULES = {rule.name: rule for rule in all_rules()}
MISCOUNTED = RULES["accuracy_miscounted"]
KERAS = """import keras
from keras import layers
model = keras.Sequential([layers.Input((28, 28, 1)), layers.Flatten(),
    layers.Dense(64, activation="relu"), layers.Dense({units}, activation="{activation}")])
model.compile(optimizer="adam", loss="{loss}", metrics=[{metric}])
model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=6{more})

"""
LINES = [
    f"Epoch {n}/6\n90/90 - 2s - {{name}}: {{right}} - loss: {loss:.4f} - val_{{name}}: {{right}} - "
    f"val_loss: {loss + 0.02:.4f}"
    for n, loss in enumerate((1.31, 0.6, 0.22, 0.09, 0.05, 0.03), 1)
]


def page(right="0.0000e+00", units=7, activation="softmax", more="", **changed):
    given_ = {"loss": "sparse_categorical_crossentropy", "metric": '"accuracy"', **changed}
    code = KERAS.format(units=units, activation=activation, more=more, **given_)
    return code + "\n".join(LINES).format(name="accuracy", right=right)


def outcome(text, tmp_path):
    path = tmp_path / "page.txt"
    path.write_text(text)
    diagnosis = doctor.diagnose(path)
    assert len(diagnosis.run.curves["accuracy"]) == 6
    return next(o for o in diagnosis.outcomes if o.rule == MISCOUNTED.name)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"right": "0.1429"},
        {"right": "0.6500"},
        {"loss": "categorical_crossentropy"},
        {"loss": "binary_crossentropy", "units": 1, "activation": "sigmoid"},
    ],
    ids=str,
)
def test_an_accuracy_that_its_cross_entropy_excludes_is_found(changed, tmp_path):
    found = outcome(page(**changed), tmp_path)
    assert isinstance(found, Finding)
    assert found.severity == "error"


@pytest.mark.parametrize(
    "changed",
    [
        {"right": "0.9700"},
        {"right": "0.8700"},
        {"loss": "mse"},
        {"loss": "hinge"},
        {"loss": "binary_crossentropy", "activation": "sigmoid"},
        {"more": ", class_weight={0: 0.01, 1: 3.0}"},
        {"more": ", sample_weight=w"},
    ],
    ids=str,
)
def test_what_the_loss_leaves_open_is_not(changed, tmp_path):
    assert not isinstance(outcome(page(**changed), tmp_path), Finding)


def in_own_loop(first, last, right, classes, part="", moves=0.0):
    costs = np.geomspace(first, last, 12)
    shares = right + moves * (np.arange(12) % 3)  # that it stands to the last digit tells by itself
    return Run(
        curves={f"{part}loss": curve(costs), f"{part}accuracy": curve(shares)},
        data=DataSummary(n_classes=classes),
    )


def test_of_own_loops_it_is_a_hint_where_the_loss_begins_as_cross_entropy_does():
    found = MISCOUNTED.examine(in_own_loop(1.6, 0.02, 0.0, 5))
    assert isinstance(found, Finding)
    assert found.severity == "note"
    # Where no answer is right, no number of classes brings so small a loss.
    unknown = MISCOUNTED.examine(in_own_loop(1.6, 0.02, 0.0, None))
    assert isinstance(unknown, Finding)
    assert unknown.severity == "note"
    assert isinstance(MISCOUNTED.examine(in_own_loop(2.2, 0.03, 0.4, 10, "val_")), Finding)


@pytest.mark.parametrize(
    "run",
    [
        # A sum of means over the number of images, not of batches.
        in_own_loop(2.3 / 32, 0.001, 0.6, 10, "val_", 0.01),
        # The accuracy of other images beside the loss of the last batch.
        in_own_loop(2.3, 0.001, 0.6, 10, moves=0.01),
        # A squared error of one-hot rows.
        in_own_loop(0.19, 0.02, 0.3, 4, "val_", 0.01),
        # Focal loss that has learned little: a quarter of ln 2 for each wrong answer.
        in_own_loop(1.9, 0.12, 0.4, 10, "val_", 0.01),
    ],
)
def test_of_own_loops_nothing_is_said_where_the_loss_may_be_another(run):
    assert not isinstance(MISCOUNTED.examine(run), Finding)


@given(seed=st.integers(0, 10**6), classes=st.integers(2, 30), sharpness=st.floats(0, 60))
def test_no_answers_of_a_network_are_ever_called_impossible(seed, classes, sharpness):
    """Draw probabilities and classes, right or wrong; loss and accuracy follow from both."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(6, 40, classes)) * rng.uniform(0, sharpness + 0.1)
    labels = rng.integers(0, classes, (6, 40))
    scores[np.arange(6)[:, None], np.arange(40), labels] += rng.uniform(0, 30)
    top = scores.max(-1, keepdims=True)
    logs = scores - top - np.log(np.exp(scores - top).sum(-1, keepdims=True))
    own = np.take_along_axis(logs, labels[..., None], -1)[..., 0]
    right = (scores.argmax(-1) == labels).mean(-1)
    run = Run(
        curves={"val_loss": curve(-own.mean(-1)), "val_accuracy": curve(right)},
        recipe=RECIPE,
    )
    assert isinstance(MISCOUNTED.examine(run), Clear)


RECIPE = next(
    run.recipe
    for run in [case(np.random.default_rng(3)) for case in MISCOUNTED.sick]
    if run.recipe is not None and run.recipe.keras
)


def test_only_epochs_that_both_have_are_compared():
    late = Curve(np.arange(20, 26), np.full(6, 0.01))
    early = Curve(np.arange(1, 7), np.full(6, 0.1))
    run = Run(curves={"val_loss": late, "val_accuracy": early}, recipe=RECIPE)
    assert not isinstance(MISCOUNTED.examine(run), Finding)
    same = Run(
        curves={"val_loss": late, "val_accuracy": Curve(late.epochs, early.values)},
        recipe=RECIPE,
    )
    assert isinstance(MISCOUNTED.examine(same), Finding)


def test_a_loop_of_keras_itself_is_not_asked_what_fit_sees_to(tmp_path):
    path = tmp_path / "page.txt"
    path.write_text(page())
    by_fit = doctor.diagnose(path).run
    own = Run(curves=by_fit.curves)
    for name in (
        "inference_mode_in_validation",
        "training_mode_after_validation",
        "step_is_reached",
    ):
        assert not facts.fact(name).is_open(by_fit)
        assert facts.fact(name).is_open(own)


@pytest.mark.parametrize(
    ("situation", "fact", "answer", "cause"),
    [
        ("validation_jumps", "inference_mode_in_validation", "no", "eval_mode_missing"),
        ("validation_jumps", "resumed", "yes", "resume_lost_state"),
        ("training_does_not_learn", "step_is_reached", "no", "optimizer_never_steps"),
        (
            "loss_is_nan_or_explodes",
            "half_precision",
            "with_loss_scaling",
            "half_precision_overflow",
        ),
        ("good_in_fit_bad_in_predict", "accuracy_by_hand", "no", "accuracy_miscounted"),
    ],
)
def test_one_answer_names_what_nothing_else_shows(situation, fact, answer, cause):
    causes = doctor.examine(Run(answers={"what_happens": situation, fact: answer})).causes
    silent = doctor.examine(Run(answers={"what_happens": situation})).causes
    assert cause in [one.rule for one in causes]
    assert cause not in [one.rule for one in silent if not one.usual]
