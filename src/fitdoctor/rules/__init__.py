"""Every rule, one file each; a rule file ends in `RULE = Rule(...)`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from fitdoctor.records.finding import Finding, Outcome
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule

__all__ = ["GROUPS", "Rule", "all_rules", "examine"]

GROUPS = {
    "FD1": "The course of training",
    "FD2": "Network, loss and optimizer",
    "FD3": "Script and data pipeline",
    "FD4": "Images and labels",
    "FD5": "Inside the network",
}
"""How codes begin -> what these rules are about."""


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return the rules of this package, ordered by code; the directory is the registry."""
    names = (module.name for module in pkgutil.iter_modules(__path__, f"{__name__}."))
    rules = (importlib.import_module(name).RULE for name in names)
    return tuple(sorted(rules, key=lambda rule: rule.code))


def examine(run: Run) -> tuple[Outcome, ...]:
    """Ask every rule about `run`; each gives exactly one outcome.

    Where a script trains several networks and no log says which is meant, a cause in any of them
    counts: the one of most weight.
    """
    return tuple(_of_any(rule, run) for rule in all_rules())


def _of_any(rule: Rule, run: Run) -> Outcome:
    own = rule.examine(run)
    if not run.beside or rule.kind != "cause":
        return own
    outcomes = [own, *(rule.examine(other) for other in run.beside)]
    found = [outcome for outcome in outcomes if isinstance(outcome, Finding)]
    return max(found, key=_weight, default=own)


def _weight(finding: Finding) -> float:
    return sum(item.weight for item in finding.evidence)
