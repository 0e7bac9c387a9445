"""What operators give: arithmetic, comparisons, truth."""

from __future__ import annotations

import ast
import dataclasses
import operator
from collections.abc import Callable
from typing import Final

from fitdoctor.code.trainings import counting
from fitdoctor.code.trainings.batches import side_by_side
from fitdoctor.code.trainings.domain import (
    TOP,
    ClassValue,
    FunctionValue,
    Gradient,
    Items,
    LossFunction,
    Net,
    Object,
    Opt,
    Params,
    Record,
    Sequence,
    Source,
    Tensor,
    Unknown,
    Value,
    is_constant,
)
from fitdoctor.code.trainings.figures import added_up, begun, cut_at, goes_on
from fitdoctor.code.trainings.heap import tensors_in, union
from fitdoctor.code.trainings.machine import Step
from fitdoctor.code.trainings.methods import method
from fitdoctor.code.trainings.objects import Objects
from fitdoctor.code.trainings.sets import parts_differ
from fitdoctor.code.trainings.tensors import matched
from fitdoctor.code.trainings.texts import with_operator

MOST_TEXT, MOST_HELD = 10_000, 200
_COMPARED: Final[dict[type[ast.cmpop], Callable[..., bool]]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_COUNTED: Final[dict[type[ast.operator], Callable[..., Value]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip


_COUNTS: Final = frozenset({"hits", "loss"})
"""What is added up over the batches of an epoch, by its role."""
_SUBTRACTED: Final = frozenset({("output", "data"), ("data", "output")})


class Operators(Objects):
    """Applies operators to values."""

    # --- given by the expressions ---

    def value(self, node: ast.expr) -> Value:
        """Return what an expression is."""
        raise NotImplementedError

    def bind(self, target: ast.expr, value: Value) -> None:
        """Give a value to a target."""
        raise NotImplementedError

    # --- operators ---

    def binary(self, left: Value, op: ast.operator, right: Value, line: int) -> Value:
        if is_constant(left) and is_constant(right):
            return _count(left, op, right)
        if (text := with_operator(left, op, right)) is not None:
            return text
        if isinstance(op, ast.Add):
            one, other = self.elements(left), self.elements(right)
            if one is not None and other is not None:
                return self.sequence((*one, *other), line)
            if isinstance(left, (Params, Items)) or isinstance(right, (Params, Items)):
                made = (left, right)
                return made if size_of(made) <= MOST_HELD else TOP
        tensors = [t for v in (left, right) for t in tensors_in(v, self.heap)]
        if not tensors:
            return Tensor("other") if not isinstance(left, (Unknown, str)) else TOP
        if isinstance(left, Tensor) and isinstance(right, Tensor):
            return self.of_two(left, op, right, line)
        return counting.with_number(union(*tensors), op, left, right)

    def of_two(self, left: Tensor, op: ast.operator, right: Tensor, line: int) -> Value:
        made, wrong = counting.of_two(left, op, right)
        divides = isinstance(op, ast.Div) and left.role in _COUNTS and right.role == "length"
        if divides and not wrong and parts_differ(left, right):
            wrong = f"{left.role} of another part"
        elif divides and not wrong and goes_on(left, self.places) != goes_on(right, self.places):
            wrong = f"{left.role} go on"
        if isinstance(op, ast.Sub) and (left.role, right.role) in _SUBTRACTED:
            side_by_side(self, left, right, line, "difference")
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
        if isinstance(node.op, ast.Add):
            more = added_up(self, more, node.lineno)
        made = self.binary(held, node.op, more, node.lineno)
        self.bind(node.target, begun(made, held, self.places))

    def added_to(self, target: ast.expr, node: ast.BinOp, result: Value) -> Value:
        """Return the sum of `a = a + b` as that of `a += b`."""
        if not isinstance(target, (ast.Name, ast.Attribute)):
            return result
        if ast.unparse(target) not in {ast.unparse(node.left), ast.unparse(node.right)}:
            return result
        held = self.value(target)
        if isinstance(result, Tensor):
            before = held.forwards if isinstance(held, Tensor) else frozenset()
            more = dataclasses.replace(result, forwards=result.forwards - before)
            more = added_up(self, more, node.lineno)
            result = dataclasses.replace(result, added=result.added | more.added)
        return begun(result, held, self.places)

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
        cut = isinstance(left, Tensor) and is_constant(right) and len(values) == 2
        if cut and (wrong := cut_at(self, left, op, right, node.lineno)):
            self.emit(Step("miscount", node.lineno, sources=left.sources, detail=wrong))
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
        if isinstance(value, Tensor) and value.role in {"share", "hits", "accuracy"}:
            return dataclasses.replace(value, role="other")
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


def size_of(value: Value) -> int:
    """Return how many values a tuple holds, with those of tuples within; no more are counted."""
    total = 1
    for item in value if isinstance(value, tuple) else ():
        total += size_of(item)
        if total > MOST_HELD:
            break
    return total


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
