"""Layers, optimizer, loss and augmentation of a recipe as objects of Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fitdoctor.errors import RecipeError, did_you_mean
from fitdoctor.records.recipe import Augmentation, Layer, Optimizer, Recipe
from fitdoctor.training.honoured import OPTIONS
from fitdoctor.training.one_pass import in_one_pass
from fitdoctor.training.schedules import DecayFromBase, RateTable
from fitdoctor.training.started import keras


def apply_layers(tensor: Any, layers: tuple[Layer, ...]) -> Any:
    """Put the layers on top of a Keras tensor."""
    for layer in layers:
        made = _keras_layer(layer)
        _agree(layer, "input_shape", tensor.shape[1:])
        tensor = made(tensor)
        _agree(layer, "output_shape", tensor.shape[1:])
        _agree(layer, "parameters", made.count_params())
    return tensor


def optimizer(settings: Optimizer, rates: RateTable | None = None) -> Any:
    """Return the Keras optimizer; time decay becomes a schedule, since Keras 3 ignores `decay`."""
    make = getattr(keras.optimizers, settings.name or "Adam", None)
    if make is None:
        meant = did_you_mean(str(settings.name), dir(keras.optimizers))
        raise RecipeError(f"optimizer {settings.name}: not one of keras.optimizers.{meant}")
    rate: Any = settings.learning_rate
    if rates is not None:
        rate = rates
    elif settings.decay and settings.schedule is not None:
        rate = DecayFromBase(settings.learning_rate or 0.001, settings.decay)
    elif settings.decay:
        rate = keras.optimizers.schedules.InverseTimeDecay(rate, 1, settings.decay)
    options: dict[str, Any] = {"learning_rate": rate}
    if settings.momentum is not None:
        options["momentum"] = settings.momentum
    if settings.nesterov is not None:
        options["nesterov"] = settings.nesterov
    if settings.weight_decay is not None:
        options["weight_decay"] = settings.weight_decay
    if settings.clipnorm is not None:
        options["clipnorm"] = settings.clipnorm
    if settings.clipvalue is not None:
        options["clipvalue"] = settings.clipvalue
    try:
        made = in_one_pass(make(**options))
    except (TypeError, ValueError) as error:
        raise RecipeError(f"optimizer {settings.name}: {error}") from error
    if isinstance(rate, DecayFromBase):
        # A checkpoint keeps the optimizer's variables.
        made._track_variable(rate.base)  # noqa: SLF001 - Keras has no public way
    return made


def blends_labels(recipe: Recipe) -> bool:
    """Return whether labels are shares of several classes, so that they must be one-hot."""
    return bool(recipe.label_smoothing or (recipe.augmentation and recipe.augmentation.mixup))


def loss_of(recipe: Recipe) -> Any:
    name = recipe.loss or "sparse_categorical_crossentropy"
    if blends_labels(recipe):
        smoothing = recipe.label_smoothing or 0.0
        if smoothing >= 1 or smoothing < 0:
            raise RecipeError(f"label_smoothing = {smoothing}: expected 0 to 1")
        if name not in {"sparse_categorical_crossentropy", "categorical_crossentropy"}:
            raise RecipeError(
                f"label_smoothing and mixup go with a categorical loss, not with {name}"
            )
        return keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    try:
        return keras.losses.get(name)
    except ValueError as error:
        meant = did_you_mean(name, dir(keras.losses))
        raise RecipeError(f"loss {name}: not one of keras.losses.{meant}") from error


def augmented(tensor: Any, settings: Augmentation | None) -> Any:
    """Put random changes on raw images 0..255; they are off in inference mode."""
    if settings is None:
        return tensor
    layers = keras.layers
    if settings.flip:
        tensor = layers.RandomFlip(settings.flip, name="flip")(tensor)
    makers: dict[str, Callable[[float], Any]] = {
        "crop": lambda v: RandomCrop(v, name="crop"),
        "shift": lambda v: layers.RandomTranslation(v, v, name="shift"),
        "rotation": lambda v: layers.RandomRotation(v, name="rotation"),
        "zoom": lambda v: layers.RandomZoom(v, name="zoom"),
        "brightness": lambda v: layers.RandomBrightness(v, name="brightness"),
        "contrast": lambda v: layers.RandomContrast(v, name="contrast"),
        # Keras takes deviations up to 1 only, so noise is added on a range of 1.
        "noise": lambda v: keras.Sequential(
            [layers.Rescaling(1 / 255), layers.GaussianNoise(v), layers.Rescaling(255.0)],
            name="noise",
        ),
    }
    if settings.mixup is not None and not 0 < settings.mixup <= 10:
        raise RecipeError(f"augmentation mixup = {settings.mixup}: expected more than 0, to 10")
    for name, make in makers.items():
        amount = getattr(settings, name)
        if amount is None:
            continue
        if not 0 <= amount <= 1:
            raise RecipeError(f"augmentation {name} = {amount}: expected 0 to 1")
        tensor = make(amount)(tensor)
    return tensor


@keras.saving.register_keras_serializable("fitdoctor")
class RandomCrop(keras.layers.Layer):  # type: ignore[misc]
    """Cut out a part of each image, at least `1 - share` of a side, and enlarge it again.

    Keras' own RandomCrop crops to one fixed size, at inference too.
    """

    def __init__(self, share: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.share, self.seed = share, seed
        self.generator = keras.random.SeedGenerator(seed)
        self.supports_jit = False

    def call(self, images: Any, training: bool = False) -> Any:
        if not training:
            return images
        ops = keras.ops
        count, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]
        drawn = keras.random.uniform((count, 3), seed=self.generator)
        side = 1 - self.share * drawn[:, 0]
        left, top = drawn[:, 1] * (1 - side) * width, drawn[:, 2] * (1 - side) * height
        zero = ops.zeros_like(side)
        matrix = ops.stack([side, zero, left, zero, side, top, zero, zero], axis=1)
        return ops.image.affine_transform(images, matrix, fill_mode="nearest")

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "share": self.share, "seed": self.seed}


def _keras_layer(layer: Layer) -> Any:
    name = layer.name or layer.kind.lower()
    options: dict[str, Any] = {"name": name}
    kernels = ("depthwise", "pointwise") if layer.kind == "SeparableConv2D" else ("kernel",)
    for field in OPTIONS[layer.kind]:
        value = getattr(layer, field)
        if value is None or field in {"l1", "l2"}:
            continue
        if field == "initializer":
            options |= {f"{kernel}_initializer": value for kernel in kernels}
        else:
            options["filters" if field == "units" and "Conv" in layer.kind else field] = value
    if layer.l1 or layer.l2:
        penalty = keras.regularizers.L1L2(layer.l1 or 0.0, layer.l2 or 0.0)
        options |= {f"{kernel}_regularizer": penalty for kernel in kernels}
    if layer.trainable is not None:
        options["trainable"] = layer.trainable
    try:
        return getattr(keras.layers, layer.kind)(**options)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"layer {layer.kind} ({name}): {str(error).splitlines()[0]}") from error


def _agree(layer: Layer, field: str, built: Any) -> None:
    """Raise `RecipeError` where a layer is not as the recipe describes it; None is any size."""
    told = getattr(layer, field)
    if told is None:
        return
    pairs = zip(told, built, strict=False) if isinstance(told, tuple) else [(told, built)]
    same = not isinstance(told, tuple) or len(told) == len(built)
    if not same or any(one not in {None, other} for one, other in pairs):
        name = layer.name or layer.kind.lower()
        raise RecipeError(f"layer {layer.kind} ({name}): {field} is {told}, but built {built}")
