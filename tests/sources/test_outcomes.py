"""What askers say happened, in many words for each; and what says nothing."""

import pytest

from fitdoctor.records.claim import evidence
from fitdoctor.sources import _prose
from fitdoctor.sources._figures import FIGURES as FIGURE_ROWS
from fitdoctor.sources._outcomes import OUTCOMES
from fitdoctor.sources._quantities import QUANTITIES
from fitdoctor.sources.run_folder import told_by_error

SAID = [
    ("depends_on_batch", "Other predictions with another batch size in inference"),
    ("depends_on_batch", "At test time the accuracy changes with the batch size that I choose."),
    ("depends_on_batch", "With batch size 1 prediction gives other results than with 64."),
    (
        "depends_on_batch",
        "The same picture gets a different class when it stands in another batch.",
    ),
    ("worse_in_eval_mode", "With is_training=True it is 0.97, with is_training=False it drops."),
    ("without_batchnorm_fine", "As soon as I disable batch_norm the test accuracy is fine."),
    ("half_precision_used", "I train with apex at level O1."),
    ("half_precision_used", "python train.py --fp16 --epochs 90"),
    ("full_precision_fine", "Without mixed precision everything is stable."),
    ("resumed", "I resumed the training from the last checkpoint."),
    ("resumed", "I continue from the saved weights of epoch 12."),
    ("loss_does_not_fall", "The loss does not go down whatever I do."),
    ("loss_does_not_fall", "My loss isn't decreasing."),
    ("results_differ_each_time", "I ran the script again and the accuracy was 71 instead of 84."),
    ("evaluate_differs", "The accuracy is high, but predict on the same images is mostly wrong."),
    (
        "validation_better",
        "My validation accuracy is higher than my training accuracy. Is that possible?",
    ),
    ("validation_better", "Why is val_acc always greater than acc?"),
    (
        "validation_better",
        "The validation loss is lower than the training loss during the whole training.",
    ),
    ("validation_better", "val_loss < loss in all epochs, what does it mean?"),
    ("validation_better", "Test accuracy better than train accuracy with dropout"),
    ("validation_better", "Почему точность на валидации выше, чем на обучении?"),
    ("validation_better", "为什么验证集准确率比训练集高?"),
    ("validation_better", "Training loss higher than validation loss"),
    ("train_good_val_bad", "I get 99% training accuracy but only 55% validation accuracy."),
    (
        "train_good_val_bad",
        "Training accuracy reaches 0.98 while validation accuracy is stuck at 0.5.",
    ),
    ("train_good_val_bad", "High training accuracy, low validation accuracy"),
    (
        "train_good_val_bad",
        "The model performs very well on the training set but poorly on the test set.",
    ),
    ("train_good_val_bad", "На обучении точность 99%, а на валидации всего 50%"),
    ("train_good_val_bad", "训练准确率99%,验证准确率只有50%"),
    ("val_accuracy_zero", "My val_acc is always 0.0000e+00"),
    ("val_accuracy_zero", "validation accuracy stays at zero for all epochs"),
    ("val_accuracy_zero", "val_accuracy: 0.0000 in every epoch"),
    ("val_accuracy_zero", "Точность на валидации всегда 0"),
    ("same_every_epoch", "The accuracy does not change at all from epoch to epoch."),
    ("same_every_epoch", "val_acc is stuck at exactly the same value"),
    ("same_every_epoch", "Accuracy is not changing after each epoch"),
    ("same_every_epoch", "Loss and accuracy remain constant"),
    ("same_every_epoch", "Точность не меняется от эпохи к эпохе"),
    ("same_every_epoch", "准确率一直不变"),
    ("same_output_for_all", "The network predicts the same value for every input."),
    ("same_output_for_all", "My CNN outputs the same probabilities for all images"),
    ("same_output_for_all", "model.predict always returns the same output"),
    ("same_output_for_all", "Модель выдает одинаковый результат для всех картинок"),
    ("one_class_predicted", "It always predicts the same class"),
    ("one_class_predicted", "The model always predicts class 0"),
    ("one_class_predicted", "Модель всегда предсказывает один класс"),
    ("stuck_at_chance", "The accuracy is stuck at 50%"),
    ("stuck_at_chance", "My model does not learn anything"),
    ("stuck_at_chance", "The network is not learning."),
    ("stuck_at_chance", "Нейросеть не обучается"),
    ("stuck_at_chance", "accuracy stays around 10% which is random guessing"),
    ("loss_nan", "After the first epoch the loss becomes nan"),
    ("loss_nan", "I get loss: nan"),
    ("loss_nan", "my loss is NaN from the start"),
    ("loss_nan", "Потери становятся nan"),
    (
        "collapsed_after_learning",
        "The training goes fine for 20 epochs, then suddenly the accuracy drops to 50% and never recovers.",
    ),
    ("collapsed_after_learning", "Accuracy reaches 95% and then collapses to 10%"),
    ("collapsed_after_learning", "after epoch 15 the accuracy suddenly dropped to chance"),
    (
        "got_worse_again",
        "After 100 epochs both training and validation loss start to increase again.",
    ),
    ("got_worse_again", "training loss increases again after some epochs"),
    (
        "val_loss_and_accuracy_rise",
        "Validation loss increases but validation accuracy also increases",
    ),
    ("val_loss_and_accuracy_rise", "val_loss goes up while val_acc keeps improving"),
    (
        "val_loss_and_accuracy_rise",
        "How can the loss and the accuracy both increase on the validation set?",
    ),
    ("val_loss_rises", "val_loss starts increasing after epoch 10"),
    ("val_loss_rises", "the validation loss keeps going up"),
    ("val_loss_rises", "Validation loss is increasing"),
    ("training_improves", "training loss keeps decreasing"),
    ("training_improves", "the training loss decreases nicely"),
    ("training_improves", "train accuracy keeps going up"),
    ("val_fluctuates", "the validation accuracy fluctuates a lot"),
    ("val_fluctuates", "val_loss is very noisy and jumps between epochs"),
    ("val_fluctuates", "Validation accuracy oscillates"),
    ("val_fluctuates", "точность на валидации сильно скачет"),
    ("jump_at_resume", "When I resume training from a checkpoint the loss jumps up."),
    (
        "jump_at_resume",
        "After loading the weights and continuing the training the loss starts much higher than where it stopped.",
    ),
    ("evaluate_differs", "model.evaluate gives much lower accuracy than during training"),
    ("evaluate_differs", "model.predict gives different results from model.evaluate"),
    (
        "evaluate_differs",
        "The accuracy from model.evaluate on the same data is much worse than what fit printed",
    ),
    (
        "same_data_for_both",
        "I used the same data for training and validation but the accuracy is different.",
    ),
    (
        "same_data_for_both",
        "Even when I pass the training set as the validation set, val_loss is much higher than loss",
    ),
    ("other_backbone_works", "The same code works fine with VGG16"),
    ("other_backbone_works", "If I use VGG16 instead everything works"),
    ("other_backbone_works", "With VGG19 it trains well"),
    ("frames_of_videos", "the images are extracted from videos"),
    ("frames_of_videos", "I have several slices per patient"),
    ("frames_of_videos", "my dataset consists of consecutive video frames"),
    (
        "classes_swapped",
        "the labels seem to be swapped: cats are predicted as dogs and dogs as cats",
    ),
    (
        "outcome_varies",
        "Sometimes the model trains well and sometimes it gets stuck at 50% accuracy",
    ),
    ("outcome_varies", "If I run the same code again it sometimes fails to learn"),
    ("outcome_varies", "About one in three runs never converges"),
    ("train_accuracy_perfect_at_once", "accuracy is 1.0000 from the very first epoch"),
    ("train_accuracy_perfect_at_once", "I get 100% accuracy after the first epoch"),
    ("accuracy_too_high", "the accuracy is suspiciously high"),
    ("without_batchnorm_fine", "When I remove the BatchNormalization layers everything works"),
    ("without_batchnorm_fine", "Without batch norm it is fine"),
    ("good_on_new_data", "It works very well on new images"),
    ("worse_after_fine_tuning_began", "after unfreezing the layers the accuracy drops"),
    (
        "worse_after_fine_tuning_began",
        "As soon as fine-tuning starts the accuracy falls below what it was before",
    ),
    ("spikes_recover", "the validation loss has random spikes but then goes back down"),
]
NOTHING = [
    "I train a CNN on 5 classes with 200 images per class.",
    "The training takes 3 hours.",
    "I use Adam with a learning rate of 0.001 and batch size 32.",
    "My training accuracy is 90 % and the validation accuracy is 88 %, is that OK?",
    "The images are 224x224 and I use data augmentation.",
    "validation accuracy is 0.85 after 20 epochs",
    "The dataset has 20 % test images.",
    "I split the data 80/20 into training and validation.",
    "How can I improve the accuracy of my model?",
    "loss: 0.5 - acc: 0.8",
    "After 10 epochs accuracy is 95 %.",
    "the validation loss decreases in every epoch",
    "both the training and the validation loss decrease",
    "I saved the weights and load them later for prediction.",
    "I want to use 50% dropout.",
    "The accuracy of the model is good but I would like to speed it up.",
    "Can I continue training from a checkpoint?",
    "How do I plot the training and validation accuracy?",
    "I have 2 classes: cats and dogs. All images have the same size.",
    "Each image has only one class.",
    "The same image can appear in several classes.",
    "We always normalise images to 0..1.",
    "The training set is larger than the test set.",
    "test images are higher resolution than training images",
    "The model is saved after each epoch if val_loss improves",
    "The validation accuracy does not improve any more after epoch 30 and stays at 85%",
    "accuracy 100% on training set and 97% on test set",
    "It is constant in all our experiments that Adam works well",
    "I train only the last layer, the others stay frozen.",
    "Do I need to shuffle the validation set?",
    "early stopping with patience 5",
]
FIGURES = {"said_accuracy", "said_val_accuracy", "n_classes", "per_class", "batch_size", "learning_rate", "image_size", "epochs", "n_train",
           "n_val", "since_augmentation", "scaled_to_unit", "accuracies_agree"}  # fmt: skip


