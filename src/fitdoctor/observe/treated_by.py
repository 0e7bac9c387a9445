"""Which treatment tests which cause on a script; and why some causes have none."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

from fitdoctor.observe import untreated
from fitdoctor.observe.pytorch import treated_by as of_loops
from fitdoctor.observe.treatments import (
    Treatment,
    data,
    labels,
    layers,
    outputs,
    regularisation,
    transfer,
    updates,
)
from fitdoctor.records.finding import Prescription

TREATED_BY: Mapping[str, tuple[Treatment, ...]] = {
    "augmentation_too_strong": (layers.remove_augmentation,),
    "backbone_unfrozen_at_high_rate": (updates.lower_learning_rate,),
    "batch_size_unsuited": (updates.batches_of_32,),
    "batchnorm_inference_gap": (layers.faster_batchnorm,),
    "binary_loss_for_many_classes": (outputs.match_loss_to_labels,),
    "bottleneck_before_output": (layers.widen_bottleneck,),
    "capacity_too_low": (layers.widen_bottleneck,),
    "class_imbalance": (updates.balance_classes,),
    "class_weights_unused": (updates.balance_classes,),
    "collapse_after_learning": (updates.lower_learning_rate,),
    "constant_output": (updates.lower_learning_rate,),
    "dense_on_raw_pixels": (layers.use_convolutions,),
    "dropout_before_batchnorm": (regularisation.remove_dropout,),
    "dropout_on_output": (regularisation.remove_dropout,),
    "dropout_too_high": (regularisation.remove_dropout, regularisation.lower_dropout),
    "epochs_miscomputed": (regularisation.stop_early,),
    "excess_weight_penalty": (regularisation.remove_weight_penalty,),
    "frozen_features_unsuited": (transfer.unfreeze_backbone,),
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
    "sigmoid_with_categorical_loss": (outputs.match_output_activation,),
    "softmax_for_many_labels": (outputs.match_output_activation,),
    "softmax_over_one_unit": (outputs.match_output_activation, outputs.match_output_to_classes),
    "steps_do_not_cover_data": (updates.whole_epochs,),
    "stopped_while_improving": (updates.train_longer,),
    "targets_not_scaled": (labels.scale_targets,),
    "trainable_changed_after_compile": (updates.compile_again,),
    "training_not_shuffled": (data.shuffle_training,),
    "validation_spikes": (updates.lower_learning_rate,),
}
"""Cause -> treatments in the order of trying; the first that changes something is the test."""


_LOOP = "a training loop written by hand has it, and no call of fit"
_BEFORE = "it comes about before fit, where the value that is missing can no longer be had"
OF_SEEDS = "outcome_depends_on_seed"
"""The symptom that a study of seeds is about."""
NOT_TREATED: Mapping[str, str] = {
    **untreated.NOT_TREATED,
    "channels_layout_confused": "the shape of every weight would be another one",
    "dropout_always_on": _LOOP,
    "eval_mode_missing": _LOOP,
    "gradients_not_cleared": _LOOP,
    "head_not_used": _BEFORE,
    "attribute_misspelt": "which attribute is meant is mended in the script, before fit",
    "inputs_constant": _BEFORE,
    "inputs_scaled_twice": _BEFORE,
    "optimizer_argument_ignored": _BEFORE,
    "optimizer_holds_other_weights": _LOOP,
    "optimizer_never_steps": _LOOP,
    "resume_lost_state": _BEFORE,
    "scaled_copy_unused": _BEFORE,
    "scheduler_stepped_wrongly": _LOOP,
    "train_mode_not_restored": _LOOP,
}
"""Cause -> why no treatment tests it."""


def tests_of(cause: str, *, loop: bool) -> tuple[Prescription, ...]:
    """Return the tests of a cause on a script; `loop`: on one that trains in a loop of PyTorch."""
    table = of_loops.TREATED_BY if loop else TREATED_BY
    return tuple(map(_prescribe, table.get(cause, ())))


def _prescribe(treatment: Callable[..., str]) -> Prescription:
    arguments = {
        p.name: p.default
        for p in inspect.signature(treatment).parameters.values()
        if p.default is not p.empty
    }
    sentence = (inspect.getdoc(treatment) or "").split("\n")[0]
    for name, value in arguments.items():
        sentence = sentence.replace(f"`{name}`", f"{value:g}")
    return Prescription(intervention=treatment.__name__, arguments=arguments, sentence=sentence)
