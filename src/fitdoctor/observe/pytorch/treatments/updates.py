"""Treatments of how the weights are updated."""

from __future__ import annotations

from typing import Any

from fitdoctor.catalogue.optimizers import usual_rate
from fitdoctor.observe.patient import UntreatableError
from fitdoctor.observe.pytorch.loop import Loop
from fitdoctor.observe.treatments.updates import ALIKE


def lower_learning_rate(loop: Loop, *, factor: float = 0.1) -> str:
    """Multiply the learning rate by `factor`, to take smaller steps."""
    return _scaled(loop, factor)


def raise_learning_rate(loop: Loop, *, factor: float = 30.0) -> str:
    """Multiply the learning rate by `factor`."""
    return _scaled(loop, factor)


def usual_learning_rate(loop: Loop) -> str:
    """Give the optimizer the learning rate that is usual for its kind."""
    rate = _rate(loop)
    usual = usual_rate(type(loop.optimizers[0]).__name__)
    if rate > 0 and 1 / ALIKE < rate / usual < ALIKE:
        return ""
    return _scaled(loop, usual / rate)


def _rate(loop: Loop) -> float:
    """Return the rate that training begins with; raises `UntreatableError` where there is none."""
    rates = [group.get("lr") for group in loop.groups]
    known = [float(rate) for rate in rates if rate is not None]
    if not known or max(map(abs, known)) == 0:
        raise UntreatableError("the optimizer has no learning rate")
    return max(known, key=abs)


def _scaled(loop: Loop, factor: float) -> str:
    before = _rate(loop)
    loop.scale_rates(factor)
    return f"learning rate {before * factor:.2g} in place of {before:.2g}"


def remove_decay(loop: Loop) -> str:
    """Keep the learning rate constant."""
    if not loop.schedulers:
        return ""
    loop.schedules = lambda _: False
    for group in loop.groups:
        group["lr"] = group.get("initial_lr", group["lr"])
    kinds = ", ".join(sorted({type(scheduler).__name__ for scheduler in loop.schedulers}))
    return f"without the steps of {kinds}"


def step_schedule_by_epoch(loop: Loop) -> str:
    """Let a scheduler step once in an epoch, however often it is called."""
    if not loop.schedulers:
        return ""
    done: dict[int, int] = {}

    def first_of_epoch(scheduler: Any) -> bool:
        first = done.get(id(scheduler)) != loop.epoch
        done[id(scheduler)] = loop.epoch
        return first

    loop.schedules = first_of_epoch
    kinds = ", ".join(sorted({type(scheduler).__name__ for scheduler in loop.schedulers}))
    return f"{kinds} steps once in an epoch"


def clear_gradients(loop: Loop) -> str:
    """Clear the gradients after each step of the optimizer."""
    loop.after_steps.append(lambda optimizer: optimizer.zero_grad())
    return "gradients are cleared after each step"


class _Stepping:
    """Whether a batch waits for its step, and whose the steps are."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.waiting = self.theirs = self.ours = self.owed = False

    def backward(self) -> None:
        """Hear that a batch has gradients; a second one without a step between needs ours."""
        self.ours = self.ours or (self.waiting and not self.theirs)
        self.waiting = not self.ours
        if self.ours:
            for optimizer in self.loop.optimizers:
                optimizer.step()
                optimizer.zero_grad()

    def stepped(self, optimizer: Any) -> None:
        """Hear that an optimizer has stepped; a clear that was put off is made up for."""
        self.theirs = self.theirs or not self.ours
        self.waiting = False
        if self.owed:
            optimizer.zero_grad()

    def clears(self) -> bool:
        """Return whether gradients are cleared now, and not behind the step."""
        self.owed = self.owed or self.waiting
        return not self.waiting


def step_after_backward(loop: Loop) -> str:
    """Let the optimizer step with the gradients of each batch before these are cleared."""
    stepping = _Stepping(loop)
    loop.after_backward.append(stepping.backward)
    loop.after_steps.append(stepping.stepped)
    loop.clears = stepping.clears
    return "the optimizer steps with the gradients of each batch"


def hold_trained_weights(loop: Loop) -> str:
    """Let the optimizer hold every weight of the networks that takes gradients."""
    held = {id(weight) for group in loop.groups for weight in group["params"]}
    more = [
        weight
        for network in loop.networks
        for weight in network.parameters()
        if weight.requires_grad and id(weight) not in held
    ]
    if not more:
        return ""
    loop.optimizers[0].add_param_group({"params": list({id(w): w for w in more}.values())})
    return f"the optimizer holds {len(more)} more weights"


def balance_classes(loop: Loop) -> str:
    """Weight each class by the inverse of its share, in the loss."""
    labels = loop.seen.labels
    counts = labels.counts if labels is not None else ()
    if labels is None or len(counts) < 2 or not labels.values or max(counts) < ALIKE * min(counts):
        return ""
    total = sum(counts)
    numbers = [int(value) for value in labels.values]
    weights = {n: total / (len(counts) * c) for n, c in zip(numbers, counts, strict=True) if c}

    def weighted(call: Any) -> Any:
        torch, named = loop.torch, call.named
        if call.name in {"cross_entropy", "nll_loss"} and min(numbers) >= 0:
            row = [weights.get(n, 1.0) for n in range(call.scores.shape[1])]
            named["weight"] = call.scores.new_tensor(row).float()
        elif call.name.startswith("binary") and set(numbers) == {0, 1}:
            ones = call.target > 0.5
            named["weight"] = torch.where(ones, weights[1], weights[0]).to(call.scores.dtype)
        return call

    loop.losses.append(weighted)
    words = ", ".join(f"{n}: {w:.2g}" for n, w in list(weights.items())[:6])
    return f"class weights {words}"
