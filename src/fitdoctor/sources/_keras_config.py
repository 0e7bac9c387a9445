"""A Keras model's JSON configuration to a Recipe; no object is built from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.catalogue import layers, losses
from fitdoctor.catalogue.backbones import member
from fitdoctor.catalogue.names import snake
from fitdoctor.code.keras_config import inner, layer_of, optimizer_of, text_of
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.recipe import Backbone, Layer, Recipe
from fitdoctor.records.shapes import with_shapes

MOST_LAYERS = 5000
MOST_DEPTH = 8
_ALPHA = lazy_re.compile(r"_(\d\.\d{1,3})_\d{2,4}$")


def recipe_of(config: Any, compiled: Any = None, keras: str | None = None) -> Recipe | None:
    """Return what a model's `get_config` JSON says; `None` where it is not one."""
    if not isinstance(config, dict) or "config" not in config:
        return None
    layers, backbone = _layers(config)
    if not layers and backbone is None:
        return None
    shape = next((x.input_shape for x in layers if x.input_shape), None)
    size = shape[0] if shape and len(shape) == 3 else None
    settings = compiled if isinstance(compiled, dict) else {}
    optimizer = settings.get("optimizer_config", settings.get("optimizer"))
    return with_shapes(
        Recipe(
            backbone=backbone,
            layers=tuple(x for x in layers if x.kind != "InputLayer" or backbone is None),
            image_size=size,
            loss=_loss(settings.get("loss")),
            optimizer=optimizer_of(optimizer),
            keras=keras,
        )
    )


def _layers(config: dict[str, Any]) -> tuple[list[Layer], Backbone | None]:
    backbone: Backbone | None = None
    layers: list[Layer] = []
    for item, depth in _flat(config, 0):
        inner = item.get("config")
        name = str(inner.get("name", "")) if isinstance(inner, dict) else ""
        if item.get("class_name") in {"Functional", "Model", "Sequential"} and depth > 0:
            found = backbone_named(name)
            if found is not None and isinstance(inner, dict):
                trainable = inner.get("trainable")
                first = _first_flags(inner)
                backbone = replace(
                    found, trainable=False if trainable is False or first is False else None
                )
            continue
        if len(layers) < MOST_LAYERS and isinstance(inner, dict):
            layers.append(_told(item, inner))
    return layers, backbone


def _told(item: dict[str, Any], config: dict[str, Any]) -> Layer:
    """Return a layer of Keras; what is none may hold any layer, and is said to be a function."""
    kind, module = str(item.get("class_name")), text_of(item.get("module")) or ""
    operation = kind
    if kind == "TFOpLambda":
        operation = (text_of(config.get("function")) or "").rpartition(".")[2]
    elif kind in layers.NAMES or module.startswith("keras.layers"):
        return layer_of(kind, config)
    if (plain := snake(operation)) in layers.ACTIVATIONS:
        return Layer(kind="Activation", name=text_of(config.get("name")), activation=plain)
    return Layer(kind=OPAQUE, name=text_of(config.get("name")))


def _flat(model: dict[str, Any], depth: int) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield the layers of a model in order, those of nested models too; not a backbone's own."""
    if depth > MOST_DEPTH:
        return
    inner = model.get("config")
    items = inner.get("layers") if isinstance(inner, dict) else inner
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, dict):
            continue
        inside = item.get("config")
        nested = isinstance(inside, dict) and isinstance(inside.get("layers"), list)
        if nested:
            yield item, depth + 1
            if isinstance(inside, dict) and backbone_named(str(inside.get("name", ""))) is None:
                yield from _flat(item, depth + 1)
        else:
            yield item, depth


def backbone_named(name: str) -> Backbone | None:
    """Return the keras.applications model that names itself so.

    >>> backbone_named("mobilenetv2_0.35_96").alpha
    0.35
    """
    known = member(name)
    if known is None:
        return None
    alpha = _ALPHA.search(name.lower())
    return Backbone(name=known, alpha=float(alpha[1]) if alpha else None)


def _first_flags(model: dict[str, Any]) -> bool | None:
    """Return whether every layer of a nested model is frozen."""
    items = model.get("layers")
    flags = [
        item["config"].get("trainable")
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and isinstance(item.get("config"), dict)
    ]
    return False if flags and all(flag is False for flag in flags) else None


def _loss(given: Any) -> str | None:
    """Return the name of a loss of Keras, and whether it takes logits; `None` for any other."""
    if not isinstance(given, dict):
        plain = text_of(given) or ""
        return plain if plain in losses.ALIASES or losses.FULL_NAMES.fullmatch(plain) else None
    config = inner(given)
    names = (given.get("class_name"), given.get("config"), config.get("name"))
    plain = next(
        (n for name in names if losses.FULL_NAMES.fullmatch(n := snake(text_of(name) or ""))), ""
    )
    return f"{plain}(from_logits)" if plain and config.get("from_logits") is True else plain or None
