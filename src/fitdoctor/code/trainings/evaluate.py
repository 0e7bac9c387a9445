"""What an expression of a training program is; calls are dispatched to whom they are of."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import operator
from collections.abc import Callable
from typing import Final

from fitdoctor.code.trainings import counting
from fitdoctor.code.trainings.connected import after_forward, stored_in
from fitdoctor.code.trainings.domain import (
    TOP,
    ClassValue,
    Frame,
    FunctionValue,
    Gradient,
    Items,
    LossFunction,
    Mapping,
    Maybe,
    Meter,
    Method,
    Module,
    Net,
    Object,
    Opt,
    Params,
    Record,
    Scheduler,
    Sequence,
    Source,
    Super,
    Tensor,
    Unknown,
    Value,
    is_constant,
)
from fitdoctor.code.trainings.heap import tensors_in, union
from fitdoctor.code.trainings.library import (
    USUAL_NAMES,
    by_star,
    hold,
    library,
    of_layers,
    of_outputs,
    part_of,
    trainable_only,
    unknown,
)
from fitdoctor.code.trainings.machine import EMPTY, Machine, Round, Step, TooLongError
from fitdoctor.code.trainings.methods import attribute, method
from fitdoctor.code.trainings.sets import m_item
from fitdoctor.code.trainings.tensors import loss, matched

MOST_EXPRESSIONS = 400_000
MOST_TEXT, MOST_HELD = 10_000, 200
_NETWORKS: Final = ("torch.nn.", "keras.Model", "keras.layers.", "tensorflow.keras.", "tf.keras.",
                    "keras.models.Model", "keras.Sequential", "keras.models.Sequential",
                    "keras.engine.", "tensorflow.Module")  # fmt: skip
_OPTIMIZERS: Final = ("torch.optim.",)
_NO_STATE: Final = frozenset(
    {"object", "ABC", "Protocol", "NamedTuple", "Enum", "Dataset", "Exception"}
)
_COMPARED: Final[dict[type[ast.cmpop], Callable[..., bool]]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_COUNTED: Final[dict[type[ast.operator], Callable[..., Value]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip


class Evaluator(Machine):
    """Evaluates expressions."""

    def __init__(self) -> None:
        super().__init__()
        self.globals = Frame(0, "module")
        self.frame = self.globals
        self.heap.fields[self.globals] = {}
        self.yielded: Value = None
        self.stars: list[str] = []
        """Modules of which everything was imported."""
        self.expressions = 0
        self.under_way: list[ast.AST] = []
        self.applying = 0

    # --- given by the statements ---

    def bind(self, target: ast.expr, value: Value) -> None:
        """Give a value to a target."""
        raise NotImplementedError

    def run(
        self, function: FunctionValue, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """Interpret a function of the script."""
        raise NotImplementedError

    # --- names ---

    def assign(self, name: str, value: Value) -> None:
        """Give a value to a name of the innermost function."""
        frame = self.frame
        if name in frame.globals:
            frame = self.holder(name) or self.globals
        self.heap.set(frame, name, value)
        self.named(name, value)

    def named(self, name: str, value: Value) -> None:
        """Keep a name that a value is given, of a function or of an object's field."""
        if isinstance(value, (Net, Unknown)):
            self.called_by.setdefault(value, set()).add(name)
        if isinstance(value, (Source, Scheduler)):
            value.names.add(name)
        elif isinstance(value, Object) and not value.name:
            value.name = name

    def holder(self, name: str) -> Frame | None:
        """Return the frame outside of the innermost function that holds a name."""
        frame = self.frame.outer
        while frame is not None:
            if self.heap.has(frame, name):
                return frame
            frame = frame.outer
        return None

    def lookup(self, name: str, line: int) -> Value:
        frame: Frame | None = self.frame
        while frame is not None:
            if self.heap.has(frame, name):
                return self.heap.get(frame, name)
            frame = frame.outer
        if name == "__name__":
            return "__main__"
        if name in USUAL_NAMES:
            return Module(USUAL_NAMES[name])
        if found := by_star(self.stars, name):
            return Module(found)
        if hasattr(builtins, name):
            return Module(f"builtins.{name}")
        made = Unknown(line, name, assumed=True)  # an excerpt does not show its making
        self.heap.set(self.globals, name, made)
        return made

    # --- expressions ---

    def value(self, node: ast.expr) -> Value:
        """Return what an expression is."""
        self.expressions += 1
        if self.expressions > MOST_EXPRESSIONS:
            raise TooLongError
        match node:
            case ast.Constant(value=value):
                return value if is_constant(value) else TOP
            case ast.Name(id=name):
                held = self.lookup(name, node.lineno)
                if self.applying:
                    self.note(held)
                return held
            case ast.Attribute(value=owner, attr=name):
                return self.attribute(self.value(owner), name, node.lineno)
            case ast.Call():
                return self.called_at(node)
            case ast.Tuple(elts=parts):
                made = tuple(self.spread(parts))
                return made if _size(made) <= MOST_HELD else TOP
            case ast.List(elts=parts) | ast.Set(elts=parts):
                return self.sequence(self.spread(parts), node.lineno)
            case ast.Dict(keys=keys, values=values):
                items = [(self.value(k) if k else None, self.value(v))
                         for k, v in zip(keys, values, strict=True)]  # fmt: skip
                return self.mapping({k: v for k, v in items if isinstance(k, str)}, node.lineno)
            case ast.Subscript(value=owner, slice=index):
                return self.item(self.value(owner), index)
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(self.value(left), op, self.value(right), node.lineno)
            case ast.Compare():
                return self.compared(node)
            case ast.BoolOp():
                return self.any_or_all(node)
            case ast.UnaryOp(op=op, operand=operand):
                return self.unary(op, self.value(operand))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                known = self.truth(self.value(test))
                if known is not None:
                    return self.value(body if known else orelse)
                return self.heap.either(self.value(body), self.value(orelse))
            case _:
                return self.rarer(node)

    def rarer(self, node: ast.expr) -> Value:
        match node:
            case ast.Lambda():
                return FunctionValue(node, self.frame)
            case (
                ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element)
            ):
                return self.comprehension(node.generators, element, node.lineno)
            case ast.DictComp(key=key, value=item, generators=[loop]):
                return self.dictionary(loop, key, item, node.lineno)
            case ast.NamedExpr(target=target, value=value):
                made = self.value(value)
                self.bind(target, made)
                return made
            case ast.Await(value=value) | ast.Starred(value=value):
                return self.value(value)
            case ast.Yield(value=value):
                given = self.value(value) if value is not None else None
                before = self.yielded  # one of several that a generator gives
                both = isinstance(before, Items) and isinstance(before.item, Object)
                self.yielded = Items(self.heap.either(before.item, given) if both else given)
                return TOP
            case ast.JoinedStr(values=values):
                for part in values:
                    if isinstance(part, ast.FormattedValue):
                        self.value(part.value)
                return TOP
            case _:
                return TOP

    def spread(self, parts: list[ast.expr]) -> list[Value]:
        found: list[Value] = []
        for part in parts:
            if isinstance(part, ast.Starred):
                value = self.value(part.value)
                known = self.elements(value)
                found += known if known is not None else [m_item(self, value)[0]]
            else:
                found.append(self.value(part))
        return found

    def mapping(self, items: dict[str, Value], line: int) -> Mapping:
        made = Mapping(line)
        self.heap.fields[made] = dict(items)
        return made

    def comprehension(self, loops: list[ast.comprehension], element: ast.expr, line: int) -> Value:
        loop, *more = loops
        over = self.value(loop.iter)
        items = self.elements(over)
        outer = self.frame
        self.frame = Frame(line, "comprehension", outer)
        self.heap.fields[self.frame] = {}
        made: Value
        if items is not None and len(items) <= 32 and not more and not loop.ifs:
            values = []
            for item in items:
                self.bind(loop.target, item)
                values.append(self.value(element))
            made = self.sequence(values, line)
        else:
            made = self.comprehended(loop, over, more, element, line)
        self.frame = outer
        return made

    def comprehended(
        self, loop: ast.comprehension, over: Value, more: list[ast.comprehension],
        element: ast.expr, line: int,
    ) -> Value:  # fmt: skip
        """Return what a comprehension over many items gives: a loop of which one round is taken."""
        item, sources, rounds = m_item(self, over)
        around = Round(line, sources, rounds)
        out, self.out = self.out, around.later
        self.bind(loop.target, item)
        for test in loop.ifs:
            found = self.params(item)[0]
            if not found.leaves:
                self.value(test)
                continue
            asked = isinstance(test, ast.Attribute) and test.attr == "requires_grad"
            kept = trainable_only(self, found) if asked else Params(found.leaves, some=True)
            item = (
                tuple(kept if isinstance(v, Params) else v for v in item)
                if isinstance(item, tuple)
                else kept
            )
            self.bind(loop.target, item)
        one = self.comprehension(more, element, line) if more else self.value(element)
        self.out = out
        if around.later:
            self.out.append(around)
        return one if more else Items(one, sources, rounds)

    def dictionary(
        self, loop: ast.comprehension, key: ast.expr, item: ast.expr, line: int
    ) -> Value:
        items = self.elements(self.value(loop.iter))
        if items is None or len(items) > 32:
            return TOP
        outer = self.frame
        self.frame = Frame(line, "comprehension", outer)
        self.heap.fields[self.frame] = {}
        found: dict[str, Value] = {}
        for one in items:
            self.bind(loop.target, one)
            name, value = self.value(key), self.value(item)
            if isinstance(name, str):
                found[name] = value
                if isinstance(found[name], Source):
                    found[name].names.add(name)
        self.frame = outer
        return self.mapping(found, line)

    def item(self, owner: Value, index: ast.expr) -> Value:
        at = TOP if isinstance(index, ast.Slice) else self.value(index)
        if isinstance(owner, Maybe):
            owner = owner.value
        known = self.elements(owner)
        if known is not None and isinstance(at, int) and -len(known) <= at < len(known):
            return known[at]
        if known is not None and isinstance(index, ast.Slice):
            return self.sequence(known[_bounds(index, self)], index.lineno) if known else TOP
        match owner:
            case Mapping() if isinstance(at, str):
                return self.heap.get(owner, at)
            case Mapping() | Sequence():
                made: Value = TOP
                values = (
                    list(self.heap.items(owner).values())
                    if isinstance(owner, Mapping)
                    else list(self.heap.get(owner, "items", ()))
                )
                for n, value in enumerate(values):
                    made = value if n == 0 else self.heap.either(made, value)
                return made
            case Net() if owner.leaf and owner.name == "Variable":
                return Params(frozenset({owner}), some=True)
            case Net():
                return self.layer_at(owner, at, index.lineno)
            case Tensor():
                if owner.role in {"data", "prediction"}:
                    return owner
                role = "loss" if owner.role == "loss" else "other"
                return dataclasses.replace(owner, role=role, activation=None)
            case Params() | Gradient():
                return owner
            case Source():
                return Tensor("data", sources=frozenset({owner}))
            case Unknown():
                loaded = owner.default_mode == "unknown"
                if owner.held or loaded:
                    return part_of(self, owner, at, index.lineno)
                return Tensor("other")
            case _:
                return TOP

    def layer_at(self, net: Net, at: Value, line: int) -> Value:
        keys = [k for k in self.heap.items(net) if k.isdigit()]
        if isinstance(at, int) and keys and not net.leaf:
            key = keys[at] if -len(keys) <= at < len(keys) else ""
            return self.heap.get(net, key) if key else TOP
        part = Net(line, f"{net.name}[...]")
        self.heap.set(part, "either", net)
        return part

    # --- arithmetic ---

    def binary(self, left: Value, op: ast.operator, right: Value, line: int) -> Value:
        if is_constant(left) and is_constant(right):
            return _count(left, op, right)
        if isinstance(op, ast.Add):
            one, other = self.elements(left), self.elements(right)
            if one is not None and other is not None:
                return self.sequence((*one, *other), line)
            if isinstance(left, (Params, Items)) or isinstance(right, (Params, Items)):
                made = (left, right)
                return made if _size(made) <= MOST_HELD else TOP
        tensors = [t for v in (left, right) for t in tensors_in(v, self.heap)]
        if not tensors:
            return Tensor("other") if not isinstance(left, (Unknown, str)) else TOP
        if isinstance(left, Tensor) and isinstance(right, Tensor):
            return self.of_two(left, op, right, line)
        return counting.with_number(union(*tensors), op, left, right)

    def of_two(self, left: Tensor, op: ast.operator, right: Tensor, line: int) -> Value:
        made, wrong = counting.of_two(left, op, right)
        if wrong:
            self.emit(Step("miscount", line, sources=left.sources, detail=wrong))
        return made

    def augmented(self, node: ast.AugAssign) -> None:
        """Interpret `a += b`."""
        held, more = self.value(node.target), self.value(node.value)
        if isinstance(held, Params):
            self.touched |= held.leaves
            return
        if isinstance(held, Gradient):
            self.emit(Step("unknown", node.lineno, leaves=held.of.leaves))
            return
        if isinstance(held, Sequence):
            method(self, held, "extend", [more], {}, node.lineno)
            return
        self.bind(node.target, self.binary(held, node.op, more, node.lineno))

    def compared(self, node: ast.Compare) -> Value:
        values = [self.value(v) for v in (node.left, *node.comparators)]
        left, right = values[0], values[1]
        op = node.ops[0]
        if isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)) and (
            left is None or right is None
        ):
            other = right if left is None else left
            if other is None:
                return isinstance(op, (ast.Is, ast.Eq))
            known = isinstance(other, Object) and not (isinstance(other, Unknown) and other.assumed)
            known |= is_constant(other) or isinstance(
                other, (FunctionValue, ClassValue, Tensor, Params)
            )
            return isinstance(op, (ast.IsNot, ast.NotEq)) if known else TOP
        if len(values) == 2 and is_constant(left) and is_constant(right) and type(op) in _COMPARED:
            try:
                return _COMPARED[type(op)](left, right)
            except TypeError:
                return TOP
        if isinstance(op, (ast.In, ast.NotIn)) and is_constant(left):
            items = self.elements(right)
            if isinstance(right, str) and isinstance(left, str):
                return (left in right) == isinstance(op, ast.In)
            if items is not None and all(is_constant(v) for v in items):
                return (left in items) == isinstance(op, ast.In)
            return TOP
        tensors = [t for v in values for t in tensors_in(v, self.heap)]
        if isinstance(op, ast.Eq) and isinstance(left, Tensor) and isinstance(right, Tensor):
            return matched(self, left, right, node.lineno)
        if any(t.role == "prediction" for t in tensors) and isinstance(op, ast.Eq):
            return matched(self, tensors[0], tensors[-1], node.lineno)
        if not tensors:
            return TOP
        return dataclasses.replace(union(*tensors), role="test", graph=False)

    def any_or_all(self, node: ast.BoolOp) -> Value:
        stops = isinstance(node.op, ast.Or)
        told: Value = TOP
        seen: list[Tensor] = []
        unsure = False
        for value in node.values:
            one = self.value(value)
            known = self.truth(one)
            if known is stops:
                return one
            unsure |= known is None
            told = one
            seen += tensors_in(one, self.heap)
        if not unsure:
            return told
        return dataclasses.replace(union(*seen), role="test") if seen else TOP

    def unary(self, op: ast.unaryop, value: Value) -> Value:
        if isinstance(op, ast.Not):
            known = self.truth(value)
            return TOP if known is None else not known
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        return -value if isinstance(op, ast.USub) else value

    def truth(self, value: Value) -> bool | None:
        """Return whether a value is true; `None` where that is not known."""
        if is_constant(value):
            return bool(value)
        if isinstance(value, (Net, Opt, FunctionValue, ClassValue, Record, Source, LossFunction)):
            return True
        if isinstance(value, tuple):
            return bool(value)
        return None

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

    # --- calls ---

    def called_at(self, node: ast.Call) -> Value:
        line = node.lineno
        if isinstance(node.func, ast.Name) and node.func.id == "super" and self.method_frame():
            return self.parent_object()
        callee = self.value(node.func)
        arguments = self.spread(node.args)
        keywords: dict[str, Value] = {}
        for word in node.keywords:
            value = self.value(word.value)
            if word.arg is not None:
                keywords[word.arg] = value
            elif isinstance(value, Mapping):
                keywords |= self.heap.items(value)
            else:
                arguments += (
                    [value] if isinstance(value, Object) and not isinstance(value, Unknown) else []
                )
        if self.applying and not isinstance(callee, Module):
            self.note((*arguments, *keywords.values()))
        self.written = node
        made = self.call(callee, arguments, keywords, line)
        of_parts = isinstance(made, Net) and isinstance(callee, Module)  # which may be others
        if isinstance(made, (Net, Unknown)) and not of_parts:
            self.makings[made] = ast.dump(node)
            self.called_at_line[made] = line
        return made

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
        return dataclasses.replace(union(*tensors), role="loss" if len(tensors) > 1 else "other")

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
        if isinstance(result, Tensor):
            net.activation = result.activation
        elif isinstance(result, tuple) and 1 < len(result) < 6:
            net.gives = tuple(r.activation if isinstance(r, Tensor) else None for r in result)

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
            return Source(line, of.node.name, single=True)
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


