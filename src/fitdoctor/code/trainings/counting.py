"""What is counted in a loop, what it is divided by, and which figure a schedule is given."""

from __future__ import annotations

import ast
import dataclasses
import re
from typing import Final, TypeGuard

from fitdoctor.code.trainings.batches import with_constant
from fitdoctor.code.trainings.domain import Tensor, Value
from fitdoctor.code.trainings.heap import union
from fitdoctor.code.trainings.tensors import added_up


def with_number(kept: Tensor, op: ast.operator, left: Value, right: Value) -> Tensor:
    """Return what comes of a tensor and a number, or something that is not known."""
    other = right if isinstance(left, Tensor) else left
    per = kept.per
    if kept.role == "length":
        per = _length_with(kept.per, op, other)
    elif kept.role == "loss":
        per = _loss_with(kept.per, op, other)
    elif kept.role == "hits" and isinstance(op, ast.Mult) and not _is_one(other):
        per = "times"
    summed = kept.summed and not isinstance(op, ast.Div)
    counted = kept.role in {"share", "hits", "accuracy"}
    # One less a share of right answers is a share of wrong ones, and hits by a number that is not
    # known may be a share of any images.
    turned = counted and (isinstance(op, ast.Div) or (isinstance(op, ast.Sub) and left is other))
    turned |= kept.role == "counts" and left is other  # the inverse of a number of images
    rows = with_constant(kept.rows, op, other, on_the_right=left is not other)
    return dataclasses.replace(
        kept, role="other" if turned else kept.role, per=per, axis=None, summed=summed, rows=rows
    )


def _length_with(per: str, op: ast.operator, other: Value) -> str:
    if isinstance(op, ast.Add) and per == "batch":
        return "images"
    if isinstance(op, ast.Mult) and per == "batches" and not _is_one(other):
        return "padded"
    return per if isinstance(op, ast.Mult) and _is_one(other) else ""


def _loss_with(per: str, op: ast.operator, other: Value) -> str:
    number = isinstance(other, (int, float)) and not isinstance(other, bool)
    if isinstance(op, ast.Add):
        return added_up(per) if number else "?"
    share = isinstance(other, float) or _is_one(other)
    scales = isinstance(op, (ast.Mult, ast.Div)) and number and share
    return per if scales else "?"


def _is_one(value: Value) -> bool:
    return isinstance(value, (int, float)) and value == 1


def of_two(left: Tensor, op: ast.operator, right: Tensor) -> tuple[Tensor, str]:
    """Return the result of an operator on two tensors, and its counting error ("": none)."""
    both = union(left, right)
    roles = {left.role, right.role}
    if "counts" in roles:
        grows = left.role == "counts" != right.role and isinstance(op, ast.Div)
        return dataclasses.replace(both, role="counts" if grows else "other"), ""
    if isinstance(op, ast.FloorDiv) and left.role == "hits" and right.role == "length":
        # Right answers times 100 leave whole percent.
        wrong = "" if left.per == "times" else "floor"
        return dataclasses.replace(both, role="other"), wrong
    if isinstance(op, ast.Div):
        both = dataclasses.replace(both, summed=False)
        if right.role == "length":
            return _divided(both, left, right)
    if isinstance(op, ast.Mult) and "length" in roles:
        return _times_length(both, left, right), ""
    if isinstance(op, ast.Add) and roles == {"length"}:
        return dataclasses.replace(both, per="images"), ""
    if isinstance(op, ast.Mult) and roles == {"match"}:
        return dataclasses.replace(both, role="match"), ""
    if "loss" in roles:
        both = dataclasses.replace(both, per=_losses_together(left, op, right))
    return dataclasses.replace(both, activation=None, axis=None), ""


def _losses_together(left: Tensor, op: ast.operator, right: Tensor) -> str:
    if isinstance(op, ast.Add) and left.role == right.role == "loss":
        kinds = {left.per, right.per}
        if len(kinds) == 1:
            return left.per
        if kinds in ({"", "means"}, {"batch", "images"}):
            return "means" if "means" in kinds else "images"
    return "?"


