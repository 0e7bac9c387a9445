"""Sentences of many makes: an accuracy is of the images that it is said of, or not read."""

import random

import pytest

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources import pasted

SENTENCES = (
    "Training accuracy is {t} and validation accuracy is {v}.",
    "The accuracy is {t} for training images, {v} for validation images.",
    "Validation accuracy: {v}; training accuracy: {t}.",
    "While the training accuracy reaches {t}, on the validation set it is only {v}.",
    "After 20 epochs the model has {t} training accuracy but {v} validation accuracy.",
    "accuracy (train) = {t}, accuracy (val) = {v}, what is wrong with my network?",
    "The test accuracy, {v}, is far below the training accuracy of {t}.",
    "With 5000 images and an 80/20 split I have training accuracy {t}, validation {v}.",
    "Training: loss 0.35, accuracy {t}; validation: loss 0.92, accuracy {v}.",
    "The loss is 0.35 in training (accuracy {t}) and 0.92 in validation (accuracy {v}).",
    "Validation accuracy never passes {v} although training accuracy is at {t}.",
    "I expected at least 0.99, but validation accuracy is {v} (training accuracy {t}).",
    "The paper reports 97.2 % validation accuracy, mine is {v}, with training accuracy at {t}.",
    "Before, validation accuracy was 0.611; now it is {v} and training accuracy {t}.",
    "Validation accuracy went from 0.311 to {v}, training accuracy from 0.402 to {t}.",
    "Accuracy on train is {t} vs {v} on validation.",
    "On train: {t} acc. On val: {v} acc. Why?",
    "The model achieves {t} and {v} accuracy on the training and validation set respectively.",
    "My friend gets 0.955 validation accuracy. My training accuracy is {t}, my validation {v}.",
    "At epoch 5 validation accuracy is 0.444, at epoch 50 it is {v} with training accuracy {t}.",
    "Top-5 accuracy is 0.987, top-1 training accuracy {t} and validation accuracy {v}.",
    "30 % of the images are for validation; accuracy there is {v}, on training {t}.",
    "Without augmentation validation accuracy was 0.591. With it, it is {v}, on training {t}.",
    "Validation accuracy is {v} at epoch 40; on the training images accuracy is {t}.",
    "The training set has 4500 images (accuracy {t}), the validation set 500 (accuracy {v}).",
    "Die Trainingsgenauigkeit ist {t}, die Validierungsgenauigkeit nur {v}.",
    "Точность на обучении {t}, на валидации {v}.",
    "训练准确率是{t}，验证准确率只有{v}。",  # noqa: RUF001
    "La précision d'entraînement est {t} et la précision de validation {v}.",
    "La exactitud de entrenamiento es {t} y la de validación {v}.",
)
FORMS = ("{:.3f}", "{:.1%}", "{:.1f} %", "{:.1f} percent")
READ_WHOLE = 0.9
"""Part of the sentences of which both figures are to be read."""


def written(form, share):
    return form.format(100 * share if "f}" in form and form != "{:.3f}" else share)


def figures(text):
    """Return what is read of each part."""
    try:
        runs = pasted(text)
    except UnreadableSourceError:
        return {}
    found = {}
    for run in runs:
        for name, curve in run.curves.items():
            if name in {"accuracy", "val_accuracy"}:
                found.setdefault(name, set()).update(curve.values.tolist())
        for claim in run.claims:
            split = claim.subject.split
            if (
                claim.predicate in {"is_at", "stays", "said_accuracy", "said_val_accuracy"}
                and claim.is_evidence
                and claim.subject.measurement == "accuracy"
                and claim.value is not None
                and split is not None
            ):
                name = "accuracy" if split == "training" else "val_accuracy"
                found.setdefault(name, set()).add(claim.value)
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_figure_goes_to_other_images(sentence, form):
    draw = random.Random(f"{sentence} {form}")
    train, val = round(draw.uniform(0.86, 0.995), 3), round(draw.uniform(0.45, 0.8), 3)
    text = sentence.format(t=written(form, train), v=written(form, val))
    for name, values in figures(text).items():
        right = train if name == "accuracy" else val
        assert all(value == pytest.approx(right) for value in values), (text, values)


def test_most_sentences_are_read_whole():
    whole = 0
    for sentence in SENTENCES:
        text = sentence.format(t="0.953", v="0.614")
        whole += figures(text).keys() == {"accuracy", "val_accuracy"}
    assert whole / len(SENTENCES) >= READ_WHOLE
