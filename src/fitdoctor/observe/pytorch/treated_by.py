"""Which treatment tests which cause on a loop of PyTorch; and why some causes have none."""

from __future__ import annotations

from collections.abc import Mapping

from fitdoctor.observe import untreated
from fitdoctor.observe.pytorch.treatments import (
    Treatment,
    data,
    labels,
    layers,
    modes,
    outputs,
    regularisation,
    transfer,
    updates,
)

TREATED_BY: Mapping[str, tuple[Treatment, ...]] = {
    "augmentation_too_strong": (data.remove_augmentation,),
    "backbone_unfrozen_at_high_rate": (updates.lower_learning_rate,),
    "batch_size_unsuited": (data.batches_of_32,),
    "batchnorm_inference_gap": (layers.faster_batchnorm,),
    "class_imbalance": (updates.balance_classes,),
    "class_weights_unused": (updates.balance_classes,),
    "collapse_after_learning": (updates.lower_learning_rate,),
    "constant_output": (updates.lower_learning_rate,),
    "dropout_always_on": (modes.dropout_in_training_alone,),
    "dropout_before_batchnorm": (regularisation.remove_dropout,),
    "dropout_on_output": (regularisation.remove_dropout,),
    "dropout_too_high": (regularisation.remove_dropout, regularisation.lower_dropout),
    "epochs_miscomputed": (regularisation.stop_early,),
    "eval_mode_missing": (modes.eval_in_validation,),
    "excess_weight_penalty": (regularisation.remove_weight_penalty,),
    "frozen_features_unsuited": (transfer.unfreeze_backbone,),
    "gradients_not_cleared": (updates.clear_gradients,),
    "inputs_not_scaled": (data.scale_inputs,),
    "label_encoding_mismatch": (outputs.match_loss_to_labels,),
    "labels_corrupted": (labels.number_classes_from_zero,),
    "labels_out_of_range": (labels.number_classes_from_zero,),
    "late_optimizer_drift": (updates.lower_learning_rate, regularisation.stop_early),
    "learning_rate_decays_away": (updates.remove_decay,),
    "learning_rate_negative": (updates.usual_learning_rate,),
    "learning_rate_too_high": (updates.usual_learning_rate, updates.lower_learning_rate),
    "learning_rate_too_low": (updates.usual_learning_rate, updates.raise_learning_rate),
    "loss_became_nan": (updates.lower_learning_rate,),
    "loss_diverged": (updates.lower_learning_rate,),
    "loss_unsuited_to_task": (outputs.match_loss_to_labels,),
    "missing_hidden_activation": (layers.activate_hidden_layers,),
    "missing_output_activation": (outputs.match_loss_to_labels, outputs.match_output_activation),
    "never_learned": (updates.lower_learning_rate, updates.raise_learning_rate),
    "nothing_is_trainable": (transfer.unfreeze_all,),
    "optimizer_holds_other_weights": (updates.hold_trained_weights,),
    "optimizer_never_steps": (updates.step_after_backward,),
    "optimizer_unsuited": (updates.raise_learning_rate,),
    "output_activation_unsuited": (outputs.match_output_activation,),
    "output_range_below_target": (outputs.match_output_activation,),
    "output_units_differ_from_classes": (outputs.match_output_to_classes,),
    "overconfidence": (regularisation.stop_early,),
    "overfitting": (regularisation.stop_early, regularisation.add_dropout),
    "poor_initialisation": (layers.usual_initialisation,),
    "probabilities_into_logits_loss": (outputs.match_loss_to_labels,),
    "redundant_activation": (layers.remove_second_activation,),
    "relu_on_output": (outputs.match_output_activation,),
    "saturating_hidden_activation": (layers.relu_in_hidden_layers,),
    "scheduler_stepped_wrongly": (updates.step_schedule_by_epoch, updates.remove_decay),
    "sigmoid_with_categorical_loss": (outputs.match_loss_to_labels,),
    "softmax_for_many_labels": (outputs.match_loss_to_labels,),
    "targets_not_scaled": (labels.scale_targets,),
    "train_mode_not_restored": (modes.train_in_training,),
    "training_not_shuffled": (data.shuffle_training,),
    "validation_spikes": (updates.lower_learning_rate,),
}
"""Cause -> treatments in the order of trying; the first that changes something is the test."""

_SHAPES = "the shape of every weight behind it would be another one"
_LOOP = "how often a loop goes round stands in the script, and in no value"
_KERAS = "only fit and compile of Keras have it"
_BEFORE = "it comes about before training, where the value that is missing can no longer be had"
NOT_TREATED: Mapping[str, str] = {
    **untreated.NOT_TREATED,
    "attribute_misspelt": "which attribute is meant is mended in the script, before the loop",
    "binary_loss_for_many_classes": _SHAPES,
    "bottleneck_before_output": _SHAPES,
    "capacity_too_low": _SHAPES,
    "channels_layout_confused": _SHAPES,
    "dense_on_raw_pixels": _SHAPES,
    "head_not_used": _BEFORE,
    "inputs_constant": _BEFORE,
    "inputs_scaled_twice": _BEFORE,
    "optimizer_argument_ignored": _BEFORE,
    "resume_lost_state": _BEFORE,
    "scaled_copy_unused": _BEFORE,
    "softmax_over_one_unit": "arithmetic decides it, and no training",
    "steps_do_not_cover_data": _LOOP,
    "stopped_while_improving": _LOOP,
    "trainable_changed_after_compile": _KERAS,
}
"""Cause -> why no treatment tests it."""
