"""What is done to the rows of a batch: their order, the numbers of their labels, their width.

A loss or a comparison pairs the rows of outputs with those of labels. They belong together where
both went through the same permutations, where each label has an output, and where both have the
same axes: a column against a row of numbers is broadcast to every pair of rows.
"""

from __future__ import annotations

import ast
import dataclasses
from typing import TYPE_CHECKING, Final

from fitdoctor.catalogue.datasets import FOLDER, IMAGES
from fitdoctor.code.trainings.domain import (
    Arguments,
    LossFunction,
    Net,
    Object,
    Rows,
    Source,
    Tensor,
    Value,
)
from fitdoctor.code.trainings.heap import MIXED
from fitdoctor.code.trainings.indices import all_rows

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine

NO_SHIFT: Final = 10**9
"""Stands for a shift that is not known."""
IMAGES_AND_LABELS: Final = 2
"""Parts of a batch, in the order of all libraries."""
_OF_CLASSES: Final = frozenset(
    {"CrossEntropyLoss", "NLLLoss", "cross_entropy", "nll_loss"}
)  # fmt: skip
"""Losses that take class numbers."""
NOT_SHOWN: Final = "not shown"
"""Name of a loss that is a function which is not shown, told by what it is called."""
_BY_ROW: Final = frozenset(
    {"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss", "mse_loss",
     "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy",
     "binary_cross_entropy_with_logits"}
)  # fmt: skip
"""Losses of outputs and labels of the same shape."""
_KEEPING_WIDTH: Final = frozenset(
    {"cpu", "cuda", "to", "float", "long", "int", "double", "clone", "contiguous", "type", "half",
     "byte", "detach", "data", "type_as", "astype", "bool", "numpy", "sigmoid", "softmax", "relu",
     "tanh", "clamp", "log", "exp", "round", "requires_grad_", "log_softmax", "cast", "ge", "gt",
     "le", "lt", "eq", "abs", "clip"}
)  # fmt: skip
"""Functions that give as many numbers, with the same axes."""
_LINEAR: Final = frozenset({"Linear", "LazyLinear", "Dense"})
_PASSING: Final = frozenset(
    {"Sigmoid", "ReLU", "Tanh", "Softmax", "LogSoftmax", "Dropout", "Identity", "BatchNorm1d",
     "LeakyReLU", "GELU", "ELU", "SELU", "SiLU", "Hardtanh", "LayerNorm", "Activation",
     "BatchNormalization"}
)  # fmt: skip
"""Layers whose output is as wide as their input."""


@dataclasses.dataclass
class Meetings:
    """What is wrong where the rows of outputs and labels meet."""

    orders: int = 0
    """Random orders that were drawn so far."""
    reordered: list[tuple[frozenset[int], int]] = dataclasses.field(default_factory=list)
    """Forward passes over rows in another order than that of their labels, and where."""
    aligned: set[int] = dataclasses.field(default_factory=set)
    """Forward passes whose answers were compared with labels in their own order."""
    beyond: list[tuple[int, int, int]] = dataclasses.field(default_factory=list)
    """Lines of losses, with the lowest and highest label where no output stands for one."""
    learned_shifts: dict[Source, dict[int, int]] = dataclasses.field(default_factory=dict)
    """What was added to the labels of a set for losses, with the line."""
    asked_shifts: dict[Source, set[int]] = dataclasses.field(default_factory=dict)
    """What was added to them where they were compared with the likeliest classes."""
    broadcast: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    """Lines where a column meets a row of numbers, with what is done there."""


# --- parts of a batch ---


def rows_of(tensor: Tensor) -> Tensor:
    """Return the number of rows of a tensor: of images and outputs, those of a batch."""
    if tensor.role not in {"data", "output"}:
        return Tensor("other")
    return Tensor("length", sources=tensor.sources, per="batch")


def part(batch: Tensor, at: int) -> Tensor:
    """Return the images or labels of a batch as a loader gives it."""
    if at == 0:
        return dataclasses.replace(batch, rows=dataclasses.replace(batch.rows, part="images"))
    single = batch.sources and None not in map(_first_class, batch.sources)
    rows = Rows("labels", batch.rows.order, shift=0, width=0 if single else None)
    return dataclasses.replace(batch, rows=rows)


