"""What a careful expert would have set: settings and recipe files to a complete Recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from fitdoctor.errors import RecipeError
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.text import read_recipe

DEFAULTS: dict[str, Any] = {
    "image_size": 128,
    "validation_share": 0.2,
    "resize": "stretch",
    "loss": "sparse_categorical_crossentropy",
    "batch_size": 32,
    "epochs": 50,
    "patience": 5,
    "seed": 0,
    "split_seed": 0,
}
HEAD = (Layer(kind="GlobalAveragePooling2D"), Layer(kind="Dropout", rate=0.2))
_BACKBONE = ("backbone", "alpha", "weights")
_NORM = Layer(kind="BatchNormalization")
_RELU = Layer(kind="Activation", activation="relu")


def _convolutions(units: int, *kernels: int) -> tuple[Layer, ...]:
    layers: tuple[Layer, ...] = ()
    for kernel in kernels:
        one = Layer(kind="Conv2D", units=units, kernel_size=kernel, padding="same")
        layers = (*layers, one, _RELU, _NORM)
    return (*layers, Layer(kind="MaxPooling2D", pool_size=2), Layer(kind="Dropout", rate=0.25))


NETWORKS: dict[str, tuple[Layer, ...]] = {
    "small_cnn": (
        *_convolutions(16, 3, 1),
        *_convolutions(32, 1, 1),
        Layer(kind="Flatten"),
        Layer(kind="Dense", units=64),
        _RELU,
        _NORM,
        Layer(kind="Dropout", rate=0.5),
    ),
    "dense_pixels": (
        Layer(kind="Dense", units=112, activation="relu"),
        Layer(kind="Dropout", rate=0.4),
        Layer(kind="Flatten"),
    ),
}
"""Networks without pretrained weights, by name: two that people asked about."""


def from_settings(images: str, settings: dict[str, Any]) -> Recipe:
    """Return the recipe for a folder of images, or for a recipe.toml changed by `settings`.

    `None` settings are not given. Raises `RecipeError` on impossible values.
    """
    given = {k: v for k, v in settings.items() if v is not None}
    path = Path(images)
    recipe = read_recipe(path) if path.suffix == ".toml" else Recipe(images=images)
    if recipe.images is None:
        raise RecipeError(f"{images}: add the folder of images to it: images = 'photos'")
    recipe = _with_whole_paths(recipe, path.parent if path.suffix == ".toml" else Path())
    if (network := given.get("backbone")) in NETWORKS:
        del given["backbone"]
        recipe = replace(recipe, backbone=None, layers=NETWORKS[network])
    if any(name in given for name in _BACKBONE):
        backbone = recipe.backbone or Backbone(name="MobileNetV2")
        changes = {
            ("name" if k == "backbone" else k): given.pop(k) for k in _BACKBONE if k in given
        }
        recipe = _with_whole_paths(replace(recipe, backbone=replace(backbone, **changes)), Path())
    if "learning_rate" in given:
        optimizer = recipe.optimizer or Optimizer(name="Adam")
        rate = given.pop("learning_rate")
        recipe = replace(recipe, optimizer=replace(optimizer, learning_rate=rate))
    if unknown := [name for name in given if name not in Recipe.__struct_fields__]:
        raise RecipeError(f"unknown setting: {', '.join(unknown)}")
    if "seed" in given:
        given = {"split_seed": given["seed"], "order_seed": given["seed"], **given}
    recipe = completed(replace(recipe, **given))
    check(recipe)
    return recipe


def _with_whole_paths(recipe: Recipe, home: Path) -> Recipe:
    """Make paths absolute, so that a run can be trained again from anywhere.

    Relative ones start at the recipe's own folder, or where they are not there, at this one.
    """

    def whole(path: str) -> str:
        beside = home / path
        return str((beside if beside.exists() else Path(path)).resolve())

    if recipe.images is not None:
        recipe = replace(recipe, images=whole(recipe.images))
    place, _, function = (recipe.model or "").rpartition(":")
    if place.endswith(".py"):
        recipe = replace(recipe, model=f"{whole(place)}:{function}")
    backbone = recipe.backbone
    if backbone is not None and backbone.weights not in {None, "imagenet", "none"}:
        recipe = replace(recipe, backbone=replace(backbone, weights=whole(str(backbone.weights))))
    return recipe


def completed(recipe: Recipe) -> Recipe:
    """Fill in what is not set, and name the layers so that random streams can be keyed by name."""
    missing = {name: value for name, value in DEFAULTS.items() if getattr(recipe, name) is None}
    recipe = replace(recipe, **missing)
    if recipe.order_seed is None:
        recipe = replace(recipe, order_seed=recipe.seed)
    if recipe.model is not None:
        if recipe.layers or recipe.backbone is not None:
            raise RecipeError("model: stands in place of backbone and layers; leave those out")
        recipe = replace(recipe, input_scale=recipe.input_scale or 1.0)
    elif not recipe.layers and recipe.backbone is None:
        recipe = replace(recipe, backbone=Backbone(name="MobileNetV2"))
    if recipe.backbone is not None:
        backbone = recipe.backbone
        recipe = replace(
            recipe,
            backbone=replace(
                backbone,
                weights=backbone.weights or "imagenet",
                trainable=bool(backbone.trainable),
            ),
            layers=recipe.layers or HEAD,
        )
    elif recipe.input_scale is None:
        recipe = replace(recipe, input_scale=1 / 255)
    optimizer = recipe.optimizer or Optimizer(name="Adam")
    if optimizer.learning_rate is None:
        optimizer = replace(optimizer, learning_rate=1e-2 if optimizer.name == "SGD" else 1e-3)
    return replace(recipe, optimizer=optimizer, layers=_named(recipe.layers))


def for_classes(recipe: Recipe, classes: int) -> Recipe:
    """Give the network an output layer where it has none, and note the number of classes."""
    if recipe.model is not None:
        return replace(recipe, n_classes=classes)
    layers = recipe.layers
    if not layers or not _is_output(layers[-1], classes):
        output = Layer(kind="Dense", name="output", units=classes, activation="softmax")
        layers = (*layers, output)
    width = next((x.units for x in reversed(layers) if x.kind == "Dense"), None)
    if width is not None and width < classes:
        raise RecipeError(
            f"the last Dense layer has {width} units for {classes} classes; give it {classes}, "
            "or leave it out of the recipe"
        )
    return replace(recipe, layers=layers, n_classes=classes)


def _is_output(layer: Layer, classes: int) -> bool:
    """Tell an output from a hidden layer: a Dense of another width with an activation is hidden."""
    if layer.kind != "Dense":
        return layer.kind in {"Activation", "Softmax"}
    hidden = layer.activation not in {None, "linear", "softmax", "sigmoid"}
    return not hidden or layer.units == classes


def check(recipe: Recipe) -> None:
    """Raise `RecipeError` for the first setting that cannot be."""
    limits = {
        "image_size": (8, 1024),
        "batch_size": (1, 65_536),
        "epochs": (1, 100_000),
        "patience": (0, 100_000),
        "validation_share": (0.01, 0.9),
    }
    for name, (low, high) in limits.items():
        value = getattr(recipe, name)
        if not low <= value <= high:
            raise RecipeError(f"{name} = {value}: expected {low} to {high}")
    rate = recipe.optimizer.learning_rate if recipe.optimizer else None
    if rate is not None and not 0 < rate < 1e3:
        raise RecipeError(f"learning_rate = {rate}: expected more than 0")


def _named(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Name layers by kind and number, so that an edit elsewhere does not rename them."""
    seen: dict[str, int] = {}
    named = []
    for layer in layers:
        kind = layer.kind.lower()
        seen[kind] = seen.get(kind, 0) + 1
        named.append(layer if layer.name else replace(layer, name=f"{kind}_{seen[kind]}"))
    return tuple(named)
