"""Which settings training takes, and the refusal by name of those it would pass over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import FieldInfo, fields

from fitdoctor.errors import RecipeError, did_you_mean
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe, Schedule

_KERNEL = ("initializer", "use_bias", "activation", "l1", "l2")
_CONVOLUTION = ("units", "kernel_size", "strides", "padding", "data_format", *_KERNEL)
_POOLING = ("pool_size", "strides", "padding", "data_format")
OPTIONS: dict[str, tuple[str, ...]] = {
    "Activation": ("activation",),
    "AveragePooling2D": _POOLING,
    "BatchNormalization": ("momentum", "axis", "epsilon"),
    "Conv2D": _CONVOLUTION,
    "Dense": ("units", *_KERNEL),
    "Dropout": ("rate",),
    "Flatten": ("data_format",),
    "GlobalAveragePooling2D": ("data_format",),
    "GlobalMaxPooling2D": ("data_format",),
    "MaxPooling2D": _POOLING,
    "ReLU": (),
    "SeparableConv2D": _CONVOLUTION,
    "Softmax": ("axis",),
    "SpatialDropout2D": ("rate", "data_format"),
}
"""Kinds that a recipe may name -> which fields of a Layer they take, beside `OF_ANY`."""
OF_ANY = ("kind", "name", "trainable", "line", "input_shape", "output_shape", "parameters")
"""Of any layer. Shapes and parameters are held against the layer that is built; `line` says where
it was read."""
SHAPES = ("input_shape", "output_shape", "parameters")

_SCHEDULES: dict[str, tuple[str, ...]] = {
    "exponential": ("factor", "every", "staircase", "high"),
    "inverse_time": ("factor", "every", "staircase", "high"),
    "step": ("factor", "every", "high"),
    "cosine": ("factor", "total", "warmup", "restarts", "growth", "high"),
    "one_cycle": ("total", "low", "high"),
    "triangular": ("every", "low", "high"),
    "triangular2": ("every", "low", "high"),
    "exp_range": ("every", "factor", "low", "high"),
    "plateau": ("factor", "every", "low"),
    "table": ("rates",),
}


def check(recipe: Recipe) -> None:
    """Raise `RecipeError` for the first setting that training would pass over."""
    for layer in recipe.layers:
        _layer(layer)
    if recipe.backbone is not None:
        _backbone(recipe.backbone)
        if recipe.input_scale is not None:
            raise RecipeError(
                "input_scale: a backbone scales its images itself; leave it out, or the backbone"
            )
    elif recipe.fine_tuning is not None:
        raise RecipeError("fine_tuning: there is no backbone to fine-tune; leave it out")
    if recipe.optimizer is not None:
        _optimizer(recipe.optimizer)
    changes = recipe.augmentation
    if changes is not None and changes.views is not None:
        backbone = recipe.backbone
        whole = backbone is None or backbone.trainable or backbone.batchnorm == "batch"
        if whole or changes.mixup or changes.views < 1:
            raise RecipeError(
                f"augmentation views = {changes.views}: expected 1 or more, with a frozen backbone "
                "and without mixup; other trainings draw new views every epoch"
            )


def _layer(layer: Layer) -> None:
    if layer.kind not in OPTIONS:
        meant = did_you_mean(layer.kind, OPTIONS, ", ".join(sorted(OPTIONS)))
        raise RecipeError(f"layer {layer.kind}: a recipe holds no such layer.{meant}")
    takes = OPTIONS[layer.kind]
    where = f"layer {layer.kind}" + (f" ({layer.name})" if layer.name else "")
    for name in _set(layer):
        if name not in {*takes, *OF_ANY}:
            known = ", ".join(takes) or "nothing"
            raise RecipeError(f"{where}: {name} is no setting of it; it takes {known}")


def _backbone(backbone: Backbone) -> None:
    if backbone.include_top:
        raise RecipeError(
            "backbone include_top: a backbone is taken without its classifier; leave it out"
        )
    by_batch = backbone.batchnorm == "batch"
    if backbone.training is not None and backbone.training != by_batch:
        wanted = "batch" if backbone.training else "inference"
        raise RecipeError(
            f"backbone training = {str(backbone.training).lower()}: say batchnorm = "
            f"'{wanted}' instead"
        )
    if backbone.top is not None and (not backbone.trainable or backbone.top < 1):
        raise RecipeError(
            f"backbone top = {backbone.top}: expected 1 or more, with trainable = true; without it "
            "no layer learns"
        )


def _optimizer(optimizer: Optimizer) -> None:
    schedule = optimizer.schedule
    if schedule is None:
        return
    if optimizer.decay and schedule.kind == "table":
        raise RecipeError(f"optimizer decay: does not go with a schedule of kind {schedule.kind}")
    takes = _takes(schedule)
    for name in _set(schedule):
        if name not in {*takes, "kind", "unit", "line"}:
            raise RecipeError(
                f"schedule {schedule.kind}: {name} is no setting of it; it takes {', '.join(takes)}"
            )


def _takes(schedule: Schedule) -> tuple[str, ...]:
    if schedule.kind == "cosine" and not schedule.restarts:
        return tuple(name for name in _SCHEDULES["cosine"] if name != "growth")
    if schedule.kind == "step" and schedule.at:
        return ("at", "rates") if schedule.rates else ("at", "factor", "high")
    return _SCHEDULES[schedule.kind]


def _set(struct: Any) -> Iterable[str]:
    """Yield the fields that are set to anything but their default."""
    info: FieldInfo
    for info in fields(struct):
        if getattr(struct, info.name) != info.default:
            yield info.name
