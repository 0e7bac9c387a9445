"""Accuracies in words, and of which images each is."""

import pytest

from fitdoctor.sources._levels import levels, named
from fitdoctor.sources._prose import claims


@pytest.mark.parametrize(
    ("sentence", "train", "val"),
    [
        ("Training accuracy 0.98, validation accuracy 0.51.", 0.98, 0.51),
        ("I get 99 % on the training set but only 60 % on the test set.", 0.99, 0.6),
        ("Training and validation accuracy are 0.98 and 0.51.", 0.98, 0.51),
        ("Training acc. 100 %, validation acc. 61 %.", 1.0, 0.61),
        ("Training accuracy rises from 0.3 to 0.9 while val accuracy is 0.88.", 0.9, 0.88),
        ("Точность на обучающей выборке 0,98, на валидации 0,61", 0.98, 0.61),
        ("训练集准确率99%,但验证集只有60%", 0.99, 0.6),
        ("Training accuracy is 0.93 with a validation_split=0.2.", 0.93, None),
        ("The training loss is 0.31, the validation loss 0.35.", None, None),
        ("Dropout is 0.5 and 20 % of the images are for validation; the accuracy is bad.", None, None),
    ],
)  # fmt: skip
def test_each_figure_goes_to_its_images(sentence: str, train: float | None, val: float | None):
    found = {c.predicate: c.value for c in named(list(levels(sentence)))}
    assert found.get("said_accuracy") == train
    assert found.get("said_val_accuracy") == val


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Training accuracy 0.98, validation accuracy 0.51.", "train_good_val_bad"),
        ("Training accuracy 0.83, validation accuracy 0.91.", "validation_better"),
        ("The training accuracy is 0.97. Evaluate on the training images gives an accuracy of 0.52.",
         "evaluate_differs"),
        ("Training accuracy 0.83. When I evaluate on the training set I get 0.93 accuracy.",
         "better_in_inference"),
    ],
)  # fmt: skip
def test_levels_amount_to_outcomes(text: str, name: str):
    assert name in {s.predicate for s in claims([text])}


def test_levels_near_each_other_amount_to_nothing():
    names = {s.predicate for s in claims(["Training accuracy 0.93, validation accuracy 0.92."])}
    assert not names & {"train_good_val_bad", "validation_better", "evaluate_differs"}
