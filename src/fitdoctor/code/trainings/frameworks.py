"""What trainers of libraries do with a network's own methods: Lightning's `fit`, as a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitdoctor.code.trainings.domain import (
    TOP,
    Fitter,
    FunctionValue,
    Mapping,
    Net,
    Opt,
    Record,
    Scheduler,
    Sequence,
    Tensor,
    Value,
)
from fitdoctor.code.trainings.library import Arguments, Keywords, m_item
from fitdoctor.code.trainings.machine import Round, Step

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine


def of_fitter(
    machine: Machine, fitter: Fitter, name: str, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return what a method of a trainer gives; `fit` trains as Lightning documents it.

    https://lightning.ai/docs/pytorch/stable/common/lightning_module.html#under-the-hood
    """
    net = arguments[0] if arguments else keywords.get("model", TOP)
    stepped = isinstance(net, Net) and _method(machine, net, "training_step") is not None
    if name != "fit" or not isinstance(net, Net) or not stepped:
        machine.escape([*arguments, *keywords.values()], line)
        return TOP
    places = ("model", "train_dataloaders", "val_dataloaders")
    given = dict(zip(places, arguments, strict=False)) | keywords
    module = given.get("datamodule", given.get("train_dataloaders"))
    sets = [_loader(machine, part, given.get(f"{part}_dataloaders"), module, net)
            for part in ("train", "val")]  # fmt: skip
    configured = _called(machine, net, "configure_optimizers", [])
    opts = _optimizers(machine, configured)
    # Lightning steps the schedules that it is given itself.
    machine.escaped |= {s for s in machine.reach(configured) if isinstance(s, Scheduler)}
    epochs = Round(line, rounds=fitter.epochs)
    out = machine.out
    for _ in range(2):
        entries: list[Step | Round] = []
        machine.out = entries  # type: ignore[assignment]
        machine.set_mode(net, "train")
        _train(machine, net, opts, sets[0], line)
        _validate(machine, net, sets[1], line)
        epochs.first, epochs.later = epochs.later, entries  # type: ignore[assignment]
    machine.out = out
    out.append(epochs)
    return TOP


def _train(machine: Machine, net: Net, opts: list[Opt], images: Value, line: int) -> None:
    item, sources, rounds = m_item(machine, images)
    batches = Round(line, sources, rounds)
    out, machine.out = machine.out, batches.later
    result = _called(machine, net, "training_step", [item, Tensor("other")])
    loss = machine.heap.get(result, "loss") if isinstance(result, Mapping) else result
    if machine.heap.get(net, "automatic_optimization", default=True) is not False:
        for opt in opts:
            holds = machine.heap.get(opt, "holds", frozenset())
            machine.emit(Step("clear", line, leaves=holds, opt=opt))
        machine.backward(loss, line)
        for opt in opts:
            machine.step(opt, line)
    machine.out = out
    out.append(batches)


def _validate(machine: Machine, net: Net, images: Value, line: int) -> None:
    if _method(machine, net, "validation_step") is None:
        return
    item, sources, rounds = m_item(machine, images)
    batches = Round(line, sources, rounds)
    out, machine.out = machine.out, batches.later
    gradients, machine.gradients = machine.gradients, False
    machine.set_mode(net, "eval")
    _called(machine, net, "validation_step", [item, Tensor("other")])
    machine.gradients = gradients
    machine.set_mode(net, "train")
    machine.out = out
    out.append(batches)


def _method(machine: Machine, owner: Value, name: str) -> FunctionValue | None:
    found = machine.attribute(owner, name, 0)
    return found if isinstance(found, FunctionValue) else None


def _called(machine: Machine, owner: Value, name: str, arguments: Arguments) -> Value:
    """Return what a method of the script's own gives; `TOP` where it has none."""
    found = _method(machine, owner, name)
    return machine.call(found, arguments, {}, found.node.lineno) if found is not None else TOP


def _loader(machine: Machine, part: str, given: Value, module: Value, net: Net) -> Value:
    """Return the batches for a part: as they are given, or as a method of a module makes them."""
    if given is not None and given is not TOP and not isinstance(given, Record):
        return given
    for owner in (module, net):
        if isinstance(owner, (Record, Net)) and _method(machine, owner, f"{part}_dataloader"):
            return _called(machine, owner, f"{part}_dataloader", [])
    return Tensor("data")


def _optimizers(machine: Machine, made: Value) -> list[Opt]:
    """Return the optimizers of what `configure_optimizers` gives, in any of its forms."""
    if isinstance(made, Opt):
        return [made]
    if isinstance(made, Mapping):
        return _optimizers(machine, machine.heap.get(made, "optimizer"))
    items = machine.elements(made) if isinstance(made, (tuple, Sequence)) else None
    return [opt for item in items or () for opt in _optimizers(machine, item)]
