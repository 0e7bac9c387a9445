"""What goes wrong, in a word, and how often each cause is behind it.

A situation is told by figures where there are any, else by what the asker states, else by the
answer to a question. The shares say how often a cause is the main one among people who ask about
that situation: counts of labelled askers, smoothed, rounded to a hundredth and rounded up to one
hundredth for causes that explain the situation and were never counted. What is left is for causes
that no rule knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from fitdoctor.records.claim import FAR_APART, stated
from fitdoctor.records.run import Curve, Run

SITUATIONS: Mapping[str, Mapping[str, float]] = {
    "training_good_validation_bad": {
        "overfitting": 0.22,
        "batchnorm_inference_gap": 0.12,
        "pipelines_differ": 0.1,
        "frozen_batchnorm_mismatch": 0.07,
        "validation_split_is_ordered": 0.07,
        "wrong_backbone_preprocessing": 0.05,
        "validation_differs_from_training": 0.05,
        "small_training_set": 0.04,
        "small_validation_set": 0.03,
        "overconfidence": 0.03,
        "images_and_labels_misaligned": 0.03,
        "class_missing_in_split": 0.02,
        "label_noise": 0.02,
        "class_ids_differ_between_splits": 0.02,
        "training_not_shuffled": 0.02,
        "learning_rate_too_high": 0.02,
        "leaked_validation_images": 0.01,
        "augmentation_on_validation": 0.01,
        "labels_carry_no_signal": 0.01,
        "train_mode_not_restored": 0.02,
        "eval_mode_missing": 0.01,
    },
    "validation_stays_at_chance": {
        "batchnorm_inference_gap": 0.17,
        "class_ids_differ_between_splits": 0.16,
        "pipelines_differ": 0.15,
        "images_and_labels_misaligned": 0.13,
        "frozen_batchnorm_mismatch": 0.1,
        "validation_split_is_ordered": 0.08,
        "labels_carry_no_signal": 0.04,
        "class_missing_in_split": 0.03,
        "overfitting": 0.03,
        "validation_differs_from_training": 0.02,
        "small_training_set": 0.02,
    },
    "falls_back_to_chance": {
        "learning_rate_too_high": 0.5,
        "inputs_not_scaled": 0.08,
        "resume_lost_state": 0.06,
        "late_optimizer_drift": 0.05,
        "half_precision_overflow": 0.05,
        "missing_output_activation": 0.04,
        "training_not_shuffled": 0.03,
        "optimizer_unsuited": 0.03,
    },
    "training_does_not_learn": {
        "learning_rate_too_high": 0.15,
        "inputs_not_scaled": 0.09,
        "learning_rate_too_low": 0.06,
        "output_units_differ_from_classes": 0.07,
        "images_and_labels_misaligned": 0.06,
        "label_encoding_mismatch": 0.05,
        "class_imbalance": 0.05,
        "poor_initialisation": 0.04,
        "training_not_shuffled": 0.04,
        "probabilities_into_logits_loss": 0.04,
        "wrong_backbone_preprocessing": 0.04,
        "missing_output_activation": 0.03,
        "relu_on_output": 0.03,
        "frozen_features_unsuited": 0.03,
        "nothing_is_trainable": 0.03,
        "inputs_constant": 0.02,
        "dropout_too_high": 0.02,
        "optimizer_holds_other_weights": 0.02,
        "optimizer_never_steps": 0.02,
        "learning_rate_decays_away": 0.01,
        "bottleneck_before_output": 0.01,
        "capacity_too_low": 0.01,
        "labels_carry_no_signal": 0.01,
        "missing_hidden_activation": 0.01,
        "excess_weight_penalty": 0.01,
    },
    "validation_better_than_training": {
        "training_metric_is_regularised": 0.55,
        "leaked_validation_images": 0.08,
        "small_validation_set": 0.07,
        "validation_differs_from_training": 0.04,
        "augmentation_too_strong": 0.03,
        "dropout_too_high": 0.03,
        "pipelines_differ": 0.03,
        "validation_split_is_ordered": 0.02,
    },
    "good_in_fit_bad_in_predict": {
        "predict_pipeline_differs": 0.29,
        "predictions_misaligned": 0.24,
        "batchnorm_inference_gap": 0.1,
        "pipelines_differ": 0.06,
        "misleading_metric": 0.06,
        "overfitting": 0.05,
        "leaked_validation_images": 0.04,
        "validation_differs_from_training": 0.04,
        "eval_mode_missing": 0.03,
        "class_ids_differ_between_splits": 0.02,
        "accuracy_miscounted": 0.02,
        "frozen_batchnorm_mismatch": 0.02,
    },
    "validation_jumps": {
        "batchnorm_inference_gap": 0.2,
        "learning_rate_too_high": 0.17,
        "small_validation_set": 0.16,
        "validation_noise": 0.1,
        "overfitting": 0.07,
        "resume_lost_state": 0.05,
        "augmentation_on_validation": 0.04,
        "eval_mode_missing": 0.03,
        "training_not_shuffled": 0.04,
        "batch_size_unsuited": 0.03,
        "pipelines_differ": 0.03,
    },
    "loss_is_nan_or_explodes": {
        "learning_rate_too_high": 0.33,
        "labels_out_of_range": 0.12,
        "inputs_not_scaled": 0.1,
        "missing_output_activation": 0.07,
        "half_precision_overflow": 0.05,
        "relu_on_output": 0.04,
        "label_encoding_mismatch": 0.04,
    },
    "learns_but_ends_low": {
        "learning_rate_too_low": 0.12,
        "stopped_while_improving": 0.12,
        "frozen_features_unsuited": 0.1,
        "optimizer_holds_other_weights": 0.02,
        "train_mode_not_restored": 0.01,
        "learning_rate_decays_away": 0.06,
        "capacity_too_low": 0.06,
        "wrong_backbone_preprocessing": 0.06,
        "dropout_too_high": 0.05,
        "inputs_not_scaled": 0.05,
        "excess_weight_penalty": 0.04,
        "augmentation_too_strong": 0.04,
        "label_noise": 0.04,
        "probabilities_into_logits_loss": 0.04,
    },
    "differs_from_run_to_run": {
        "outcome_depends_on_seed": 0.5,
        "learning_rate_too_high": 0.1,
        "poor_initialisation": 0.08,
        "dense_on_raw_pixels": 0.05,
        "small_validation_set": 0.05,
        "inputs_not_scaled": 0.04,
    },
    "accuracy_too_good": {
        "leaked_validation_images": 0.3,
        "misleading_metric": 0.2,
        "binary_loss_for_many_classes": 0.12,
        "single_class_reaches_model": 0.1,
        "class_imbalance": 0.1,
        "accuracy_miscounted": 0.04,
        "labels_corrupted": 0.03,
    },
}
"""Situation -> cause -> its share."""

SYMPTOMS = {
    "validation_never_learned": "validation_stays_at_chance",
    "collapse_after_learning": "falls_back_to_chance",
    "never_learned": "training_does_not_learn",
    "constant_output": "training_does_not_learn",
    "loss_became_nan": "loss_is_nan_or_explodes",
    "loss_diverged": "loss_is_nan_or_explodes",
}
"""Symptom -> the situation that it tells."""
ELSEWHERE = 0.01
"""Share of a cause in a situation that it is not listed for."""
_BY_WORDS = {
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
ABOVE_CHANCE = 0.08
FEWEST = 4
EXPLODES, STOOD = 3.0, 0.97
"""What training loss ends at, in times its first value: exploded above, not learned above."""


def situation(run: Run, classes: int | None) -> str | None:
    """Return the situation that a run is in, or `None` where nothing tells."""
    return _by_figures(run, classes) or next(
        (_BY_WORDS[name] for name in _BY_WORDS if stated(run.claims, name)), None
    )


def _by_figures(run: Run, classes: int | None) -> str | None:
    loss, val_loss = (run.curves.get(name) for name in ("loss", "val_loss"))
    if any(one is not None and not _finite(one) for one in (loss, val_loss)):
        return "loss_is_nan_or_explodes"
    if loss is not None and len(loss) >= FEWEST:
        end = float(loss.values[-max(1, len(loss) // 3) :].mean())
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


def _finite(one: Curve) -> bool:
    return bool((abs(one.values) < 1e6).all())


def _level(run: Run, curve: str, said: str) -> float | None:
    """Return the mean of the last third of a curve, else what is said of it."""
    if (one := run.curves.get(curve)) is not None and len(one):
        return float(one.values[-max(1, len(one) // 3) :].mean())
    told = stated(run.claims, said)
    return told.value if told is not None else None