def is_whole(value: Value) -> bool:
    """Return whether this is a batch of images and labels as a loader gives it."""
    return isinstance(value, Tensor) and value.role == "data" and not value.rows.part


def _first_class(source: Source) -> int | None:
    """Return the number of the first class, where labels are class numbers without a gap."""
    origin = source.origin
    numbered = origin.name == FOLDER or any(s.torchvision == origin.name for s in IMAGES)
    return origin.labels_shift if numbered else None


def _classes(source: Source) -> int | None:
    """Return the number of classes of a set of a library."""
    found = (s.classes for s in IMAGES if s.torchvision and s.torchvision == source.origin.name)
    return next(found, None) or None


# --- order ---


def drawn_order(machine: Machine) -> Tensor:
    """Return a new random order of the rows of a batch."""
    machine.meetings.orders += 1
    rows = all_rows(machine, drawn=True)
    return Tensor("order", rows=Rows(order=(machine.meetings.orders,)), chosen=rows)


def reordered(tensor: Tensor, by: Tensor) -> Tensor:
    """Return the rows of a tensor in the order of an index."""
    order = MIXED if MIXED in (tensor.rows.order, by.rows.order) else (
        *tensor.rows.order, *by.rows.order)  # fmt: skip
    return dataclasses.replace(tensor, rows=dataclasses.replace(tensor.rows, order=order))


# --- numbers of labels ---


def with_constant(rows: Rows, op: ast.operator, other: Value, *, on_the_right: bool) -> Rows:
    """Return what is known of rows after a number was added to each, or something else was done."""
    whole = isinstance(other, int) and not isinstance(other, bool) and rows.shift is not None
    shift = None
    if whole and isinstance(op, ast.Add):
        shift = (rows.shift or 0) + other
    elif whole and isinstance(op, ast.Sub) and on_the_right:
        shift = (rows.shift or 0) - other
    return dataclasses.replace(rows, shift=shift)


def told_apart(meetings: Meetings) -> tuple[int, int]:
    """Return the line of a loss whose labels are not those that answers are compared with.

    And what is added to them there; line 0 where all are the same.
    """
    for source, learned in meetings.learned_shifts.items():
        asked = meetings.asked_shifts.get(source, set())
        if len(learned) == 1 == len(asked) and NO_SHIFT not in asked:
            (shift, line), (other,) = next(iter(learned.items())), asked
            if shift != other:
                return line, shift - other
    return 0, 0


# --- width ---


def after(name: str, tensor: Tensor, arguments: Arguments) -> Tensor:
    """Return a tensor with the width that a method or function of arrays leaves it."""
    rows = dataclasses.replace(tensor.rows, width=_width_after(name, tensor.rows.width, arguments))
    return dataclasses.replace(tensor, rows=rows)


def _width_after(name: str, width: Value, arguments: Arguments) -> Value:
    if width is None or name in _KEEPING_WIDTH:
        return width
    axis = arguments[0] if arguments else None
    if name == "squeeze":
        return (0 if width == 1 else width) if axis in (None, 1, -1) else None
    if name == "unsqueeze":
        return 1 if width == 0 and axis in (1, -1) else None
    if name in {"view", "reshape"}:
        sides = axis if isinstance(axis, tuple) else tuple(arguments)
        if sides == (-1,):
            return 0 if width in (0, 1) else None
        return 1 if len(sides) == IMAGES_AND_LABELS and sides[1] == 1 else None
    if name in {"flatten", "ravel"}:
        return (0 if width in (0, 1) else None) if axis in (None, 0) else width
    return None


def cut(tensor: Tensor, index: ast.expr) -> Tensor:
    """Return a part of a tensor: `[:, 0]` is a row of numbers, `[:, None]` a column."""
    rows = dataclasses.replace(tensor.rows, width=_width_of_cut(tensor.rows.width, index))
    return dataclasses.replace(tensor, rows=rows)


def _width_of_cut(width: Value, index: ast.expr) -> Value:
    match index:
        case ast.Tuple(elts=[ast.Slice(lower=None, upper=None), ast.Constant(value=None)]):
            return 1 if width == 0 else None
        case ast.Tuple(elts=[ast.Slice(lower=None, upper=None), ast.Constant(value=int())]):
            return 0 if isinstance(width, int) and width > 0 else None
        case _:
            return None


