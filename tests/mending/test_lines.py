"""The lines of a person's code that a cause is about, and what to write there."""

import json

import pytest

from fitdoctor import doctor
from fitdoctor.report import text

pytest.importorskip("libcst")
HEAD = "from tensorflow import keras\nfrom tensorflow.keras import layers\n"
OUTPUT = (
    HEAD + "net = keras.Sequential()\nnet.add(layers.Flatten(input_shape=(28, 28)))\n"
    "net.add(layers.Dense(1, activation='softmax'))\n"
    "net.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])\n"
    "net.fit(images, labels, epochs=9)\n"
)


def lead(path):
    return doctor.diagnose(path).causes[0]


def written(tmp_path, words, name="page.txt"):
    path = tmp_path / name
    path.write_text(words)
    return path


def test_the_change_stands_at_the_line_as_it_is_written(tmp_path):
    (line,) = lead(written(tmp_path, OUTPUT, "train.py")).lines
    assert (line.place, line.before, line.after) == (
        "line 5",
        "net.add(layers.Dense(1, activation='softmax'))",
        "net.add(layers.Dense(1, activation='sigmoid'))",
    )


def test_sentences_and_broken_lines_around_the_code_do_not_hide_it(tmp_path):
    page = (
        f"My network never learns, why?\n\n{OUTPUT}score = net.evaluate(\nThanks a lot for help!\n"
    )
    (line,) = lead(written(tmp_path, page)).lines
    assert line.place == "line 7"
    assert line.after == "net.add(layers.Dense(1, activation='sigmoid'))"


def test_lines_of_a_notebook_count_in_their_cell(tmp_path):
    head, _, rest = OUTPUT.partition("net = ")
    cells = [
        {"cell_type": "code", "source": source, "outputs": [], "metadata": {}}
        for source in ("!pip install tensorflow", head, f"net = {rest}")
    ]
    book = {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    path = written(tmp_path, json.dumps(book), "work.ipynb")
    (line,) = lead(path).lines
    assert line.place == "cell 3, line 3"
    assert "(cell 3, line 3)" in text.render(doctor.diagnose(path))


def test_arguments_that_the_asker_left_out_stay_left_out(tmp_path):
    page = OUTPUT.replace("activation='softmax')", "activation='softmax', ...)")
    (line,) = lead(written(tmp_path, page)).lines
    assert line.after == "net.add(layers.Dense(1, activation='sigmoid', ...))"


def test_a_line_without_a_known_change_is_quoted(tmp_path):
    page = HEAD + "n = int(y_train.size / 32)\nmodel.fit(x_train, y_train, epochs=n)\n"
    found = doctor.diagnose(written(tmp_path, page, "train.py"))
    cause = next(c for c in found.causes if c.rule == "epochs_miscomputed")
    (line,) = cause.lines
    assert (line.before, line.after) == ("n = int(y_train.size / 32)", None)
    assert not cause.reason


def test_a_remedy_of_the_recipe_becomes_a_change_of_the_line(tmp_path):
    page = HEAD + (
        "model = keras.Sequential([layers.Conv2D(8, 3, input_shape=(32, 32, 3)), layers.Flatten(),\n"
        "                          layers.Dense(5, activation='relu'),\n"
        "                          layers.Dense(10, activation='softmax')])\n"
        "model.compile('adam', 'sparse_categorical_crossentropy')\nmodel.fit(x, y)\n"
    )
    found = doctor.diagnose(written(tmp_path, page, "train.py"))
    cause = next(c for c in found.causes if c.rule == "bottleneck_before_output")
    assert [line.after for line in cause.lines] == ["layers.Dense(64, activation='relu'),"]


def test_what_rests_on_words_has_no_line(tmp_path):
    page = "My CNN overfits: training accuracy 99 %, validation accuracy 60 %. What can I do?\n"
    assert not any(cause.lines for cause in doctor.diagnose(written(tmp_path, page)).causes)


def test_one_change_is_enough_for_what_it_mends_as_well(tmp_path):
    page = HEAD + (
        "(tr, ty), (te, tz) = keras.datasets.mnist.load_data()\nrt = tr / 255.0\nte = te / 255.0\n"
        "net = keras.Sequential([layers.Flatten(), layers.Dense(10, activation='softmax')])\n"
        "net.compile('adam', 'sparse_categorical_crossentropy')\nnet.fit(tr, ty)\n"
        "print(net.evaluate(te, tz))\n"
    )
    first, *others = doctor.diagnose(written(tmp_path, page, "train.py")).causes
    assert [line.before for line in first.lines] == ["rt = tr / 255.0"]
    also = {cause.rule: cause for cause in others}["pipelines_differ"]
    assert also.reason == "The change above mends this as well."
    assert not also.lines


def test_what_an_excerpt_leaves_out_hides_no_argument_and_no_import(tmp_path):
    page = (
        "Validation accuracy is 0 while training goes well. Keras 2.2.\n\n"
        "pics, marks = [], []\nfor number, name in enumerate(names):\n"
        "    for f in os.listdir(name):\n        pics.append(cv2.imread(f))\n"
        "        marks.append(number)\npics = np.array(pics)\nmarks = np.array(marks)\n"
        "model.fit(pics, marks, validation_split=0.2, ...)\n"
    )
    cause = doctor.diagnose(written(tmp_path, page)).causes[0]
    assert cause.rule == "validation_split_is_ordered"
    assert [line.after for line in cause.lines] == [
        "order = np.random.permutation(len(pics))",
        "pics, marks = pics[order], marks[order]",
    ]
