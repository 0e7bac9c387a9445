"""Treatments of the layers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from fitdoctor.observe.pytorch.functions import ACTIVATIONS
from fitdoctor.observe.pytorch.loop import Loop, Step

SATURATING = frozenset({"sigmoid", "tanh", "softmax"})
KERNELS = ("Linear", "Conv", "Lazy")
"""Beginnings of the names of layers that multiply."""
QUICK = 0.1


def _kernel(step: Step) -> bool:
    return step.module is not None and step.kind.startswith(KERNELS)


def relu_in_hidden_layers(loop: Loop) -> str:
    """Give hidden layers relu in place of activations that saturate."""
    steps, _ = loop.steps
    last = max((n for n, step in enumerate(steps) if _kernel(step)), default=0)
    found = [step for step in steps[:last] if step.kind in SATURATING]
    for step in found:
        assert step.place is not None
        loop.instead[step.place] = "relu"
    kinds = ", ".join(sorted({step.kind for step in found}))
    return f"relu in place of {kinds} in {len(found)} hidden layers" if found else ""


def activate_hidden_layers(loop: Loop) -> str:
    """Give hidden layers that have no activation relu."""
    steps, _ = loop.steps
    found: list[Any] = []
    at = [number for number, step in enumerate(steps) if _kernel(step)]
    for number, after in pairwise(at):
        between = steps[number:after]
        if not any(step.kind in ACTIVATIONS for step in between):
            found.append(between[-1].module)
    for module in {id(one): one for one in found}.values():
        module.register_forward_hook(lambda _m, _given, out: loop.torch.relu(out))
    return f"relu behind {len(found)} hidden layers" if found else ""


def remove_second_activation(loop: Loop) -> str:
    """Leave the output one of its two activations: the last."""
    steps, _ = loop.steps
    last = max((n for n, step in enumerate(steps) if _kernel(step)), default=len(steps))
    behind = [step for step in steps[last + 1 :] if step.kind in ACTIVATIONS]
    for step in behind[:-1]:
        assert step.place is not None
        loop.instead[step.place] = None
    kinds = ", ".join(step.kind for step in behind[:-1])
    return f"{kinds} is taken out before {behind[-1].kind}" if behind[:-1] else ""


def faster_batchnorm(loop: Loop) -> str:
    """Let the averages of BatchNorm follow the batches at momentum 0.1, as torch counts it."""
    found = [m for m in loop.modules if _slow(m)]
    before = ", ".join(f"{m:g}" for m in sorted({module.momentum for module in found}))
    for module in found:
        module.momentum = QUICK
    return f"momentum {QUICK:g} in place of {before}" if found else ""


def _slow(module: Any) -> bool:
    momentum = getattr(module, "momentum", None)
    averages = getattr(module, "running_mean", None) is not None
    return averages and isinstance(momentum, float) and momentum < QUICK


def usual_initialisation(loop: Loop) -> str:
    """Draw the first weights of every layer as torch does where nobody says otherwise."""
    found = [
        m
        for m in loop.modules
        if hasattr(m, "reset_parameters") and any(True for _ in m.parameters(recurse=False))
    ]
    for module in found:
        module.reset_parameters()
    return f"the first weights of {len(found)} layers are drawn as usual" if found else ""
