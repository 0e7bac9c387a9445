"""Which layers a program builds and connects with nothing.

A layer of a class of networks that no method applies, or whose output its forward pass drops; a
layer of Keras that is called on what a model is made of, and whose output is in no model.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from fitdoctor.code.trainings.domain import ClassValue, Net, Object, Tensor, Value
from fitdoctor.code.trainings.heap import tensors_in
from fitdoctor.code.trainings.machine import Step

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine

NOT_CALLED, DROPPED = "no method applies it", "its output is not used"


class Reads:
    """Which attributes a text reads for themselves: inside a class of `self`, and anywhere."""

    def __init__(self, tree: ast.Module) -> None:
        self.anywhere: set[str] = set()
        self.by_class: dict[ast.ClassDef, set[str]] = {}
        self.through: set[str] = set()
        """Attributes of which an attribute is read: `self.token.expand(...)` uses a parameter."""
        self._visit(tree, None)

    def _visit(self, tree: ast.AST, inside: ast.ClassDef | None) -> None:
        waiting: list[tuple[ast.AST, ast.ClassDef | None]] = [(tree, inside)]
        while waiting:
            node, of = waiting.pop()
            of = node if isinstance(node, ast.ClassDef) else of
            owner = node.value if isinstance(node, ast.Attribute) else None
            for part in ast.iter_child_nodes(node):
                if part is owner and isinstance(part, ast.Attribute):
                    waiting.append((part.value, of))  # `self.fc.weight` does not apply `fc`
                else:
                    waiting.append((part, of))
            self._keep(node, of)

    def _keep(self, node: ast.AST, of: ast.ClassDef | None) -> None:
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Load()) if of:
                self.by_class.setdefault(of, set()).add(name)
                self._keep_owner(node)
            case ast.Attribute(attr=name, ctx=ast.Load()):
                self.anywhere.add(name)
                self._keep_owner(node)
            case ast.Constant(value=str(name)) if name.isidentifier():
                self.anywhere.add(name)  # `getattr(self, "fc")`
            case _:
                pass

    def _keep_owner(self, node: ast.AST) -> None:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            self.through.add(node.value.attr)

    def may_apply(self, of: ClassValue, name: str, part: Net) -> bool:
        """Return whether any code may come to a field of the objects of a class.

        What a method of a parameter gives is made of its numbers; one of a layer may apply nothing.
        """
        if part.name in {"Parameter", "Variable"} and name in self.through:
            return True
        classes = list(_chain(of))
        return name in self.anywhere or any(
            name in self.by_class.get(c, ()) or _goes_over_parts(self.by_class.get(c, ()))
            for c in classes
        )


_OVER_PARTS = frozenset(
    {"children", "modules", "named_children", "named_modules", "_modules", "__dict__", "layers"}
)


def _goes_over_parts(names: Iterable[str]) -> bool:
    return not _OVER_PARTS.isdisjoint(names)


def _chain(of: ClassValue) -> Iterator[ast.ClassDef]:
    yield of.node
    for base in of.bases:
        if isinstance(base, ClassValue):
            yield from _chain(base)


def after_forward(
    machine: Machine, net: Net, result: Value, called: Mapping[Object, int],
    stored: Iterable[Tensor],
) -> Iterator[Step]:  # fmt: skip
    """Yield the layers of a network of the script that its forward pass does not use.

    `called` are the networks that it applied, with the number of the last time, `stored` what it
    left elsewhere.
    """
    if net.of is None or machine.reads is None:
        return
    outputs = [*tensors_in(result, machine.heap), *stored]
    used = _with_parts(machine, (n for t in outputs for n in t.nets))
    applied = _with_parts(machine, called)
    returned = _is_told(result)
    for name, part in machine.heap.items(net).items():
        if not isinstance(part, Net) or not _counts(machine, part):
            continue
        inside = frozenset(machine.inside(part))
        if not inside & applied and not machine.reads.may_apply(net.of, name, part):
            yield Step("unconnected", part.line, detail=_told(name, part, NOT_CALLED))
        elif part in called and returned and not inside & (used | _read(machine, called)):
            yield Step("unconnected", part.line, detail=_told(name, part, DROPPED))


def _read(machine: Machine, called: Mapping[Object, int]) -> frozenset[Object]:
    """Return the networks whose last output something reads, if only to choose or to index."""
    return frozenset(n for n, number in called.items() if number in machine.consumed)


def stored_in(machine: Machine, net: Net, before: Mapping[str, Value]) -> Iterator[Tensor]:
    """Yield the tensors that a forward pass left in attributes of its network."""
    for name, value in machine.heap.items(net).items():
        if before.get(name) is not value:
            yield from tensors_in(value, machine.heap)


def _with_parts(machine: Machine, nets: Iterable[Object]) -> frozenset[Object]:
    return frozenset(inner for net in dict.fromkeys(nets) for inner in machine.inside(net))


def _is_told(result: Value) -> bool:
    """Return whether all that a forward pass gives is known."""
    if isinstance(result, tuple):
        return bool(result) and all(isinstance(r, Tensor) for r in result)
    return isinstance(result, Tensor)


def _counts(machine: Machine, net: Net) -> bool:
    """Return whether a layer changes what a network can do: it has weights, or drops units."""
    parts = [n for n in machine.inside(net) if isinstance(n, Net)]
    return any(n.leaf and (n.weighted or n.noisy) for n in parts)


def _told(name: str, part: Net, what: str) -> str:
    return f"{name} ({part.name}): {what}" if name != part.name else f"{name}: {what}"


def outside_models(machine: Machine) -> Iterator[Step]:
    """Yield the layers of Keras that are called on a model's tensors, and are part of none."""
    if not machine.models_told:
        return
    connected = _with_parts(machine, machine.connected)
    for net, given, line in machine.symbolic:
        if net in connected or not _counts(machine, net):
            continue
        if any(t.nets & connected for t in given):
            yield Step("unconnected", line, detail=f"{net.name}: {DROPPED}")
