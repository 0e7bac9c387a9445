"""Pasted pages: log, code and prose told apart, answers left out, nothing run."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitdoctor import doctor
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.report import text
from fitdoctor.sources import all_formats, pasted, read
from fitdoctor.sources._format import Page
from fitdoctor.sources._page import read_page
from fitdoctor.sources._text import clean_lines

PAGE = """Why does my network not learn?

I have 3 classes with 1200 images each. Sometimes it trains well, other times it is stuck at 33 %.

base = VGG16(weights='imagenet', include_top=False)
base.trainable = False
x = Flatten()(base.output)
x = Dense(2, activation='relu')(x)      # small on purpose
model = Model(base.input, Dense(3, activation='softmax')(x))
model.compile(optimizer=Adam(lr=0.0001), loss='categorical_crossentropy',
              metrics=['accuracy'])
model.fit(x_train, y_train, batch_size=16, epochs=30)

Epoch 1/30
90/90 [====] - 9s 99ms/step - loss: 1.0990 - acc: 0.3290 - val_loss: 1.0986 - val_acc: 0.3333
Epoch 2/30
90/90 [====] - 9s 99ms/step - loss: 1.0987 - acc: 0.3310 - val_loss: 1.0986 - val_acc: 0.3333

2 Answers

Use dropout:
x = Dropout(0.9)(x)
model.compile(optimizer=SGD(lr=10.0), loss='mse')
"""


def page(text):
    return read_page(Page(clean_lines(text)), "page", all_formats())


def test_code_log_and_prose_are_told_apart():
    (run,) = page(PAGE)
    assert run.curves["val_accuracy"].values.tolist() == [0.3333, 0.3333]
    assert run.recipe.backbone.name == "VGG16"
    assert run.recipe.backbone.trainable is False
    assert [layer.units for layer in run.recipe.layers if layer.kind == "Dense"] == [2, 3]
    assert run.recipe.batch_size == 16
    assert run.data.n_classes == 3
    assert {s.predicate for s in run.claims} >= {"n_classes", "outcome_varies"}


def test_answers_are_not_evidence():
    (run,) = page(PAGE)
    assert run.recipe.loss == "categorical_crossentropy"
    assert run.recipe.optimizer.learning_rate == 0.0001
    assert all(layer.kind != "Dropout" for layer in run.recipe.layers)


def test_facts_carry_their_line():
    (run,) = page(PAGE)
    assert run.script.fit["epochs"].line == 12
    assert run.recipe.layers[1].line == 8


def test_nothing_pasted_is_executed(tmp_path):
    canary = tmp_path / "canary"
    text = (
        f"import os\nmodel = Sequential()\nopen({str(canary)!r}, 'w')\nmodel.fit(x, y, epochs=2)\n"
    )
    page(text + f"__import__('os').system('touch {canary}')\n")
    assert not canary.exists()


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_in_words(text):
    page(text)


@given(st.lists(st.sampled_from(PAGE.splitlines()), max_size=30).map("\n".join))
def test_any_shuffled_page_is_read(text):
    page(text)


@pytest.mark.costly
@pytest.mark.parametrize(
    "line", [" " * 200_000, "a - " * 50_000, "1/1 " * 50_000, "(" * 100_000, "{'a': [\n" * 50_000]
)
def test_time_grows_no_faster_than_the_text(line, cost):
    # A reader whose time grows with the square takes thousands of turns.
    assert cost(lambda: page(f"Epoch 1/2\n{line}\nloss: {line}\n"), enough=60) < 60


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x00\x01\x02" * 100, "binary"),
        (b"", "it is empty"),
        (b"hello there, nothing to see", "no training log"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a picture"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "given.txt"
    path.write_bytes(content)
    with pytest.raises(UnreadableSourceError, match=message) as error:
        read(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "Epoch 0: 100%|#| 9/9 [1it/s, loss=0.5.1]",
        "| Adam | epoch: 001 | loss: 0.6.4 -- iter: 64/64",
        "Epoch[0] Train-accuracy=0.4.2",
        "x solver.cpp:229] Iteration 20, loss = 8.3.3",
        "epoch train_loss valid_loss time\n\u00b2 0.5 0.4 1",
        '{"epoch": 1, "loss": 1' + "0" * 400 + "}",
        "{'loss': [1" + "0" * 400 + "]}",
        "Train on 1" + "0" * 5000 + " samples",
        'epoch,loss\n"' + "a," * 100_000 + '"',
    ],
)
def test_figures_that_are_none_crash_nothing(text):
    page(text)


def test_a_question_in_words_alone_is_cannot_tell_with_what_to_bring():
    from fitdoctor import doctor

    (run,) = page("My validation loss goes up slowly while the accuracy also goes up. Why is that?")
    diagnosis = doctor.examine(run)
    assert diagnosis.verdict == "cannot_tell"
    assert diagnosis.bring


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UnreadableSourceError, match="no such file"):
        read(tmp_path / "nowhere.log")


SCRIPT = """model = Sequential([Dense(8, activation='relu', input_dim=20), Dense(2)])
model.compile('adam', 'mse')
model.fit(x, y, epochs=2)
"""


def test_a_log_in_comments_beneath_a_script_is_read():
    log = "# Epoch 1/2\n# 9/9 [====] - 1s - loss: 0.70\n# Epoch 2/2\n# 9/9 [====] - 1s - loss: 0.60"
    run = read_page(Page((SCRIPT + log).splitlines()), "script.py", all_formats())[0]
    assert run.curves["loss"].values.tolist() == [0.70, 0.60]
    assert run.script is not None


def test_a_remark_with_figures_is_a_statement_where_somebody_asks():
    remark = SCRIPT + "# acc: 0.998, val_acc: 0.52"
    (run,) = page("Why does my network not generalise?\n\n" + remark)
    assert not run.curves
    stated = {s.predicate: s.value for s in run.claims}
    assert (stated["said_accuracy"], stated["said_val_accuracy"]) == (0.998, 0.52)
    assert not read_page(Page(remark.splitlines(), program=True), "s.py", all_formats())[0].claims


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("print(np.bincount(y))   # [9500  500]", (9500, 500)),
        ("print(np.unique(y, return_counts=True))  # (array([0, 1]), array([98210,  1790]))",
         (98210, 1790)),
        ("print(Counter(labels))  # Counter({'cat': 900, 'dog': 30})", (900, 30)),
        ("print(len(y))  # [3, 4]", ()),
        ("print(np.bincount(y))  # one is rare", ()),
    ],
)  # fmt: skip
def test_classes_that_a_comment_counts_are_known(line: str, counts: tuple[int, ...]):
    run = read_page(Page([*SCRIPT.splitlines(), line]), "s.py", all_formats())[0]
    assert run.data is not None
    assert run.data.class_counts == counts


def notebook_of(tmp_path, *cells):
    kinds = [("code" if cell.startswith("from ") else "markdown", cell) for cell in cells]
    made = [{"cell_type": kind, "source": [text], "outputs": []} for kind, text in kinds]
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": made}))
    return read(path)[0]


NETWORK = (
    "from keras import layers, Sequential\n"
    "model = Sequential([layers.Flatten(), layers.Dense(64, 'relu'), layers.Dense(4, 'softmax')])\n"
    "model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    "model.fit(x, y, epochs=20, validation_split=0.2)\n"
)


def test_what_a_notebook_teaches_is_no_trouble_of_its_own(tmp_path):
    lesson = (
        "Signs of overfitting: training accuracy is high, validation accuracy is low. 4 classes."
    )
    own = "My training accuracy is high, validation accuracy is low. I have 9 classes."
    for cell in (lesson, own):
        run = notebook_of(tmp_path, cell, NETWORK)
        assert not run.claims
        assert not run.prose
        assert run.data is None or run.data.n_classes is None


TAUGHT = (
    "Accuracy on the training set is 99 %, on the validation set 51 %: overfitting.",
    "Neighbouring slices of one patient would be in training and in validation.",
    "There are two kinds of cells, normal and reduction cells; ImageNet has 1000 classes.",
    "Using a smaller learning rate fixed it: with Adam at 1e-5 the loss went down at once.",
    "Total params: 8,388,680\nTrainable params: 0\nNon-trainable params: 8,388,680",
    "ResNet50 was trained with a batch size of 4096 and a learning rate of 12.",
    "The loss became nan after the second epoch, and the model predicts one class only.",
    "Outputs are the probabilities of several labels, which can all be true at once.",
)
"""Sentences that would be causes or troubles if an asker wrote them."""


@pytest.mark.parametrize("lesson", TAUGHT)
def test_what_a_program_explains_makes_nobody_sick(lesson: str, tmp_path):
    def judged(name: str, written: str):
        (tmp_path / name).write_text(written)
        diagnosis = doctor.diagnose(tmp_path / name)
        return diagnosis.verdict, [(c.rule, c.severity) for c in diagnosis.causes]

    comment = "".join(f"# {line}\n" for line in lesson.split("\n"))
    alone = judged("plain.py", NETWORK)
    assert alone[0] != "sick"
    inside = f'{NETWORK}\ndef f():\n    """Explain.\n\n    {lesson}\n    """\n'
    for written in (f'"""A lesson.\n\n{lesson}\n"""\n{NETWORK}', NETWORK + comment, inside):
        assert judged("script.py", written) == alone
    notebook_of(tmp_path, f"# Lesson\n\n{lesson}", NETWORK, "I tried my best.", lesson)
    diagnosis = doctor.diagnose(tmp_path / "lesson.ipynb")
    assert [(c.rule, c.severity) for c in diagnosis.causes] == alone[1]
    assert diagnosis.run.claims == ()


SAVED_NOTEBOOK = f'''# Exported from a notebook
import keras
!pip install -q albumentations
%matplotlib inline
if keras:
    !nvidia-smi
{NETWORK}
"""
other = Sequential([layers.Flatten(), layers.Dense(4)])
other.compile('sgd', 'categorical_crossentropy')
other.fit(x, y, epochs=7)
"""
print(model.count_params())
'''


def test_code_in_a_string_is_none_beside_commands_to_ipython(tmp_path):
    (tmp_path / "plain.py").write_text(SAVED_NOTEBOOK)
    script = doctor.diagnose(tmp_path / "plain.py").run.script
    assert script.recipe.epochs == 20
    assert "sgd" not in str(script)
    awake = SAVED_NOTEBOOK.replace('"""\n', "")
    (tmp_path / "plain.py").write_text(awake)
    assert "sgd" in str(doctor.diagnose(tmp_path / "plain.py").run.script)


