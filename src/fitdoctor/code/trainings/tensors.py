"""What losses and functions of arrays make of tensors."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from fitdoctor.catalogue import losses
from fitdoctor.code.trainings.batches import after, meet, side_by_side
from fitdoctor.code.trainings.domain import (
    Arguments,
    Items,
    Keywords,
    LossFunction,
    Sequence,
    Tensor,
    Unknown,
    Value,
)
from fitdoctor.code.trainings.figures import HALF, cut_at, softmax_along
from fitdoctor.code.trainings.heap import tensors_in, union

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine

_WEIGHTS_OF_LOSS: Final = ("weight", "pos_weight")


def loss_of_torch(name: str, keywords: Keywords, line: int) -> LossFunction:
    """Return a loss of `torch.nn`, by the name of its class or function."""
    given = [keywords[k] for k in _WEIGHTS_OF_LOSS if keywords.get(k) is not None]
    weighted = any(isinstance(v, (Tensor, Unknown, Sequence, Items)) for v in given)
    applies = losses.OF_TORCH[name][1].applies if name in losses.OF_TORCH else ""
    skips = "ignore_index" in keywords
    return LossFunction(line, name, applies, reduction_of(keywords), weighted, skips)


def reduction_of(keywords: Keywords) -> str:
    """Return how a loss is reduced over a batch: mean, sum or none; `?` where it is not known."""
    told = keywords.get("reduction", "mean")
    if keywords.get("size_average") is False:
        return "sum"
    known = {"mean": "mean", "sum": "sum", "none": "none", "sum_over_batch_size": "mean",
             "auto": "mean", "elementwise_mean": "mean"}  # fmt: skip
    return known.get(told, "?") if isinstance(told, str) else "none" if told is None else "?"


_PER_REDUCTION: Final = {"mean": "", "sum": "batch", "none": "each"}


def loss(
    machine: Machine, function: LossFunction, arguments: Arguments, keywords: Keywords, line: int
) -> Value:
    """Return a loss of outputs and labels."""
    given = [*arguments, *keywords.values()]
    tensors = [t for v in given for t in tensors_in(v, machine.heap)]
    weighted = any(isinstance(keywords.get(k), (Tensor, Unknown)) for k in _WEIGHTS_OF_LOSS)
    made = dataclasses.replace(
        union(*tensors) if tensors else Tensor(),
        role="loss",
        activation=None,
        summed=function.reduction == "sum",
        per=_PER_REDUCTION.get(function.reduction, "?"),
        weighted=line if weighted else function.line * function.weighted,
        made=frozenset({line}),
    )
    if any(t is machine.batch for t in given):
        machine.batch_losses.append((function, made.forwards))
    if not tensors:
        return made
    machine.measured(tensors, line)
    meet(machine, function, tensors, line)
    for tensor in tensors:
        if function.takes_logits == "sigmoid" and tensor.role == "output":
            machine.figures.logits |= tensor.nets
        squashed = tensor.squashed and function.takes_logits == "softmax"
        same = tensor.activation == function.takes_logits
        twice = function.takes_logits and tensor.activation and (same or squashed)
        if twice and tensor.role == "output" and tensor.forwards:
            from fitdoctor.code.trainings.machine import Step  # noqa: PLC0415

            machine.emit(
                Step("probabilities", line, nets=tensor.nets, detail=tensor.activation or "")
            )
    return made


_REDUCES: Final = frozenset({"sum", "mean", "reduce_mean", "reduce_sum"})


def of_tensors(
    machine: Machine, last: str, tensors: list[Tensor], arguments: Arguments, keywords: Keywords,
    line: int,
) -> Value:  # fmt: skip
    """Return what a function of arrays makes of tensors."""
    first = arguments[0] if arguments else None
    if last in {"max", "argmax", "topk"} and isinstance(first, Tensor):
        axis = keywords.get(
            "dim", keywords.get("axis", arguments[1] if len(arguments) > 1 else None)
        )
        return taken_largest(machine, first, axis, line, pair=last != "argmax")
    if last in {"softmax", "sigmoid"} and isinstance(first, Tensor):
        axis = keywords.get("dim", keywords.get("axis", [*arguments, None][1]))
        softmax_along(machine, first, axis if last == "softmax" else None)
        squashed = dataclasses.replace(first, activation=last, squashed=True)
        return after(last, squashed, arguments[1:])
    if last in {"eq", "equal"} and len(tensors) > 1:
        return matched(machine, tensors[0], tensors[1], line)
    if last == "round" and isinstance(first, Tensor):
        cut_at(machine, first, None, HALF, line)
    if last in _REDUCES and isinstance(first, Tensor):
        return reduced(first, last)
    return after(last, union(*tensors), arguments[1:])


def along_images(machine: Machine, tensors: list[Tensor], line: int) -> None:
    """Keep that likeliest classes are compared which were looked for along the images' axis."""
    from fitdoctor.code.trainings.machine import Step  # noqa: PLC0415

    wrong = [t for t in tensors if t.role == "prediction" and t.axis == 0]
    if wrong and len(tensors) > 1:
        machine.emit(Step("miscount", line, detail="axis"))