def width_of(machine: Machine, net: Object, given: list[Tensor]) -> Value:
    """Return the width of what a network gives."""
    if not isinstance(net, Net):
        return None
    if net.of is not None:
        return net.width
    if net.leaf:
        return net.width if net.name in _LINEAR else (
            given[0].rows.width if net.name in _PASSING and len(given) == 1 else None)  # fmt: skip
    return _of_parts(machine, net)


def _of_parts(machine: Machine, net: Net) -> Value:
    """Return the width of the last layer that changes it; of a backbone that of its head."""
    fields = machine.heap.items(net)
    heads = [v for k, v in fields.items() if isinstance(v, Net) and k not in {"body", "rest"}]
    numbered = [v for k, v in sorted(fields.items(), key=_place) if k.isdigit()]
    if "body" not in fields and not numbered:
        return None
    if "body" in fields and len(heads) != 1:
        return None
    for layer in [*heads] if "body" in fields else numbered[::-1]:
        if not isinstance(layer, Net):
            return None
        if layer.leaf and layer.name in _PASSING:
            continue
        return layer.width if layer.leaf and layer.name not in _PASSING else width_of(
            machine, layer, [])  # fmt: skip
    return None


def _place(item: tuple[str, Value]) -> int:
    return int(item[0]) if item[0].isdigit() else -1


# --- rows that meet ---


def meet(machine: Machine, function: LossFunction, tensors: list[Tensor], line: int) -> None:
    """Keep what is wrong between the outputs and the labels that a loss is given."""
    outputs = [t for t in tensors if t.forwards]
    labels = [t for t in tensors if not t.forwards and t.sources and t.role == "data"]
    if len(outputs) != 1 or len(labels) != 1:
        return
    (out,), (true,) = outputs, labels
    labelled = true.rows.part == "labels" and function.name in {NOT_SHOWN, *_OF_CLASSES}
    if {s.root for s in out.sources} == {s.root for s in true.sources} and out.graph:
        if out.rows.order == true.rows.order:
            machine.meetings.aligned |= out.forwards
        elif MIXED not in (out.rows.order, true.rows.order) and (
            function.name in _OF_CLASSES or labelled
        ):
            machine.meetings.reordered.append((out.forwards, line))
    if labelled and true.rows.shift is not None:
        for source in true.sources:
            machine.meetings.learned_shifts.setdefault(source.root, {})[true.rows.shift] = line
    if function.name in _OF_CLASSES and not function.skips:
        _in_range(machine, out, true, line)
    if function.name in _BY_ROW:
        side_by_side(machine, out, true, line, "loss")


def side_by_side(machine: Machine, one: Tensor, other: Tensor, line: int, what: str) -> None:
    """Keep that a column meets a row of numbers: each pair of images is compared."""
    pair = {t.role: t for t in (one, other)}
    if pair.keys() == {"prediction", "data"} and pair["data"].rows.part == "labels":
        true, said = pair["data"].rows.shift, pair["prediction"].rows.shift
        for source in pair["data"].sources:
            asked = machine.meetings.asked_shifts.setdefault(source.root, set())
            asked.add(NO_SHIFT if true is None or said is None else true - said)
    widths = [one.rows.width, other.rows.width]
    plain = all(isinstance(w, int) for w in widths)
    if (
        plain
        and sorted(widths) == [0, 1]
        and {s.root for s in one.sources} & {s.root for s in other.sources}
    ):
        machine.meetings.broadcast.append((line, what))


def _in_range(machine: Machine, out: Tensor, true: Tensor, line: int) -> None:
    begins = {_first_class(s) for s in true.sources}
    begin = begins.pop() if len(begins) == 1 else None
    if true.rows.part != "labels" or begin is None or true.rows.shift is None:
        return
    low, width = begin + true.rows.shift, out.rows.width
    if not low:
        return
    counts = {_classes(s) for s in true.sources}
    count = counts.pop() if len(counts) == 1 else None
    as_many = isinstance(width, Source) and all(s.origin is width for s in true.sources)
    known = isinstance(width, int) and count is not None and low + count > width
    if low < 0 or as_many or known:
        machine.meetings.beyond.append((line, low, low + (count or 0) - 1 if count else 0))