@pytest.mark.parametrize(("name", "sentence"), SAID, ids=lambda value: str(value)[:40])
def test_an_outcome_is_understood_in_other_words(name, sentence):
    assert name in {c.predicate for c in evidence(_prose.claims([sentence]))}


@pytest.mark.parametrize("sentence", NOTHING, ids=lambda value: value[:40])
def test_ordinary_sentences_state_no_outcome(sentence):
    said = {c.predicate for c in evidence(_prose.claims([sentence]))}
    assert said & {name for name, _ in OUTCOMES} <= FIGURES


OTHERWISE = [
    ("depends_on_batch", "Test accuracy is different each time, my batch size is 16."),
    ("depends_on_batch", "With a larger batch size in training the test accuracy is lower."),
    ("depends_on_batch", "What batch size should I take for prediction?"),
    ("half_precision_used", "The amplitude of the loss is small."),
    ("loss_does_not_fall", "The validation loss does not decrease."),
    ("loss_does_not_fall", "The loss falls and then does not improve any more."),
    ("loss_does_not_fall", "The loss does not fall below 0.2."),
    ("resumed", "Training continues with the next class."),
    ("evaluate_differs", "Predictions on new images are mostly wrong."),
    ("worse_in_eval_mode", "I set trainable to False and the accuracy is lower than with True."),
]


