"""Treatments of what the network says, and what it is held against."""

from __future__ import annotations

from typing import Any

from fitdoctor.observe.patient import UntreatableError
from fitdoctor.observe.pytorch.functions import Compared
from fitdoctor.observe.pytorch.loop import Loop

TINY = 1e-7
CROSS, BINARY = "cross_entropy", "binary_cross_entropy_with_logits"
TAKES = {
    "sparse_categorical_crossentropy(from_logits)": ("", "log_softmax"),
    "categorical_crossentropy(from_logits)": ("", "log_softmax"),
    "negative_log_likelihood": ("log_softmax",),
    "binary_crossentropy": ("sigmoid",),
    "binary_crossentropy(from_logits)": ("",),
}
"""Losses of classes -> the activations of an output that go with each."""


def match_loss_to_labels(loop: Loop) -> str:
    """Take the cross-entropy that goes with the encoding of the labels and with the output."""
    if not loop.job.classes:
        return ""
    activation, units = _activation(loop), _units(loop)
    wanted = CROSS if units > 1 and not _many_labels(loop) else BINARY
    if activation in TAKES.get(loop.seen.loss, ()) and (units > 1 or wanted == BINARY):
        return ""
    if units == 1 and len(loop.seen.labels.values if loop.seen.labels else ()) > 2:
        raise UntreatableError("one output unit has no room for several classes")
    loop.losses.append(_logits_loss(loop, wanted, activation))
    of = f" of {activation} turned back" if activation in {"softmax", "sigmoid"} else ""
    return f"{wanted}{of} in place of {loop.seen.loss or 'the loss'}"


def _logits_loss(loop: Loop, wanted: str, activation: str) -> Any:
    torch = loop.torch

    def matched(call: Compared) -> Compared:
        scores, target = call.scores, call.target
        if activation == "softmax":
            scores = scores.clamp_min(TINY).log()
        elif activation == "sigmoid":
            scores = torch.logit(scores, TINY)
        if wanted == CROSS:
            one_hot = target.shape == scores.shape
            target = target.argmax(1) if one_hot else target.reshape(-1).long()
        else:
            scores, target = scores.reshape(-1), target.reshape(-1).to(scores.dtype)
        named = {k: v for k, v in call.named.items() if k == "reduction"}
        return Compared(wanted, scores, target, named)

    return matched


def match_output_activation(loop: Loop) -> str:
    """Give the output the activation of its task: softmax over classes, sigmoid, or none."""
    _, step = loop.output
    loss = loop.seen.loss
    before = step.kind if step is not None else ""
    if step is None or step.place is None:
        return ""
    after: str | None = None
    if loop.job.classes:
        takes = TAKES.get(loss, ("",))
        if before in takes:
            return ""
        after = takes[0] or None
    loop.instead[step.place] = after
    return f"output activation {after or 'none'} in place of {before}"


def match_output_to_classes(loop: Loop) -> str:
    """Give the output layer one unit per class, and the loss and activation that go with them."""
    output, step = loop.output
    labels = loop.seen.labels
    if output is None or labels is None or not loop.job.classes or output.kind != "Linear":
        return ""
    wanted = labels.columns if labels.columns > 1 else int(max(labels.values, default=0)) + 1
    before = output.module.out_features
    if wanted < 2 or before == wanted or (before, wanted) == (1, 2):
        return ""
    fresh = loop.torch.nn.Linear(output.module.in_features, wanted).to(output.module.weight.device)
    loop.replace_weights(output.module, fresh)
    output.module.out_features = wanted
    if step is not None and step.place is not None:
        loop.instead[step.place] = None
    loop.losses.append(_logits_loss(loop, CROSS, ""))
    return f"{wanted} output units in place of {before}, {CROSS}"


def _activation(loop: Loop) -> str:
    _, step = loop.output
    return step.kind if step is not None else ""


def _units(loop: Loop) -> int:
    _, out = loop.steps
    return int(out.shape[1]) if out is not None and out.dim() > 1 else 1


def _many_labels(loop: Loop) -> bool:
    labels = loop.seen.labels
    return labels is not None and labels.many_hot
