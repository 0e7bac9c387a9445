"""Counts that scripts print beside the log, and what they are taken for."""

import pytest

from fitdoctor.sources import all_formats
from fitdoctor.sources._format import Page
from fitdoctor.sources._page import read_page
from fitdoctor.sources._printed import printed


def read(text: str):
    return read_page(Page(text.split("\n")), "page", all_formats())[0]


def test_the_first_folder_trains_and_the_second_validates():
    found = printed(
        ["Found 16 images belonging to 2 classes.", "# Found 624 images belonging to 2 classes."]
    )
    assert (found.n_train, found.n_val, found.n_classes) == (16, 624, 2)


def test_a_folder_of_other_classes_is_not_the_validation_set():
    found = printed(
        ["Found 16 files belonging to 2 classes.", "Found 9 files belonging to 3 classes."]
    )
    assert found.n_val is None


@pytest.mark.parametrize(
    ("classes", "n_classes"),
    [((1, 1, 3, 3), 3), ((1, 4, 4), 4), ((1, 1), 1), ((1,), 1), ((3, 3, 1), 3)],
)
def test_folders_of_one_class_that_are_shown_before_are_not_the_images(classes, n_classes):
    lines = [f"Found {90 + n} images belonging to {k} classes." for n, k in enumerate(classes)]
    found = printed(lines)
    first = classes.index(n_classes)
    assert (found.n_classes, found.n_train) == (n_classes, 90 + first)
    assert not found.claims


def test_a_training_folder_of_one_class_beside_one_of_several_is_told():
    found = printed(
        ["Found 90 images belonging to 1 classes.", "Found 20 images belonging to 2 classes."]
    )
    assert found.n_classes == 1
    assert [s.predicate for s in found.claims] == ["error_classes_differ"]


def test_parts_of_one_folder_are_read_from_what_they_use():
    lines = ["Found 100 files belonging to 5 classes.", "Using 80 files for training.",
             "Using 20 files for validation."]  # fmt: skip
    found = printed(lines)
    assert (found.n_train, found.n_val) == (80, 20)


def test_a_confusion_matrix_gives_counts_and_a_constant_answer():
    found = printed(["[[1900    0]", " [ 100    0]]", "done"])
    assert found.class_counts == (1900, 100)
    assert [s.predicate for s in found.claims] == ["one_class_predicted"]
    assert not printed(["[[90 10]", " [ 9 91]]"]).claims
    assert not printed(["[1, 2, 3]", "[4, 5, 6]"]).class_counts


def test_rows_inside_a_larger_array_are_no_confusion_matrix():
    pixels = ["array([[[ 9,  8,  7],", "        [ 6,  5,  4],", "        ...,",
              "        [12, 30, 40],", "        [15, 31, 44],", "        [19, 36, 47]],", "",
              "       [[ 1,  2,  3],", "        [ 4,  5,  6],", "        [ 7,  8,  9],",
              "        ..."]  # fmt: skip
    assert not printed(pixels).class_counts
    assert not printed(["[[[8 1]", "  [1 8]]]"]).class_counts
    assert printed(["[[8 1]", " [1 8]]"]).class_counts == (9, 9)


def test_a_report_gives_the_support_of_each_class():
    found = printed(
        ["     cat   0.91  1.00  0.95  910", "     dog   0.00  0.00  0.00   90",
         "accuracy                 0.91  1000", "macro avg   0.46  0.50  0.48  1000"]
    )  # fmt: skip
    assert found.class_counts == (910, 90)
    assert found.claims[0].predicate == "one_class_predicted"


def test_labels_are_told_from_any_list_of_numbers():
    assert printed(["print(np.unique(y))", "# [1 2 3 4]"]).claims[0].value == 1
    assert not printed(["print(sizes)", "[1 2 3 4]"]).claims


def test_what_evaluate_prints_is_no_epoch():
    log = "Epoch 1/2\n9/9 - loss: 0.5 - accuracy: 0.8\nEpoch 2/2\n9/9 - loss: 0.3 - accuracy: 0.9\n"
    run = read(f"model.fit(x, y)\n{log}>>> model.evaluate(x, y)\n9/9 - loss: 2.0 - accuracy: 0.5\n")
    assert list(run.curves["accuracy"].values) == [0.8, 0.9]
    assert run.evaluated == {"loss": 2.0, "accuracy": 0.5}


def test_figures_apart_by_a_space_only():
    run = read("\n".join(f"Epoch: {i} train_loss: {2 / i:.2f} train_acc: 0.4{i} val_loss: 1.{i} "
                         f"val acc: 0.3{i}" for i in range(1, 5)))  # fmt: skip
    assert sorted(run.curves) == ["accuracy", "loss", "val_accuracy", "val_loss"]


def test_old_counters_of_samples_are_not_steps():
    log = "60000/60000 [=====] - 6s 97us/step - loss: 1.2 - acc: 0.5 - val_loss: 1.1 - val_acc: 0.5"
    code = "model.compile('sgd', 'mse', metrics=['accuracy'])\nmodel.fit(x, y, batch_size=128)\n"
    old, new = read(code + log), read(code + log.replace("acc:", "accuracy:"))
    assert old.data.n_train == 60000
    assert old.data.steps_per_epoch is None
    assert new.data.steps_per_epoch == 60000


def test_one_figure_in_a_sentence_is_no_log():
    run = read("My network does not learn, val acc = 0.5, train gets to 1.0 in the end\n")
    assert not run.curves


def test_a_report_tells_a_class_that_is_always_answered():
    rows = ["           precision  recall  f1-score  support"]
    one = [*rows, "a   0.80  0.02  0.03  234", "b   0.63  1.00  0.77  390"]
    assert [s.predicate for s in printed(one).claims] == ["one_class_predicted"]
    fair = [*rows, "a   0.80  0.40  0.53  234", "b   0.73  0.98  0.84  390"]
    assert not printed(fair).claims


def test_a_bar_that_ends_in_nan_is_a_loss_that_is_no_number():
    bar = "52/1563 [>.........] - ETA: 41s - loss: {} - accuracy: 0.0998"
    assert [s.predicate for s in printed([bar.format("nan")]).claims] == ["nan_printed"]
    assert not printed([bar.format("2.3")]).claims


CELLS = """In [3]: frame["kind"].value_counts()
Out[3]:
kind
beetle    940
moth       31
wasp       22
Name: count, dtype: int64

In [8]: confusion_matrix(true, model.predict(x_val).argmax(1))
Out[8]:
array([[188,   0,   0],
       [  6,   0,   0],
       [  4,   0,   0]], dtype=int64)
"""


def test_cells_show_counts_and_matrices_as_their_values():
    found = printed(CELLS.splitlines())
    assert found.class_counts == (188, 6, 4)
    assert [claim.predicate for claim in found.claims] == ["one_class_predicted"]
    counted = printed(CELLS.splitlines()[:7])
    assert counted.class_counts == (940, 31, 22)


def test_code_below_counts_is_no_count():
    lines = ['frame["kind"].value_counts()', "x = load()", "epochs 30", "size 224"]
    assert printed(lines).class_counts == ()
    alone = ["values = array([[3, 4],", "       [5, 6],", "       [7, 8]])"]
    assert printed(alone).class_counts == ()
