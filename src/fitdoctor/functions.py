"""The functions of a package by their names: the directory listing is the registry."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from typing import Any


def functions_of(package: str, places: Iterable[str]) -> dict[str, Callable[..., Any]]:
    """Return every public function that the modules of a package define; `places` is its path."""
    return {
        name: function
        for info in pkgutil.iter_modules(places, f"{package}.")
        for name, function in inspect.getmembers(
            importlib.import_module(info.name), inspect.isfunction
        )
        if function.__module__ == info.name and not name.startswith("_")
    }
