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


def compared(loss: Loss) -> tuple[Any, Any] | None:
    """Return outputs and labels that a loss has compared; `None` where these name no classes."""
    scores, target = loss.outputs(), loss.target()
    if scores is None or target is None or not comparable(loss.kind, scores, target):
        return None
    return scores, target
