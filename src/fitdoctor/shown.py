"""What a run shows of the facts before anybody is asked: an answer, or `None`."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fitdoctor import lazy_re
from fitdoctor.catalogue.backbones import holds_batchnorm
from fitdoctor.records.flow import recorded_apart
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.records.written import Numbers
from fitdoctor.stats.chance import knew_before
from fitdoctor.stats.quantile import median

BATCHNORM = "BatchNormalization"


def binned(number: float, bins: tuple[tuple[float, str], ...]) -> str:
    """Return the answer that a number falls under."""
    return next(answer for bound, answer in bins if number < bound)


def batchnorm(run: Run) -> str | None:
    """Return whether the network holds BatchNormalization, its backbone included."""
    recipe = run.recipe
    if recipe is None or not (recipe.layers or recipe.backbone):
        return None
    if any(layer.kind == BATCHNORM for layer in recipe.layers):
        return "yes"
    if recipe.backbone is None:
        return "no" if run.script is not None else None
    return "yes" if holds_batchnorm(recipe.backbone.name) else "no"


BATCHES = ((5, "up_to_4"), (16, "5_to_15"), (math.inf, "16_or_more"))
TRAINED = ((500, "below_500"), (5001, "500_to_5000"), (math.inf, "above_5000"))
VALIDATED = ((100, "below_100"), (1001, "100_to_1000"), (math.inf, "above_1000"))
RATES = (
    (1e-5, "below_1e-5"),
    (1e-4, "1e-5_to_1e-4"),
    (2.001e-3, "1e-4_to_2e-3"),
    (math.inf, "above_2e-3"),
)


def batch(run: Run) -> str | None:
    """Return how many images a batch has."""
    size = run.recipe.batch_size if run.recipe else None
    return None if size is None else binned(size, BATCHES)


def frozen(run: Run) -> str | None:
    """Return whether the pretrained backbone stays as it is."""
    backbone = run.recipe.backbone if run.recipe else None
    if backbone is None:
        return without_backbone(run)
    if backbone.weights == "none":
        return "not_pretrained"
    return None if backbone.trainable is None else "no" if backbone.trainable else "yes"


def dropout(run: Run) -> str | None:
    """Return the largest share of units that a layer drops, where a script shows its layers."""
    layers = _shown(run)
    if layers is None:
        return None
    most = max((x.rate or 0.0 for x in layers.layers if "Dropout" in x.kind), default=0.0)
    return "none" if most == 0 else "up_to_half" if most <= 0.5 else "above_half"


def _shown(run: Run) -> Recipe | None:
    """Return the recipe where a script shows its layers."""
    return run.recipe if run.script is not None and run.recipe and run.recipe.layers else None


def images(run: Run) -> str | None:
    """Return how many images are trained on."""
    count = run.data.n_train if run.data else None
    return None if count is None else binned(count, TRAINED)


LIKELY_SIZE = 0.5
"""Probability from which on a size that was read off the digits answers a question."""


def validated(run: Run) -> str | None:
    """Return how many images are validated on; a likely number from digits counts."""
    data = run.data
    if data is None:
        return None
    digits = data.n_val_from_digits
    likely = digits.best if digits and digits.probability >= LIKELY_SIZE else None
    count = data.n_val or likely
    return binned(count, VALIDATED) if count else None


def rate(run: Run) -> str | None:
    """Return the learning rate that training begins with."""
    rate = run.recipe.optimizer.learning_rate if run.recipe and run.recipe.optimizer else None
    if not isinstance(rate, int | float):
        rates = _values(run, "learning_rate")
        rate = float(rates[0]) if len(rates) else None
    return None if rate is None else binned(rate, RATES)


def _values(run: Run, name: str) -> NDArray[np.float64]:
    """Return the values of a curve; none where it is not known."""
    curve = run.curves.get(name)
    return np.empty(0) if curve is None else curve.values


FEW = 5
"""Epochs below which a curve does not show how it goes."""

AT_START, FAR_ABOVE = 0.97, 2.0
"""Share of the first training loss that counts as unchanged; times the training loss that a
validation loss is far above it."""


def happens(run: Run) -> str | None:
    """Return what the losses alone leave no doubt about."""
    loss, val_loss = _values(run, "loss"), _values(run, "val_loss")
    if not (np.isfinite(loss).all() and np.isfinite(val_loss).all()):
        return "loss_is_nan_or_explodes"
    if len(loss) < FEW:
        return None
    if loss.min() > AT_START * loss[0] > 0 and not knew_before(_values(run, "accuracy")):
        return "training_does_not_learn"
    ends_above = len(val_loss) == len(loss) and val_loss[-1] > FAR_ABOVE * loss[-1]
    return "training_good_validation_bad" if ends_above and loss[-1] > 0 else None


def last_epochs(run: Run) -> str | None:
    """Return whether validation loss ends, on the mean of its last epochs, below all before."""
    values = _values(run, "val_loss")
    if len(values) < FEW or not np.isfinite(values).all():
        return None
    third = max(2, len(values) // 3)
    last, before = values[-third:], values[:-third]
    return "yes" if last[len(last) // 2 :].mean() < before.min() else "no"


MOST_OF_ALL, TWICE = 0.75, 1.5
"""Share of the images in the largest class that is most of them; times an equal share."""


def largest_class(run: Run) -> str | None:
    """Return how large the largest class is beside an equal share."""
    counts = run.data.class_counts if run.data else ()
    if len(counts) < 2 or not sum(counts):
        return None
    share = max(counts) / sum(counts)
    if share >= MOST_OF_ALL or (len(counts) > 2 and share > 0.5):
        return "most_images"
    return "twice_its_share" if share * len(counts) >= TWICE else "about_equal"


ONE_ANSWER = 0.97
"""Share of the images that get one answer, from which on it is that of nearly all."""


def predicted_classes(run: Run) -> str | None:
    """Return whether a confusion matrix has one answer for nearly all images."""
    matrix = run.data.confusion if run.data else ()
    if not matrix:
        return None
    answers = [sum(column) for column in zip(*matrix, strict=True)]
    return "yes" if max(answers) >= ONE_ANSWER * sum(answers) else "no"


JUMP = 0.2
"""Share of a training loss's whole range that one epoch must add to be a jump."""


