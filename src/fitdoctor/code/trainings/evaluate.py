"""What an expression of a training program is; calls are dispatched to whom they are of."""

from __future__ import annotations

import ast
import builtins
import dataclasses

from fitdoctor.code.trainings import batches
from fitdoctor.code.trainings.domain import (
    TOP,
    Frame,
    FunctionValue,
    Gradient,
    Items,
    Mapping,
    Maybe,
    Module,
    Net,
    Object,
    Params,
    Scheduler,
    Sequence,
    Source,
    StateDict,
    Table,
    Tensor,
    Unknown,
    Value,
    is_constant,
)
from fitdoctor.code.trainings.functions import trainable_only
from fitdoctor.code.trainings.indices import chosen_in, sliced
from fitdoctor.code.trainings.library import USUAL_NAMES, by_star, part_of
from fitdoctor.code.trainings.machine import EMPTY, Round, TooLongError
from fitdoctor.code.trainings.operators import MOST_HELD, Operators, size_of
from fitdoctor.code.trainings.sets import m_item
from fitdoctor.code.trainings.texts import together

MOST_EXPRESSIONS = 400_000


class Evaluator(Operators):
    """Evaluates expressions."""

    def __init__(self) -> None:
        super().__init__()
        self.yielded: Value = None
        self.stars: list[str] = []
        """Modules of which everything was imported."""
        self.expressions = 0

    def assign(self, name: str, value: Value) -> None:
        """Give a value to a name of the innermost function."""
        frame = self.frame
        if name in frame.globals:
            frame = self.holder(name) or self.globals
        if isinstance(value, Net) and self.heap.has(frame, name):
            self.replace(frame, name, value)
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
                return made if size_of(made) <= MOST_HELD else TOP
            case ast.List(elts=parts) | ast.Set(elts=parts):
                return self.sequence(self.spread(parts), node.lineno)
            case ast.Dict(keys=keys, values=values):
                items = [(self.value(k) if k else None, self.value(v))
                         for k, v in zip(keys, values, strict=True)]  # fmt: skip
                return self.mapping({k: v for k, v in items if isinstance(k, str)}, node.lineno)
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name() as shaped, attr="shape"),
                slice=ast.Constant(value=0),
            ) if isinstance(of := self.value(shaped), Tensor):
                return batches.rows_of(of)
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
                return together([
                    self.value(part.value if isinstance(part, ast.FormattedValue) else part)
                    for part in values
                ])  # fmt: skip
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
        if isinstance(owner, StateDict):
            self.kept_weights.changed.add(owner)
        if isinstance(index, ast.Slice) and chosen_in(owner) is not None:
            ends = [self.value(e) if e else None for e in (index.lower, index.upper)]
            return sliced(self, owner, index, (ends[0], ends[1]))
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
                if isinstance(at, Tensor) and at.role == "order":
                    return batches.reordered(owner, at)
                if batches.is_whole(owner) and at in (0, 1) and owner.sources:
                    return batches.part(owner, at)
                if owner.role in {"data", "prediction"}:
                    return owner if isinstance(index, ast.Slice) else batches.cut(owner, index)
                role = "loss" if owner.role == "loss" else "other"
                return batches.cut(dataclasses.replace(owner, role=role, activation=None), index)
            case Params() | Gradient():
                return owner
            case Table():
                return owner if isinstance(at, str) else TOP
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
            if self.unrolling or any(place.is_round for place in self.places):
                self.heap.set(made, "made in round", value=True)
        return made


def _bounds(index: ast.Slice, evaluator: Evaluator) -> slice:
    ends = [evaluator.value(e) if e else None for e in (index.lower, index.upper, index.step)]
    plain = all(e is None or (isinstance(e, int) and e != 0) or e == 0 for e in ends)
    return slice(*ends) if plain and ends[2] != 0 else slice(None)


__all__ = ["EMPTY", "Evaluator"]