@pytest.mark.parametrize(("name", "sentence"), OTHERWISE, ids=lambda value: value[:40])
def test_a_sentence_of_like_words_does_not_state_it(name, sentence):
    assert name not in {s.predicate for s in _prose.claims([sentence])}


IN_OTHER_LANGUAGES = [
    (
        "Tengo 500 imágenes por clase y 4 clases. La tasa de aprendizaje es 0.001.",
        {"n_classes": 4, "per_class": 500, "learning_rate": 0.001},
    ),
    (
        "Tenho 300 imagens por classe, 5 classes, tamanho de lote 32",
        {"n_classes": 5, "per_class": 300, "batch_size": 32},
    ),
    (
        "Mam 200 zdjęć na klasę i trzy klasy, 100 obrazów do walidacji",
        {"n_classes": 3, "per_class": 200, "n_val": 100},
    ),
    (
        "各クラス100枚、5クラス、バッチサイズは32",
        {"n_classes": 5, "per_class": 100, "batch_size": 32},
    ),
    ("मेरे पास 4 वर्ग हैं", {"n_classes": 4}),
    (
        "Ich habe 250 Bilder pro Klasse und drei Klassen, Lernrate 0,01",
        {"n_classes": 3, "per_class": 250, "learning_rate": 0.01},
    ),
    (
        "У меня 3 класса по 200 изображений в каждом классе, размер батча 16",
        {"n_classes": 3, "per_class": 200, "batch_size": 16},
    ),
    (
        "每类200张图片,共5类,学习率0.001,批大小32",
        {"n_classes": 5, "per_class": 200, "learning_rate": 0.001, "batch_size": 32},
    ),
    ("A veces se atasca en el 50 %", {"outcome_varies": 0.5}),
    ("Às vezes trava em 50%", {"outcome_varies": 0.5}),
    ("Czasami utknie na 50%", {"outcome_varies": 0.5}),
    ("時々50%のままで収束しない", {"outcome_varies": 0.5}),
]