def resumed(run: Run) -> str | None:
    """Return `no` where training loss never jumps: then there is nothing to explain."""
    loss = _values(run, "loss")
    if len(loss) < FEW or not np.isfinite(loss).all():
        return None
    return "no" if np.diff(loss).max() <= JUMP * np.ptp(loss) else None


_OUTPUTS = {"softmax": "softmax", "log_softmax": "softmax", "sigmoid": "sigmoid",
            "linear": "none", "relu": "relu_or_tanh", "tanh": "relu_or_tanh"}  # fmt: skip


def _last_layer(run: Run) -> Layer | None:
    return run.recipe.layers[-1] if run.recipe and run.recipe.layers else None


def output_activation(run: Run) -> str | None:
    """Return the activation of the last layer, where the run shows it."""
    last = _last_layer(run)
    if last is None:
        return None
    own = {"Softmax": "softmax", "ReLU": "relu"}.get(last.kind, last.activation)
    if own is None and last.kind == "Dense" and run.kind == "observed":
        return "none"
    return _OUTPUTS.get((own or "").lower())


def output_units(run: Run) -> str | None:
    """Return how many output units there are beside the number of classes."""
    dense = [x.units for x in run.recipe.layers if x.units] if run.recipe else []
    last, classes = _last_layer(run), _classes(run)
    if last is None or last.kind not in {"Dense", "Softmax", "Activation"}:
        return None
    if not dense or classes is None:
        return None
    if dense[-1] == classes:
        return "as_many"
    if dense[-1] == 1 and classes == 2:
        return "one_for_two"
    return "fewer" if dense[-1] < classes else "more"


def _classes(run: Run) -> int | None:
    counted = (run.data.n_classes or len(run.data.class_counts)) if run.data else None
    return counted or (run.recipe.n_classes if run.recipe else None)


def metric(run: Run) -> str | None:
    """Return `yes` for a training of fitdoctor's own: its accuracy is of the likeliest class."""
    own = run.kind == "observed" and run.recipe is not None and run.recipe.images is not None
    metrics = run.script.compile.get("metrics") if run.script is not None else None
    plain = run.kind == "observed" and metrics is not None and metrics.value is not None
    named = metrics.value if metrics is not None and isinstance(metrics.value, list) else []
    return "yes" if own or (plain and {"accuracy", "acc"} & set(map(str, named))) else None