def _times_length(both: Tensor, left: Tensor, right: Tensor) -> Tensor:
    roles = {left.role, right.role}
    length = left if left.role == "length" else right
    other = right if length is left else left
    if "share" in roles:
        return dataclasses.replace(both, role="hits", per=length.per)
    if other.role == "loss":
        made = {"": "batch", "means": "?"}.get(other.per, "?") if length.per == "batch" else "?"
        return dataclasses.replace(both, role="loss", per=made)
    if roles == {"length"}:
        return dataclasses.replace(both, role="length", per=_of_lengths(left.per, right.per))
    if roles == {"length", "other"}:
        per = "padded" if length.per == "batches" else ""
        return dataclasses.replace(both, role="length", per=per)
    return dataclasses.replace(both, per=length.per)


def _of_lengths(one: str, other: str) -> str:
    return "padded" if {one, other} == {"batches", "batch"} else ""


_WRONG: Final = {
    ("hits", "batches"): "batches",
    ("hits", "padded"): "padded",
    ("share", "images"): "images",
    ("share", "padded"): "images",
    ("loss means", "images"): "loss means",
    ("loss means", "padded"): "loss means",
    ("loss images", "batches"): "loss sums",
    ("loss images", "padded"): "loss padded",
}
"""What is divided, and by what -> the name of the mistake."""


def _divided(both: Tensor, left: Tensor, right: Tensor) -> tuple[Tensor, str]:
    what = f"loss {left.per}" if left.role == "loss" else left.role
    one_by_one = any(s.single and s.loader for s in (*left.sources, *right.sources))
    known = bool(left.sources) and {s.root for s in left.sources} == {s.root for s in right.sources}
    wrong = _WRONG.get((what, right.per), "") if known and not one_by_one else ""
    role = "other"
    if left.role == "hits" and right.per == "batch":
        role = "share"
    elif left.role == "hits" and right.per == "images":
        role = "accuracy"
    elif left.role == "loss":
        role = "loss"
    return dataclasses.replace(both, role=role, per="?" if role == "loss" else ""), wrong


def kept_where(node: ast.If) -> tuple[ast.expr, ast.expr, bool] | None:
    """Return a figure, the best one so far, and whether larger ones take its place.

    So it is where a figure is compared with another, which its branch then sets to it.
    """
    tests = node.test.values if _all_of(node.test) else [node.test]
    found = (_kept_by(test, node.body) for test in tests)
    return next((told for told in found if told is not None), None)


def _all_of(test: ast.expr) -> TypeGuard[ast.BoolOp]:
    return isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And)


def _kept_by(test: ast.expr, body: list[ast.stmt]) -> tuple[ast.expr, ast.expr, bool] | None:
    match test:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(
            op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
        ):
            grows = isinstance(op, (ast.Gt, ast.GtE))
        case _:
            return None
    texts = ast.unparse(left), ast.unparse(right)
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=value):
                pair = ast.unparse(value), ast.unparse(target)
                if pair == texts:
                    return left, right, grows
                if pair == texts[::-1]:
                    return right, left, not grows
            case _:
                pass
    return None


_FIGURES: Final = {"loss": "loss", "share": "accuracy", "accuracy": "accuracy"}
_GROWING, _FALLING = frozenset({"acc", "accuracy", "auc", "f1", "recall", "precision"}), "loss"


def monitored(given: Value, written: ast.Call | None) -> str:
    """Return whether a schedule waits for a loss or an accuracy: by what it is, or by its name."""
    node = written.args[0] if written is not None and written.args else None
    return kind_of(given) or by_words(node)


def kind_of(value: Value) -> str:
    """Return whether a value is a loss or an accuracy by how it was computed; "" where neither."""
    return _FIGURES.get(value.role, "") if isinstance(value, Tensor) else ""


def by_words(node: ast.expr | None) -> str:
    """Return whether an expression is called a loss or an accuracy; "" where it is neither."""
    name = ""
    if isinstance(node, (ast.Name, ast.Attribute)):
        name = node.id if isinstance(node, ast.Name) else node.attr
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        name = str(node.slice.value)
    words = set(re.split(r"[\W_]+", name.lower()))
    if bool(words & _GROWING) == (_FALLING in words):
        return ""
    return "accuracy" if words & _GROWING else "loss"
