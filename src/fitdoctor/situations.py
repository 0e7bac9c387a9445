"""What goes wrong, in a word, and how often each cause is behind it.

A situation is told by figures where there are any, else by what the asker states, else by the
answer to a question. The shares say how often a cause is the main one among people who ask about
that situation: counts of labelled askers, smoothed by twenty imagined ones, to a hundredth. What
is left is for causes that no rule knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from fitdoctor import facts
from fitdoctor.likeness import NOTHING, situations_like
from fitdoctor.records.claim import FAR_APART, agree, stated
from fitdoctor.records.run import Curve, Run


class Situation(NamedTuple):
    """What goes wrong, and what is behind it."""

    described: str
    """How an answer describes it, after `usual where`."""
    explained: str
    """What it is called in an answer, after `explains`."""
    causes: Mapping[str, float]
    """How often each cause is the main one."""
    kind_of: str | None = None
    """A wider situation that it is a kind of, to the words of people."""


SITUATIONS: Mapping[str, Situation] = {
    "training_good_validation_bad": Situation(
        described="training goes well and validation does not",
        explained="bad validation",
        causes={
            "overfitting": 0.3,
            "batchnorm_inference_gap": 0.12,
            "small_training_set": 0.1,
            "frozen_batchnorm_mismatch": 0.07,
            "overconfidence": 0.05,
            "validation_split_is_ordered": 0.05,
            "class_ids_differ_between_splits": 0.05,
            "validation_differs_from_training": 0.04,
            "pipelines_differ": 0.04,
            "small_validation_set": 0.03,
            "learning_rate_too_high": 0.02,
            "wrong_backbone_preprocessing": 0.02,
            "accuracy_miscounted": 0.02,
            "train_mode_not_restored": 0.01,
            "label_noise": 0.01,
            "images_and_labels_misaligned": 0.01,
            "training_not_shuffled": 0.01,
            "class_missing_in_split": 0.01,
        },
    ),
    "validation_stays_at_chance": Situation(
        described="training learns and validation stays at chance level",
        explained="validation at chance level",
        kind_of="training_good_validation_bad",
        causes={
            "batchnorm_inference_gap": 0.17,
            "class_ids_differ_between_splits": 0.16,
            "pipelines_differ": 0.15,
            "images_and_labels_misaligned": 0.13,
            "frozen_batchnorm_mismatch": 0.1,
            "validation_split_is_ordered": 0.08,
            "labels_carry_no_signal": 0.04,
            "overfitting": 0.03,
            "class_missing_in_split": 0.03,
            "small_training_set": 0.02,
            "validation_differs_from_training": 0.02,
        },
    ),
    "falls_back_to_chance": Situation(
        described="what was learned is lost again",
        explained="the fall to chance",
        kind_of="training_does_not_learn",
        causes={
            "learning_rate_too_high": 0.5,
            "inputs_not_scaled": 0.08,
            "resume_lost_state": 0.06,
            "late_optimizer_drift": 0.05,
            "half_precision_overflow": 0.05,
            "missing_output_activation": 0.04,
            "training_not_shuffled": 0.03,
            "optimizer_unsuited": 0.03,
        },
    ),
    "training_does_not_learn": Situation(
        described="training does not learn",
        explained="no learning",
        causes={
            "learning_rate_too_high": 0.13,
            "slow_start": 0.1,
            "class_imbalance": 0.08,
            "learning_rate_too_low": 0.05,
            "images_and_labels_misaligned": 0.05,
            "poor_initialisation": 0.04,
            "inputs_not_scaled": 0.04,
            "accuracy_miscounted": 0.04,
            "output_units_differ_from_classes": 0.03,
            "small_training_set": 0.03,
            "dropout_too_high": 0.02,
            "wrong_backbone_preprocessing": 0.04,
            "label_encoding_mismatch": 0.02,
            "probabilities_into_logits_loss": 0.02,
            "training_not_shuffled": 0.02,
            "augmentation_too_strong": 0.02,
            "nothing_is_trainable": 0.01,
            "frozen_features_unsuited": 0.01,
            "optimizer_holds_other_weights": 0.01,
            "missing_output_activation": 0.01,
            "optimizer_never_steps": 0.01,
            "relu_on_output": 0.01,
            "inputs_constant": 0.01,
            "too_deep_for_task": 0.01,
        },
    ),
    "validation_better_than_training": Situation(
        described="validation is better than training",
        explained="validation above training",
        causes={
            "training_metric_is_regularised": 0.67,
            "leaked_validation_images": 0.05,
            "small_validation_set": 0.05,
            "validation_split_is_ordered": 0.03,
            "validation_differs_from_training": 0.03,
            "pipelines_differ": 0.02,
            "slow_start": 0.02,
            "late_optimizer_drift": 0.02,
            "class_missing_in_split": 0.02,
            "dropout_too_high": 0.02,
            "augmentation_too_strong": 0.02,
        },
    ),
    "good_in_fit_bad_in_predict": Situation(
        described="fit looks good and predictions are bad",
        explained="good in fit, bad in predict",
        causes={
            "predict_pipeline_differs": 0.2,
            "batchnorm_inference_gap": 0.09,
            "predictions_misaligned": 0.09,
            "validation_differs_from_training": 0.08,
            "eval_mode_missing": 0.06,
            "misleading_metric": 0.05,
            "small_training_set": 0.04,
            "output_units_differ_from_classes": 0.04,
            "class_imbalance": 0.04,
            "single_class_reaches_model": 0.04,
            "accuracy_miscounted": 0.04,
            "pipelines_differ": 0.03,
            "overfitting": 0.03,
            "leaked_validation_images": 0.02,
            "class_ids_differ_between_splits": 0.02,
            "binary_loss_for_many_classes": 0.02,
            "label_encoding_mismatch": 0.02,
            "missing_output_activation": 0.02,
            "augmentation_on_validation": 0.01,
            "inputs_constant": 0.01,
            "frozen_batchnorm_mismatch": 0.01,
        },
    ),
    "validation_jumps": Situation(
        described="validation jumps up and down",
        explained="validation that jumps",
        causes={
            "batchnorm_inference_gap": 0.16,
            "small_validation_set": 0.14,
            "resume_lost_state": 0.14,
            "validation_noise": 0.12,
            "learning_rate_too_high": 0.12,
            "overfitting": 0.05,
            "small_training_set": 0.03,
            "training_not_shuffled": 0.03,
            "augmentation_on_validation": 0.03,
            "accuracy_miscounted": 0.03,
            "schedule_artifact": 0.03,
            "pipelines_differ": 0.02,
            "eval_mode_missing": 0.02,
            "batch_size_unsuited": 0.02,
        },
    ),
    "loss_is_nan_or_explodes": Situation(
        described="the loss is NaN or explodes",
        explained="the loss",
        causes={
            "learning_rate_too_high": 0.35,
            "half_precision_overflow": 0.15,
            "labels_out_of_range": 0.11,
            "inputs_not_scaled": 0.1,
            "missing_output_activation": 0.05,
            "relu_on_output": 0.03,
            "label_encoding_mismatch": 0.03,
        },
    ),
    "learns_but_ends_low": Situation(
        described="it learns, but ends too low",
        explained="training that ends low",
        causes={
            "small_training_set": 0.12,
            "stopped_while_improving": 0.12,
            "batch_size_unsuited": 0.07,
            "learning_rate_too_low": 0.06,
            "frozen_features_unsuited": 0.05,
            "misleading_metric": 0.05,
            "predict_pipeline_differs": 0.04,
            "training_metric_is_regularised": 0.04,
            "wrong_backbone_preprocessing": 0.03,
            "eval_mode_missing": 0.03,
            "inputs_not_scaled": 0.03,
            "dropout_too_high": 0.03,
            "capacity_too_low": 0.03,
            "accuracy_miscounted": 0.03,
            "learning_rate_decays_away": 0.03,
            "frozen_batchnorm_mismatch": 0.03,
            "label_noise": 0.02,
            "probabilities_into_logits_loss": 0.02,
            "excess_weight_penalty": 0.02,
            "augmentation_too_strong": 0.02,
            "learning_rate_too_high": 0.01,
            "pipelines_differ": 0.01,
            "train_mode_not_restored": 0.01,
            "optimizer_holds_other_weights": 0.01,
        },
    ),
    "differs_from_run_to_run": Situation(
        described="the outcome differs from run to run",
        explained="runs that differ",
        causes={
            "outcome_depends_on_seed": 0.47,
            "learning_rate_too_high": 0.1,
            "poor_initialisation": 0.1,
            "small_validation_set": 0.05,
            "dense_on_raw_pixels": 0.05,
            "inputs_not_scaled": 0.04,
            "small_training_set": 0.01,
        },
    ),
    "accuracy_too_good": Situation(
        described="accuracy is too good to be true",
        explained="too good accuracy",
        causes={
            "leaked_validation_images": 0.29,
            "misleading_metric": 0.18,
            "single_class_reaches_model": 0.16,
            "class_imbalance": 0.09,
            "binary_loss_for_many_classes": 0.08,
            "accuracy_miscounted": 0.06,
            "eval_mode_missing": 0.03,
            "small_training_set": 0.02,
            "labels_corrupted": 0.02,
            "overfitting": 0.02,
        },
    ),
}

SYMPTOMS = {
    "validation_never_learned": "validation_stays_at_chance",
    "collapse_after_learning": "falls_back_to_chance",
    "never_learned": "training_does_not_learn",
    "constant_output": "training_does_not_learn",
    "loss_became_nan": "loss_is_nan_or_explodes",
    "loss_diverged": "loss_is_nan_or_explodes",
    "validation_spikes": "validation_jumps",
}
"""Symptom -> the situation that it tells."""
ELSEWHERE = 0.01
"""Share of a cause in a situation that it is not listed for."""
BY_WORDS = {
    "test_far_below_validation": "good_in_fit_bad_in_predict",
    "train_good_val_bad": "training_good_validation_bad",
    "val_accuracy_zero": "validation_stays_at_chance",
    "collapsed_after_learning": "falls_back_to_chance",
    "loss_nan": "loss_is_nan_or_explodes",
    "loss_explodes": "loss_is_nan_or_explodes",
    "nan_printed": "loss_is_nan_or_explodes",
    "outcome_varies": "differs_from_run_to_run",
    "results_differ_each_time": "differs_from_run_to_run",
    "evaluate_differs": "good_in_fit_bad_in_predict",
    "predicts_as_read": "good_in_fit_bad_in_predict",
    "two_counts_differ": "good_in_fit_bad_in_predict",
    "validation_better": "validation_better_than_training",
    "stuck_at_chance": "training_does_not_learn",
    "stays_at_start": "training_does_not_learn",
    "loss_does_not_fall": "training_does_not_learn",
    "same_every_epoch": "training_does_not_learn",
    "one_class_predicted": "training_does_not_learn",
    "same_output_for_all": "training_does_not_learn",
    "spikes": "validation_jumps",
    "spikes_recover": "validation_jumps",
    "val_fluctuates": "validation_jumps",
    "both_low": "learns_but_ends_low",
    "accuracy_too_high": "accuracy_too_good",
    "train_accuracy_perfect_at_once": "accuracy_too_good",
    "val_accuracy_perfect": "accuracy_too_good",
    "val_loss_rises": "training_good_validation_bad",
}
"""Claim -> the situation that it tells, the surest first."""
SEEN, SAID = 1000.0, 8.0
"""How many times likelier a situation is after figures or an answer show it, and after words state
it."""
WORDS_EXPONENT = 0.7
"""What the words' likelihood counts beside that of a claim, which rests on the same words."""
DENIED = 1e-3
"""How likely a situation is whose symptom the figures deny, in times what it were without them."""
ABOVE_CHANCE = 0.08
FEWEST = 4
EXPLODES, STOOD = 3.0, 0.97
"""What training loss ends at, in times its first value: exploded above, not learned above."""


