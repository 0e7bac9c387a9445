"""What calls, attributes, slices and arithmetic make of followed values."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

import msgspec

from fitdoctor.code.values import (
    ALIASES,
    BACKBONES,
    DEFAULT_RATES,
    LAYER_ARGUMENTS,
    LAYERS,
    OPTIMIZERS,
    POSITIONAL,
    UNKNOWN,
    LayerList,
    LayerValue,
    Loss,
    ModelValue,
    OptimizerValue,
    Penalty,
    Tensor,
    Value,
)
from fitdoctor.records.recipe import Backbone, Layer, Optimizer

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
_LOSS_CLASS = re.compile(r"^[A-Z]\w*(?:Crossentropy|Error|Hinge)$")
MOST_ITEMS = 1000


def construct(name: str, arguments: list[Value], keywords: dict[str, Value], line: int) -> Value:
    """Return what a call of a library function or class gives, as far as it matters here."""
    kind = ALIASES.get(name, name)
    if kind in LAYERS:
        return LayerValue(_layer(kind, arguments, keywords, line))
    if name == "Input":
        return Tensor()
    if name == "Sequential":
        model = ModelValue()
        items = arguments[0] if arguments else keywords.get("layers", [])
        for item in items if isinstance(items, (list, tuple)) else []:
            add(model, item)
        return model
    if name in {"Model", "Functional"}:
        return _functional(arguments, keywords)
    if name.startswith(BACKBONES) and (keywords or arguments):
        return _backbone(name, keywords, line)
    if name in OPTIMIZERS:
        return _optimizer(name, arguments, keywords, line)
    if _LOSS_CLASS.match(name):
        return Loss(_snake(name), keywords.get("from_logits") is True)
    if name in {"l1", "l2", "L1", "L2", "l1_l2", "L1L2"}:
        return _penalty(name, arguments, keywords)
    return _builtin(name, arguments)


def _builtin(name: str, arguments: list[Value]) -> Value:
    numbers = all(isinstance(a, (int, float)) for a in arguments) and bool(arguments)
    if name in {"int", "float"} and numbers:
        return {"int": int, "float": float}[name](arguments[0])
    if name == "range" and all(isinstance(a, int) for a in arguments) and 1 <= len(arguments) <= 3:
        return range(*arguments) if arguments[-1] != 0 or len(arguments) < 3 else UNKNOWN
    if name == "len" and arguments and isinstance(arguments[0], (list, tuple, str, range)):
        return len(arguments[0])
    return UNKNOWN


def _layer(kind: str, arguments: list[Value], keywords: dict[str, Value], line: int) -> Layer:
    given: dict[str, Value] = dict(zip(POSITIONAL.get(kind, ()), arguments, strict=False))
    given |= {LAYER_ARGUMENTS[k]: v for k, v in keywords.items() if k in LAYER_ARGUMENTS}
    penalty = given.get("regularizer")
    shape = given.get("input_shape")
    return Layer(
        kind=kind,
        units=_whole(given.get("units")),
        activation=_activation(given.get("activation")),
        rate=_number(given.get("rate")),
        kernel_size=_whole(_first(given.get("kernel_size"))),
        strides=_whole(_first(given.get("strides"))),
        pool_size=_whole(_first(given.get("pool_size"))),
        padding=given.get("padding") if isinstance(given.get("padding"), str) else None,
        momentum=_number(given.get("momentum")),
        use_bias=given.get("use_bias") if isinstance(given.get("use_bias"), bool) else None,
        l1=penalty.l1 if isinstance(penalty, Penalty) else None,
        l2=penalty.l2 if isinstance(penalty, Penalty) else None,
        trainable=given.get("trainable") if isinstance(given.get("trainable"), bool) else None,
        input_shape=tuple(_whole(s) for s in shape) if isinstance(shape, (list, tuple)) else None,
        line=line,
    )


def _activation(value: Value) -> str | None:
    return value.lower() if isinstance(value, str) else None


def _functional(arguments: list[Value], keywords: dict[str, Value]) -> ModelValue:
    outputs = keywords.get("outputs", keywords.get("output", UNKNOWN))
    if outputs is UNKNOWN and len(arguments) > 1:
        outputs = arguments[1]
    if isinstance(outputs, (list, tuple)) and len(outputs) == 1:
        outputs = outputs[0]
    if isinstance(outputs, Tensor):
        return ModelValue(layers=list(outputs.layers), backbone=outputs.backbone)
    return ModelValue()


def _backbone(name: str, keywords: dict[str, Value], line: int) -> ModelValue:
    weights = keywords.get("weights", "imagenet")
    return ModelValue(
        pretrained=Backbone(
            name=name,
            alpha=_number(keywords.get("alpha")),
            weights="none" if weights is None else weights if isinstance(weights, str) else None,
            line=line,
        ),
        line=line,
    )


def _optimizer(
    name: str, arguments: list[Value], keywords: dict[str, Value], line: int
) -> OptimizerValue:
    rate = keywords.get("learning_rate", keywords.get("lr", arguments[0] if arguments else None))
    if rate is None:
        rate = DEFAULT_RATES.get(name)
    return OptimizerValue(
        Optimizer(
            name=name,
            learning_rate=_number(rate),
            momentum=_number(keywords.get("momentum")),
            nesterov=True if keywords.get("nesterov") is True else None,
            decay=_number(keywords.get("decay")),
            line=line,
        ),
        old_arguments="lr" in keywords or "decay" in keywords,
    )


def _penalty(name: str, arguments: list[Value], keywords: dict[str, Value]) -> Penalty:
    first = _number(arguments[0]) if arguments else None
    if name in {"l1", "L1"}:
        return Penalty(l1=first if first is not None else _number(keywords.get("l1", 0.01)))
    if name in {"l2", "L2"}:
        return Penalty(l2=first if first is not None else _number(keywords.get("l2", 0.01)))
    return Penalty(l1=_number(keywords.get("l1")), l2=_number(keywords.get("l2")))


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
            return -number if _is_number(number) else UNKNOWN
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
    if function is None or not (_is_number(left) and _is_number(right)):
        return UNKNOWN
    try:
        return function(left, right)
    except (ArithmeticError, ValueError):
        return UNKNOWN


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: Value) -> float | None:
    return float(value) if _is_number(value) and abs(value) < 1e18 else None


def _whole(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _first(value: Value) -> Value:
    return value[0] if isinstance(value, (list, tuple)) and value else value


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
