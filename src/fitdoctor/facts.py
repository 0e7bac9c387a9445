"""The facts an asker can state or look up in a minute, each with its answers.

A fact is observable: it names what to look at, never a cause. Rules say in `Rule.asks` how often
each answer is given where their cause is present; `fitdoctor.interview` chooses which one to ask.
The shares here are those of askers whose trouble is another: estimates by hand, to be replaced by
counts where answers of labelled askers are at hand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from fitdoctor import shown
from fitdoctor.catalogue.backbones import PLAIN, SHOWN_AS
from fitdoctor.errors import AnswerError
from fitdoctor.records.backbone_inputs import wanted
from fitdoctor.records.run import NOT_USED, Run


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One question about a training, with the answers it can have."""

    name: str
    text: str
    """The question as it is asked; it ends in a question mark."""
    answers: Mapping[str, float]
    """Answer -> how often askers give it whose trouble is another. They sum to one."""
    seconds: float
    """What finding the answer costs the asker."""
    how: str = ""
    """A line to run that shows it, where one does."""
    torch_text: str = ""
    """The question to people who use PyTorch, where `text` is in Keras' words."""
    torch_how: str | None = None
    """The line to them, where `how` is one of Keras; "" where there is none."""
    seen: Callable[[Run], str | None] = lambda _run: None
    """Return the answer that the sources already show."""
    bins: tuple[tuple[float, str], ...] = ()
    """Where the answer is a number: exclusive upper bounds, ascending, each with its answer."""
    shown_by: Literal["layers", "settings"] | None = None
    """The part of a script that shows it: where that was read, it is not asked."""

    def asked(self, run: Run) -> tuple[str, str]:
        """Return the question, and the line that shows its answer, in the words of a run."""
        if not run.in_pytorch and shown.speaks_keras(run):
            return self.text, self.how
        if not run.in_pytorch:  # of no library: what is Keras' own is left out
            own = self.torch_how is not None or bool(self.torch_text)
            return self.torch_text or self.text, "" if own else self.how
        how = self.how if self.torch_how is None else self.torch_how
        return self.torch_text or self.text, how

    def is_open(self, run: Run) -> bool:
        """Return whether nothing given so far answers it."""
        if self.name in run.answers or self.seen(run) is not None:
            return False
        script = run.script
        if script is None or self.shown_by is None:
            return True
        return not (script.recipe.layers if self.shown_by == "layers" else script.fit)

    def answered(self, given: str) -> str:
        """Return the answer that `given` means: a name, its beginning, or a number.

        Raises
        ------
        AnswerError
            It is none of the answers that the question takes.
        """
        plain = re.sub(r"\s+", "_", given.strip().lower())
        if plain in self.answers:
            return plain
        if self.bins and (number := _number(plain)) is not None:
            return shown.binned(number, self.bins)
        plain = _SPELLINGS.get(plain, plain)
        found = [name for name in self.answers if plain and name.startswith(plain)]
        if len(found) == 1:
            return found[0]
        raise AnswerError(f"{self.name}: the answer {given!r} is none of {', '.join(self.answers)}")


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


_SPELLINGS = {"y": "yes", "true": "yes", "1": "yes", "n": "no", "false": "no", "0": "no"}


def _fit_again(part: str) -> str:
    return f"print(model.evaluate({part}))"


