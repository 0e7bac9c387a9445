"""Which treatment tests which cause on a script; and why some causes have none."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from fitdoctor.observe.treatments import Treatment
from fitdoctor.observe.treatments.data import scale_inputs, shuffle_training
from fitdoctor.observe.treatments.outputs import (
    match_loss_to_labels,
    match_output_activation,
    match_output_to_classes,
)
from fitdoctor.observe.treatments.regularisation import (
    add_dropout,
    lower_dropout,
    remove_dropout,
    remove_weight_penalty,
    stop_early,
)
from fitdoctor.observe.treatments.transfer import unfreeze_all, unfreeze_backbone
from fitdoctor.observe.treatments.updates import (
    balance_classes,
    lower_learning_rate,
    raise_learning_rate,
    remove_decay,
    usual_learning_rate,
)
from fitdoctor.records.finding import Prescription

TREATED_BY: Mapping[str, tuple[Treatment, ...]] = {
    "backbone_unfrozen_at_high_rate": (lower_learning_rate,),
    "binary_loss_for_many_classes": (match_loss_to_labels,),
    "class_imbalance": (balance_classes,),
    "class_weights_unused": (balance_classes,),
    "collapse_after_learning": (lower_learning_rate,),
    "constant_output": (lower_learning_rate,),
    "dropout_before_batchnorm": (remove_dropout,),
    "dropout_on_output": (remove_dropout,),
    "dropout_too_high": (remove_dropout, lower_dropout),
    "excess_weight_penalty": (remove_weight_penalty,),
    "frozen_features_unsuited": (unfreeze_backbone,),
    "inputs_not_scaled": (scale_inputs,),
    "label_encoding_mismatch": (match_loss_to_labels,),
    "late_optimizer_drift": (lower_learning_rate, stop_early),
    "learning_rate_decays_away": (remove_decay,),
    "learning_rate_negative": (usual_learning_rate,),
    "learning_rate_too_high": (usual_learning_rate, lower_learning_rate),
    "learning_rate_too_low": (usual_learning_rate, raise_learning_rate),
    "loss_became_nan": (lower_learning_rate,),
    "loss_diverged": (lower_learning_rate,),
    "loss_unsuited_to_task": (match_loss_to_labels,),
    "missing_output_activation": (match_loss_to_labels, match_output_activation),
    "never_learned": (lower_learning_rate, raise_learning_rate),
    "nothing_is_trainable": (unfreeze_all,),
    "optimizer_unsuited": (raise_learning_rate,),
    "output_activation_unsuited": (match_output_activation,),
    "output_range_below_target": (match_output_activation,),
    "output_units_differ_from_classes": (match_output_to_classes,),
    "overconfidence": (stop_early,),
    "overfitting": (stop_early, add_dropout),
    "probabilities_into_logits_loss": (match_loss_to_labels,),
    "relu_on_output": (match_output_activation,),
    "sigmoid_with_categorical_loss": (match_output_activation,),
    "softmax_for_many_labels": (match_output_activation,),
    "softmax_over_one_unit": (match_output_activation, match_output_to_classes),
    "training_not_shuffled": (shuffle_training,),
    "validation_spikes": (lower_learning_rate,),
}
"""Cause -> treatments in the order of trying; the first that changes something is the test."""


def tests_of(cause: str) -> tuple[Prescription, ...]:
    """Return the tests of a cause on a script."""
    return tuple(map(_prescribe, TREATED_BY.get(cause, ())))


def _prescribe(treatment: Treatment) -> Prescription:
    arguments = {
        p.name: p.default
        for p in inspect.signature(treatment).parameters.values()
        if p.default is not p.empty
    }
    sentence = (inspect.getdoc(treatment) or "").split("\n")[0]
    for name, value in arguments.items():
        sentence = sentence.replace(f"`{name}`", f"{value:g}")
    return Prescription(intervention=treatment.__name__, arguments=arguments, sentence=sentence)
