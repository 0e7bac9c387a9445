"""Records as JSON and TOML text, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from fitdoctor.errors import RecipeError
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
        raise RecipeError(f"{path}: there is no such recipe") from error
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: {error}") from error
