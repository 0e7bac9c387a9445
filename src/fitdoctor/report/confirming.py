"""What shows within minutes that a cause is mended, in words and a line that needs no package.

A row is of a cause; where none is, the next step is to train again and compare. `%K` stands for
the number of classes, `%LN` for the loss of a guess among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Check(NamedTuple):
    """One thing to look at after a change."""

    words: str
    line: str = ""
    """For Keras, or for both where `torch` is `None`."""
    torch: str | None = None
    """The line for PyTorch; "" where there is none."""


_EVALUATE = "print(model.evaluate(validation_data))"
_MOVED = Check(
    "a weight of the head must change within one epoch",
    "print(model.layers[-1].get_weights()[0].sum())",
    "print(next(reversed(list(model.parameters()))).sum().item())",
)
_FIRST_EPOCH = Check("train one epoch: its loss must end below ln %K = %LN, that of a guess")
_MEASURE = Check("measure again with the network as it is: nothing has to be trained anew")
_OUTPUT = Check(
    "train one epoch: its loss must end below ln %K = %LN, that of a guess. The outputs of an "
    "image must add up to 1 after softmax",
    "print(model.predict(x_val[:1]).sum())",
    "print(model(next(iter(val_loader))[0].to(device)).softmax(1).sum(1))",
)
_PREDICTED = Check(
    "count what is predicted: no class may take nearly all",
    "print(np.unique(model.predict(x_val).argmax(1), return_counts=True))",
    "print(model(next(iter(val_loader))[0].to(device)).argmax(1).bincount())",
)
_RANGES = Check(
    "both ranges must be alike",
    "print(x_train.min(), x_train.max(), x_val.min(), x_val.max())",
    "print([(x.min(), x.max()) for x, _ in (next(iter(train_loader)), next(iter(val_loader)))])",
)

CHECKS: Mapping[str, Check] = {
    "pipelines_differ": Check(
        "with validation images prepared as training images are, evaluate the network that you "
        "have: its loss must fall to about that of training, without training anew",
        _EVALUATE, "",
    ),
    "predict_pipeline_differs": Check(
        "run the predict script over the validation images: it must give the validation accuracy",
        _EVALUATE, "",
    ),
    "predictions_misaligned": _MEASURE,
    "untrained_network_measured": _MEASURE,
    "misleading_metric": _MEASURE,
    "accuracy_miscounted": Check(
        "count by hand, without training anew: hits of all batches divided by the number of images",
        "print((model.predict(x_val).argmax(1) == y_val).mean())",
        "print(sum((model(x.to(device)).argmax(1).cpu() == y).sum().item() for x, y in val_loader) "
        "/ len(val_loader.dataset))",
    ),
    "loss_miscounted": _MEASURE,
    "optimizer_holds_other_weights": _MOVED,
    "optimizer_never_steps": _MOVED,
    "nothing_is_trainable": _MOVED,
    "head_not_used": _MOVED,
    "trainable_changed_after_compile": Check(
        "the number of trainable weights must be the one that you mean",
        "model.summary()", "",
    ),
    "eval_mode_missing": Check(
        "predict the same image twice: both answers must be equal, without training anew",
        "print(model(x_val[:1]), model(x_val[:1]))",
        "model.eval(); x = next(iter(val_loader))[0][:1].to(device); print(model(x), model(x))",
    ),
    "train_mode_not_restored": Check(
        "in the loop, before the forward pass of the second epoch, this must be True",
        "", "print(model.training)",
    ),
    "dropout_always_on": Check(
        "predict the same image twice: both answers must be equal",
        "print(model(x_val[:1]), model(x_val[:1]))",
        "model.eval(); x = next(iter(val_loader))[0][:1].to(device); print(model(x), model(x))",
    ),
    "training_not_shuffled": Check(
        "the labels of one batch must be of many classes",
        "print(next(iter(train_loader))[1])", "print(next(iter(train_loader))[1])",
    ),
    "validation_split_is_ordered": Check(
        "both parts must hold every class",
        "print(np.unique(y_train, return_counts=True), np.unique(y_val, return_counts=True))",
    ),
    "class_imbalance": _PREDICTED,
    "single_class_reaches_model": Check(
        "the labels that reach training must be of every class",
        "print(np.unique(y_train, return_counts=True))", "print(next(iter(train_loader))[1])",
    ),
    "images_and_labels_misaligned": Check(
        "show nine training images with their labels: each must fit; then train one epoch, "
        "whose loss must end below ln %K = %LN",
    ),
    "learning_rate_too_high": Check(
        "train one epoch at the new rate: training loss must fall from the first batches on",
    ),
    "learning_rate_too_low": Check(
        "train one epoch at the new rate: training loss must fall visibly within it",
    ),
    "learning_rate_decays_away": Check(
        "print the rate at the end of each epoch: for most it must be near the one that you set",
        "print(float(model.optimizer.learning_rate))", "print(optimizer.param_groups[0]['lr'])",
    ),
    "scheduler_stepped_wrongly": Check(
        "print the rate at the end of each epoch: it must change when its numbers say",
        "print(float(model.optimizer.learning_rate))", "print(optimizer.param_groups[0]['lr'])",
    ),
    "inputs_not_scaled": Check(
        "the images that reach the network must be small numbers, about 0 to 1",
        "print(x_train.min(), x_train.max())",
        "x, y = next(iter(train_loader)); print(x.min(), x.max())",
    ),
    "inputs_scaled_twice": _RANGES,
    "inputs_constant": _RANGES,
    "wrong_backbone_preprocessing": Check(
        "the images that reach the backbone must have the range that its preprocess_input gives",
        "print(x_train.min(), x_train.max())",
        "x, y = next(iter(train_loader)); print(x.min(), x.max())",
    ),
    "gradients_not_cleared": Check(
        "train one epoch: its loss must fall more evenly than before",
    ),
    "softmax_over_one_unit": Check(
        "train one epoch: outputs must differ between images, and loss must end below ln 2 = 0.69",
        "print(model.predict(x_val[:5]))", "",
    ),
    "probabilities_into_logits_loss": Check(
        "train again: loss can now fall below what it could not pass before, and falls faster",
    ),
    "missing_output_activation": _OUTPUT,
    "relu_on_output": _FIRST_EPOCH,
    "output_units_differ_from_classes": _FIRST_EPOCH,
    "label_encoding_mismatch": _FIRST_EPOCH,
    "binary_loss_for_many_classes": Check(
        "train one epoch: accuracy is now that of whole answers, 1/%K for a guess, and lower than "
        "the one printed before, which counted each output by itself",
    ),
    "leaked_validation_images": Check(
        "split anew and train again: expect a lower validation accuracy, as on new images",
    ),
    "overfitting": Check(
        "make one change at a time, augmentation first, and train again: the least validation loss "
        "must get lower, not only the gap smaller",
    ),
    "augmentation_replaced": Check(
        "the same image must come out another one each time",
        torch="print((train_set[0][0] != train_set[0][0]).any())",
    ),
    "augmentation_on_validation": Check(
        "evaluate twice: both figures must be equal", _EVALUATE, "",
    ),
    "half_precision_overflow": Check(
        "train in float32 past the epoch at which it failed: loss must stay a number",
    ),
    "labels_broadcast": Check(
        "the two shapes must be equal where the loss is computed",
        "", "print(outputs.shape, y.shape)",
    ),
    "monitored_the_wrong_way": Check(
        "the epoch that is kept must be the one with the best figure, not the first",
    ),
    "class_ids_differ_between_splits": Check(
        "both must give the same number to each class",
        "print(train.class_indices == val.class_indices)",
        "print(train_set.class_to_idx == val_set.class_to_idx)",
    ),
    "validation_holds_no_number": Check(
        "the loss of each validation batch must be a number",
        "for x, y in validation_data: print(model.evaluate(x, y, verbose=0))",
        "for x, y in val_loader: print(criterion(model(x.to(device)), y.to(device)).item())",
    ),
    "class_names_in_another_order": Check(
        "predict images of a known folder again: nothing has to be trained anew",
        "print(train.class_indices)", "print(train_set.class_to_idx)",
    ),
    "test_set_chooses": Check(
        "evaluate the test set once, with the epoch that validation chose",
    ),
    "class_weights_unused": _PREDICTED,
}  # fmt: skip