class Where(NamedTuple):
    """How likely each situation is, and whether anything told of one."""

    shares: Mapping[str, float]
    trouble: bool
    """Whether figures, an answer or words say that something is wrong."""
    words: bool
    """Whether words alone say so."""
    refuted: frozenset[str] = frozenset()
    """Those whose symptom the figures deny."""

    @property
    def likeliest(self) -> str:
        return max(self.shares, key=lambda name: self.shares[name])

    def usual(self) -> dict[str, float]:
        """Return how often each cause is the main one, over all situations."""
        names = {name for situation in SITUATIONS.values() for name in situation.causes}
        return {
            name: sum(p * SITUATIONS[s].causes.get(name, 0.0) for s, p in self.shares.items())
            for name in names
        }


def where(run: Run, classes: int | None, seen: str | None = None) -> Where:
    """Return the situations that a run may be in; `seen` is what an answer or a symptom tells."""
    visible = seen is not None or bool(run.curves)
    seen = seen or _at_chance(_by_figures(run, classes), run, classes)
    denied = refuted_by_figures(run, classes)
    said = _at_chance(_of_one_answer(told_by_words(run), run, denied), run, classes)
    denied -= {seen, said}
    like = situations_like(run.prose, run.claims)
    weights = dict(facts.fact("what_happens").answers)
    for name, situation in SITUATIONS.items():
        if like:
            weights[name] *= like.get(situation.kind_of or name, 0.0) ** WORDS_EXPONENT
        weights[name] *= SEEN if name == seen else SAID if name == said else 1.0
        weights[name] *= DENIED if name in denied else 1.0
    total = sum(weights.values())
    alike = agree(run.claims) is not None
    sounds = bool(like) and not alike and like[NOTHING] < max(like.values())
    told = said is not None or sounds
    return Where(
        {name: weight / total for name, weight in weights.items()},
        trouble=seen is not None or told,
        words=not visible,
        refuted=denied,
    )


