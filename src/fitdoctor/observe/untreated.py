"""Why no treatment tests some causes, whatever trains: `fit` of Keras or a loop of PyTorch."""

from __future__ import annotations

from collections.abc import Mapping

_IMAGES = "it is of the images or their labels: other ones must be brought"
_MEASURED = "it is of what is measured, or on what: the outcome itself would be another one"
NOT_TREATED: Mapping[str, str] = {
    "accuracy_miscounted": _MEASURED,
    "augmentation_cached": "where the cache stands is decided before any value passes",
    "augmentation_on_validation": _MEASURED,
    "best_weights_not_copied": "which weights are kept is decided in the script, epoch by epoch",
    "batchnorm_axis_wrong": "the shape of every weight behind it would be another one",
    "class_ids_differ_between_splits": _IMAGES,
    "class_missing_in_split": _IMAGES,
    "class_names_in_another_order": _MEASURED,
    "class_weights_upside_down": "the weights are in the loss before any value passes",
    "conflicting_labels": _IMAGES,
    "duplicate_images": _IMAGES,
    "frozen_batchnorm_mismatch": "how the backbone is called stands in the script, not in a value",
    "gradients_clipped_in_vain": "the order of the calls stands in the script",
    "gradients_still_scaled": "the order of the calls stands in the script",
    "half_precision_overflow": "the precision is set before the network is made",
    "images_and_labels_misaligned": _IMAGES,
    "imbalance_corrected_twice": "which of the two corrections is meant, only the asker knows",
    "label_noise": _IMAGES,
    "labels_broadcast": "the two shapes meet within the script, between the network and the loss",
    "labels_carry_no_signal": _IMAGES,
    "layer_not_connected": "what it was to be connected to, only the asker knows",
    "leaked_validation_images": _MEASURED,
    "loss_keeps_graph": "it costs memory and changes no outcome",
    "loss_miscounted": _MEASURED,
    "mislabelled_images": _IMAGES,
    "misleading_metric": _MEASURED,
    "mixed_image_modes": _IMAGES,
    "monitored_the_wrong_way": "the mode stands in the script and is read before any value passes",
    "odd_image_sizes": _IMAGES,
    "pipelines_differ": _MEASURED,
    "plateau_outlasts_stopping": "what the callbacks wait for is told when they are made",
    "pooling_collapses_map": "the shape of every weight behind it would be another one",
    "predict_pipeline_differs": _MEASURED,
    "predictions_misaligned": _MEASURED,
    "schedule_branch_never_reached": "which rate was meant for it, only the asker knows",
    "single_class_reaches_model": _IMAGES,
    "small_training_set": _IMAGES,
    "small_validation_set": _MEASURED,
    "test_set_chooses": _MEASURED,
    "too_deep_for_task": "which layers to leave out is no single change",
    "unreadable_images": _IMAGES,
    "untrained_network_measured": _MEASURED,
    "validation_differs_from_training": _MEASURED,
    "validation_missing": _MEASURED,
    "validation_split_is_ordered": _MEASURED,
    "wrong_backbone_preprocessing": "what was done to the images before is not undone by a factor",
}
"""Cause -> why no treatment tests it."""
