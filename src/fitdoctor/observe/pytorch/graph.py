"""What autograd's graph of a loss says: which loss, of what, against which targets.

A graph is read before `backward`, which frees what its nodes have saved. Nodes are known by their
public names (`NllLossBackward0`), as `torch.autograd.graph.Node.name` gives them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec

MOST_NODES = 24
"""Looked at in search of a loss: what stands above it weighs, sums or scales."""
MOST_LEAVES = 50_000

KINDS = {
    "NllLossBackward0": "nll",
    "NllLoss2DBackward0": "nll",
    "BinaryCrossEntropyBackward0": "bce",
    "BinaryCrossEntropyWithLogitsBackward0": "bce_logits",
    "MseLossBackward0": "mse",
    "SmoothL1LossBackward0": "huber",
    "HuberLossBackward0": "huber",
}
"""Nodes of losses that save what they were given."""
SOFTENING = {
    "SoftmaxBackward0": "softmax",
    "SigmoidBackward0": "sigmoid",
}
PASSING = frozenset(
    {"ToCopyBackward0", "ViewBackward0", "ReshapeAliasBackward0", "UnsafeViewBackward0",
     "SqueezeBackward0", "SqueezeBackward1", "UnsqueezeBackward0", "CloneBackward0",
     "AliasBackward0", "SelectBackward0", "TransposeBackward0", "PermuteBackward0",
     "ContiguousBackward0"}
)  # fmt: skip
"""Nodes that leave every number as it is."""
NAMES = {
    "cross_entropy": "sparse_categorical_crossentropy(from_logits)",
    "soft_cross_entropy": "categorical_crossentropy(from_logits)",
    "nll": "negative_log_likelihood",
    "bce": "binary_crossentropy",
    "bce_logits": "binary_crossentropy(from_logits)",
    "mse": "mean_squared_error",
    "l1": "mean_absolute_error",
    "huber": "huber",
}
"""Kinds of losses -> the names that rules know."""
SUM = 2
"""The reduction that sums over images, as nodes number it."""


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """A loss as its graph shows it; holds parts of the graph and must not be kept."""

    kind: str
    node: Any
    """The node that saves scores and targets."""
    scores: Any
    """The node whose output the loss was given."""
    depth: int
    """Nodes between the value and the loss."""
    probabilities: str = ""
    """`softmax` or `sigmoid`, where a loss that applies it was given its output."""

    @property
    def summed(self) -> bool:
        return getattr(self.node, "_saved_reduction", None) == SUM

    def target(self) -> Any:
        """Return the targets, or `None` where the node saved none."""
        return getattr(self.node, "_saved_target", None)

    def outputs(self) -> Any:
        """Return what was compared: logits or their logarithms, probabilities or values."""
        return getattr(self.node, "_saved_self", None)


def following(node: Any) -> list[Any]:
    """Return the nodes that a node's inputs come from, without those that are none."""
    return [n for n, _ in node.next_functions if n is not None]


def loss_of(value: Any) -> Loss | None:
    """Return which loss a value was computed by; `None` where none is known."""
    queue = deque([(value.grad_fn, 0)])
    looked = 0
    while queue and looked < MOST_NODES:
        node, depth = queue.popleft()
        if node is None:
            continue
        looked += 1
        name = node.name()
        if name in KINDS:
            return _known(KINDS[name], node, depth)
        if name == "LogSoftmaxBackward0":
            return _of_soft_labels(node, depth)
        if name == "AbsBackward0" and depth <= 2:
            return Loss(kind="l1", node=node, scores=node, depth=depth)
        queue.extend((n, depth + 1) for n in following(node))
    return None


def _known(kind: str, node: Any, depth: int) -> Loss:
    before = below(node)
    if kind == "nll" and before is not None and before.name().startswith("LogSoftmax"):
        under = below(before)
        softened = SOFTENING.get(under.name(), "") if under is not None else ""
        scores = under if under is not None else before
        return Loss(kind="cross_entropy", node=node, scores=scores, depth=depth,
                    probabilities=softened)  # fmt: skip
    softened = SOFTENING.get(before.name(), "") if before is not None else ""
    return Loss(
        kind=kind,
        node=node,
        scores=before,
        depth=depth,
        probabilities=softened if kind == "bce_logits" and softened == "sigmoid" else "",
    )


def _of_soft_labels(node: Any, depth: int) -> Loss:
    under = below(node)
    softened = SOFTENING.get(under.name(), "") if under is not None else ""
    return Loss(kind="soft_cross_entropy", node=node, scores=under, depth=depth,
                probabilities=softened)  # fmt: skip


def below(node: Any) -> Any:
    """Return the node whose numbers a node was given first, past those that leave them."""
    for _ in range(MOST_NODES):
        under = following(node)
        if not under:
            return None
        node = under[0]
        if node.name() not in PASSING:
            return node
    return None


def factor(value: Any, loss: Loss) -> float | None:
    """Return what a loss was multiplied with on the way to a value; `None` where not known."""
    node, found = value.grad_fn, 1.0
    for _ in range(loss.depth):
        name = node.name()
        if name in {"DivBackward0", "MulBackward0"}:
            scalar = getattr(node, "_saved_other", None)
            if scalar is None:
                scalar = getattr(node, "_saved_self", None)
            if scalar is None or getattr(scalar, "device", None) is None or scalar.numel() != 1:
                return None
            if scalar.device.type != "cpu":
                return None
            number = float(scalar)
            found = found / number if name == "DivBackward0" else found * number
        elif name not in PASSING:
            return None
        under = following(node)
        if not under:
            return None
        node = under[0]
    return found if node is loss.node and found else None


def leaves(value: Any) -> Iterator[Any]:
    """Yield the weights whose gradients `backward` of a value computes."""
    seen: set[Any] = set()
    stack = [value.grad_fn]
    while stack and len(seen) < MOST_LEAVES:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if variable is not None:
            yield variable
        stack.extend(n for n, _ in node.next_functions)


def reaches(value: Any, node: Any) -> bool:
    """Return whether a node is in the graph of a value."""
    seen: set[Any] = set()
    stack = [value.grad_fn]
    while stack and len(seen) < MOST_LEAVES:
        one = stack.pop()
        if one is node:
            return True
        if one is not None and one not in seen:
            seen.add(one)
            stack.extend(n for n, _ in one.next_functions)
    return False
