"""What attributes, slices, calls of layers and arithmetic make of followed values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import msgspec

from fitdoctor.code.values import (
    DEFAULT_RATES,
    OPTIMIZERS,
    UNKNOWN,
    LayerList,
    LayerValue,
    ModelValue,
    OptimizerValue,
    Tensor,
    Value,
)
from fitdoctor.records.recipe import Backbone, Optimizer

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
MOST_ITEMS = 1000


def add(model: ModelValue, item: Value) -> None:
    """Put a layer, or a whole backbone, at the end of a model."""
    if isinstance(item, LayerValue):
        model.layers.append(item.layer)
    elif isinstance(item, ModelValue):
        if item.pretrained or item.backbone:
            model.backbone = item
        model.layers.extend(item.layers)


def apply(callee: Value, arguments: list[Value]) -> Value:
    """Return the tensor that a layer or model makes of its input."""
    given = arguments[0] if arguments else UNKNOWN
    before = given if isinstance(given, Tensor) else Tensor()
    if isinstance(callee, LayerValue):
        return Tensor((*before.layers, callee.layer), before.backbone)
    if isinstance(callee, ModelValue):
        root = callee if callee.pretrained else callee.backbone
        return Tensor((*before.layers, *callee.layers), root or before.backbone)
    return UNKNOWN


def attribute(owner: Value, name: str) -> Value:
    if isinstance(owner, ModelValue):
        if name in {"output", "outputs"}:
            return Tensor(tuple(owner.layers), owner if owner.pretrained else owner.backbone)
        if name == "layers":
            return LayerList(owner, range(len(owner.layers)), with_backbone=True)
        if name == "input":
            return Tensor()
    # `tf.nn.relu`, `keras.activations.softmax`: an activation by its function.
    if owner is UNKNOWN and name in {"relu", "softmax", "sigmoid", "tanh", "elu", "selu", "linear"}:
        return name
    return UNKNOWN


def subscript(owner: Value, index: ast.expr, value: Callable[[ast.expr], Value]) -> Value:
    if isinstance(owner, LayerList) and isinstance(index, ast.Slice):
        start = value(index.lower) if index.lower else None
        stop = value(index.upper) if index.upper else None
        return _slice_layers(owner, start, stop)
    if isinstance(owner, (list, tuple)) and not isinstance(index, ast.Slice):
        at = value(index)
        if isinstance(at, int) and -len(owner) <= at < len(owner):
            return owner[at]
    if isinstance(owner, dict):
        return owner.get(value(index), UNKNOWN) if isinstance(index, ast.Constant) else UNKNOWN
    return UNKNOWN


def _slice_layers(layers: LayerList, start: Value, stop: Value) -> Value:
    """Return a part of `model.layers`; the backbone's layers come first, their number unknown."""
    head = len(layers.model.layers)
    has_backbone = bool(layers.model.pretrained or layers.model.backbone)
    if start is None and isinstance(stop, int) and stop < 0:
        return LayerList(layers.model, range(max(0, head + stop)), with_backbone=-stop >= head)
    if stop is None and isinstance(start, int) and start < 0:
        begin = head + start
        return LayerList(layers.model, range(max(0, begin), head), with_backbone=begin < 0)
    if not has_backbone and all(v is None or isinstance(v, int) for v in (start, stop)):
        return LayerList(layers.model, range(head)[start:stop], with_backbone=False)
    return UNKNOWN


def set_trainable(owner: Value, *, trainable: bool) -> None:
    if isinstance(owner, LayerValue):
        owner.layer = msgspec.structs.replace(owner.layer, trainable=trainable)
    elif isinstance(owner, ModelValue):
        set_trainable(
            LayerList(owner, range(len(owner.layers)), with_backbone=True), trainable=trainable
        )
    elif isinstance(owner, LayerList):
        model = owner.model
        for index in owner.head:
            model.layers[index] = msgspec.structs.replace(model.layers[index], trainable=trainable)
        root = model if model.pretrained else model.backbone
        covers = owner.with_backbone or (owner.head.start == 0 and len(owner.head) > 0)
        if root is not None and root.pretrained is not None and (covers or not len(owner.head)):
            root.pretrained = msgspec.structs.replace(root.pretrained, trainable=trainable)


def backbone_of(model: ModelValue) -> Backbone | None:
    root = model if model.pretrained else model.backbone
    while root is not None and root.pretrained is None:
        root = root.backbone
    return root.pretrained if root else None


def optimizer_of(value: Value) -> Optimizer | None:
    if isinstance(value, OptimizerValue):
        return value.optimizer
    if isinstance(value, str):
        name = next((o for o in OPTIMIZERS if o.lower() == value.lower()), None)
        return Optimizer(name=name, learning_rate=DEFAULT_RATES.get(name or "")) if name else None
    return None


def arithmetic(node: ast.expr, value: Callable[[ast.expr], Value]) -> Value:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = value(operand)
            return -number if is_number(number) else UNKNOWN
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = value(operand)
            return not truth if isinstance(truth, bool) else UNKNOWN
        case ast.BinOp(left=left, op=op, right=right):
            return _binary(value(left), op, value(right))
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            one, other = value(left), value(right)
            known = all(isinstance(v, (int, float, str)) for v in (one, other))
            return one == other if known else UNKNOWN
        case _:
            return UNKNOWN


def _binary(left: Value, op: ast.operator, right: Value) -> Value:
    lists = isinstance(left, list) and isinstance(right, list) and isinstance(op, ast.Add)
    if lists and len(left) + len(right) <= MOST_ITEMS:
        return left + right
    function = _OPERATORS.get(type(op))
    if function is None or not (is_number(left) and is_number(right)):
        return UNKNOWN
    try:
        return function(left, right)
    except (ArithmeticError, ValueError):
        return UNKNOWN


def is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