def _size(value: Value) -> int:
    """Return how many values a tuple holds, with those of tuples within; no more are counted."""
    total = 1
    for item in value if isinstance(value, tuple) else ():
        total += _size(item)
        if total > MOST_HELD:
            break
    return total


def _told_mode(keywords: dict[str, Value], *, keras: bool) -> frozenset[str] | None:
    """Return the mode that a call asks for by `training=`; Keras' default is inference."""
    told = keywords.get("training")
    if isinstance(told, bool):
        return frozenset({"train" if told else "eval"})
    if "training" in keywords:
        return frozenset({"unknown"})
    return frozenset({"eval"}) if keras else None


def _bounds(index: ast.Slice, evaluator: Evaluator) -> slice:
    ends = [evaluator.value(e) if e else None for e in (index.lower, index.upper, index.step)]
    plain = all(e is None or (isinstance(e, int) and e != 0) or e == 0 for e in ends)
    return slice(*ends) if plain and ends[2] != 0 else slice(None)


def _count(left: Value, op: ast.operator, right: Value) -> Value:
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    texts = isinstance(left, str) and isinstance(right, str) and isinstance(op, ast.Add)
    if texts and len(left) + len(right) < MOST_TEXT:
        return left + right
    function = _COUNTED.get(type(op))
    if not numbers or function is None or max(abs(left), abs(right)) > 10**12:
        return Tensor("other") if numbers else TOP
    try:
        return function(left, right)
    except ArithmeticError:
        return TOP


__all__ = ["EMPTY", "Evaluator"]
