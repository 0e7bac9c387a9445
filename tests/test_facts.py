"""What was read is not asked, and an answer against it is not used."""

import numpy as np
import pytest

from fitdoctor import doctor, facts
from fitdoctor.cli import main
from fitdoctor.records.recipe import Layer, Optimizer, Recipe, Schedule
from fitdoctor.records.run import DataSummary, Run, curve

FALLS = [2.0 / e for e in range(1, 13)]
TURNS = [*FALLS[:6], *(FALLS[5] + 0.1 * e for e in range(1, 7))]
DENSE = Layer(kind="Dense", units=3, activation="softmax")


def curves(**values):
    return Run(curves={name: curve(list(v)) for name, v in values.items()})


def made(kind="observed", data=None, **settings):
    return Run(kind=kind, recipe=Recipe(**settings), data=data)


@pytest.mark.parametrize(
    ("name", "run", "expected"),
    [
        ("last_epochs", curves(val_loss=FALLS), "yes"),
        ("last_epochs", curves(val_loss=TURNS), "no"),
        ("last_epochs", curves(val_loss=FALLS[:3]), None),
        ("last_epochs", curves(loss=FALLS), None),
        ("largest_class", Run(data=DataSummary(class_counts=(10, 11, 9))), "about_equal"),
        ("largest_class", Run(data=DataSummary(class_counts=(20, 10, 9, 10))), "twice_its_share"),
        ("largest_class", Run(data=DataSummary(class_counts=(90, 5, 5))), "most_images"),
        ("largest_class", Run(data=DataSummary(class_counts=(60, 40))), "about_equal"),
        ("largest_class", Run(), None),
        ("resumed", curves(loss=FALLS), "no"),
        ("resumed", curves(loss=[*FALLS[:6], 1.9, *FALLS[6:]]), None),
        ("learning_rate", curves(learning_rate=[1e-5] * 3), "1e-5_to_1e-4"),
        ("learning_rate", made(optimizer=Optimizer(name="SGD", learning_rate=1)), "above_2e-3"),
        ("rate_schedule", curves(learning_rate=[0.1, 0.1, 0.1]), "no"),
        ("rate_schedule", curves(learning_rate=[0.1, 0.05, 0.01]), "yes_it_fell"),
        ("rate_schedule", curves(learning_rate=[0.01, 0.05, 0.1]), "yes_it_rose"),
        ("rate_schedule", made(optimizer=Optimizer(name="SGD")), "no"),
        ("rate_schedule", made("log", optimizer=Optimizer(name="SGD")), None),
        ("rate_schedule", made("code", optimizer=Optimizer(schedule=Schedule(kind="cosine"))),
         "yes_it_fell"),
        ("output_activation", made(layers=(DENSE,)), "softmax"),
        ("output_activation", made(layers=(Layer(kind="Dense", units=3),)), "none"),
        ("output_activation", made("log", layers=(Layer(kind="Dense", units=3),)), None),
        ("output_activation",
         made("log", layers=(Layer(kind="Dense", units=1, activation="unknown"),)), None),
        ("output_units", made(layers=(DENSE,), n_classes=3), "as_many"),
        ("output_units", made(layers=(DENSE,), data=DataSummary(n_classes=5)), "fewer"),
        ("output_units", made(layers=(Layer(kind="Dense", units=1),), n_classes=2), "one_for_two"),
        ("output_units", made(layers=(DENSE,)), None),
        ("metric", made(images="photos"), "yes"),
        ("metric", made(), None),
        ("what_happens", curves(loss=[1.0, np.nan, np.nan]), "loss_is_nan_or_explodes"),
        ("what_happens", curves(loss=[0.70, 0.70, 0.69, 0.70, 0.70]), "training_does_not_learn"),
        ("what_happens", curves(loss=FALLS, val_loss=TURNS), "training_good_validation_bad"),
        ("what_happens", curves(loss=FALLS, val_loss=FALLS), None),
    ],
)  # fmt: skip
def test_what_was_read_answers_a_question(name, run, expected):
    fact = facts.fact(name)
    assert fact.seen(run) == expected
    assert fact.is_open(run) == (expected is None)
    assert expected is None or expected in fact.answers


def test_an_answer_against_what_was_read_is_said_and_not_used():
    run = curves(val_loss=TURNS, learning_rate=[0.1] * 12)
    told = doctor.answered(run, {"last_epochs": "yes", "learning_rate": "0.1", "dropout": "none"})
    assert told.answers == {"learning_rate": "above_2e-3", "dropout": "none"}
    assert told.contradictions == (
        "Answer not used: last_epochs is no by what was read, not yes",
    )  # fmt: skip


def test_the_terminal_says_that_an_answer_is_not_used(tmp_path, capsys):
    path = tmp_path / "log.csv"
    rows = "".join(f"{e},{a},{b}\n" for e, (a, b) in enumerate(zip(FALLS, TURNS, strict=True), 1))
    path.write_text("epoch,loss,val_loss\n" + rows)
    main(["diagnose", str(path), "--ask", "0"])
    plain = capsys.readouterr().out
    main(["diagnose", str(path), "--ask", "0", "--answer", "last_epochs=yes"])
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line not in plain.splitlines()] == [
        "Answer not used: last_epochs is no by what was read, not yes."
    ]