ALL: tuple[Fact, ...] = (
    Fact(
        name="what_happens",
        text="Which of these describes it best?",
        answers={
            "training_good_validation_bad": 0.37,
            "validation_stays_at_chance": 0.02,
            "falls_back_to_chance": 0.01,
            "training_does_not_learn": 0.2,
            "validation_better_than_training": 0.06,
            "good_in_fit_bad_in_predict": 0.1,
            "validation_jumps": 0.08,
            "loss_is_nan_or_explodes": 0.05,
            "learns_but_ends_low": 0.06,
            "differs_from_run_to_run": 0.03,
            "accuracy_too_good": 0.02,
        },
        seconds=15,
        seen=shown.happens,
    ),
    Fact(
        name="evaluate_on_training_images",
        text="After training, what does evaluate give on the training images themselves, beside "
        "the training accuracy that fit printed in its last epoch?",
        answers={"about_the_same": 0.72, "much_worse": 0.1, "much_better": 0.18},
        seconds=60,
        how=_fit_again("x_train, y_train"),
        torch_text="With the validation loop run over the training images after training, what "
        "accuracy do they get, beside the training accuracy that the last epoch printed?",
        torch_how="",
        seen=shown.evaluated_on_training,
    ),
    Fact(
        name="same_preparation",
        text="Do validation images go through exactly the same scaling, resizing and colour "
        "order as training images?",
        answers={"yes": 0.98, "no": 0.02},
        seconds=40,
        seen=lambda run: shown.same_preparation(run, "validation"),
    ),
    Fact(
        name="same_preparation_in_predict",
        text="Do the images given to predict (or to the test) go through the same scaling, size "
        "and colour order as the images of fit?",
        torch_text="Do the images that are predicted on (or tested) go through the same "
        "transforms (scaling, size, colour order) as the images that were trained on?",
        answers={"yes": 0.98, "no": 0.02},
        seconds=40,
        seen=lambda run: shown.same_preparation(run, "predict"),
    ),
    Fact(
        name="batchnorm",
        text="Is there a BatchNormalization layer anywhere in the network, the pretrained part "
        "included?",
        answers={"yes": 0.63, "no": 0.37},
        seconds=20,
        shown_by="layers",
        how="print(any('batch' in l.name for l in model.layers))",
        torch_text="Is there a BatchNorm layer anywhere in the network, the pretrained part "
        "included?",
        torch_how="print(any('BatchNorm' in type(m).__name__ for m in model.modules()))",
        seen=shown.batchnorm,
    ),
    Fact(
        name="batch_size",
        text="How many images are in one batch?",
        answers={"up_to_4": 0.1, "5_to_15": 0.14, "16_or_more": 0.76},
        seconds=10,
        shown_by="settings",
        seen=shown.batch,
        bins=shown.BATCHES,
    ),
    Fact(
        name="pretrained_part_frozen",
        text="Is the pretrained part of the network frozen (trainable=False, requires_grad=False)?",
        answers={"yes": 0.22, "no": 0.18, "not_pretrained": 0.6},
        seconds=15,
        seen=shown.frozen,
    ),
    Fact(
        name="library_version",
        text="Is it standalone Keras up to 2.3.1 (or TensorFlow 1)?",
        answers={"yes": 0.31, "no": 0.69},
        seconds=15,
        how="print(keras.__version__)",
        torch_how="",
        seen=shown.library_version,
    ),
    Fact(
        name="pixel_range",
        text="What are the smallest and largest values of an image as it reaches the network?",
        answers={
            "0_to_1": 0.55,
            "-1_to_1": 0.13,
            "0_to_255": 0.15,
            "standardised": 0.14,
            "constant": 0.03,
        },
        seconds=40,
        how="print(x_train.min(), x_train.max())",
        torch_how="x, y = next(iter(train_loader)); print(x.min(), x.max())",
        seen=shown.pixel_range,
    ),
    Fact(
        name="backbone_input_as_documented",
        text="Are images prepared as the pretrained network asks for (its own preprocess_input, "
        "or the range of its documentation)?",
        answers={"yes": 0.54, "no": 0.04, "not_pretrained": 0.42},
        seconds=40,
        seen=lambda run: shown.unless(shown.without_backbone(run), "yes"),
    ),
    Fact(
        name="classes_mixed_in_a_batch",
        text="Print the labels of the first few training batches: are the classes mixed?",
        answers={"yes": 0.95, "no": 0.05},
        seconds=40,
        how="print(y_batch)",
        torch_how="x, y = next(iter(train_loader)); print(y)",
        seen=shown.classes_mixed,
    ),
    Fact(
        name="validation_taken_from",
        text="How was the validation part made?",
        answers={"tail_of_the_data": 0.23, "random_images": 0.42, "own_folder": 0.35},
        seconds=20,
        seen=shown.validation_from,
    ),
    Fact(
        name="data_sorted_by_class",
        text="Before any split, are the images in the arrays (or the list of files) in order of "
        "class?",
        answers={"yes": 0.2, "no": 0.8},
        seconds=30,
        seen=shown.sorted_by_class,
    ),
    Fact(
        name="pictures_fit_their_labels",
        text="Show nine training images with the labels that fit gets for them: does each label "
        "fit its picture?",
        answers={"all": 0.9, "some_do_not": 0.07, "most_do_not": 0.03},
        seconds=90,
    ),
    Fact(
        name="largest_class",
        text="What share of the images is in the largest class?",
        answers={"about_equal": 0.75, "twice_its_share": 0.17, "most_images": 0.08},
        seconds=30,
        seen=shown.largest_class,
    ),
    Fact(
        name="predicted_classes",
        text="On validation images, does the network predict one and the same class for nearly "
        "all of them?",
        answers={"yes": 0.15, "no": 0.85},
        seconds=40,
        how="print(model.predict(x_val).argmax(1)[:50])",
        torch_how="model.eval(); print(model(next(iter(val_loader))[0].to(device)).argmax(1))",
        seen=shown.predicted_classes,
    ),
    Fact(
        name="same_subject_in_both_parts",
        text="Can images of the same object, person, video or original picture be in both "
        "training and validation?",
        answers={"yes": 0.12, "no": 0.88},
        seconds=40,
        seen=shown.same_subject,
    ),
    Fact(
        name="parts_from_one_source",
        text="Were training and validation images taken in the same way (camera, site, date, "
        "website)?",
        answers={"yes": 0.9, "no": 0.1},
        seconds=20,
    ),
    Fact(
        name="a_tenth_of_the_rate",
        text="With a tenth of the learning rate, does training loss fall where it did not before?",
        answers={"yes": 0.23, "no": 0.77},
        seconds=240,
    ),
    Fact(
        name="ten_times_the_rate",
        text="With ten times the learning rate, does it learn much faster?",
        answers={"yes": 0.16, "no": 0.84},
        seconds=240,
    ),
    Fact(
        name="learning_rate",
        text="Which learning rate is in use?",
        answers={
            "below_1e-5": 0.04,
            "1e-5_to_1e-4": 0.17,
            "1e-4_to_2e-3": 0.48,
            "above_2e-3": 0.31,
        },
        seconds=10,
        shown_by="settings",
        seen=shown.rate,
        bins=shown.RATES,
    ),
    Fact(
        name="fits_twenty_images",
        text="Trained on 20 images alone, does it reach 100 % on them?",
        answers={"yes": 0.7, "no": 0.3},
        seconds=240,
    ),
    Fact(
        name="training_images",
        text="How many training images are there?",
        answers={"below_500": 0.11, "500_to_5000": 0.25, "above_5000": 0.64},
        seconds=10,
        seen=shown.images,
        bins=shown.TRAINED,
    ),
    Fact(
        name="validation_images",
        text="How many validation images are there?",
        answers={"below_100": 0.14, "100_to_1000": 0.24, "above_1000": 0.62},
        seconds=10,
        seen=shown.validated,
        bins=shown.VALIDATED,
    ),
    Fact(
        name="evaluated_twice",
        text="Evaluate the same network on the validation set twice: is it the same figure?",
        answers={"yes": 0.95, "no": 0.05},
        seconds=60,
        how=_fit_again("validation_data"),
        torch_how="",
    ),
    Fact(
        name="validation_augmented",
        text="Are validation images rotated, flipped, cropped at random or otherwise augmented?",
        answers={"yes": 0.08, "no": 0.92},
        seconds=20,
    ),
    Fact(
        name="training_augmented_or_dropped",
        text="Is there dropout, augmentation or a weight penalty while training?",
        answers={"yes": 0.7, "no": 0.3},
        seconds=15,
        shown_by="layers",
    ),
    Fact(
        name="softmax_applied_twice",
        text="Does the network end in a softmax (or sigmoid) while the loss applies one as well "
        "(from_logits=True, CrossEntropyLoss, BCEWithLogitsLoss)?",
        answers={"yes": 0.04, "no": 0.96},
        seconds=30,
        shown_by="layers",
    ),
    Fact(
        name="output_activation",
        text="What is the activation of the last layer?",
        answers={"softmax": 0.53, "sigmoid": 0.28, "none": 0.14, "relu_or_tanh": 0.05},
        seconds=15,
        shown_by="layers",
        seen=shown.output_activation,
    ),
    Fact(
        name="output_units",
        text="Has the last layer as many units as there are classes?",
        answers={"as_many": 0.8, "one_for_two": 0.16, "fewer": 0.02, "more": 0.02},
        seconds=15,
        shown_by="layers",
        seen=shown.output_units,
    ),
    Fact(
        name="label_form",
        text="What does one label look like, and does the loss take that form?",
        answers={
            "number_and_sparse_loss": 0.32,
            "one_hot_and_categorical": 0.43,
            "binary": 0.22,
            "they_do_not_match": 0.03,
        },
        seconds=40,
        how="print(y_train[:3])",
        seen=shown.label_form,
    ),
    Fact(
        name="order_kept_in_predict",
        text="Are predictions compared with labels in the same order (shuffle=False in the "
        "generator or loader that predict reads)?",
        torch_text="Are predictions compared with labels in the same order (shuffle=False in the "
        "DataLoader that is predicted on)?",
        answers={"yes": 0.92, "no": 0.08},
        seconds=30,
    ),
    Fact(
        name="class_numbers_alike",
        text="Do training and validation give the same number to the same class "
        "(print class_indices of both)?",
        answers={"yes": 0.97, "no": 0.03},
        seconds=30,
        how="print(train.class_indices == val.class_indices)",
        torch_text="Do training and validation give the same number to the same class "
        "(print class_to_idx of both)?",
        torch_how="print(train_set.class_to_idx == val_set.class_to_idx)",
    ),
    Fact(
        name="last_epochs",
        text="In the last epochs, was validation loss still falling?",
        answers={"yes": 0.19, "no": 0.81},
        seconds=15,
        seen=shown.last_epochs,
    ),
    Fact(
        name="other_seed",
        text="Run once more without a change: does it end in the same place?",
        answers={"yes": 0.88, "no": 0.12},
        seconds=240,
    ),
    Fact(
        name="dropout",
        text="What is the highest dropout rate in the network?",
        answers={"none": 0.41, "up_to_half": 0.51, "above_half": 0.08},
        seconds=15,
        shown_by="layers",
        seen=shown.dropout,
    ),
    Fact(
        name="weights_move",
        text="Do the weights of the last layer change in one epoch?",
        answers={"yes": 0.98, "no": 0.02},
        seconds=60,
        how="before = model.layers[-1].get_weights()[0]",
        torch_how="before = [p.detach().clone() for p in model.parameters()][-2]",
    ),
    Fact(
        name="metric",
        text="Which metric was compiled, and is it the accuracy of the class with the highest "
        "score?",
        answers={"yes": 0.92, "another": 0.08},
        seconds=20,
        shown_by="settings",
        seen=shown.metric,
    ),
    Fact(
        name="steps_cover_the_data",
        text="Is steps per epoch times batch size about the number of training images?",
        answers={"yes": 0.98, "no": 0.02},
        seconds=20,
        seen=shown.steps_cover,
    ),
    Fact(
        name="resumed",
        text="Was training started again from a saved network where the curve jumps?",
        answers={"yes": 0.07, "no": 0.93},
        seconds=10,
        seen=shown.resumed,
    ),
    Fact(
        name="rate_schedule",
        text="Does the learning rate change during training (schedule, decay, callback)?",
        answers={"no": 0.56, "yes_it_fell": 0.36, "yes_it_rose": 0.08},
        seconds=15,
        shown_by="settings",
        seen=shown.rate_schedule,
    ),
    Fact(
        name="trained_before_unfreezing",
        text="Was the new head trained alone before the pretrained part was set trainable?",
        answers={"yes": 0.24, "no": 0.2, "not_unfrozen": 0.56},
        seconds=15,
    ),
    Fact(
        name="hidden_activations",
        text="Has every hidden layer an activation such as relu?",
        answers={"yes": 0.93, "no": 0.07},
        seconds=20,
        shown_by="layers",
    ),
    Fact(
        name="small_hidden_layer",
        text="Is there a layer before the output with fewer units than there are classes, or "
        "fewer than eight?",
        answers={"yes": 0.04, "no": 0.96},
        seconds=15,
        shown_by="layers",
    ),
    Fact(
        name="without_batchnorm",
        text=f"Does a network without BatchNorm ({', '.join(PLAIN[:2])}) learn on the same data "
        "where this one does not?",
        answers={"yes": 0.2, "no": 0.8},
        seconds=240,
    ),
    Fact(
        name="accuracy_by_hand",
        text="Does the accuracy in the log agree with counting by hand on the same images?",
        answers={"yes": 0.95, "no": 0.05},
        seconds=60,
        how="print((model.predict(x).argmax(1) == y).mean())",
        torch_how="model.eval(); print((model(x).argmax(1) == y).float().mean())",
    ),
    Fact(
        name="inference_mode_in_validation",
        text="Is the network in inference mode (model.eval(), training=False; evaluate and "
        "predict of Keras see to it) while validation or prediction runs?",
        answers={"yes": 0.94, "no": 0.06},
        seconds=30,
        seen=shown.by_fit,
        how="print(model.training)",
    ),
    Fact(
        name="training_mode_after_validation",
        text="Is the network in training mode again (model.train(), training=True; fit of Keras "
        "sees to it) when training goes on after a validation?",
        answers={"yes": 0.98, "no": 0.02},
        seconds=30,
        seen=shown.by_fit,
        how="print(model.training)",
    ),
    Fact(
        name="half_precision",
        text="Does training calculate in float16 (half(), autocast, mixed_float16)?",
        answers={"no": 0.9, "with_loss_scaling": 0.08, "without_loss_scaling": 0.02},
        seconds=20,
    ),
    Fact(
        name="optimizer_has_every_layer",
        text="Are the parameters of all layers that should learn among those that the optimizer "
        "was given (compile of Keras gives it all that are trainable)?",
        answers={"yes": 0.96, "no": 0.04},
        seconds=40,
        how="print(sum(p.numel() for g in optimizer.param_groups for p in g['params']), "
        "sum(p.numel() for p in model.parameters()))",
        seen=lambda run: shown.by_fit(run) if run.kind == "observed" else None,
    ),
    Fact(
        name="step_is_reached",
        text="Is optimizer.step() (apply_gradients; fit of Keras sees to it) reached for every "
        "batch?",
        answers={"yes": 0.98, "no": 0.02},
        seconds=30,
        seen=shown.by_fit,
    ),
)
BY_NAME: Mapping[str, Fact] = {fact.name: fact for fact in ALL}


