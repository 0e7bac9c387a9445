"""Treatments of what holds the training back, or should."""

from __future__ import annotations

from typing import Any

from fitdoctor.observe.pytorch.loop import Loop


def remove_dropout(loop: Loop) -> str:
    """Take every Dropout layer out."""
    return _rates(loop, 0.0)


def lower_dropout(loop: Loop, *, rate: float = 0.2) -> str:
    """Set every dropout rate above `rate` to it."""
    return _rates(loop, rate)


def _rates(loop: Loop, most: float) -> str:
    before = {rate for rate in loop.dropouts if rate > most}
    for module in loop.modules:
        rate = getattr(module, "dropout", None)
        if isinstance(rate, float) and rate > most:  # of recurrent layers and attention
            before.add(rate)
            module.dropout = most
    loop.most_dropout = most
    listed = ", ".join(f"{rate:g}" for rate in sorted(before, reverse=True))
    return f"dropout {most:g} in place of {listed}" if before else ""


def add_dropout(loop: Loop, *, rate: float = 0.3) -> str:
    """Put dropout before the output layer, where there is none."""
    output, _ = loop.output
    if output is None or loop.dropouts:
        return ""

    def drop(module: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
        dropped = loop.torch.nn.functional.dropout(given[0], rate, module.training)
        return (dropped, *given[1:])

    output.module.register_forward_pre_hook(drop)
    return f"dropout {rate:g} before the output layer"


def stop_early(loop: Loop, *, patience: int = 5) -> str:
    """Stop when validation loss has not improved for `patience` epochs, and keep the best."""
    if loop.job.scored_on != "validation" or loop.seen.epochs <= patience:
        return ""
    loop.patience = patience
    return f"training stops after {patience} epochs without a lower validation loss"


def remove_weight_penalty(loop: Loop) -> str:
    """Take the penalty on the weights out of the optimizer."""
    before = {group["weight_decay"] for group in loop.groups if group.get("weight_decay")}
    for group in loop.groups:
        if "weight_decay" in group:
            group["weight_decay"] = 0.0
    listed = ", ".join(f"{value:g}" for value in sorted(before))
    return f"weight decay 0 in place of {listed}" if before else ""