ONE_ANSWER = ("one_class_predicted", "same_output_for_all")


def told_by_words(run: Run) -> str | None:
    """Return the situation that an asker states, the surest first; `None` where none is stated."""
    return next((BY_WORDS[name] for name in BY_WORDS if stated(run.claims, name)), None)


def _at_chance(happens: str | None, run: Run, classes: int | None) -> str | None:
    """Return bad validation as at chance where all images get one answer, or as many are right."""
    if happens != "training_good_validation_bad":
        return happens
    level = _level(run, "val_accuracy", "said_val_accuracy")
    by_chance = classes and level is not None and level < 1 / classes + ABOVE_CHANCE
    one_answer = stated(run.claims, *ONE_ANSWER) is not None
    return "validation_stays_at_chance" if by_chance or one_answer else happens


def _by_figures(run: Run, classes: int | None) -> str | None:
    loss, val_loss = (run.curves.get(name) for name in ("loss", "val_loss"))
    trained = loss if loss is not None else val_loss
    if trained is not None and not _finite(trained):
        return "loss_is_nan_or_explodes"  # of validation alone it is no matter of training
    if loss is not None and len(loss) >= FEWEST:
        end = _end(loss)
        if end > EXPLODES * loss.values[0] > 0:
            return "loss_is_nan_or_explodes"
        if end > STOOD * loss.values[0] > 0:
            return "training_does_not_learn"
    train = _level(run, "accuracy", "said_accuracy")
    val = _level(run, "val_accuracy", "said_val_accuracy")
    if train is None:
        return None
    if classes and train < 1 / classes + ABOVE_CHANCE:
        return "training_does_not_learn"
    if val is None:
        return None
    if train - val > FAR_APART:
        return "training_good_validation_bad"
    return "validation_better_than_training" if val - train > FAR_APART / 5 else None


