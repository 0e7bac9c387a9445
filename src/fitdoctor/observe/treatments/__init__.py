"""Interventions on a script that runs: the same named changes as on a recipe, made as values pass.

One plain function each, by theme: it is given the `Patient` right before `fit`, changes one thing,
and returns in words what it changed; `""` where there is nothing to change.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import cache

from fitdoctor.observe.patient import Patient

Treatment = Callable[..., str]


@cache
def all_treatments() -> dict[str, Treatment]:
    """Every public function of this package's modules, by name."""
    return {
        name: function
        for info in pkgutil.iter_modules(__path__, f"{__name__}.")
        for name, function in inspect.getmembers(
            importlib.import_module(info.name), inspect.isfunction
        )
        if function.__module__ == info.name and not name.startswith("_")
    }


__all__ = ["Patient", "Treatment", "all_treatments"]
