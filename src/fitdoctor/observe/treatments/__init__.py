"""Interventions on a script that runs: the same named changes as on a recipe, made as values pass.

One plain function each, by theme: it is given the `Patient` right before `fit`, changes one thing,
and returns in words what it changed; `""` where there is nothing to change.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from fitdoctor.functions import functions_of
from fitdoctor.observe.patient import Patient

Treatment = Callable[..., str]


@cache
def all_treatments() -> dict[str, Treatment]:
    """Every public function of this package's modules, by name."""
    return functions_of(__name__, __path__)


__all__ = ["Patient", "Treatment", "all_treatments"]