@pytest.mark.parametrize(("sentence", "figures"), IN_OTHER_LANGUAGES, ids=lambda v: str(v)[:30])
def test_figures_are_read_in_other_languages(sentence, figures):
    said = {c.predicate: c.value for c in evidence(_prose.claims([sentence]))}
    known = {name for name, _ in (*OUTCOMES, *FIGURE_ROWS)} | QUANTITIES
    assert {name: value for name, value in said.items() if name in known} == figures


@pytest.mark.parametrize(
    "sentence",
    [
        "The accuracy of both the training and the validation goes up slowly.",
        "Loss for both training and validation is around 0.3.",
    ],
)
def test_figures_of_both_parts_are_no_common_images(sentence):
    assert "same_data_for_both" not in {claim.predicate for claim in _prose.claims([sentence])}


SHAPES = "Received: target.shape={}, output.shape={}"


@pytest.mark.parametrize(
    ("error", "names"),
    [
        (f"must have the same rank (ndim). {SHAPES.format('(None,)', '(None, 7)')}", {"error_label_encoding"}),
        (f"must have the same shape. {SHAPES.format('(None, 1)', '(32, 12)')}", {"error_label_encoding"}),
        (f"must have rank (ndim) `target.ndim - 1`. {SHAPES.format('(8, 4)', '(8, 4)')}", {"error_label_encoding"}),
        ("must have the same shape up until the last dimension: target.shape=(None, 5), output.shape=(None, 5)",
         {"error_label_encoding"}),
        (f"must have the same shape. {SHAPES.format('(None, 5)', '(None, 4)')}", {"error_units"}),
        # A layer that flattens is missing, or one label for one output.
        (f"must have rank (ndim) `target.ndim - 1`. {SHAPES.format('(None,)', '(None, 9, 9, 4)')}", set()),
        (f"must have the same rank (ndim). {SHAPES.format('(None, 1)', '(None, 6, 1)')}", set()),
    ],
)  # fmt: skip
def test_shapes_that_keras_refuses_tell_what_does_not_fit(error, names):
    told = told_by_error(f"ValueError: Arguments `target` and `output` {error}")
    assert {claim.predicate for claim in told} == names
