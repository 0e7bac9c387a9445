"""What attributes that libraries give to networks, optimizers and tensors hold."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from fitdoctor.code.trainings.domain import (
    TOP,
    Gradient,
    LossFunction,
    Maybe,
    Meter,
    Module,
    Net,
    Object,
    Opt,
    Params,
    Sequence,
    Settings,
    Source,
    Symbol,
    Table,
    Tensor,
    Unknown,
    Value,
)
from fitdoctor.code.trainings.machine import EMPTY
from fitdoctor.code.trainings.methods import parts_of

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine


def attribute(machine: Machine, owner: Value, name: str, line: int) -> Value | None:
    """Return an attribute that a library gives to an object; `None` where it is a method."""
    if owner is TOP:
        return TOP
    match owner:
        case Maybe(value=inner):
            return attribute(machine, inner, name, line)
        case Module(name=of):
            return Module(f"{of}.{name}")
        case Table() if name == "values":
            return owner
        case Settings():
            return Symbol(owner, name)
        case Net():
            return _of_a_net(machine, owner, name, line)
        case Opt() if name == "param_groups":
            return Params(machine.heap.get(owner, "holds", EMPTY))
        case Params():
            if name == "grad":
                return Gradient(owner)
            if name == "requires_grad":
                known = {machine.trainable(x) for x in owner.leaves}
                return known.pop() if len(known) == 1 and None not in known else TOP
            return owner if name in {"data", "params"} else None
        case Gradient():
            return owner if name == "data" else None
        case Tensor():
            if name in {"data", "T"}:
                return dataclasses.replace(owner, graph=owner.graph and name == "T")
            return Tensor("other") if name in {"ndim", "dtype", "device", "grad"} else (
                TOP if name == "shape" else None)  # fmt: skip
        case Meter() if name in {"name", "variables", "dtype"}:
            return TOP
        case Source():
            if name == "dataset":
                return owner.base if owner.base is not None else TOP
            if name in {"classes", "class_to_idx"}:
                return Tensor("classes", sources=frozenset({owner}))
            return TOP if name in {"batch_size", "sampler"} else None
        case Unknown(quiet=True) if name != "step":
            return None
        case Unknown() if name == "dataset":
            return machine.heap.get(owner, "as source", TOP)
        case _:
            return None


def _of_a_net(machine: Machine, net: Net, name: str, line: int) -> Value | None:
    if name == "module":
        return net
    if net.keras and (told := _of_training(machine, net, name, line)) is not None:
        return told
    if name in {"trainable_variables", "trainable_weights", "variables", "weights"}:
        return Params(machine.leaves(net))
    if name == "layers" and net.keras:
        return parts_of(machine, net, "children", line)
    if name in {"training", "in_features", "out_features", "device", "config", "name", "losses"}:
        return Tensor("other")
    if name == "optimizer":
        return machine.heap.get(net, "optimizer", Opt(line, "optimizer", keras=net.keras))
    if net.keras and name in {"output", "outputs"}:
        nets = frozenset[Object]({net})
        return Tensor("output", nets=nets, activation=net.activation, symbolic=True)
    if net.keras and name in {"input", "inputs"}:
        return Tensor("data", symbolic=True)
    if name in {"weight", "bias"} and net.leaf:
        return Params(frozenset({net}), some=True)
    body = machine.heap.get(net, "body")
    if isinstance(body, Net) and name.startswith(("layer", "features", "conv", "bn", "blocks")):
        part = Net(line, name, leaf=False)
        machine.heap.set(part, "either", body)
        return part
    return None


def _of_training(machine: Machine, net: Net, name: str, line: int) -> Value | None:
    """Return the loss and the metrics of Keras' `compile`, as a step of the script reads them."""
    if name in {"compiled_loss", "loss"}:
        return machine.heap.get(net, "compiled loss", LossFunction(line, "", reduction="?"))
    if name == "compiled_metrics":
        return machine.heap.get(net, "compiled metrics", Meter(line, "metrics"))
    if name == "metrics":
        return machine.sequence(meters_of(machine, net), line)
    return None


def meters_of(machine: Machine, net: Net) -> list[Meter]:
    """Return the metrics of a network of Keras: those of `compile`, and those in its fields."""
    held = machine.heap.items(net).values()
    lists = [machine.elements(v) or () for v in held if isinstance(v, (Sequence, tuple))]
    return [v for v in [*held, *(v for items in lists for v in items)] if isinstance(v, Meter)]
