"""Loss and right answers of a batch, from tensors that were computed anyway."""

from __future__ import annotations

from typing import Any

from fitdoctor.observe.pytorch.graph import Loss, factor
from fitdoctor.observe.pytorch.sums import comparable


def scale_of(value: Any, loss: Loss | None, count: int) -> float | None:
    """Return what makes a value the mean loss of its batch; `None` for no single number."""
    if value.numel() != 1:
        return None
    if loss is None:
        return 1.0
    scale = factor(value, loss) if loss.depth else 1.0
    found = 1.0 if scale is None else 1.0 / scale
    return found / count if loss.summed and count else found


def plain_of(value: Any) -> float:
    """Return the number in a tensor of one; an accelerator is waited for."""
    return float(value.detach().reshape(()))


def compared(loss: Loss) -> tuple[Any, Any] | None:
    """Return outputs and labels that a loss has compared; `None` where these name no classes."""
    scores, target = loss.outputs(), loss.target()
    if scores is None or target is None or not comparable(loss.kind, scores, target):
        return None
    return scores, target


def measured(torch: Any, how: str, scores: Any, target: Any) -> Any:
    """Return the mean loss of scores, computed as in training, a tensor; `None` where not known."""
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
    return by_kind[how](scores.detach(), target)