def test_a_long_comment_is_no_fact_unless_somebody_asks():
    lesson = [
        "# Notes",
        "# -----",
        "# ImageNet has 1000 classes.",
        "# It took years.",
        "# The end.",
    ]
    own = [*lesson[:3], "# Why is my accuracy low?", "# Thanks."]
    for comment, known in ((lesson, set()), (own, {"n_classes"})):
        (run,) = page("\n".join([*comment, NETWORK]))
        assert {s.predicate for s in run.claims} == known


TWO_TASKS = """from keras import layers, Sequential
one = Sequential([layers.Flatten(), layers.Dense({0}, 'softmax')])
one.compile('adam', 'categorical_crossentropy')
one.fit(x, kinds, epochs=5)
two = Sequential([layers.Flatten(), layers.Dense({1}, 'softmax')])
two.compile('adam', 'categorical_crossentropy')
two.fit(u, others, epochs=5)

I have 3 classes of birds. Why is my accuracy low?
"""


@pytest.mark.parametrize(
    ("one", "two", "blamed"), [(3, 8, False), (8, 3, False), (8, 8, True), (8, 6, True)]
)
def test_a_number_of_classes_is_of_the_network_that_it_fits(one, two, blamed, tmp_path):
    (tmp_path / "question.txt").write_text(TWO_TASKS.format(one, two))
    causes = doctor.diagnose(tmp_path / "question.txt").causes
    (cause,) = [c for c in causes if c.rule == "output_units_differ_from_classes"]
    shown = [e for e in cause.evidence if not e.words]
    assert bool(shown) is blamed


