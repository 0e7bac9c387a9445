"""Interventions on a loop of PyTorch that runs, by the names that scripts of Keras have for them.

One plain function each, by theme: it is given the `Loop` right before its first step, changes one
thing, and returns in words what it changed; `""` where there is nothing to change. One that is
marked `early` is given the loop before the script begins, and sets `loop.changed` where it acts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from fitdoctor.functions import functions_of
from fitdoctor.observe.pytorch.loop import Loop

Treatment = Callable[..., str]


@cache
def all_treatments() -> dict[str, Treatment]:
    """Every public function of this package's modules, by name."""
    return functions_of(__name__, __path__)


__all__ = ["Loop", "Treatment", "all_treatments"]