ROSE, FELL = 0.2, 0.7
"""What training accuracy gained, and what is left of the loss, where training surely learned."""
SURELY_BELOW = 0.9
"""The same of a loss, as a share of what one answer for every image scores at that accuracy."""
AS_HIGH, KEPT, HIGH, STEADY = 0.05, 0.05, 0.95, 0.03
"""How far validation may be below training, an accuracy at its end below its best, from which
accuracy on nothing ends low, and what a validation accuracy that does not jump moves."""


NO_ROOM = 0.9
"""A validation accuracy that leaves no room for a training accuracy far above it."""


def refuted_by_figures(run: Run, classes: int | None) -> frozenset[str]:
    """Return the situations whose symptom is not in the figures: they show its contrary.

    That training learned, that validation is as high, that no figure jumps or breaks.
    """
    accuracy, loss = run.curves.get("accuracy"), run.curves.get("loss")
    held = run.curves.get("val_accuracy")
    if accuracy is None and held is not None and len(held) >= FEWEST and _end(held) > NO_ROOM:
        # Whatever training reaches, it is not far above that.
        return frozenset({"training_good_validation_bad", "validation_stays_at_chance"})
    if accuracy is None or loss is None or not _learned(run, accuracy, loss, classes):
        return frozenset()
    found = {"training_does_not_learn"}
    if _end(accuracy) > float(accuracy.values.max()) - KEPT:
        found.add("falls_back_to_chance")
    val_accuracy, val_loss = run.curves.get("val_accuracy"), run.curves.get("val_loss")
    whole = [one for one in (loss, val_loss) if one is not None]
    if all(_finite(one) and _end(one) <= EXPLODES * one.values[0] for one in whole):
        found.add("loss_is_nan_or_explodes")
    if val_accuracy is None or not len(val_accuracy):
        return frozenset(found)
    train, val = _end(accuracy), _end(val_accuracy)
    if val < train:
        found.add("validation_better_than_training")
    sure = val_loss is None or _end(val_loss) < max(2 * _end(loss), _of_one_for_all(val))
    if train - val < AS_HIGH and sure:
        found |= {"training_good_validation_bad", "validation_stays_at_chance"}
        if min(train, val) >= HIGH:
            found.add("learns_but_ends_low")
        if len(val_accuracy) >= FEWEST - 1 and float(np.ptp(val_accuracy.values)) < STEADY:
            found.add("validation_jumps")
    return frozenset(found)


