"""What the recorded run decides about causes by counting, or by one evaluation of its network.

Each function looks at one cause and returns what it counts, or `None` where that decides nothing.
All look at values that were recorded as they passed: what a text says of them is no count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np

from fitdoctor.catalogue.optimizers import optimizer
from fitdoctor.records.experiment import Counted
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.observation import Observation
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.records.written import SOFTENED, Numbers

BALANCED = 2.0
"""Classes are balanced where the largest has less than so many times the images of the smallest."""
SMALL = 3.0
"""Inputs up to this size are small as they are."""
MIXED = 0.5
"""Labels whose neighbours differ at least this often, as a part of chance, are in no blocks."""
ERRORS = 3.0
"""Standard errors from which on two shares of right answers differ."""


class Reference(msgspec.Struct, frozen=True):
    """The run that was recorded of the script as it is."""

    run: Run
    seen: Observation

    @property
    def recipe(self) -> Recipe:
        return self.run.recipe or Recipe()

    @property
    def layers(self) -> Sequence[Layer]:
        return self.recipe.layers

    def labels(self, use: str = "train") -> Numbers | None:
        """Return the recorded labels of a use; `None` where they were not recorded."""
        found = next((f.labels.numbers for f in self.seen.script.feeds if f.use == use), None)
        return found if found is not None and found.recorded else None

    def inputs(self, use: str = "train") -> Numbers | None:
        found = next((f.inputs.numbers for f in self.seen.script.feeds if f.use == use), None)
        return found if found is not None and found.recorded else None

    def given(self, name: str) -> object:
        """Return an argument of `fit`; `None` where it was not given."""
        fact = self.seen.script.fit.get(name)
        return fact.value if fact is not None else None

    @property
    def output(self) -> tuple[int, str] | None:
        """Units and activation of the last layer, where that is a dense one."""
        at = output_index(self.layers)
        if at is None or self.layers[at].units is None:
            return None
        return self.layers[at].units or 0, activation_of(self.layers, at) or "linear"

    def last(self, curve: str) -> float | None:
        found = self.run.curves.get(curve)
        return float(found.values[-1]) if found is not None and len(found) else None


Said = tuple[bool, str] | None
"""Whether the cause is there, and the sentence that counts it."""


def _nothing_is_trainable(ref: Reference) -> Said:
    weighted = [layer for layer in ref.layers if layer.parameters]
    if not weighted or ref.recipe.backbone is not None:
        return None
    count = sum(layer.parameters or 0 for layer in weighted)
    if all(layer.trainable is False for layer in weighted):
        return True, f"None of the {count} weights is trainable: no step can change the network."
    return None


def _learning_rate_negative(ref: Reference) -> Said:
    rate = ref.recipe.optimizer.learning_rate if ref.recipe.optimizer else None
    if rate is None:
        return None
    return rate < 0, f"The optimizer's learning rate is {rate:g}."


def _learning_rate_too_low(ref: Reference) -> Said:
    """Bound how far a weight can have moved, where steps are as long as the rate."""
    given, data = ref.recipe.optimizer, ref.run.data
    known = optimizer(given.name) if given is not None else None
    epochs = max((len(curve) for curve in ref.run.curves.values()), default=0)
    if given is None or known is None or known.steps != "by the rate" or data is None:
        return None
    if ref.recipe.backbone is not None or ref.seen.script.called("load_model") or not epochs:
        return None
    rated = ref.run.curves.get("learning_rate")
    rates = [given.learning_rate, *(rated.values if rated is not None else ())]
    batches = data.steps_per_epoch
    if batches is None and data.n_train and ref.recipe.batch_size:
        batches = -(-data.n_train // ref.recipe.batch_size)
    if batches is None or None in rates:
        return None
    rate, steps = float(max(rates)), batches * epochs
    moved = MOST_OF_A_RATE * rate * steps
    if not 0 < moved <= UNMOVED:
        return None
    said = f"In {steps} steps at a rate of {rate:g} {given.name} moves no weight by more than "
    return True, f"{said}{moved:.1g}: what was trained is the network as it was drawn."


MOST_OF_A_RATE = 3.2
"""Rates that a step of Adam is long at most: (1 - beta_1) / sqrt(1 - beta_2), by its authors."""
UNMOVED = 2e-4
"""Weights are drawn some hundred times as large, or more."""


def _softmax_over_one_unit(ref: Reference) -> Said:
    if ref.output is None:
        return None
    units, activation = ref.output
    if (units, activation) == (1, "softmax"):
        return True, "Softmax over the one output unit is 1 for every image."
    return False, f"The output has {units} unit{'s' * (units != 1)} and {activation}."


def _output_range(ref: Reference) -> Said:
    """Compare what the output can reach with where the targets lie; in between, training tells."""
    labels, loss = ref.labels(), (ref.recipe.loss or "").partition("(")[0]
    reach = REACH.get(ref.output[1]) if ref.output is not None else None
    if labels is None or labels.mean is None or reach is None or loss not in OF_NUMBERS:
        return None
    low, high = reach
    words = f"The output goes from {low:g} to {high:g}, the targets from {labels.low:.4g} to "
    words += f"{labels.high:.4g} with a mean of {labels.mean:.4g}"
    if low <= labels.low and labels.high <= high:
        return False, f"{words}."
    beyond = max(low - labels.mean, labels.mean - high)
    if beyond < BEYOND * (labels.high - labels.low) or beyond <= 0:
        return None
    return True, f"{words}: whatever is trained is off by {beyond:.3g} on average."


REACH = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, float("inf"))}
OF_NUMBERS = ("mse", "mean_squared_error", "mae", "mean_absolute_error")
BEYOND = 0.1
"""Parts of their range that the mean of the targets is out of reach by, where that settles it."""


def _output_units(ref: Reference) -> Said:
    labels, loss = ref.labels(), ref.recipe.loss or ""
    if ref.output is None or labels is None or "crossentropy" not in loss:
        return None
    units, classes = ref.output[0], labels.columns if labels.one_hot else labels.distinct
    if not labels.whole or classes < 2 or (labels.columns > 1) != labels.one_hot:
        return None
    if units == classes or (units, classes) == (1, 2):
        return False, f"The output has {units} units, the labels name {classes} classes."
    if units < classes and classes > 2:
        one = "one unit tells two classes apart" if units == 1 else f"{units} units name as many"
        return True, f"The labels name {classes} different classes, and {one}."
    return None


def _label_encoding(ref: Reference) -> Said:
    labels, loss = ref.labels(), (ref.recipe.loss or "").partition("(")[0]
    if labels is None or ref.output is None or ref.output[0] < 2:
        return None
    units = ref.output[0]
    if loss == "categorical_crossentropy" and labels.columns == 1 and labels.whole:
        return True, f"The labels have one column, and {loss} compares {units} units with {units}."
    if loss == "sparse_categorical_crossentropy" and labels.one_hot and labels.columns == units:
        return True, f"The labels are one-hot rows of {units}, and {loss} takes one number a row."
    if loss in {"categorical_crossentropy", "sparse_categorical_crossentropy"}:
        return False, f"The labels have {labels.columns} columns, as {loss} takes them."
    return None


def _labels_out_of_range(ref: Reference) -> Said:
    labels, loss = ref.labels(), (ref.recipe.loss or "").partition("(")[0]
    if labels is None or ref.output is None:
        return None
    sparse = loss == "sparse_categorical_crossentropy" and labels.columns == 1
    if "ignore_class" in (ref.recipe.loss or "") or not (sparse or loss == "binary_crossentropy"):
        return None
    softened = not labels.whole and labels.low > SOFTENED[0] and labels.high < SOFTENED[1]
    high = ref.output[0] - 1 if sparse else 1
    outside = labels.low < 0 or labels.high > high
    if outside and softened:
        return None
    said = f"The labels go from {labels.low:g} to {labels.high:g}; {loss} takes 0 to {high}."
    return outside, said


def _single_class(ref: Reference) -> Said:
    labels = ref.labels()
    if labels is None or not labels.whole or not labels.distinct:
        return None
    return labels.distinct == 1, f"The training labels hold {labels.distinct} different values."


def _class_missing(ref: Reference) -> Said:
    train, held = ref.labels(), ref.labels("validation")
    if train is None or held is None or train.passed or held.passed:
        return None
    if not (train.values and held.values) or train.one_hot != held.one_hot:
        return None
    lacking = sorted(set(held.values) - set(train.values))
    if not lacking:
        return False, "Every class that is validated on is trained on."
    words = ", ".join(f"{value:g}" for value in lacking[:5])
    return True, f"Classes {words} are validated on and not among the training labels."


def _leaked(ref: Reference) -> Said:
    found = [f for f in ref.run.image_findings or () if f.rule == "leaked_validation_images"]
    if not found:
        return None
    held = ref.inputs("validation")
    of = f" of {held.rows}" if held is not None and held.rows else ""
    return True, f"{len(found)}{of} validation images are training images as well, bit for bit."


def _not_shuffled(ref: Reference) -> Said:
    labels = ref.labels()
    if labels is None or labels.mixing is None:
        return None
    if labels.mixing >= MIXED:
        return False, (
            f"Neighbouring labels differ {labels.mixing:.0%} as often as in a random order."
        )
    if not labels.passed and ref.given("shuffle") is not False:
        return False, "fit shuffles the arrays anew every epoch."
    return None


def _scaled(ref: Reference) -> Said:
    inputs = ref.inputs()
    if inputs is None or inputs.reach > SMALL:
        return None
    return False, f"The inputs lie between {inputs.low:.3g} and {inputs.high:.3g}."


def _balanced(ref: Reference) -> Said:
    labels = ref.labels()
    if labels is None or len(labels.counts) < 2 or labels.passed:
        return None
    least, most = min(labels.counts), max(labels.counts)
    if least and most < BALANCED * least:
        return False, f"The classes have {least} to {most} images each."
    return None


def _same_in_inference(ref: Reference) -> Said:
    """Compare training images in both modes: moving averages that lag would show.

    Not where other layers act in training alone, which would hide them.
    """
    logged, clean = ref.last("accuracy"), ref.last("probe_accuracy")
    random = any(word in layer.kind for layer in ref.layers for word in RANDOM)
    if logged is None or clean is None or random or ref.recipe.backbone is not None:
        return None
    error = _error(logged, clean, PROBED)
    words = f"Training images are right in {clean:.1%} in inference mode, {logged:.1%} as logged."
    return (False, words) if clean >= logged - ERRORS * error else None


def _no_gap(ref: Reference) -> Said:
    """Compare training and validation images, both in inference mode."""
    clean, held = ref.last("probe_accuracy"), ref.last("val_accuracy")
    rows = ref.run.data.n_val if ref.run.data else None
    if clean is None or held is None or not rows:
        return None
    # What would be noticed must not be larger than what noise hides.
    hidden = ERRORS * _error(clean, held, min(rows, PROBED))
    words = f"In inference mode {clean:.1%} of training images are right, and {held:.1%} of others."
    return (False, words) if held >= clean and hidden < MOST_HIDDEN else None


RANDOM = ("Dropout", "Noise", "Random")
PROBED = 500
"""Images that the curve in inference mode is over, at most."""
MOST_HIDDEN = 0.15


def _swapped(ref: Reference) -> Said:
    found = ref.seen.swapped
    if found is None:
        return None
    words = (
        f"Of {found.rows} validation images {found.as_they_are:.1%} are right as they are, and "
        f"{found.as_training:.1%} once they lie where the training images do."
    )
    apart = found.as_training - found.as_they_are
    shown = apart > ERRORS * _error(found.as_training, found.as_they_are, found.rows)
    return (True, words) if shown else None


def _error(one: float, other: float, rows: int) -> float:
    middle = min(max((one + other) / 2, 1 / rows), 1 - 1 / rows)
    return float(np.sqrt(2 * middle * (1 - middle) / rows))


COUNTS: Mapping[str, Callable[[Reference], Said]] = {
    "class_imbalance": _balanced,
    "class_missing_in_split": _class_missing,
    "class_weights_unused": _balanced,
    "inputs_not_scaled": _scaled,
    "label_encoding_mismatch": _label_encoding,
    "labels_out_of_range": _labels_out_of_range,
    "leaked_validation_images": _leaked,
    "learning_rate_negative": _learning_rate_negative,
    "learning_rate_too_low": _learning_rate_too_low,
    "nothing_is_trainable": _nothing_is_trainable,
    "output_range_below_target": _output_range,
    "output_units_differ_from_classes": _output_units,
    "single_class_reaches_model": _single_class,
    "softmax_over_one_unit": _softmax_over_one_unit,
    "training_not_shuffled": _not_shuffled,
}
EVALUATIONS: Mapping[str, Callable[[Reference], Said]] = {
    "batchnorm_inference_gap": _same_in_inference,
    "overfitting": _no_gap,
    "pipelines_differ": _swapped,
}
SETTLING = frozenset(
    {
        "label_encoding_mismatch",
        "labels_out_of_range",
        "learning_rate_negative",
        "learning_rate_too_low",
        "nothing_is_trainable",
        "output_range_below_target",
        "output_units_differ_from_classes",
        "single_class_reaches_model",
        "softmax_over_one_unit",
    }
)
"""With one of these no training can go well, by arithmetic."""


def counted(cause: str, run: Run, seen: Observation) -> Counted | None:
    """Return what counting or one evaluation decides about a cause; `None` where it does not."""
    by = "counting" if cause in COUNTS else "evaluation"
    look = COUNTS.get(cause) or EVALUATIONS.get(cause)
    said = look(Reference(run, seen)) if look is not None else None
    if said is None:
        return None
    present, sentence = said
    return Counted(
        cause=cause,
        present=present,
        by="counting" if by == "counting" else "evaluation",
        sentence=sentence,
        settles=present and cause in SETTLING,
    )
