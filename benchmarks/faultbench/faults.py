"""Faults as edits of a recipe or of what training is given; each names the causes that are true.

A fault is `(settings) -> edit`; every setting of a fault is a row, so that halves of the bench can be
told apart by fault and setting, never by seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.training.prepare import Prepared

Edit = Callable[[Recipe], Recipe]
Damage = Callable[[Prepared, np.random.Generator], Prepared]


class Fault(NamedTuple):
    """One row of the bench."""

    name: str
    setting: str
    causes: tuple[str, ...]
    """Names that count as right; the first is what was injected. Empty for a healthy control."""
    edit: Edit = lambda recipe: recipe
    damage: Damage = lambda ready, _rng: ready
    networks: tuple[str, ...] = ("head",)


def same(recipe: Recipe) -> Recipe:
    return recipe


def optimizer(name: str, rate: float, **more: float) -> Edit:
    return lambda r: replace(r, optimizer=Optimizer(name=name, learning_rate=rate, **more))


def hidden(*layers: Layer) -> Edit:
    """Put layers before the output of a recipe, after its pooling."""

    def edit(recipe: Recipe) -> Recipe:
        output = Layer(kind="Dense", name="output", units=recipe.n_classes, activation="softmax")
        return replace(recipe, layers=(recipe.layers[0], *layers, output))

    return edit


def ends(activation: str | None, loss: str, **changes: object) -> Edit:
    """Give a recipe this output activation and loss; the output is as wide as there are classes."""

    def edit(recipe: Recipe) -> Recipe:
        units = recipe.n_classes or 2
        output = Layer(kind="Dense", name="output", units=units, activation=activation)
        kept = tuple(x for x in recipe.layers if x.name != "output")
        return replace(recipe, layers=(*kept, output), loss=loss, **changes)

    return edit


def dense(units: int, activation: str | None = "relu", **more: float) -> Layer:
    return Layer(kind="Dense", units=units, activation=activation, **more)


def relabelled(share: float) -> Damage:
    def damage(ready: Prepared, rng: np.random.Generator) -> Prepared:
        labels = ready.labels.copy()
        rows = ready.train[rng.random(len(ready.train)) < share]
        labels[rows] = rng.permutation(labels[rows])
        return replace(ready, labels=labels)

    return damage


def ordered_split(ready: Prepared, _rng: np.random.Generator) -> Prepared:
    order = np.argsort(ready.labels, kind="stable")
    cut = int(0.8 * len(order))
    return replace(ready, train=order[:cut], val=order[cut:])


def rare(share: float) -> Damage:
    """Keep this share of all classes but the first, in training and validation."""

    def damage(ready: Prepared, rng: np.random.Generator) -> Prepared:
        def thinned(rows: np.ndarray) -> np.ndarray:
            first = ready.labels[rows] == 0
            return rows[first | (rng.random(len(rows)) < share)]

        train, val = thinned(ready.train), thinned(ready.val)
        counts = tuple(
            int(n) for n in np.bincount(ready.labels[train], minlength=len(ready.classes))
        )
        data = replace(ready.data, class_counts=counts, n_train=len(train), n_val=len(val))
        return replace(ready, train=train, val=val, data=data)

    return damage


def leaked(ready: Prepared, rng: np.random.Generator) -> Prepared:
    return replace(ready, val=np.sort(rng.permutation(ready.train)[: len(ready.val)]))


def few(images: int) -> Damage:
    def damage(ready: Prepared, rng: np.random.Generator) -> Prepared:
        kept = np.sort(rng.permutation(ready.train)[:images])
        return replace(ready, train=kept, data=replace(ready.data, n_train=len(kept)))

    return damage


def few_validated(ready: Prepared, rng: np.random.Generator) -> Prepared:
    kept = np.sort(rng.permutation(ready.val)[:24])
    return replace(ready, val=kept, data=replace(ready.data, n_val=len(kept)))


def constant_inputs(ready: Prepared, _rng: np.random.Generator) -> Prepared:
    return replace(ready, inputs=np.zeros_like(np.asarray(ready.inputs)))


def one_class(ready: Prepared, _rng: np.random.Generator) -> Prepared:
    return replace(ready, labels=np.zeros_like(ready.labels))


def other_scale(factor: float) -> Damage:
    """Validation inputs are scaled otherwise than training inputs."""

    def damage(ready: Prepared, _rng: np.random.Generator) -> Prepared:
        inputs = np.array(ready.inputs, dtype=np.float32)
        inputs[ready.val] *= factor
        return replace(ready, inputs=inputs)

    return damage


SPARSE, DENSE = "sparse_categorical_crossentropy", "categorical_crossentropy"


def faults() -> Iterator[Fault]:
    for rate, units in ((0.8, 4), (0.9, 8), (0.8, 64)):
        edit = hidden(dense(units), Layer(kind="Dropout", rate=rate))
        both = ("dropout_too_high", "bottleneck_before_output", "underfitting")
        yield Fault("dropout", f"{rate}/{units}", both, edit)
    for units in (2, 3):
        causes = ("bottleneck_before_output", "capacity_too_low", "underfitting")
        yield Fault("bottleneck", str(units), causes, hidden(dense(units)))
    for name, rate in (("Adam", 1.0), ("SGD", 30.0), ("Adam", 10.0)):
        causes = ("learning_rate_too_high", "loss_diverged", "loss_became_nan")
        yield Fault("rate high", f"{name} {rate}", causes, optimizer(name, rate))
    for name, rate in (("Adam", 1e-6), ("SGD", 1e-5), ("Adam", 5e-6)):
        causes = ("learning_rate_too_low", "never_learned", "underfitting", "stopped_while_improving",
                  "optimizer_unsuited")  # fmt: skip
        yield Fault("rate low", f"{name} {rate}", causes, optimizer(name, rate))
    for decay in (0.05, 0.5):
        causes = ("learning_rate_decays_away", "underfitting")
        yield Fault("decay", str(decay), causes, optimizer("SGD", 0.01, decay=decay))
    yield Fault("adadelta", "0.001", ("optimizer_unsuited", "never_learned", "learning_rate_too_low"),
                optimizer("Adadelta", 0.001))  # fmt: skip
    for factor in (1.0, 10.0):
        causes = ("excess_weight_penalty", "underfitting")
        yield Fault("penalty", str(factor), causes, hidden(dense(32, l2=factor)))
    for count in (3, 5):
        layers = [dense(16, "sigmoid") for _ in range(count)]
        causes = ("saturating_hidden_activation", "vanishing_gradient", "never_learned")
        yield Fault("sigmoids", str(count), causes, hidden(*layers))
    yield Fault(
        "linear", "2", ("missing_hidden_activation",), hidden(dense(64, None), dense(32, None))
    )
    yield Fault("relu out", "sparse", ("relu_on_output",), ends("relu", SPARSE))
    yield Fault("sigmoid out", "dense", ("sigmoid_with_categorical_loss",), ends("sigmoid", DENSE))
    for activation in ("tanh", "softplus"):
        yield Fault(
            "odd out", activation, ("output_activation_unsuited",), ends(activation, SPARSE)
        )
    yield Fault("no activation", "sparse", ("missing_output_activation",), ends(None, SPARSE))
    yield Fault("mse", "softmax", ("loss_unsuited_to_task",), ends("softmax", "mean_squared_error"))
    yield Fault("bce", "softmax", ("binary_loss_for_many_classes", "misleading_metric"),
                ends("softmax", "binary_crossentropy"))  # fmt: skip
    for share in (1.0, 0.9):
        causes = ("images_and_labels_misaligned", "labels_carry_no_signal", "label_noise",
                  "never_learned", "overfitting", "validation_differs_from_training")  # fmt: skip
        yield Fault("labels shuffled", str(share), causes, damage=relabelled(share))
    yield Fault("labels noisy", "0.4", ("label_noise", "underfitting", "mislabelled_images"),
                damage=relabelled(0.4))  # fmt: skip
    yield Fault("split", "ordered", ("validation_split_is_ordered",), damage=ordered_split)
    for share in (0.03, 0.06):
        yield Fault("imbalance", str(share), ("class_imbalance",), damage=rare(share))
    yield Fault("leak", "all", ("leaked_validation_images",), damage=leaked)
    for images in (20, 40):
        causes = ("overfitting", "small_training_set", "overconfidence")
        edit = hidden(dense(256))
        yield Fault("few", str(images), causes, lambda r, e=edit: replace(e(r), epochs=60),
                    few(images))  # fmt: skip
    yield Fault("validated on few", "24", ("small_validation_set", "validation_noise"),
                damage=few_validated)  # fmt: skip
    yield Fault("inputs", "constant", ("inputs_constant", "never_learned", "constant_output"),
                damage=constant_inputs)  # fmt: skip
    yield Fault("labels", "one class", ("single_class_reaches_model",), damage=one_class)
    for factor in (0.05, 20.0):
        causes = ("pipelines_differ", "validation_differs_from_training", "batchnorm_inference_gap")
        yield Fault("validation scaled", str(factor), causes, damage=other_scale(factor))
    yield Fault("short", "2 epochs", ("stopped_while_improving", "underfitting"),
                lambda r: replace(r, epochs=2))  # fmt: skip
    causes = ("inputs_not_scaled", "learning_rate_too_high", "never_learned", "constant_output")
    yield Fault(
        "raw pixels", "255", causes, lambda r: replace(r, input_scale=1.0), networks=("cnn",)
    )
    norm = Layer(kind="BatchNormalization", momentum=0.9999)
    yield Fault("batchnorm", "0.9999", ("batchnorm_inference_gap",),
                lambda r: replace(r, layers=(r.layers[0], norm, *r.layers[1:])),
                networks=("cnn",))  # fmt: skip


def more_faults() -> Iterator[Fault]:
    """Faults of BatchNorm, depth and width; the first three are looked into."""
    slow = Layer(kind="BatchNormalization", momentum=0.999)
    yield Fault("norm slow", "0.999", ("batchnorm_inference_gap",),
                lambda r: replace(r, epochs=8, layers=(r.layers[0], slow, *r.layers[1:])),
                networks=("cnn",))  # fmt: skip
    for size in (2, 4):
        norm = Layer(kind="BatchNormalization")
        causes = ("batchnorm_inference_gap", "batch_size_unsuited", "underfitting")
        yield Fault("batchnorm", f"batch {size}", causes,
                    lambda r, n=norm, b=size: replace(
                        r, epochs=3, batch_size=b, layers=(r.layers[0], n, *r.layers[1:])),
                    networks=("cnn",))  # fmt: skip
    yield Fault("frozen norm", "by batch", ("frozen_batchnorm_mismatch", "batchnorm_inference_gap"),
                lambda r: replace(r, backbone=replace(r.backbone, batchnorm="batch")),
                networks=("tuned",))  # fmt: skip
    for rate in (0.01, 0.1):
        causes = ("backbone_unfrozen_at_high_rate", "learning_rate_too_high", "never_learned")
        yield Fault("thawed", str(rate), causes,
                    lambda r, v=rate: replace(r, backbone=replace(r.backbone, trainable=True),
                                              optimizer=Optimizer(name="Adam", learning_rate=v)),
                    networks=("tuned",))  # fmt: skip
    causes = (
        "too_deep_for_task",
        "saturating_hidden_activation",
        "vanishing_gradient",
        "never_learned",
        "bottleneck_before_output",
    )
    yield Fault("deep", "12 tanh", causes, hidden(*(dense(8, "tanh") for _ in range(12))))
    yield Fault("deep", "10 relu", causes, hidden(*(dense(8) for _ in range(10))))
    yield Fault("too many units", "9", ("output_units_differ_from_classes",),
                lambda r: replace(r, layers=(r.layers[0], dense(9, "softmax"))))  # fmt: skip
    both = (dense(64), Layer(kind="Dropout", rate=0.5), Layer(kind="BatchNormalization"))
    yield Fault("dropout before norm", "0.5", ("dropout_before_batchnorm",), hidden(*both))
    yield Fault("dropout", "after output", ("dropout_on_output",),
                lambda r: replace(r, layers=(
                    r.layers[0],
                    Layer(kind="Dense", name="output", units=r.n_classes, activation=None),
                    Layer(kind="Dropout", rate=0.5),
                    Layer(kind="Activation", activation="softmax"))))  # fmt: skip
    yield Fault("mae", "softmax", ("loss_unsuited_to_task",),
                ends("softmax", "mean_absolute_error"))  # fmt: skip
    yield Fault("bottleneck", "1", ("bottleneck_before_output", "capacity_too_low", "underfitting"),
                hidden(dense(1)))  # fmt: skip


def controls() -> Iterator[Fault]:
    """Healthy trainings: ordinary heads, rates and lengths."""
    for name, rate, more in (
        ("Adam", 1e-3, {}), ("Adam", 3e-4, {}), ("SGD", 0.01, {"momentum": 0.9}),
        ("RMSprop", 1e-3, {}),
    ):  # fmt: skip
        for layers in ((), (Layer(kind="Dropout", rate=0.3),), (dense(64),)):
            words = "+".join(x.kind for x in layers) or "plain"
            step, head = optimizer(name, rate, **more), hidden(*layers)
            yield Fault("healthy", f"{name} {rate} {words}", (), lambda r, s=step, h=head: s(h(r)))
