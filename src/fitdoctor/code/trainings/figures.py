"""What programs make of outputs and losses: sums over batches, and outputs that are cut in two."""

from __future__ import annotations

import ast
import dataclasses
from typing import TYPE_CHECKING, Final

from fitdoctor.code.trainings.domain import Object, Tensor, Value
from fitdoctor.code.trainings.heap import tensors_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fitdoctor.code.trainings.machine import Machine, Place

HALF: Final = 0.5
"""Where rounding cuts."""


@dataclasses.dataclass(eq=False)
class Figures:
    """What was made of outputs and losses so far."""

    sums: list[tuple[int, frozenset[int]]] = dataclasses.field(default_factory=list)
    """Lines that add up losses with all that their gradients need, and the lines of the losses."""
    learned: set[int] = dataclasses.field(default_factory=set)
    """Such lines of whose sums gradients are computed."""
    followed: set[int] = dataclasses.field(default_factory=set)
    """Lines of losses that gradients are computed of."""
    severed: list[int] = dataclasses.field(default_factory=list)
    """Lines that compute gradients of outputs that were taken out of the graph."""
    cuts: list[tuple[int, frozenset[Object]]] = dataclasses.field(default_factory=list)
    """Lines that compare outputs of networks with a number between 0 and 1."""
    logits: set[Object] = dataclasses.field(default_factory=set)
    """Networks to whose outputs a sigmoid is applied behind them."""
    worst: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    """Lines that keep weights where a figure is worse than the best so far, and which figure."""
    over_images: list[int] = dataclasses.field(default_factory=list)
    """Lines that take a softmax of outputs over the images of a batch."""
    by_count: list[int] = dataclasses.field(default_factory=list)
    """Lines that give classes weights which grow with their numbers of images."""
    taped: bool = False
    """A tape computes gradients, beside which a loss needs nothing."""


def learned_from(machine: Machine, tensors: list[Tensor], line: int) -> None:
    """Note of what gradients are computed."""
    machine.figures.learned |= frozenset[int]().union(*(t.added for t in tensors))
    machine.figures.followed |= frozenset[int]().union(*(t.made for t in tensors))
    if tensors and all(t.role == "loss" and t.forwards and not t.graph for t in tensors):
        machine.figures.severed.append(line)


def added_up(machine: Machine, value: Value, line: int) -> Value:
    """Return a loss that is put to others; one with the history of its gradients is noted."""
    if not isinstance(value, Tensor) or value.role != "loss":
        return value
    if not value.graph or not value.forwards or not value.made:
        return value
    machine.figures.sums.append((line, value.made))
    return dataclasses.replace(value, added=value.added | {line})


def graph_kept(machine: Machine) -> int:
    """Return the line that adds up losses which gradients were computed of one by one; else 0."""
    lines = [
        line for line, made in machine.figures.sums
        if not machine.figures.taped and line not in machine.figures.learned
        and made <= machine.figures.followed
    ]  # fmt: skip
    return min(lines, default=0)


def begun(value: Value, held: Value, places: list[Place]) -> Value:
    """Return a sum with the rounds and calls in which it was begun."""
    if not isinstance(value, Tensor):
        return value
    if isinstance(held, Tensor):
        return dataclasses.replace(value, since=held.since)
    here = tuple(p.number for p in places) if isinstance(held, (int, float)) else ()
    return dataclasses.replace(value, since=here)


def goes_on(tensor: Tensor, places: list[Place]) -> bool:
    """Return whether a sum was begun in an earlier round of a loop around the one that adds."""
    here, around = tuple(p.number for p in places), tensor.since[:-1]
    return around[: len(here)] != here[: len(around)]


def weighted_by_count(machine: Machine, value: Value, line: int) -> None:
    """Note weights of classes that are their numbers of images, or a share of these."""
    if any(t.role == "counts" for t in tensors_in(value, machine.heap)):
        machine.figures.by_count.append(line)


def softmax_along(machine: Machine, tensor: Tensor, axis: Value) -> None:
    """Note a softmax of outputs of a network along the axis of the images."""
    if axis == 0 and axis is not False and tensor.role == "output" and not machine.applying:
        machine.figures.over_images.append(machine.written.lineno if machine.written else 0)


def cut_at(machine: Machine, tensor: Tensor, op: ast.cmpop | None, number: Value, line: int) -> str:
    """Note outputs that are cut in two at a number; return what is wrong by itself ("": nothing).

    Without an operator they are rounded.
    """
    if tensor.role not in {"output", "other"} or not tensor.forwards or not tensor.nets:
        return ""
    ordered = op is None or isinstance(op, (ast.Gt, ast.GtE, ast.Lt, ast.LtE))
    if not ordered or isinstance(number, bool) or not isinstance(number, (int, float)):
        return ""
    if tensor.activation == "sigmoid":
        machine.figures.logits |= tensor.nets if tensor.squashed else frozenset()
        return "always" if number <= 0 else ""
    if tensor.activation is None and tensor.role == "output" and 0 < number < 1:
        machine.figures.cuts.append((line, tensor.nets))
    return ""


def logits_cut(machine: Machine) -> Iterable[int]:
    """Return the lines that cut outputs as if a sigmoid had been applied to them."""
    return sorted({line for line, nets in machine.figures.cuts if nets <= machine.figures.logits})
