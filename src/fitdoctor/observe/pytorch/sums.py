"""Losses and right answers of the batches of a pass or an epoch, added up where they are asked for.

Values are kept as the tensors in which they come, and read together: one reading of a small tensor
costs as much as its batch. So nothing waits for an accelerator before its epoch is over, either.
"""

from __future__ import annotations

import sys
from typing import Any

MOST_KEPT = 500_000
"""Numbers of outputs that wait to be compared with their labels."""


Kept = tuple[Any, int | None]
"""A tensor, and how often it had been changed in place."""


class Figures:
    """Sums over batches."""

    def __init__(self) -> None:
        self.images = 0
        self._loss = 0.0
        self._of_loss = 0
        self._right = self._of_right = 0
        self._losses: list[tuple[Kept, float, int]] = []
        self._outputs: list[tuple[str, Kept, Kept]] = []
        self._kept = 0

    def see(self, count: int) -> None:
        """Count a batch."""
        self.images += count

    def lose(self, loss: float, count: int) -> None:
        """Add the mean loss of a batch."""
        self._loss += loss * count
        self._of_loss += count

    def hit(self, right: int, count: int) -> None:
        """Add how many answers of a batch are right."""
        self._right += right
        self._of_right += count

    def lose_later(self, loss: Any, count: int, scale: float) -> None:
        """Add the loss of a batch, a tensor of one number, times `scale`."""
        self._losses.append((_kept(loss), scale, count))

    def hit_later(self, kind: str, scores: Any, target: Any) -> None:
        """Compare the outputs of a batch with its labels; `kind` is that of the loss."""
        self._outputs.append((kind, _kept(scores), _kept(target)))
        self._kept += scores.numel()
        if self._kept > MOST_KEPT:
            self._compare()

    def drop_loss(self) -> None:
        """Forget the losses: another measurement of them is the better one."""
        self._loss, self._of_loss = 0.0, 0
        self._losses = []

    def means(self) -> dict[str, float]:
        """Return the mean loss and accuracy, as far as they were counted."""
        self._add()
        self._compare()
        found: dict[str, float] = {}
        if self._of_loss:
            found["loss"] = self._loss / self._of_loss
        if self._of_right:
            found["accuracy"] = self._right / self._of_right
        return found

    def _add(self) -> None:
        """Read the losses; one that was changed in place since is none any more."""
        waiting, self._losses = self._losses, []
        kept = [(loss[0], scale, count) for loss, scale, count in waiting if _unchanged(loss)]
        if not kept:
            return
        found = [one[0].reshape(()).float() for one in kept]
        alike = len({one.device for one in found}) == 1
        values = sys.modules["torch"].stack(found).tolist() if alike else list(map(float, found))
        for value, (_, scale, count) in zip(values, kept, strict=True):
            self.lose(value * scale, count)

    def _compare(self) -> None:
        """Compare the outputs that wait, those of one kind and width together."""
        waiting, self._outputs, self._kept = self._outputs, [], 0
        groups: dict[tuple[Any, ...], list[tuple[Any, Any]]] = {}
        for kind, one, other in waiting:
            if _unchanged(one) and _unchanged(other):
                scores, target = one[0], other[0]
                key = kind, scores.device, scores.dtype, target.dtype, scores.shape[1:]
                groups.setdefault(key, []).append((scores, target))
        torch = sys.modules["torch"]
        with torch.no_grad():
            for (kind, *_), pairs in groups.items():
                scores = torch.cat([one for one, _ in pairs])
                target = torch.cat([one.reshape(len(s), -1) for s, one in pairs])
                self.hit(int(hits(kind, scores, target.squeeze(1))), len(scores))


def _kept(tensor: Any) -> Kept:
    """Return a tensor without its graph, and the version of its contents."""
    if tensor.is_inference():  # which counts no versions
        return tensor.clone(), None
    found = tensor.detach()
    return found, found._version  # noqa: SLF001


def _unchanged(kept: Kept) -> bool:
    return kept[1] is None or kept[0]._version == kept[1]  # noqa: SLF001


def comparable(kind: str, scores: Any, target: Any) -> bool:
    """Return whether outputs under a kind of loss name classes that labels name as well."""
    if kind in {"cross_entropy", "nll"}:
        return scores.dim() == 2 and target.dim() == 1 and len(target) == len(scores)
    if kind in {"bce", "bce_logits"}:
        return bool(scores.dim()) and scores.numel() == target.numel() == len(scores)
    return False


def hits(kind: str, scores: Any, target: Any) -> Any:
    """Return how many outputs name the class of their label, as a tensor."""
    if kind in {"cross_entropy", "nll"}:
        return (scores.argmax(1) == target).sum()
    bar = 0.0 if kind == "bce_logits" else 0.5
    return ((scores.reshape(-1) > bar) == (target.reshape(-1) > 0.5)).sum()
