"""What rules are called in print, where the name in the code is short for those who know it."""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "accuracy_miscounted": "accuracy is counted wrongly",
    "augmentation_cached": "augmentation is drawn once and cached",
    "backbone_unfrozen_at_high_rate": "pretrained weights trained at too high a rate",
    "batchnorm_inference_gap": "BatchNorm behaves differently in inference and training",
    "bottleneck_before_output": "a hidden layer as narrow as the output",
    "channels_layout_confused": "channels where height or width is expected",
    "checkpoint_not_loaded": "the saved weights were not loaded",
    "class_ids_differ_between_splits": "training and validation number the classes differently",
    "class_names_in_another_order": "class names are listed in another order than their numbers",
    "class_weights_unused": "class weights do not act on the classes they are for",
    "constant_output": "the same output for every image",
    "dropout_always_on": "dropout is on in evaluation too",
    "ema_weights_lag": "averaged weights are still near the initial ones",
    "eval_mode_missing": "validation or prediction in training mode",
    "frozen_batchnorm_mismatch": "frozen BatchNorm behaves differently in training and inference",
    "frozen_features_unsuited": "the frozen backbone does not tell these classes apart",
    "gradients_not_cleared": "gradients are never cleared",
    "half_precision_overflow": "numbers overflow in float16",
    "head_not_used": "the network does not use its new head",
    "images_and_labels_misaligned": "images and labels do not belong together",
    "inputs_constant": "every input is the same number",
    "label_encoding_mismatch": "labels in another form than the loss expects",
    "labels_broadcast": "each output is compared with every label",
    "labels_carry_no_signal": "labels have nothing to do with the images",
    "labels_corrupted": "labels were changed together with the images",
    "layer_not_connected": "a layer is not connected",
    "leaked_validation_images": "validation images are also in training",
    "loss_miscounted": "the printed loss is counted wrongly",
    "monitored_the_wrong_way": "the best epoch is chosen the wrong way round",
    "optimizer_holds_other_weights": "the optimizer does not hold the weights that should learn",
    "optimizer_never_steps": "the optimizer never takes a step",
    "pipelines_differ": "training and validation images are prepared differently",
    "pooling_collapses_map": "pooling shrinks the feature map to a point",
    "predict_pipeline_differs": "images are prepared differently for prediction than for training",
    "predictions_misaligned": "predictions are compared with labels in another order",
    "probabilities_into_logits_loss": "the loss is given probabilities, and expects logits",
    "relu_on_output": "ReLU on the output",
    "resume_lost_state": "training went on without its saved state",
    "scaled_copy_unused": "the prepared copy of the images is never used",
    "scheduler_stepped_wrongly": "the learning rate schedule is stepped in the wrong place",
    "single_class_reaches_model": "training sees one class only",
    "steps_do_not_cover_data": "the steps of an epoch do not cover the images",
    "test_set_chooses": "the test set chooses the epoch",
    "train_mode_not_restored": "training goes on in evaluation mode",
    "trainable_changed_after_compile": "layers were frozen or thawed after compile",
    "training_metric_is_regularised": "training is measured with dropout or augmentation on",
    "training_not_shuffled": "training images are not shuffled",
    "validation_differs_from_training": "validation images are of another kind",
    "validation_holds_no_number": "an image or label of validation makes its loss no number",
    "validation_never_learned": "validation stays at chance",
    "validation_split_is_ordered": "the validation split is not shuffled",
    "wrong_backbone_preprocessing": "images in another range than the backbone expects",
}  # fmt: skip
"""Rule -> its name in a sentence; other rules are called by their own name."""

TRIED: Mapping[str, str] = {
    "lower_rate": "a lower learning rate",
    "higher_rate": "a higher learning rate",
    "no_dropout": "less dropout",
    "more_dropout": "more dropout",
    "no_penalty": "less weight decay",
    "more_penalty": "weight decay",
    "no_batchnorm": "no BatchNorm",
    "no_augmentation": "no augmentation",
    "more_augmentation": "augmentation",
    "shuffling": "shuffling",
    "scaling": "scaling",
    "other_optimizer": "another optimizer",
    "fewer_layers": "fewer layers",
    "more_layers": "more layers",
    "larger_batch": "larger batches",
    "smaller_batch": "smaller batches",
    "more_units": "more units",
    "more_filters": "more filters",
    "balance": "class weights",
    "initializer": "another initialisation",
    "more_images": "more images",
    "from_scratch": "training from scratch",
    "longer": "longer training",
    "train_mode": "leaving out model.eval()",
}  # fmt: skip
"""Change that askers report -> what they did, in words."""


def title(rule: str) -> str:
    """Return a rule's name in words."""
    return NAMES.get(rule) or rule.replace("_", " ")