def taken_largest(machine: Machine, tensor: Tensor, axis: Value, line: int, *, pair: bool) -> Value:
    """Return the likeliest classes of outputs; with their values where a function gives both."""
    if not tensor.forwards:
        return (tensor, tensor) if pair and axis is not None else tensor
    found = dataclasses.replace(
        tensor, role="prediction" if tensor.role in {"output", "other"} else tensor.role,
        axis=axis if isinstance(axis, int) and tensor.role == "output" else None,
        graph=False, activation=None, rows=dataclasses.replace(
            tensor.rows, shift=0, width=0 if axis in (1, -1) else None),
    )  # fmt: skip
    machine.measured([tensor], line)
    one = tensor.role == "output" and tensor.rows.width == 1 and axis in (1, -1)
    if one and not machine.may_have_left():
        from fitdoctor.code.trainings.machine import Step  # noqa: PLC0415

        machine.emit(Step("miscount", line, sources=tensor.sources, detail="one unit"))
    values = dataclasses.replace(tensor, role="other")
    return (values, found) if pair and axis is not None else found


def matched(machine: Machine, one: Tensor, other: Tensor, line: int) -> Tensor:
    """Return where two tensors are the same: predictions and labels."""
    machine.measured([one, other], line)
    side_by_side(machine, one, other, line, "comparison")
    both = union(one, other)
    prediction = next((t for t in (one, other) if t.role == "prediction"), None)
    if prediction is None:
        return dataclasses.replace(both, role="test", graph=False)
    from fitdoctor.code.trainings.machine import Step  # noqa: PLC0415

    if prediction.axis == 0:
        machine.emit(Step("miscount", line, detail="axis"))
    return dataclasses.replace(both, role="match", graph=False, axis=None)


def reduced(tensor: Tensor, how: str) -> Tensor:
    """Return a sum or mean."""
    sums = "sum" in how
    role = tensor.role
    if role == "match":
        role = "hits" if sums else "share"
    role = "other" if role == "counts" else role
    summed = tensor.summed or (sums and tensor.graph and role in {"loss", "output", "other"})
    per = ("batch" if sums else "") if tensor.per == "each" else tensor.per
    rows = dataclasses.replace(tensor.rows, shift=None, width=None)
    return dataclasses.replace(
        tensor, role=role, summed=summed if sums else False, per=per, rows=rows
    )


def summed(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return the result of Python's `sum`."""
    tensors = [t for v in a for t in tensors_in(v, m.heap)]
    if not tensors:
        return Tensor("other")
    made = union(*tensors)
    return dataclasses.replace(made, per=added_up(made.per)) if made.role == "loss" else made


def added_up(per: str) -> str:
    """Return what losses are that are added up over batches."""
    return {"": "means", "batch": "images"}.get(per, per)
