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
Outputs = tuple[str, str, Kept, Kept]
"""Kind of the loss under which outputs are right or wrong, kind of the loss that is to be computed,
"" for none of them; outputs, labels."""


class Figures:
    """Sums over batches."""

    def __init__(self) -> None:
        self.images = 0
        self._loss = 0.0
        self._of_loss = 0
        self._right = self._of_right = 0
        self._losses: list[tuple[Kept, float, int]] = []
        self._outputs: list[Outputs] = []
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

    def hit_later(self, kind: str, scores: Any, target: Any, how: str = "") -> None:
        """Compare the outputs of a batch with its labels; `kind` is that of the loss.

        With `how`, that loss is computed as well, where these outputs and labels have one.
        """
        kind = kind if comparable(kind, scores, target) else ""
        how = how if measurable(how, scores, target) else ""
        if not kind and not how:
            return
        self._outputs.append((kind, how, _kept(scores), _kept(target)))
        self._kept += scores.numel()
        if self._kept > MOST_KEPT:
            self._compare()

    def drop_loss(self) -> None:
        """Forget the losses: another measurement of them is the better one."""
        self._loss, self._of_loss = 0.0, 0
        self._losses = []
        self._outputs = [(kind, "", one, other) for kind, _, one, other in self._outputs if kind]

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

    def take_outputs(self) -> list[tuple[str, str, Any, Any]]:
        """Return the outputs that wait with their labels, by the kinds of the losses."""
        waiting, self._outputs, self._kept = self._outputs, [], 0
        return [
            (kind, how, one[0], other[0])
            for kind, how, one, other in waiting
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
        for kind, how, scores, target in one.take_outputs():
            key = kind, how, scores.device, scores.dtype, target.dtype, scores.shape, target.shape
            groups.setdefault(key, []).append((one, scores, target))
    for (kind, how, *_), together in groups.items():
        torch = sys.modules["torch"]
        with torch.no_grad():
            scores = torch.stack([scores for _, scores, _ in together])
            target = torch.stack([target for _, _, target in together])
            right = _right(kind, scores, target).flatten(1).sum(1).tolist() if kind else ()
            losses = _losses(torch, how, scores, target).tolist() if how else ()
        for count, (one, given, _) in zip(right, together, strict=bool(kind)):
            one.hit(count, len(given))
        for loss, (one, given, _) in zip(losses, together, strict=bool(how)):
            one.lose(loss, len(given))


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


FUNCTIONS = {
    "cross_entropy": "cross_entropy", "nll": "nll_loss", "bce": "binary_cross_entropy",
    "bce_logits": "binary_cross_entropy_with_logits", "mse": "mse_loss", "l1": "l1_loss",
    "huber": "smooth_l1_loss",
}  # fmt: skip
"""Kinds of losses that can be computed from outputs and labels -> functions of torch."""


def measurable(how: str, scores: Any, target: Any) -> bool:
    """Return whether outputs and labels have a mean loss of this kind."""
    if how in {"cross_entropy", "nll"}:
        return comparable(how, scores, target) and target.dtype == sys.modules["torch"].int64
    return how in FUNCTIONS and bool(scores.dim()) and target.shape == scores.shape


def _losses(torch: Any, how: str, scores: Any, target: Any) -> Any:
    """Return the mean loss of each of several batches, one a row, computed as in training."""
    function = getattr(torch.nn.functional, FUNCTIONS[how])
    if how in {"cross_entropy", "nll"}:
        each = function(scores.flatten(0, 1), target.flatten(), reduction="none")
    else:
        each = function(scores, target.to(scores.dtype), reduction="none")
    return each.reshape(len(scores), -1).mean(1)


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
