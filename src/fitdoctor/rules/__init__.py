"""Every rule, one file each; a rule file ends in `RULE = Rule(...)`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from fitdoctor.records.finding import Outcome
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule

__all__ = ["Rule", "all_rules", "examine"]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return the rules of this package, ordered by code; the directory is the registry."""
    names = (module.name for module in pkgutil.iter_modules(__path__, f"{__name__}."))
    rules = (importlib.import_module(name).RULE for name in names)
    return tuple(sorted(rules, key=lambda rule: rule.code))


def examine(run: Run) -> tuple[Outcome, ...]:
    """Ask every rule about `run`; each gives exactly one outcome."""
    return tuple(rule.examine(run) for rule in all_rules())
