"""How a run was, or is to be, trained."""

from __future__ import annotations

from typing import Literal

import msgspec


class Layer(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One layer, by its Keras class name; `None` means "not known" or "Keras' default"."""

    kind: str
    name: str | None = None
    units: int | None = None
    """Units of a Dense layer, filters of a convolution."""
    activation: str | None = None
    rate: float | None = None
    kernel_size: int | None = None
    strides: int | None = None
    pool_size: int | None = None
    padding: str | None = None
    momentum: float | None = None
    axis: int | None = None
    data_format: Literal["channels_first", "channels_last"] | None = None
    epsilon: float | None = None
    initializer: str | None = None
    use_bias: bool | None = None
    l1: float | None = None
    l2: float | None = None
    trainable: bool | None = None
    input_shape: tuple[int | None, ...] | None = None
    """Without the batch axis."""
    output_shape: tuple[int | None, ...] | None = None
    """Without the batch axis."""
    parameters: int | None = None
    line: int | None = None


class Backbone(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A pretrained network without its classifier, by its `keras.applications` name."""

    name: str
    alpha: float | None = None
    weights: str | None = None
    """`imagenet`, a path, or `none`."""
    include_top: bool | None = None
    training: bool | None = None
    """The `training` argument it is called with; True keeps BatchNorm on batch statistics."""
    trainable: bool | None = None
    batchnorm: Literal["inference", "batch"] | None = None
    """What its BatchNorm layers normalise by while training: their stored statistics, or, as
    Keras did before 2.2 and does where they are unfrozen, those of each batch."""
    momentum: float | None = None
    """Of the stored statistics of its BatchNorm layers; the network's own where not set."""
    line: int | None = None


class Schedule(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """How the learning rate changes; steps are optimizer updates unless it says epochs.

    `exponential`, `inverse_time` and `step` multiply by `factor` every `every`; `cosine` falls
    from the rate to `factor` times it over `total`; `one_cycle` and `triangular` go between `low`
    and `high`; `plateau` multiplies by `factor` after `every` epochs without a better validation
    loss; `table` lists the rate of each epoch.
    """

    kind: Literal[
        "exponential", "inverse_time", "step", "cosine", "one_cycle", "triangular", "triangular2",
        "exp_range", "plateau", "table",
    ]  # fmt: skip
    factor: float | None = None
    every: float | None = None
    unit: Literal["steps", "epochs"] = "steps"
    staircase: bool | None = None
    total: float | None = None
    warmup: float | None = None
    """Steps over which the rate climbs from zero first."""
    restarts: bool | None = None
    """`cosine` begins anew after every `total`."""
    low: float | None = None
    high: float | None = None
    rates: tuple[float, ...] = ()
    at: tuple[float, ...] = ()
    """Where `step` multiplies, if not every so often; with `rates`, the rate of each stretch."""
    line: int | None = None


class Optimizer(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """`decay` is time decay: the rate at step t is learning_rate / (1 + decay * t)."""

    name: str | None = None
    learning_rate: float | None = None
    momentum: float | None = None
    nesterov: bool | None = None
    decay: float | None = None
    weight_decay: float | None = None
    clipnorm: float | None = None
    clipvalue: float | None = None
    schedule: Schedule | None = None
    line: int | None = None


class FineTuning(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A second phase, after the head: the top of the backbone learns too, at a rate of its own.

    BatchNorm stays in inference mode unless `Backbone.batchnorm` says `batch`.
    """

    epochs: int = 10
    learning_rate: float | None = None
    """A tenth of the optimizer's where not set."""
    top: int | None = None
    """Layers of the backbone that learn, counted from its output; all where not set."""


class Augmentation(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Random changes of training images, never of validation images; shares of 1."""

    flip: Literal["horizontal", "vertical", "horizontal_and_vertical"] | None = None
    crop: float | None = None
    """The most of a side that is cut away, at a random place; the rest is enlarged again."""
    shift: float | None = None
    rotation: float | None = None
    """Share of a full turn."""
    zoom: float | None = None
    brightness: float | None = None
    contrast: float | None = None
    noise: float | None = None
    """Standard deviation, of the range 0..255."""
    mixup: float | None = None
    """Alpha of mixup (Zhang et al. 2018): pairs of images and their labels are blended with a
    weight from Beta(alpha, alpha)."""
    views: int | None = None
    """With a frozen backbone: so many random views of each image, made once; an epoch draws one of
    them for each. New views every epoch where not set."""


class Recipe(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """The settings of one training run; `None` means "not known".

    Read from a log or a script it records what happened; given to a trainer it is the order.
    """

    images: str | None = None
    image_size: int | None = None
    resize: Literal["stretch", "crop", "pad"] | None = None
    """How an oblong image becomes a square: stretched, its middle cut out, or with black bars."""
    validation_share: float | None = None
    split_seed: int | None = None
    group_pattern: str | None = None
    """Regular expression; its first group in a file's name keeps images together in a split."""
    n_classes: int | None = None
    backbone: Backbone | None = None
    model: str | None = None
    """Somebody's own network in place of backbone and layers: `nets.py:make` or
    `package.nets:make`, a function that returns a Keras model from images to classes."""
    layers: tuple[Layer, ...] = ()
    """On top of the backbone, or the whole network where there is none."""
    input_scale: float | None = None
    """What pixels 0..255 are multiplied with where there is no backbone; 1 leaves them raw."""
    loss: str | None = None
    optimizer: Optimizer | None = None
    batch_size: int | None = None
    epochs: int | None = None
    patience: int | None = None
    """Epochs without a better validation figure before training stops; 0 never stops early. They
    count from when validation loss is first below chance level, or three times as many are over."""
    monitor: Literal["val_loss", "val_accuracy"] | None = None
    """The validation figure that early stopping watches and whose best weights are kept."""
    class_weight: Literal["balanced"] | dict[str, float] | None = None
    """`balanced`, or the weight of each class by its name."""
    label_smoothing: float | None = None
    augment: Literal["light", "standard", "none"] | None = None
    """A named augmentation: `light` changes crop, brightness and contrast a little, `standard` more
    and mirrors and turns. Values in `augmentation` go before it."""
    augmentation: Augmentation | None = None
    fine_tuning: FineTuning | None = None
    seed: int | None = None
    """Draws the initial weights and the dropout masks, keyed by layer name."""
    order_seed: int | None = None
    """Draws the order of the training images; a factor of its own."""
    keras: str | None = None
    """Version of Keras that trained it: the meaning of some settings changed."""

    @property
    def fits_numbers(self) -> bool:
        """Tell a loss for regression, under any of its names; False where none is known."""
        return (self.loss or "").startswith(_FOR_NUMBERS)


_FOR_NUMBERS = ("mean_", "mse", "mae", "msle", "mape", "huber", "log_cosh", "logcosh")
