"""Attributes and methods of objects, classes of the script, and calls of all that can be called."""

from __future__ import annotations

import ast
import dataclasses
import re
from typing import Final

from fitdoctor import lazy_re
from fitdoctor.code.trainings import batches
from fitdoctor.code.trainings.attributes import attribute
from fitdoctor.code.trainings.connected import after_forward, stored_in
from fitdoctor.code.trainings.domain import (
    TOP,
    ClassValue,
    Frame,
    FunctionValue,
    LossFunction,
    Maybe,
    Meter,
    Method,
    Module,
    Net,
    Object,
    Opt,
    Record,
    Sequence,
    Super,
    Tensor,
    Unknown,
    Value,
)
from fitdoctor.code.trainings.functions import of_layers, of_outputs
from fitdoctor.code.trainings.heap import tensors_in, union
from fitdoctor.code.trainings.library import hold, library, unknown
from fitdoctor.code.trainings.machine import Machine
from fitdoctor.code.trainings.methods import method
from fitdoctor.code.trainings.tables import set_of
from fitdoctor.code.trainings.tensors import loss

_NETWORKS: Final = ("torch.nn.", "keras.Model", "keras.layers.", "tensorflow.keras.", "tf.keras.",
                    "keras.models.Model", "keras.Sequential", "keras.models.Sequential",
                    "keras.engine.", "tensorflow.Module")  # fmt: skip
_OPTIMIZERS: Final = ("torch.optim.",)
_LOSS: Final = lazy_re.compile(r"loss|crit|cost|entropy", re.IGNORECASE)
"""What people call functions that give the mean loss of a batch."""
_NO_STATE: Final = frozenset(
    {"object", "ABC", "Protocol", "NamedTuple", "Enum", "Dataset", "Exception"}
)


