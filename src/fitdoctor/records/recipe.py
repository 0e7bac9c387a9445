"""How a run was, or is to be, trained."""

from __future__ import annotations

from typing import Literal

import msgspec

from fitdoctor.catalogue.losses import NUMERIC


class Layer(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One layer, by its Keras class name; `None` means "not known" or "Keras' default"."""

    kind: str
    """The Keras class, as `Dense` or `Conv2D`."""
    name: str | None = None
    """Keys the layer's random streams; by kind and number where not set."""
    units: int | None = None
    """Units of a dense layer, filters of a convolution."""
    activation: str | None = None
    """By its Keras name, as `relu`."""
    rate: float | None = None
    """Share of units that are silenced."""
    kernel_size: int | None = None
    """Side of the kernel."""
    strides: int | None = None
    """Pixels from one window to the next."""
    pool_size: int | None = None
    """Side of the window."""
    padding: str | None = None
    """`valid` or `same`."""
    momentum: float | None = None
    """Of the stored statistics."""
    axis: int | None = None
    """The axis that is normalised, or that softmax sums to one."""
    data_format: Literal["channels_first", "channels_last"] | None = None
    """Where the channels of an image stand."""
    epsilon: float | None = None
    """Added to the variance before its root divides."""
    initializer: str | None = None
    """Of the kernel, by its Keras name."""
    use_bias: bool | None = None
    """Whether an offset is added."""
    l1: float | None = None
    """Penalty on the absolute weights of the kernel."""
    l2: float | None = None
    """Penalty on the squared weights of the kernel."""
    trainable: bool | None = None
    """Whether its weights learn."""
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
    """By its `keras.applications` name."""
    alpha: float | None = None
    """Width of a MobileNet."""
    weights: str | None = None
    """`imagenet`, a path, or `none`."""
    include_top: bool | None = None
    training: bool | None = None
    """The `training` argument it is called with; True keeps BatchNorm on batch statistics."""
    trainable: bool | None = None
    """Whether its weights learn."""
    top: int | None = None
    """Layers that learn where it is trainable, counted from its output; all where not set."""
    batchnorm: Literal["inference", "batch"] | None = None
    """What its BatchNorm layers normalise by while training: their stored statistics, or, as
    Keras did up to 2.3.1 and does where they are unfrozen, those of each batch."""
    momentum: float | None = None
    """Of the stored statistics of its BatchNorm layers; the network's own where not set."""
    fed: Literal["0_to_1", "raw"] | None = None
    """What it gets in place of its own preprocessing: pixels divided by 255, or 0..255 as they
    are. Its own, which the weights were fitted to, where not set."""
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
    """How the rate changes."""
    factor: float | None = None
    """What the rate is multiplied by; of `cosine` the share that is left at its end."""
    every: float | None = None
    """Steps (epochs of `plateau`) from one change to the next."""
    unit: Literal["steps", "epochs"] = "steps"
    """What `every`, `total` and `at` count."""
    staircase: bool | None = None
    """Whether `exponential` and `inverse_time` change at once after `every`, not step by step."""
    total: float | None = None
    """Length of `cosine` and `one_cycle`; the whole training where not set."""
    warmup: float | None = None
    """Steps over which the rate climbs from zero first."""
    restarts: bool | None = None
    """`cosine` begins anew after every `total`."""
    growth: float | None = None
    """How many times as long as the one before each stretch of `cosine` with restarts is."""
    low: float | None = None
    """The lowest rate of a cycle, or that a plateau lowers to."""
    high: float | None = None
    """The highest rate of a cycle."""
    rates: tuple[float, ...] = ()
    """The rate of each epoch of `table`."""
    at: tuple[float, ...] = ()
    """Where `step` multiplies, if not every so often; with `rates`, the rate of each stretch."""
    line: int | None = None


class Optimizer(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """`decay` is time decay: the rate at step t is learning_rate / (1 + decay * t)."""

    name: str | None = None
    """By its `keras.optimizers` name."""
    learning_rate: float | None = None
    """Of the first step, where a schedule changes it."""
    momentum: float | None = None
    """Of SGD or RMSprop."""
    nesterov: bool | None = None
    """Nesterov's form of momentum, of SGD."""
    decay: float | None = None
    """Time decay: the rate at step t is learning_rate / (1 + decay * t)."""
    weight_decay: float | None = None
    """Decoupled, as of AdamW."""
    clipnorm: float | None = None
    """The longest that the gradient of a weight may be."""
    clipvalue: float | None = None
    """The largest that an entry of a gradient may be."""
    schedule: Schedule | None = None
    """How the rate changes."""
    line: int | None = None


class FineTuning(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A second phase, after the head: the top of the backbone learns too, at a rate of its own.

    BatchNorm stays in inference mode unless `Backbone.batchnorm` says `batch`.
    """

    epochs: int = 10
    """The most that follow those of the head."""
    learning_rate: float | None = None
    """A tenth of the optimizer's where not set."""
    top: int | None = None
    """Layers of the backbone that learn, counted from its output; all where not set."""


class Augmentation(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Random changes of training images, never of validation images; shares of 1."""

    flip: Literal["horizontal", "vertical", "horizontal_and_vertical"] | None = None
    """Which way images are mirrored, half of the time."""
    crop: float | None = None
    """The most of a side that is cut away, at a random place; the rest is enlarged again."""
    shift: float | None = None
    """The most that an image is moved, as a share of its side."""
    rotation: float | None = None
    """The most that an image is turned, as a share of a full turn."""
    zoom: float | None = None
    """The most that an image is enlarged or made smaller."""
    brightness: float | None = None
    """The most that is added or taken away, as a share of the range."""
    contrast: float | None = None
    """The most that the distance from the mean grows or shrinks."""
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
    """A folder of class folders (or of train/val/test), a CSV of path,label[,split,group], or an
    .npz of arrays x and y; a relative path starts at the recipe's own folder."""
    image_size: int | None = None
    """Pixels a side."""
    resize: Literal["stretch", "crop", "pad"] | None = None
    """How an oblong image becomes a square: stretched, its middle cut out, or with black bars."""
    validation_share: float | None = None
    """Part of each class that is kept back, where the images name no validation split."""
    split_seed: int | None = None
    """Draws which images are kept back."""
    group_pattern: str | None = None
    """Regular expression; its first group in a file's name keeps images together in a split."""
    n_classes: int | None = None
    """Counted by the training."""
    backbone: Backbone | None = None
    """A pretrained network without its classifier."""
    model: str | None = None
    """Somebody's own network in place of backbone and layers: `nets.py:make` or
    `package.nets:make`, a function that returns a Keras model from images to classes."""
    layers: tuple[Layer, ...] = ()
    """On top of the backbone, or the whole network where there is none."""
    input_scale: float | None = None
    """What pixels 0..255 are multiplied with where there is no backbone; 1 leaves them raw."""
    loss: str | None = None
    """By its Keras name."""
    optimizer: Optimizer | None = None
    """What updates the weights."""
    batch_size: int | None = None
    """Images a step."""
    epochs: int | None = None
    """The most passes over the training images."""
    patience: int | None = None
    """Epochs without a better validation figure before training stops; 0 never stops early. They
    count from when validation loss is first below chance level, or three times as many are over."""
    monitor: Literal["val_loss", "val_accuracy"] | None = None
    """The validation figure that early stopping watches and whose best weights are kept."""
    class_weight: Literal["balanced"] | dict[str, float] | None = None
    """`balanced`, or the weight of each class by its name."""
    label_smoothing: float | None = None
    """Share of each label that is spread over all classes."""
    augment: Literal["light", "standard", "none"] | None = None
    """A named augmentation: `light` changes crop, brightness and contrast a little, `standard` more
    and mirrors and turns. Values in `augmentation` go before it."""
    augmentation: Augmentation | None = None
    """Random changes of training images, value by value."""
    fine_tuning: FineTuning | None = None
    """A second phase, in which the backbone learns too."""
    seed: int | None = None
    """Draws the initial weights and the dropout masks, keyed by layer name."""
    order_seed: int | None = None
    """Draws the order of the training images; a factor of its own."""
    shuffle: bool | None = None
    """Whether the training images come in a new order each epoch; without, class by class in the
    order in which they are listed, and `order_seed` draws nothing."""
    keras: str | None = None
    """Version of Keras that trained it: the meaning of some settings changed."""

    @property
    def fits_numbers(self) -> bool:
        """Return whether this is a loss for regression, under any of its names.

        False where none is known.
        """
        return (self.loss or "").partition("(")[0] in NUMERIC
