"""Weights that a program keeps by name, and gives back to the network that they are of."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from fitdoctor.code.trainings.domain import Maybe, Object, StateDict, Value

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine


@dataclasses.dataclass(eq=False)
class Kept:
    """What became of weights by name so far."""

    changed: set[Object] = dataclasses.field(default_factory=set)
    """Those that were written to, or may have been."""
    restored: list[StateDict] = dataclasses.field(default_factory=list)
    """Those that their network was given again, and that were no copy."""
    steps: int = 0
    """Steps that optimizers took."""


def state_of(machine: Machine, net: Object, line: int) -> StateDict:
    """Return the weights of a network by name."""
    machine.keep()
    in_round = any(place.is_round for place in machine.places)
    return StateDict(line, of=net, in_round=in_round, steps=machine.kept_weights.steps)


def put_back(machine: Machine, net: Object, given: Value) -> None:
    """Keep that a network is given its own weights, which training has changed since."""
    held = given.value if isinstance(given, Maybe) else given
    kept = machine.kept_weights
    if not isinstance(held, StateDict) or held.of is not net or held in kept.changed:
        return
    if net in machine.forward_leaves and kept.steps and (held.in_round or kept.steps > held.steps):
        kept.restored.append(held)
