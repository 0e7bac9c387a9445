"""Treatments of what is taken over from a pretrained network, and of what learns at all."""

from __future__ import annotations

from typing import Any

from fitdoctor.observe.pytorch.loop import Loop

LOW = 1e-4


def unfreeze_backbone(loop: Loop, *, learning_rate: float = LOW) -> str:
    """Fine-tune the backbone too, at a constant `learning_rate`, BatchNorm in inference mode."""
    frozen = _frozen(loop)
    if not frozen or len(frozen) == len([w for n in loop.networks for w in n.parameters()]):
        return ""
    for module in loop.modules:
        if getattr(module, "running_mean", None) is not None:
            module.eval()
            module.train = lambda mode=True, one=module: one  # noqa: ARG005 - it stays as it is
    _learn(loop, frozen, lr=learning_rate)
    return f"{len(frozen)} frozen weights learn too, at rate {learning_rate:g}"


def unfreeze_all(loop: Loop) -> str:
    """Let every layer learn."""
    frozen = _frozen(loop)
    if not frozen:
        return ""
    _learn(loop, frozen)
    return f"{len(frozen)} frozen weights learn"


def _frozen(loop: Loop) -> list[Any]:
    every = {id(w): w for network in loop.networks for w in network.parameters()}
    return [weight for weight in every.values() if not weight.requires_grad]


def _learn(loop: Loop, weights: list[Any], **settings: float) -> None:
    for weight in weights:
        weight.requires_grad_(True)
    held = {id(weight) for group in loop.groups for weight in group["params"]}
    more = [weight for weight in weights if id(weight) not in held]
    if more:
        loop.optimizers[0].add_param_group({"params": more, **settings})
