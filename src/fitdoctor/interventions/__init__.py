"""Edits of a recipe, one plain function each: Recipe in, Recipe out, grouped by theme.

Every parameter after the recipe has a default, so that an intervention can be prescribed by name.
An intervention that cannot change the recipe given returns it unchanged.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import cache

from fitdoctor.records.recipe import Recipe

Intervention = Callable[..., Recipe]


@cache
def all_interventions() -> dict[str, Intervention]:
    """Every public function of this package's modules, by name."""
    return {
        name: function
        for info in pkgutil.iter_modules(__path__, f"{__name__}.")
        for name, function in inspect.getmembers(
            importlib.import_module(info.name), inspect.isfunction
        )
        if function.__module__ == info.name and not name.startswith("_")
    }