SQUARED_THEN_RIGHT = """
one = Sequential([Dense(32, activation="relu", input_shape=(13,)), Dense(3, activation="softmax")])
one.compile("adam", "mse", metrics=["accuracy"])
one.fit(x, to_categorical(kinds, 3), epochs=50)
two = Sequential([Dense(32, activation="relu", input_shape=(13,)), Dense(3, activation="softmax")])
two.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
two.fit(x, kinds, epochs=50)
"""
LOG = """
Epoch 1/2
9/9 [====] - 1s - loss: 1.0986 - accuracy: 0.3333
Epoch 2/2
9/9 [====] - 1s - loss: 0.8986 - accuracy: 0.5333
"""


def test_a_cause_in_any_network_of_a_script_counts_and_a_log_is_of_the_last():
    (run,) = page(SQUARED_THEN_RIGHT)
    named = [cause.rule for cause in doctor.examine(run).causes]
    assert named[0] == "loss_unsuited_to_task"
    assert "1 more network" in text.render(doctor.examine(run))
    (run,) = page(SQUARED_THEN_RIGHT + LOG)
    assert run.beside == ()
    assert "loss_unsuited_to_task" not in [cause.rule for cause in doctor.examine(run).causes]


@pytest.mark.parametrize("word", ["nan", "NaN", "inf"])
@pytest.mark.parametrize("gap", [" ", "  ", " | ", ", "])
def test_a_name_behind_what_is_no_number_is_a_name_of_its_own(word, gap):
    rows = [f"Epoch {e}/6 train_loss: 0.{9 - e}000{gap}val_loss: 1.{e}000" for e in range(1, 4)]
    rows += [f"Epoch {e}/6 train_loss: {word}{gap}val_loss: {word}" for e in range(4, 7)]
    (run,) = page("\n".join(rows))
    assert set(run.curves) == {"loss", "val_loss"}
    assert len(run.curves["loss"]) == 6
    assert not np.isfinite(run.curves["loss"].values[3:]).any()


def test_a_counter_of_the_images_trained_on_counts_no_steps():
    row = "- 2s 3ms/step - loss: 1.2 - acc: 0.5 - val_loss: 1.1 - val_acc: 0.5"
    header = "Train on 840 samples, validate on 210 samples\nEpoch 1/2\n"
    (run,) = pasted(f"{header}840/840 [=====] {row}")
    assert (run.data.n_train, run.data.n_val, run.data.steps_per_epoch) == (840, 210, None)
    (run,) = pasted(f"{header}27/27 [=====] {row}")
    assert (run.data.n_train, run.data.steps_per_epoch) == (840, 27)
