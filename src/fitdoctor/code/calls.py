"""What attributes, slices, calls of layers and arithmetic make of followed values."""

from __future__ import annotations

import ast
import dataclasses
import math
import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import msgspec

from fitdoctor import lazy_re
from fitdoctor.code import blocks, operations
from fitdoctor.code.construct import is_activation, is_number, not_known
from fitdoctor.code.plain import has_room
from fitdoctor.code.torch import HEADS
from fitdoctor.code.values import (
    A_NETWORK,
    UNKNOWN,
    Class,
    Data,
    History,
    Instance,
    LayerList,
    LayerValue,
    ModelValue,
    Module,
    Namespace,
    Residual,
    Tensor,
    Value,
)
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.recipe import Layer

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_SIGNS: dict[type[ast.operator], str] = {
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mult: "*",
    ast.Sub: "-",
    ast.Add: "+",
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_SAME_DATA = frozenset({"values", "T", "data", "images", "to_numpy", "iloc", "loc"})
_DESCRIBES = frozenset(
    {"shape", "dtype", "ndim", "size", "columns", "index", "class_names", "classes", "samples", "n",
     "num_classes", "class_indices", "filenames", "filepaths", "name", "element_spec", "batch_size",
     "labels", "image_shape", "c", "vocab", "suffix", "stem", "parent", "cardinality"}
)  # fmt: skip
"""Attributes that tell of data and are no column of a table."""
MOST_ITEMS = 1000
MOST_REPEATS = 40
"""A list repeated no more often is one of widths, `[32] * 8`; of labels there are more."""
MOST_LAYERS = 2000


OF_TRANSFORMERS = "pretrained"
"""The weights of a classifier of transformers, whose body has the name of its kind."""
_NEVER_NONE = (bool, int, float, str, list, tuple, dict, Tensor, LayerValue, ModelValue)


def apply(callee: Value, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """Return the tensor that a layer or model makes of its input."""
    given = arguments[0] if arguments else UNKNOWN
    if isinstance(given, (list, tuple)):
        side_by_side = isinstance(callee, LayerValue) and callee.layer.kind in _SIDE_BY_SIDE
        given = (longest if side_by_side else met)(given) or UNKNOWN
    if isinstance(given, Data) and _INPUTS.fullmatch(given.origin):
        given = _as_tensor(given)
    if isinstance(given, Data) and not given.free and isinstance(callee, (LayerValue, ModelValue)):
        layers = callee.layers if isinstance(callee, ModelValue) else [callee.layer]
        flag = keywords.get("training", arguments[1] if len(arguments) > 1 else True)
        return _prepared(given, layers, flag) or given.then("call", A_NETWORK)
    before = given if isinstance(given, Tensor) else Tensor()
    if given is UNKNOWN and arguments:
        before = Tensor((Layer(kind=OPAQUE),))  # layers before these are not known
    if len(before.layers) > MOST_LAYERS:
        return before
    if isinstance(callee, LayerValue):
        return before.then(callee.layer)
    if isinstance(callee, ModelValue):
        root = callee.root
        flag = keywords.get("training")
        if root is not None and root.pretrained is not None and isinstance(flag, bool):
            root.pretrained = msgspec.structs.replace(root.pretrained, training=flag)
        rest = [Layer(kind=OPAQUE)] if callee.unseen and not callee.layers else []
        return Tensor((*before.layers, *callee.layers, *rest), root or before.backbone)
    if isinstance(callee, (Data, Instance)) and isinstance(given, Tensor):
        return given.then(not_known(callee))
    return UNKNOWN


_INPUTS = lazy_re.compile(r"inputs?|inp|input_tensor|input_image|image_input|in_")
"""What the inputs of a network are called whose making an excerpt leaves out."""


def _as_tensor(inputs: Data) -> Tensor:
    """Return an excerpt's inputs as the layers that prepare them."""
    layers = [
        Layer(kind="Rescaling", rate=o.value, line=o.line)
        if o.name == "scale" and is_number(o.value)
        else Layer(kind=OPAQUE, name=str(o.value), line=o.line)
        for o in inputs.operations
        if o.name in {"scale", "preprocess"}
    ]
    return Tensor(tuple(layers))


def longest(values: Sequence[Value]) -> Tensor | None:
    """Return the deepest of the branches that meet; `None` where none is a chain of layers."""
    chains = [value for value in values if isinstance(value, Tensor)]
    return max(chains, key=lambda chain: len(chain.layers), default=None)


_SIDE_BY_SIDE = frozenset({"Add", "Concatenate", "Average", "Maximum", "Subtract"})
"""Layers in which branches of one kind meet again; in others one branch acts on another."""


def met(values: Sequence[Value]) -> Tensor | None:
    """Return the chain up to where branches part of which one acts on the other."""
    chains = [value for value in values if isinstance(value, Tensor)]
    return reduce(lambda one, other: either(one, other, 0), chains) if chains else None


def either(one: Tensor, other: Tensor, line: int) -> Tensor:
    """Return a chain of layers of which a test that cannot be told decides the end."""
    alike = 0
    for first, second in zip(one.layers, other.layers, strict=False):
        if first != second:
            break
        alike += 1
    backbone = one.backbone if one.backbone is other.backbone else None
    return Tensor((*one.layers[:alike], Layer(kind=OPAQUE, line=line)), backbone)


def end_as_either(model: ModelValue, at: int, end: int, line: int) -> None:
    """Leave a network with what both branches of a test that cannot be told put on it alike.

    One branch adds the layers from `at` to `end`, the other those behind them. Where only one adds
    any, the network has them.
    """
    one, other = model.layers[at:end], model.layers[end:]
    if not one or not other:
        return
    unlined = [[msgspec.structs.replace(x, line=None) for x in part] for part in (one, other)]
    if unlined[0] == unlined[1]:
        model.layers[at:] = one
        return
    pairs = enumerate(zip(*unlined, strict=False))
    alike = next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
    model.layers[at:] = [*one[:alike], Layer(kind=OPAQUE, line=line)]


_LEAVES_AS_IS = frozenset({"cast", "identity", "stop_gradient", "convert_to_tensor"})
_LOOKS_AT = frozenset({"int_shape", "shape", "ndim", "is_keras_tensor", "get_source_inputs"})


def function_of(tensor: Tensor, name: str, module: str, line: int) -> Value:
    """Return what a function that is not shown, or of a library, makes of a layer's output."""
    if name in _LOOKS_AT:
        return UNKNOWN
    if name in _LEAVES_AS_IS:
        return tensor
    if is_activation(name):
        return tensor.then(Layer(kind="Activation", activation=name, line=line))
    return tensor.then(Layer(kind=OPAQUE, name=(module or name)[:200], line=line))


def _prepared(data: Data, layers: list[Layer], training: Value) -> Data | None:
    """Return data after layers that only prepare images; `None` where one of them learns.

    In inference random layers leave images as they are; so they may, where the mode is not known.
    """
    for layer in layers:
        if layer.kind.startswith("Random") or layer.kind == "GaussianNoise":
            if training is False:
                continue
            if training is not True:
                return None
            data = data.then("augment", (layer.kind,), layer.line or 0)
        elif layer.kind == "Rescaling":
            data = data.then("scale", layer.rate, layer.line or 0)
        elif layer.kind in {"Resizing", "CenterCrop"}:
            data = data.then("resize", None, layer.line or 0)
        else:
            return None
    return data


def attribute(owner: Value, name: str) -> Value:
    if isinstance(owner, Instance):
        if name in owner.attributes:
            return owner.attributes[name]
        if name in owner.of.attributes:
            return owner.of.attributes[name]
        return attribute(owner.model, name) if owner.model else UNKNOWN
    if isinstance(owner, History) and name == "epoch" and owner.epochs in range(MOST_EPOCHS):
        return list(range(owner.epochs or 0))
    if isinstance(owner, (Class, Namespace)):
        return owner.attributes.get(name, UNKNOWN)
    if isinstance(owner, ModelValue):
        if name in {"output", "outputs"}:
            return Tensor(tuple(owner.layers), owner.root)
        if name == "layers":
            return LayerList(owner, range(len(owner.layers)), with_backbone=True)
        if name in {"input", "inputs"}:
            return Tensor()
        body = owner.pretrained is not None and owner.pretrained.weights == OF_TRANSFORMERS
        if body and name not in HEADS:
            return LayerList(owner, range(0), with_backbone=True)
    if isinstance(owner, Module):
        # `tf.nn.relu`, `keras.activations.softmax`: an activation by its function.
        return name if is_activation(name) else Module(f"{owner.name}.{name}")
    if isinstance(owner, Data):
        if name in _SAME_DATA:
            return owner
        if owner.free:
            return name if is_activation(name) else Module(f"{owner.origin}.{name}")
        if name not in _DESCRIBES and not is_activation(name):
            return blocks.column(owner, name, f"{owner.origin}.{name}"[:200])
    return name if owner is UNKNOWN and is_activation(name) else UNKNOWN


MOST_EPOCHS = 10_000


def up_to(model: ModelValue, named: Sequence[Value]) -> Value:
    """Return a network as far as the layer of a name; UNKNOWN where it is none that is known."""
    names = [layer.name for layer in model.layers]
    if model.root is not None or not named or named[0] not in names or named[0] is None:
        return UNKNOWN
    return ModelValue(layers=model.layers[: names.index(named[0]) + 1], line=model.line)


def subscript(owner: Value, index: ast.expr, value: Callable[[ast.expr], Value]) -> Value:
    if isinstance(owner, LayerList) and isinstance(index, ast.Slice):
        start = value(index.lower) if index.lower else None
        stop = value(index.upper) if index.upper else None
        return _slice_layers(owner, start, stop)
    if isinstance(owner, (list, tuple)) and isinstance(index, ast.Slice):
        ends = [value(e) if e else None for e in (index.lower, index.upper, index.step)]
        plain = all(e is None or (isinstance(e, int) and e is not False) for e in ends)
        if plain and ends[2] != 0:
            return owner[slice(*ends)]
        held = next((item for item in owner if isinstance(item, Data)), None)
        return held.then("slice", ast.unparse(index)[:80], index.lineno) if held else UNKNOWN
    if isinstance(owner, (list, tuple)):
        at = value(index)
        if isinstance(at, int) and -len(owner) <= at < len(owner):
            return owner[at]
    if isinstance(owner, dict):
        key = value(index)
        return owner.get(key, UNKNOWN) if isinstance(key, (str, int, float)) else UNKNOWN
    if isinstance(owner, Data):
        if _adds_axes(index):
            return owner
        if isinstance(index, ast.Constant):
            return blocks.column(owner, index.value, f"{owner.origin}[{index.value!r}]"[:200])
        text = ast.unparse(index)[:80]
        order = value(index)
        if not _cuts(index) and _is_random(order):
            return owner.then("shuffle", f"by {order.origin} of line {order.line}", index.lineno)
        return owner.then("slice" if _cuts(index) else "select", text, index.lineno)
    return UNKNOWN


def _cuts(index: ast.expr) -> bool:
    first = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
    return isinstance(first, ast.Slice)


def _is_random(index: Value) -> bool:
    """Return whether these are indices in random order.

    `np.random.permutation(n)` gives them, or any that were shuffled are.
    """
    return isinstance(index, Data) and (
        "permutation" in index.origin
        or any(o.name == "shuffle" or o.value == "permutation" for o in index.operations)
    )


def _adds_axes(index: ast.expr) -> bool:
    """Return whether only the shape is changed, as by `x[None]` or `x[np.newaxis, ...]`."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    new = [p for p in parts if ast.unparse(p) in {"None", "np.newaxis", "tf.newaxis", "newaxis"}]
    rest = [p for p in parts if p not in new and ast.unparse(p) not in {"...", "Ellipsis", ":"}]
    return bool(new) and not rest


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
    return Data("layers", free=True)  # which of them is not told


def set_trainable(owner: Value, *, trainable: bool, inside: Sequence[ModelValue] = ()) -> None:
    """Set whether layers learn: those of a network, also where it is a part of others."""
    if isinstance(owner, ModelValue):
        parts = {layer for layer in owner.layers if layer.line}
        for model in inside:
            model.layers = [
                msgspec.structs.replace(layer, trainable=trainable) if layer in parts else layer
                for layer in model.layers
            ]
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
        root = model.root
        covers = owner.with_backbone or (owner.head.start == 0 and len(owner.head) > 0)
        if root is not None and root.pretrained is not None and (covers or not len(owner.head)):
            root.pretrained = msgspec.structs.replace(root.pretrained, trainable=trainable)


def arithmetic(node: ast.expr, value: Callable[[ast.expr], Value]) -> Value:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = value(operand)
            return -number if is_number(number) else UNKNOWN
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = value(operand)
            return not truth if isinstance(truth, bool) else UNKNOWN
        case ast.BinOp(left=left, op=op, right=right):
            return binary(value(left), op, value(right), ast.unparse(right)[:80], node.lineno)
        case ast.Compare(left=left, ops=[comparison], comparators=[right]):
            return _compare(value(left), comparison, value(right))
        case _:
            return UNKNOWN


def binary(left: Value, op: ast.operator, right: Value, text: str, line: int) -> Value:
    if isinstance(left, list) and isinstance(op, ast.Mult):
        few = isinstance(right, int) and 0 < right <= MOST_REPEATS
        if few and len(left) * right <= MOST_ITEMS and has_room(left, right):
            return left * right
    if isinstance(left, list) and len(left) == 1 and isinstance(op, ast.Mult):
        return blocks.laid(left[0], f"{left[0]!r} again and again"[:80], line)
    if isinstance(op, ast.Add) and (both := blocks.joined([left, right], line)):
        return both
    if isinstance(left, list) and isinstance(op, ast.Add) and blocks.in_blocks(right):
        return [*left, right] if len(left) < MOST_ITEMS else left
    if isinstance(left, Residual):
        return dataclasses.replace(left, squared=True) if isinstance(op, ast.Pow) else UNKNOWN
    if isinstance(op, ast.Sub) and isinstance(right, Data) and _of_network(left):
        return Residual(left)
    if isinstance(op, ast.Sub) and isinstance(left, Data) and _of_network(right):
        return Residual(right)
    if isinstance(left, Data) and isinstance(right, Data) and operations.is_drawn(left):
        return right.then("noise", None, line)  # a share of images, or noise beneath them
    if isinstance(op, ast.Add) and (isinstance(left, str) or isinstance(right, str)):
        return UNKNOWN  # a path, or a text, and no image that is shifted
    if isinstance(left, Data) and not (left.free and isinstance(right, Data) and right.free):
        sign = _SIGNS.get(type(op))
        return operations.arithmetic(left, sign, right, text, line) if sign else UNKNOWN
    if isinstance(right, Data) and is_number(left) and isinstance(op, ast.Mult):
        return operations.arithmetic(right, "*", left, text, line)
    if isinstance(right, Data) and is_number(left) and operations.is_drawn(right):
        return right.then("noise", None, line)
    if isinstance(left, Tensor) and is_number(right):
        return _scaled(left, op, right, line)
    if isinstance(right, Tensor) and is_number(left) and isinstance(op, (ast.Mult, ast.Add)):
        return _scaled(right, op, left, line)
    if isinstance(left, Tensor) and isinstance(op, ast.Add):
        return left.then(Layer(kind="Add", line=line))
    lists = isinstance(left, (list, tuple)) and type(left) is type(right)
    if lists and isinstance(op, ast.Add) and len(left) + len(right) <= MOST_ITEMS:
        return left + right if has_room([left, right]) else UNKNOWN
    if not (is_number(left) and is_number(right)):
        return UNKNOWN
    try:
        if isinstance(op, ast.Pow):
            return (
                math.pow(left, right)
                if isinstance(left, float) or right < 0
                else _power(left, right)
            )
        if isinstance(left, int) and isinstance(right, int) and _is_huge(left, right):
            return UNKNOWN
        function = _OPERATORS.get(type(op))
        return function(left, right) if function else UNKNOWN
    except (ArithmeticError, ValueError):
        return UNKNOWN


def _is_huge(*numbers: int) -> bool:
    """Return whether these are whole numbers that no script counts with.

    Their products would grow without end.
    """
    return any(number.bit_length() > MOST_BITS for number in numbers)


MOST_BITS = 256


def _of_network(value: Value) -> bool:
    """Return whether this is what a network gives.

    That is the output of its layers, or data that it was called on.
    """
    if isinstance(value, Data):
        return bool(value.operations) and value.operations[-1].value == A_NETWORK
    return isinstance(value, Tensor)


def _scaled(tensor: Tensor, op: ast.operator, number: float, line: int) -> Value:
    """Return a layer's output times, or divided by, a number; what is added moves it only."""
    if isinstance(op, (ast.Add, ast.Sub)):
        return tensor
    if isinstance(op, ast.Div) and number:
        return tensor.then(Layer(kind="Rescaling", rate=1 / number, line=line))
    if isinstance(op, ast.Mult):
        return tensor.then(Layer(kind="Rescaling", rate=float(number), line=line))
    return tensor.then(Layer(kind=OPAQUE, line=line))


def _power(base: int, exponent: float) -> Value:
    if isinstance(exponent, int) and exponent <= 64 and abs(base) <= 1000:
        return base**exponent
    return math.pow(base, exponent)


def _compare(left: Value, comparison: ast.cmpop, right: Value) -> Value:
    if isinstance(comparison, (ast.Is, ast.IsNot)) and right is None:
        known = left is None or isinstance(left, _NEVER_NONE)
        return (left is None) == isinstance(comparison, ast.Is) if known else UNKNOWN
    function = _COMPARISONS.get(type(comparison))
    numbers = is_number(left) and is_number(right)
    plain = isinstance(comparison, (ast.Eq, ast.NotEq)) and all(
        isinstance(v, (int, float, str)) for v in (left, right)
    )
    return function(left, right) if function and (numbers or plain) else UNKNOWN