class Objects(Machine):
    """Looks up attributes, makes objects of classes, and calls."""

    def __init__(self) -> None:
        super().__init__()
        self.globals = Frame(0, "module")
        self.frame = self.globals
        self.heap.fields[self.globals] = {}
        self.under_way: list[ast.AST] = []

    # --- given by the statements ---

    def run(
        self, function: FunctionValue, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """Interpret a function of the script."""
        raise NotImplementedError

    # --- attributes ---

    def attribute(self, owner: Value, name: str, line: int) -> Value:
        if isinstance(owner, Maybe):
            owner = owner.value
        if isinstance(owner, Super):
            found = self.method_of(owner.of.bases, name)
            return (
                dataclasses.replace(found, owner=owner.owner)
                if found
                else Method(owner.owner, name)
            )
        if (
            isinstance(owner, Object)
            and self.heap.has(owner, name)
            and not (isinstance(owner, Sequence) and name in {"items", "open"})
        ):
            return self.heap.get(owner, name)
        of = getattr(owner, "of", None)
        if isinstance(owner, (Net, Record, Opt)) and isinstance(of, ClassValue):
            found = self.method_of((of,), name)
            if found is not None:
                bound = dataclasses.replace(found, owner=owner)
                return self.run(bound, [], {}) if "property" in found.marks else bound
            held = self.class_field((of,), name)
            if held is not None:
                return held
        if isinstance(owner, ClassValue):
            found = self.method_of((owner,), name)
            if found is not None:
                return (
                    dataclasses.replace(found, owner=owner)
                    if "classmethod" in found.marks
                    else found
                )
            held = self.class_field((owner,), name)
            return TOP if held is None else held
        made = attribute(self, owner, name, line)
        if made is not None:
            return made
        if isinstance(owner, Record):
            # Set by a base that is not shown, or a method of it.
            kept = Unknown(line, name, assumed=True, of=owner)
            self.heap.set(owner, name, kept)
            return kept
        return Method(owner, name)

    def method_of(self, bases: tuple[Value, ...], name: str) -> FunctionValue | None:
        """Return the method of the first class that defines it."""
        for base in bases:
            if isinstance(base, ClassValue):
                found = self.heap.get(base.frame, name)
                if isinstance(found, FunctionValue):
                    return found
                inherited = self.method_of(base.bases, name)
                if inherited is not None:
                    return inherited
        return None

    def class_field(self, bases: tuple[Value, ...], name: str) -> Value | None:
        for base in bases:
            if isinstance(base, ClassValue):
                if self.heap.has(base.frame, name):
                    return self.heap.get(base.frame, name)
                inherited = self.class_field(base.bases, name)
                if inherited is not None:
                    return inherited
        return None

    def base_names(self, of: ClassValue) -> list[str]:
        """Return the canonical names of the libraries' classes that a class is made of."""
        found: list[str] = []
        for base in of.bases:
            if isinstance(base, Module):
                found.append(base.name)
            elif isinstance(base, ClassValue):
                found += self.base_names(base)
            else:
                found.append("?")
        return found

    def method_frame(self) -> bool:
        return self.parent_object() is not None

    def parent_object(self) -> Super | None:
        frame: Frame | None = self.frame
        while frame is not None and self.under_way:
            for name, value in list(self.heap.items(frame).items())[:1]:
                of = getattr(value, "of", None)
                if isinstance(of, ClassValue) and name:
                    return Super(value, self.defining(of) or of)
            frame = frame.outer
        return None

    def defining(self, of: ClassValue) -> ClassValue | None:
        """Return the class whose method is being interpreted."""
        here = self.under_way[-1]
        if here in of.node.body:
            return of
        for base in of.bases:
            if isinstance(base, ClassValue) and (found := self.defining(base)):
                return found
        return None

    # --- classes ---

    def instance(
        self, of: ClassValue, arguments: list[Value], keywords: dict[str, Value], line: int
    ) -> Value:
        """Return an object of a class of the script."""
        names = self.base_names(of)
        if any(n.startswith(_OPTIMIZERS) for n in names):
            opt = Opt(line, of.node.name, of.node.name, of)
            hold(self, opt, arguments[0] if arguments else keywords.get("params", TOP))
            self.heap.set(opt, "shown", value=False)
            made: Object = opt
        elif any(n.startswith(_NETWORKS) or n.endswith("LightningModule") for n in names):
            keras = any("keras" in n for n in names)
            made = Net(line, of.node.name, of, keras=keras)
        elif self.is_data_set(of, names):
            return set_of(of.node.name, arguments, keywords, line)
        else:
            made = Record(line, of.node.name, of)
            hidden = [n for n in names if n.rpartition(".")[2] not in _NO_STATE]
            if hidden:
                self.heap.set(made, "base", Unknown(line, "base"))
        found = self.method_of((of,), "__init__")
        if found is not None:
            self.run(dataclasses.replace(found, owner=made), arguments, keywords)
        elif isinstance(made, Net) and made.keras and any(n.endswith("Sequential") for n in names):
            of_layers(self, made, [keywords.get("layers", arguments[0] if arguments else ())])
        elif isinstance(made, Net) and made.keras and (len(arguments) > 1 or "outputs" in keywords):
            of_outputs(self, made, arguments, keywords)
        elif isinstance(made, Record):
            self.fields_of(made, of, arguments, keywords)
        return made

    def is_data_set(self, of: ClassValue, names: list[str]) -> bool:
        """Return whether objects of a class give images by their number."""
        sets = {"Dataset", "IterableDataset", "Sequence"}
        made = self.method_of((of,), "__init__")
        plain = made is None and self.method_of((of,), "__getitem__") is not None
        return plain or any(n.rpartition(".")[2] in sets for n in names)

    def fields_of(
        self, made: Record, of: ClassValue, arguments: list[Value], keywords: dict[str, Value]
    ) -> None:
        """Set the fields of a dataclass."""
        names = [s.target.id for s in of.node.body
                 if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]  # fmt: skip
        for name, value in (dict(zip(names, arguments, strict=False)) | keywords).items():
            self.heap.set(made, name, value)

    # --- calls ---

    def call(
        self, callee: Value, arguments: list[Value], keywords: dict[str, Value], line: int
    ) -> Value:
        match callee:
            case FunctionValue():
                return self.run(callee, arguments, keywords)
            case ClassValue():
                return self.instance(callee, arguments, keywords, line)
            case Module(name=name):
                return library(self, name, arguments, keywords, line)
            case Method(owner=owner, name=name):
                return method(self, owner, name, arguments, keywords, line)
            case Maybe(value=inner):
                return self.call(inner, arguments, keywords, line)
            case Net():
                return self.called_net(callee, arguments, keywords, line)
            case Meter():
                return method(self, callee, "__call__", arguments, keywords, line)
            case LossFunction():
                return loss(self, callee, arguments, keywords, line)
            case Record():
                found = self.method_of((callee.of,), "__call__") if callee.of else None
                if found is not None:
                    return self.run(dataclasses.replace(found, owner=callee), arguments, keywords)
                return method(self, callee, "__call__", arguments, keywords, line)
            case Unknown():
                return self.called_unknown(callee, arguments, keywords, line)
            case Opt():
                return TOP
            case _:
                return unknown(self, "unknown", arguments, keywords, line)

    def called_unknown(
        self, callee: Unknown, arguments: list[Value], keywords: dict[str, Value], line: int
    ) -> Value:
        given = [*arguments, *keywords.values()]
        every = [t for v in given for t in tensors_in(v, self.heap)]
        tensors = [t for t in every if t.forwards or t.sources or t.role == "data"]
        if callee.quiet:
            return method(self, callee, "__call__", arguments, keywords, line)
        flagged = self.heap.get(callee, "network", default=False) is True
        if callee.of is not None and not flagged and not tensors:
            return unknown(self, callee.name, [callee.of, *given], {}, line)
        acts = bool(callee.held) or any(
            isinstance(o, (Net, Opt, Unknown, Meter, FunctionValue)) for o in self.reach(*given)
        ) or any(isinstance(v, FunctionValue) for v in given)  # fmt: skip
        network = self.heap.get(callee, "network", default=False) is True
        if acts and not network:
            return unknown(
                self,
                callee.name,
                [callee, *arguments] if callee.held else arguments,
                keywords,
                line,
            )
        if not tensors and not network:
            return Unknown(line, callee.name)
        if network or not any(t.forwards for t in tensors):
            return self.forward(callee, tensors or every, line, _told_mode(keywords, keras=False))
        self._compared_by_unknown(tensors, line)
        if _LOSS.search(callee.name):
            batches.meet(self, LossFunction(line, batches.NOT_SHOWN), tensors, line)
        role = "loss" if len(tensors) > 1 else "other"
        made = dataclasses.replace(union(*tensors), role=role, made=frozenset({line}))
        # Which mean it is, if any, is told by no more than its name.
        return made if _LOSS.search(callee.name) else dataclasses.replace(made, per="?")

    def _compared_by_unknown(self, tensors: list[Tensor], line: int) -> None:
        """Keep that a function that is not shown is given outputs: a loss, or a figure."""
        if len(tensors) > 1:
            self.measured(tensors, line)
        else:
            for tensor in tensors:
                self.given_away(tensor, line)

    def called_net(
        self, net: Net, arguments: list[Value], keywords: dict[str, Value], line: int
    ) -> Value:
        tensors = [t for v in (*arguments, *keywords.values()) for t in tensors_in(v, self.heap)]
        if net.of is not None and not net.applied and self.applying < 3:
            self.apply_once(net, arguments, keywords)
        if net.keras and len(arguments) > 1 and isinstance(arguments[1], bool):
            keywords = {"training": arguments[1], **keywords}  # `call(inputs, training)`
        modes = _told_mode(keywords, keras=True) if net.keras else None
        out = self.forward(net, tensors, line, modes)
        if net.keras and net.leaf and any(t.symbolic for t in tensors):
            self.symbolic.append((net, tuple(tensors), line))
        if net.keras and "training" not in keywords:
            self.forwards[-1].detail = "default"
        if (
            net.leaf
            and len(tensors) == 1
            and net.activation is None
            and net.name in {"Flatten", "Dropout", "Identity"}
        ):
            return dataclasses.replace(out, activation=tensors[0].activation)
        if not net.gives:
            return out
        return tuple(
            dataclasses.replace(out, role="output" if at == 0 else "other", activation=ends)
            for at, ends in enumerate(net.gives)
        )

    def apply_once(self, net: Net, arguments: list[Value], keywords: dict[str, Value]) -> None:
        """Interpret a forward pass for what it ends in; what it does is not the program's."""
        net.applied = True
        found = self.method_of((net.of,), "call" if net.keras else "forward")
        if found is None:
            return
        out, state, count = self.out, self.heap.snapshot(), len(self.forwards)
        called, self.out, connected = dict(self.forward_leaves), [], set(self.connected)
        self.consumed = {number for number in self.consumed if number < count}
        self.applying += 1
        data = [Tensor("data") if isinstance(v, Tensor) else v for v in arguments]
        result = self.run(dataclasses.replace(found, owner=net), data, keywords)
        self.applying -= 1
        self.out = out
        called_now = {n: at for at, step in enumerate(self.forwards[count:], count)
                      for n in step.nets}  # fmt: skip
        given = Tensor(nets=frozenset(self.connected - connected))
        stored = [given, *stored_in(self, net, state.get(net, {}))]
        unused = list(after_forward(self, net, result, called_now, stored))
        self.heap.restore(state)
        del self.forwards[count:]
        self.forward_leaves = called
        for step in unused:
            self.emit(step)
        net.width = result.rows.width if isinstance(result, Tensor) else None
        if isinstance(result, Tensor):
            net.activation = result.activation
        elif isinstance(result, tuple) and 1 < len(result) < 6:
            net.gives = tuple(r.activation if isinstance(r, Tensor) else None for r in result)


def _told_mode(keywords: dict[str, Value], *, keras: bool) -> frozenset[str] | None:
    """Return the mode that a call asks for by `training=`; Keras' default is inference."""
    told = keywords.get("training")
    if isinstance(told, bool):
        return frozenset({"train" if told else "eval"})
    if "training" in keywords:
        return frozenset({"unknown"})
    return frozenset({"eval"}) if keras else None