def _learned(run: Run, accuracy: Curve, loss: Curve, classes: int | None) -> bool:
    """Return whether training surely learned: its figures rose far, or no constant scores them."""
    if not len(accuracy) or not len(loss) or not _finite(loss):
        return False
    share, level = _end(accuracy), _end(loss)
    if not 0 < share <= 1 or (classes and share < 1 / classes + ABOVE_CHANCE):
        return False
    rose = share - accuracy.values[0] > ROSE and level < FELL * loss.values[0]
    kind = (run.recipe.loss if run.recipe else None) or ""
    comparable = not kind or "categorical" in kind or (kind.startswith("binary") and classes == 2)
    return bool(rose or (comparable and level < SURELY_BELOW * _of_one_for_all(share)))


def _of_one_for_all(share: float) -> float:
    """Return the least cross-entropy of one answer for every image, right for this share of them.

    >>> round(_of_one_for_all(0.5), 3), round(_of_one_for_all(0.1), 3), _of_one_for_all(1.0)
    (0.693, 2.303, 0.0)
    """
    rest = 1 - share
    if share <= 0 or rest <= 0:
        return 0.0
    if share < 1 / 2:
        return float(-np.log(share))
    return float(-share * np.log(share) - rest * np.log(rest))


def _of_one_answer(happens: str | None, run: Run, denied: frozenset[str]) -> str | None:
    """Return one answer for all images as of predict, where fit's figures show many."""
    if happens != "training_does_not_learn" or happens not in denied:
        return happens
    apart = "validation_stays_at_chance" in denied and stated(run.claims, *ONE_ANSWER) is not None
    return "good_in_fit_bad_in_predict" if apart else happens


def _end(curve: Curve) -> float:
    """Return the mean of the last third of a curve."""
    return float(curve.values[-max(1, len(curve) // 3) :].mean())


def _finite(one: Curve) -> bool:
    return bool((abs(one.values) < 1e6).all())


def _level(run: Run, curve: str, said: str) -> float | None:
    """Return the mean of the last third of a curve, else what is said of it."""
    if (one := run.curves.get(curve)) is not None and len(one):
        return _end(one)
    told = stated(run.claims, said)
    return told.value if told is not None else None