def in_light_of_the_backbone(run: Run) -> Mapping[str, str]:
    """Return the answers; a range of pixels tells whether a pretrained backbone gets what it wants.

    By itself it would speak for scaling to 0..1, which many backbones were not trained with.
    """
    given = run.answers.get("pixel_range")
    want = wanted(run.recipe, run.script.framework if run.script else None)
    if given in (None, "constant") or want is None:
        return run.answers
    others = {name: answer for name, answer in run.answers.items() if name != "pixel_range"}
    if given == "standardised" and want not in SHOWN_AS:
        return others  # BGR minus the means may be called so
    fits = "yes" if SHOWN_AS.get(want) == given else "no"
    return {"backbone_input_as_documented": fits, **others}


def against(run: Run, name: str, answer: str) -> str | None:
    """Return a sentence where an answer is not what figures, code or settings show.

    The situation is not judged so: an asker may mean what no figure of a training shows.
    """
    shown = BY_NAME[name].seen(run.without_words())
    if shown in (None, answer) or name == "what_happens":
        return None
    return f"{NOT_USED}{name} is {shown} by what was read, not {answer}"


def fact(name: str) -> Fact:
    """Return the fact of this name, or raise `AnswerError`."""
    if name in BY_NAME:
        return BY_NAME[name]
    raise AnswerError(f"{name}: there is no such question. Known: {', '.join(BY_NAME)}")
