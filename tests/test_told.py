"""What sentences answer before anybody is asked: orders causes, and never makes one sure."""

import pytest

from fitdoctor import doctor, facts, sources
from fitdoctor.records.run import Run, curve
from fitdoctor.told import ROWS, told


def read(text):
    return sources.pasted(text)[-1]


def answers(text):
    return {name: one.answer for name, one in told(read(text)).items()}


def test_every_row_answers_a_fact_that_can_be_asked():
    for name, answer, _look in ROWS:
        assert answer in facts.fact(name).answers


@pytest.mark.parametrize(
    ("text", "fact", "answer"),
    [
        pytest.param(
            "My CNN reaches 97% on training. I passed the training set as validation data and "
            "validation accuracy is 12%.",
            "evaluate_on_training_images",
            "much_worse",
        ),
        pytest.param(
            "My DenseNet does not learn anything on validation, training is at 95%. VGG19 performs "
            "well on the very same folders.",
            "without_batchnorm",
            "yes",
        ),
        pytest.param(
            "The same preprocessing is used for training and validation, but validation accuracy "
            "stays at 20 % while training is 99 %.",
            "same_preparation",
            "yes",
        ),
        pytest.param(
            "The loss of my classifier is stuck. It cannot even overfit a single batch.",
            "fits_twenty_images",
            "no",
        ),
        pytest.param(
            "My network did not converge with a learning rate of 0.05. I lowered it to 0.0005 and "
            "now it converges.",
            "a_tenth_of_the_rate",
            "yes",
        ),
    ],
)
def test_a_statement_answers_its_question(text, fact, answer):
    assert answers(text)[fact] == answer


def test_statements_that_disagree_answer_nothing():
    text = (
        "My classifier overfits. The training data is shuffled. Every run gives another accuracy. "
        "The results are the same every time for VGG."
    )
    assert "other_seed" not in answers(text)


def test_what_was_read_or_answered_is_not_overruled():
    text = "The network predicts class 3 for every image, and validation accuracy is 20 %."
    run = read(text)
    assert told(run)["predicted_classes"].answer == "yes"
    assert "predicted_classes" not in told(doctor.answered(run, {"predicted_classes": "no"}))


def test_what_is_told_orders_causes_but_makes_none_likely():
    alone = (
        "My ResNet50 classifier reaches 98% accuracy on the training images. Validation accuracy "
        "stays at 10%, which is chance for my ten classes."
    )
    more = (
        f"{alone} I passed the training images as validation data and it is still at 10%. VGG16 "
        "works well on the same data."
    )
    before, after = (doctor.examine(read(text)) for text in (alone, more))
    gap = ("batchnorm_inference_gap", "frozen_batchnorm_mismatch")

    def most(diagnosis):
        return max((c.probability for c in diagnosis.causes if c.rule in gap), default=0.0)

    assert after.causes[0].rule in gap
    assert most(before) < most(after) < 0.5
    assert after.verdict != "sick"
    assert all(item.words for item in after.causes[0].evidence if item.answer)


def test_what_is_told_changes_nothing_that_figures_show():
    curves = {
        "loss": curve([1.2, 0.8, 0.5, 0.3, 0.2, 0.12, 0.08, 0.05, 0.03, 0.02, 0.01, 0.01]),
        "val_loss": curve([1.2, 0.9, 0.8, 0.9, 1.1, 1.3, 1.5, 1.8, 2.0, 2.3, 2.5, 2.8]),
    }
    shown = doctor.examine(Run(curves=curves))
    claims = read("I use VGG16 and it works well, the labels are clean.").claims
    with_words = doctor.examine(Run(curves=curves, claims=claims))
    likely = [(c.rule, c.probability) for c in shown.causes if c.probability >= 0.5]
    assert likely
    assert [(c.rule, c.probability) for c in with_words.causes if c.probability >= 0.5] == likely


@pytest.mark.parametrize(
    ("text", "fact", "answer"),
    [
        ("I fine-tune a DenseNet-121 on my leaves and validation stays bad.", "batchnorm", "yes"),
        ("My AlexNet does not learn at all, the loss stays where it is.", "batchnorm", "no"),
        ("My VGG16_bn does not learn at all, the loss stays where it is.", "batchnorm", "yes"),
        ("There are 2,400 pictures of birds and my CNN overfits them.", "training_images",
         "500_to_5000"),
        ("I have about 90k x-rays in all. Validation accuracy is bad.", "training_images",
         "above_5000"),
    ],
)  # fmt: skip
def test_what_a_network_holds_and_how_many_images_there_are(text, fact, answer):
    assert answers(text)[fact] == answer


@pytest.mark.parametrize(
    "text",
    [
        "Would a ResNet50 be better than my own four layers? Validation accuracy stays at 0.5.",
        "My own CNN does not learn, with ResNet50 the same data work fine.",
        "In the paper they train a DenseNet. My loss does not fall.",
    ],
)
def test_a_network_that_is_not_in_use_says_nothing(text):
    assert "batchnorm" not in answers(text)
