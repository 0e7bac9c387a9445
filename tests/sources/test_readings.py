"""Accuracies that single sentences do not bind: two of a page, a change, a range."""

import pytest

from fitdoctor.sources import pasted


def claims(text, predicate):
    return [c for c in pasted(text)[0].claims if c.predicate == predicate and c.is_evidence]


def at(text):
    return {(c.subject.split, c.subject.by, c.value) for c in claims(text, "is_at")}


@pytest.mark.parametrize(
    "text",
    [
        "fit ends with an accuracy of 0.97. Evaluating on the same data gives 0.31.",
        "In fit I see 96 % accuracy. model.evaluate returns 0.3 accuracy on the training data.",
    ],
)
def test_fit_and_evaluate_in_two_sentences_are_of_the_same_images(text):
    assert claims(text, "same_data_for_both")
    assert claims(text, "said_accuracy_evaluated")[0].value < 0.32


def test_evaluate_of_other_images_is_none_of_training():
    text = "fit ends with an accuracy of 0.97. Evaluating on the test images gives 0.31."
    assert not claims(text, "same_data_for_both")


@pytest.mark.parametrize(
    ("text", "split", "way"),
    [
        ("Validation accuracy climbs to 83 % by epoch 12 and has come down to 79 % by epoch 40.",
         "validation", "falls"),
        ("After 8 epochs I have 0.71 validation accuracy, after 30 epochs 0.66.",
         "validation", "falls"),
        ("Test accuracy was 60 % at epoch 5 and 74 % at epoch 20.", "test", "rises"),
        ("On the training images the accuracy went from 90 to 99.6 %.", "training", "rises"),
    ],
)  # fmt: skip
def test_two_epochs_are_a_course(text, split, way):
    moved = [c for c in claims(text, way) if c.subject.measurement == "accuracy"]
    assert {c.subject.split for c in moved} == {split}
    other = {"falls": "rises", "rises": "falls"}[way]
    assert not [c for c in claims(text, other) if c.subject.split == split]


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("Validation loss went from 0.45 to 0.92.", "rises"),
        ("Validation loss was 0.31 at epoch 6 and 0.55 at epoch 40.", "rises"),
        ("The validation loss went from 1.9 to 0.4.", "falls"),
    ],
)
def test_losses_have_a_course_too(text, way):
    moved = [c for c in claims(text, way) if c.subject.measurement == "loss"]
    assert {c.subject.split for c in moved} == {"validation"}


@pytest.mark.parametrize(
    "text",
    [
        "Validation accuracy is 0.71 at epoch 8 and 0.712 at epoch 30.",
        "Training accuracy is 0.9 and validation accuracy 0.6 at epoch 10.",
        "The accuracy of the paper is 95 % at epoch 100, mine 60 % at epoch 20.",
    ],
)
def test_one_epoch_another_training_and_noise_are_none(text):
    assert not [c for w in ("falls", "rises") for c in claims(text, w)]


@pytest.mark.parametrize(
    ("text", "split", "middle"),
    [
        ("My accuracy lies between 0.5 and 0.6.", None, 0.55),
        ("Validation accuracy stays between 48 and 53 percent.", "validation", 0.505),
        ("Die Validierungsgenauigkeit liegt zwischen 40 und 44 %.", "validation", 0.42),
    ],
)
def test_a_range_stands_for_its_middle(text, split, middle):
    found = [v for s, _, v in at(text) if s == split]
    assert found == [pytest.approx(middle)]


@pytest.mark.parametrize(
    "text",
    [
        "I use 80 % of the images for training and 20 % for validation.",
        "I hold back 15 % for testing, and 85 % for training.",
    ],
)
def test_parts_of_a_set_are_no_accuracies(text):
    assert not at(f"My network does not learn anything. {text}")


def test_a_figure_of_the_next_clause_is_of_its_own_images():
    text = "Validation accuracy is 79 % at epoch 40; on the training images it is 99 %."
    assert {(s, v) for s, _, v in at(text)} == {("validation", 0.79), ("training", 0.99)}