def rate_schedule(run: Run) -> str | None:
    """Return whether the learning rate changed, by its curve or by the optimizer."""
    rates = _values(run, "learning_rate")
    if len(rates) > 1:
        fell, rose = rates[-1] < 0.99 * rates[0], rates[-1] > 1.01 * rates[0]
        moved = np.ptp(rates) > 0.01 * abs(rates[0])
        return "yes_it_rose" if rose else "yes_it_fell" if fell or moved else "no"
    optimizer = run.recipe.optimizer if run.recipe else None
    if optimizer is None:
        return None
    if optimizer.schedule is not None:
        cycles = optimizer.schedule.kind in {"triangular", "triangular2", "exp_range", "table"}
        return None if cycles else "yes_it_fell"
    if optimizer.decay:
        return "yes_it_fell"
    return "no" if run.kind == "observed" else None


def _recorded(run: Run, use: str, what: Literal["inputs", "labels"]) -> Numbers | None:
    """Return what was recorded of the inputs or labels of a use, while the script ran."""
    feeds = run.script.fed(use) if run.script is not None else ()
    numbers: Numbers | None = getattr(feeds[0], what).numbers if feeds else None
    return numbers if numbers is not None and numbers.recorded else None


def pixel_range(run: Run) -> str | None:
    """Return the range of the pixels that were fed."""
    ends = run.data.input_range if run.data else None
    if ends is None:
        return None
    low, high = ends
    if low == high:
        return "constant"
    if high > FAR_FROM_UNIT:
        return "0_to_255"
    if low >= 0:
        return "0_to_1" if high <= NEARLY else None
    return "-1_to_1" if max(-low, high) <= NEARLY else "standardised"


FAR_FROM_UNIT, NEARLY = 50, 1.01


def same_preparation(run: Run, other: str) -> str | None:
    """Return whether the images of another use were prepared as those of training."""
    train = run.script.fed("train")[:1] if run.script is not None else ()
    others = run.script.fed(other)[:1] if run.script is not None else ()
    if not train or not others:
        return None
    apart = recorded_apart(train[0].inputs, others[0].inputs)
    return None if apart is None else "no" if apart else "yes"


MIXED = 0.5
"""Neighbours of different classes, as a part of those in a random order."""


def classes_mixed(run: Run) -> str | None:
    """Return whether classes are mixed within the batches of training."""
    labels = _recorded(run, "train", "labels")
    if labels is None or labels.mixing is None:
        return None
    if labels.passed:
        return "yes" if labels.mixing > MIXED else "no"
    shuffle = run.script.fit.get("shuffle") if run.script is not None else None
    return "yes" if labels.mixing > MIXED or shuffle is None or shuffle.value else "no"


def sorted_by_class(run: Run) -> str | None:
    """Return whether the images of training stand in the order of their classes."""
    labels = _recorded(run, "train", "labels")
    if labels is None or labels.mixing is None or labels.passed:
        return None
    return "yes" if labels.in_order else "no"


def validation_from(run: Run) -> str | None:
    """Return `tail_of_the_data` where validation images were cut off the end."""
    if _recorded(run, "validation", "inputs") is None or run.script is None:
        return None
    cut = run.script.fed("validation")[0].inputs.has("split_tail")
    return "tail_of_the_data" if cut else None


def label_form(run: Run) -> str | None:
    """Return the form of the recorded labels, under a cross-entropy."""
    labels = _recorded(run, "train", "labels")
    loss = (run.recipe.loss or "").partition("(")[0] if run.recipe else ""
    if labels is None or not labels.values or not loss.endswith("crossentropy"):
        return None
    if loss.startswith("binary"):
        zeros_and_ones = labels.columns == 1 and set(labels.values) <= {0.0, 1.0}
        return "binary" if zeros_and_ones else None
    if loss.startswith("sparse"):
        return "they_do_not_match" if labels.one_hot else "number_and_sparse_loss"
    return "one_hot_and_categorical" if labels.one_hot else "they_do_not_match"


def same_subject(run: Run) -> str | None:
    """Return yes where pictures were found in both parts; that none is alike proves nothing."""
    found = any(f.rule == "leaked_validation_images" for f in run.image_findings or ())
    return "yes" if found else None


ABOUT_THE_SAME = 0.1


