"""Records as JSON and TOML text, and back."""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np

from fitdoctor import lazy_re
from fitdoctor.errors import RecipeError, did_you_mean
from fitdoctor.places import absent
from fitdoctor.records.recipe import Recipe

T = TypeVar("T")


def to_json(record: Any) -> str:
    """Return a record, or plain data that holds records, as one line of JSON."""
    return msgspec.json.encode(record, enc_hook=_plain).decode()


def pretty_json(data: Any) -> str:
    return msgspec.json.format(to_json(data), indent=2)


def from_json(text: str | bytes, kind: type[T]) -> T:
    return msgspec.json.decode(text, type=kind)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(type(value).__name__)


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Write `recipe.toml`, whole or not at all: a killed run is resumed from it."""
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.toml.encode(recipe))
    part.replace(path)


def read_recipe(path: Path) -> Recipe:
    """Read `recipe.toml`; a `RecipeError` says which setting is wrong."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Recipe)
    except FileNotFoundError as error:
        raise RecipeError(absent(path, "recipe")) from error
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: {error}.{_meant(str(error))}") from error


_UNKNOWN = lazy_re.compile(r"unknown field `(?P<name>\w+)`(?: - at `\$(?P<place>\S*)`)?")
_VALUE = lazy_re.compile(r"[Ii]nvalid enum value '(?P<name>[^']*)'(?: - at `\$(?P<place>\S*)`)?")


def _meant(words: str) -> str:
    """Return what a mistyped setting or value of a recipe probably is, by msgspec's message."""
    if found := _UNKNOWN.search(words):
        here = _settings(Recipe, found["place"] or "")
        return did_you_mean(found["name"], [*here, *_nested(here)])
    if found := _VALUE.search(words):
        return did_you_mean(found["name"], _values(found["place"] or ""))
    return ""


def _settings(kind: Any, place: str) -> dict[str, Any]:
    """Return the names of the settings at a place such as `.layers[0]`, with their types."""
    for name in re.findall(r"\.(\w+)", place):
        kind = _settings(kind, "").get(name, Recipe)
    found = (kind, *typing.get_args(kind))
    struct = next((k for k in found if isinstance(k, type) and issubclass(k, msgspec.Struct)), None)
    return typing.get_type_hints(struct) if struct else {}


def _nested(settings: Mapping[str, Any]) -> list[str]:
    """Return the settings one level further down, each with the name of its table."""
    return [f"{name}.{inner}" for name, kind in settings.items() for inner in _settings(kind, "")]


def _values(place: str) -> list[str]:
    table, _, name = place.rpartition(".")
    kind = _settings(Recipe, table).get(name)
    literals = (kind, *typing.get_args(kind))
    return [str(v) for k in literals if typing.get_origin(k) is Literal for v in typing.get_args(k)]
