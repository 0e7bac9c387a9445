"""Loss and accuracy of a batch, from tensors that were computed anyway.

Tensors of the CPU are read; those of an accelerator give tensors again, which are added up there
and read when an epoch is written.
"""

from __future__ import annotations

from typing import Any

from fitdoctor.observe.pytorch.graph import Loss, factor


def value_of(value: Any, loss: Loss | None, count: int) -> Any:
    """Return the mean loss of a batch; `None` where it is not known what was multiplied with it."""
    if value.numel() != 1:
        return None
    plain = plain_of(value.detach())
    if loss is None:
        return plain
    if loss.depth:
        scale = factor(value, loss)
        plain = plain if scale is None else plain / scale
    return plain / count if loss.summed and count else plain


def plain_of(value: Any) -> Any:
    """Return a number, or a tensor of one where reading it would wait for an accelerator."""
    value = value.reshape(())
    return float(value) if value.device.type == "cpu" else value.float()


def right_in_training(loss: Loss) -> tuple[Any, int] | None:
    """Return how many answers of a batch are right, and of how many; `None` for no classes."""
    scores, target = loss.outputs(), loss.target()
    return None if scores is None or target is None else right(loss.kind, scores, target)


def right(kind: str, scores: Any, target: Any) -> tuple[Any, int] | None:
    """Return how many answers are right, and of how many."""
    if kind in {"cross_entropy", "nll"}:
        if scores.dim() != 2 or target.dim() != 1 or len(target) != len(scores):
            return None
        if scores.device.type == "cpu" and scores.dtype.is_floating_point:
            hits = _quick(scores, target)
        else:
            hits = (scores.detach().argmax(1) == target).sum()
        return hits, len(target)
    if kind in {"bce", "bce_logits"} and scores.numel() == target.numel() == len(scores):
        bar = 0.0 if kind == "bce_logits" else 0.5
        hits = ((scores.detach().reshape(-1) > bar) == (target.reshape(-1) > 0.5)).sum()
        return (int(hits) if hits.device.type == "cpu" else hits), len(scores)
    return None


def _quick(scores: Any, target: Any) -> int:
    """Count by NumPy, which takes a third of the time of small tensors."""
    try:
        found = scores.detach().numpy().argmax(1) == target.numpy()
    except (TypeError, RuntimeError):  # a type that NumPy has not
        return int((scores.detach().argmax(1) == target).sum())
    return int(found.sum())


def measured(torch: Any, how: str, scores: Any, target: Any) -> Any:
    """Return the mean loss of scores, computed as in training; `None` where that is not known."""
    functions = torch.nn.functional
    by_kind = {
        "cross_entropy": functions.cross_entropy,
        "nll": functions.nll_loss,
        "bce": functions.binary_cross_entropy,
        "bce_logits": functions.binary_cross_entropy_with_logits,
        "mse": functions.mse_loss,
        "l1": functions.l1_loss,
        "huber": functions.smooth_l1_loss,
    }
    if how not in by_kind:
        return None
    if how in {"cross_entropy", "nll"}:
        if target.dim() != 1 or scores.dim() != 2 or target.dtype != torch.int64:
            return None
    elif target.shape != scores.shape:
        return None
    else:
        target = target.to(scores.dtype)
    return plain_of(by_kind[how](scores.detach(), target))