def evaluated_on_training(run: Run) -> str | None:
    """Return how the accuracy of training images in inference mode ends beside the logged one."""
    accuracy, probe = _values(run, "accuracy"), _values(run, "probe_accuracy")
    if len(probe) < FEW or len(probe) != len(accuracy):
        return None
    apart = median(probe[-3:] - accuracy[-3:])
    if abs(apart) <= ABOUT_THE_SAME:
        return "about_the_same"
    return "much_better" if apart > 0 else "much_worse"


_UP_TO_2_3 = lazy_re.compile(r"[01]\.|2\.[0-3](?!\d)")


def library_version(run: Run) -> str | None:
    """Return whether the version of Keras that is known is one up to 2.3; PyTorch has none."""
    if run.in_pytorch:
        return "no"
    version = run.recipe.keras if run.recipe else None
    return None if not version else "yes" if _UP_TO_2_3.match(version) else "no"


def steps_cover(run: Run) -> str | None:
    """Return whether the steps of an epoch go over about all the images."""
    data, batch = run.data, run.recipe.batch_size if run.recipe else None
    if run.kind != "observed" or not data or not (data.n_train and data.steps_per_epoch and batch):
        return None
    share = data.steps_per_epoch * batch / data.n_train
    return "yes" if COVERED[0] <= share <= COVERED[1] else "no"


COVERED = (0.7, 1.6)


def without_backbone(run: Run) -> str | None:
    """Return `not_pretrained` where the whole network was seen and holds no known backbone."""
    recipe = run.recipe
    seen = run.kind == "observed" and run.script is not None and recipe is not None
    if not seen or recipe is None or recipe.backbone is not None or not recipe.layers:
        return None
    frozen = any(layer.trainable is False for layer in recipe.layers)
    opaque = any(layer.kind == OPAQUE for layer in recipe.layers)
    return "yes" if frozen else None if opaque else "not_pretrained"


def unless(answer: str | None, other: str) -> str | None:
    """Return the answer; `None` where it is the other one."""
    return None if answer == other else answer


def by_fit(run: Run) -> str | None:
    """Return yes where the fit of Keras trains, which sees to modes and steps by itself."""
    script = run.script
    keras = script is not None and script.framework in {"keras", "tf.keras"}
    return "yes" if keras and script is not None and script.compile else None


MOSTLY, FELL = 0.75, 0.95
"""Share of the steps of a training loss that go down, and what is left of it, where it falls."""
NO_WORSE = 0.03
"""How far validation accuracy may lie below training to be no worse."""


def loss_falls(run: Run) -> bool:
    """Return whether training loss falls at most steps, as it does at no rate that is too high."""
    loss = _values(run, "loss")
    if len(loss) < FEW - 1 or not np.isfinite(loss).all() or loss[0] <= 0:
        return False
    return bool(np.mean(np.diff(loss) < 0) >= MOSTLY and loss[-1] < FELL * loss[0])


def validation_is_no_worse(run: Run) -> bool:
    """Return whether figures of both parts are known, and validation is as good as training."""
    pairs = (("accuracy", "val_accuracy", 1.0), ("loss", "val_loss", -1.0))
    known = []
    for train, val, better in pairs:
        one, other = _values(run, train), _values(run, val)
        if len(one) and len(other):
            behind = better * (median(one[-3:]) - median(other[-3:]))
            known.append(behind <= (NO_WORSE if better > 0 else 0.0))
    return bool(known) and all(known)


_HALF = lazy_re.compile(
    r"(?i)half\(|fp16|float16|autocast|\bamp\b|mixed_?precision|precision\s?=\s?.?16"
)


def trains_in_full_precision(run: Run) -> bool:
    """Return whether code that trains is known, and nothing in it is of half precision."""
    script = run.script
    trains = script is not None and bool(script.compile or script.program or script.fit)
    return trains and script is not None and not _HALF.search(f"{script.text}\n{run.prose}")


def speaks_keras(run: Run) -> bool:
    """Return whether code, words or the names of figures are of Keras."""
    framework = run.script.framework if run.script is not None else None
    if framework is not None:
        return framework in {"keras", "tf.keras", "tensorflow"}
    if run.recipe is not None and run.recipe.keras:
        return True
    return bool(_KERAS.search(run.prose)) or ("accuracy" in run.curves and not run.written)


_KERAS = lazy_re.compile(r"(?i)keras|tensorflow|\btf\b|model\.(?:fit|compile|evaluate)|\bval_acc")
