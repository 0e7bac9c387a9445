"""Losses and right answers of the batches of a pass or an epoch, added up where they are asked for.

Values are kept as the tensors in which they come, and read together: one reading of a small tensor
costs as much as its batch. So nothing waits for an accelerator before its epoch is over, either.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
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

    @property
    def kept(self) -> int:
        """Numbers of outputs that wait to be compared."""
        return self._kept

    def means(self) -> dict[str, float]:
        """Return the mean loss and accuracy, as far as they were counted."""
        return means_of([self])[0]

    def _means(self) -> dict[str, float]:
        found: dict[str, float] = {}
        if self._of_loss:
            found["loss"] = self._loss / self._of_loss
        if self._of_right:
            found["accuracy"] = self._right / self._of_right
        return found

    def _compare(self) -> None:
        _compare([self])

    def take_losses(self) -> list[tuple[Any, float, int]]:
        """Return the losses that wait; one that was changed in place since is none any more."""
        waiting, self._losses = self._losses, []
        return [(kept[0], scale, count) for kept, scale, count in waiting if _unchanged(kept)]

    def take_outputs(self) -> list[tuple[str, Any, Any]]:
        """Return the outputs that wait with their labels, by the kind of the loss."""
        waiting, self._outputs, self._kept = self._outputs, [], 0
        return [
            (kind, one[0], other[0])
            for kind, one, other in waiting
            if _unchanged(one) and _unchanged(other)
        ]


def means_of(figures: Sequence[Figures]) -> list[dict[str, float]]:
    """Return the means of each; what waits in any of them is read together."""
    torch = sys.modules.get("torch")
    losses = [(one, *loss) for one in figures for loss in one.take_losses()]
    by_device: dict[Any, list[tuple[Figures, Any, float, int]]] = {}
    for loss in losses:
        by_device.setdefault((loss[1].device, loss[1].dtype), []).append(loss)
    for together in by_device.values():
        assert torch is not None
        values = torch.stack([value.reshape(()) for _, value, _, _ in together]).tolist()
        for value, (one, _, scale, count) in zip(values, together, strict=True):
            one.lose(value * scale, count)
    _compare(figures)
    return [one._means() for one in figures]  # noqa: SLF001 - of this class


def _compare(figures: Sequence[Figures]) -> None:
    """Compare the outputs that wait with their labels, those of one shape together."""
    groups: dict[tuple[Any, ...], list[tuple[Figures, Any, Any]]] = {}
    for one in figures:
        for kind, scores, target in one.take_outputs():
            key = kind, scores.device, scores.dtype, target.dtype, scores.shape, target.shape
            groups.setdefault(key, []).append((one, scores, target))
    for (kind, *_), together in groups.items():
        torch = sys.modules["torch"]
        with torch.no_grad():
            scores = torch.stack([scores for _, scores, _ in together])
            target = torch.stack([target for _, _, target in together])
            right = _right(kind, scores, target).flatten(1).sum(1).tolist()
        for count, (one, given, _) in zip(right, together, strict=True):
            one.hit(count, len(given))


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
    return _right(kind, scores.unsqueeze(0), target.unsqueeze(0)).sum()


def _right(kind: str, scores: Any, target: Any) -> Any:
    """Return which outputs of batches, one a row, name the class of their label."""
    rows = len(scores)
    if kind in {"cross_entropy", "nll"}:
        return scores.argmax(2) == target.reshape(rows, -1)
    bar = 0.0 if kind == "bce_logits" else 0.5
    return (scores.reshape(rows, -1) > bar) == (target.reshape(rows, -1) > 0.5)
