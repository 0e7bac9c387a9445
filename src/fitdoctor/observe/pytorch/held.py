"""Networks, optimizers and schedulers of a script, by number, and the weights that they share."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from fitdoctor.observe.pytorch.network import noisy
from fitdoctor.records import loop
from fitdoctor.records.recipe import Backbone, Layer, Optimizer

NUMBERS = ("step_size", "gamma", "T_max", "total_steps", "T_0", "patience")
"""What schedulers keep under the name by which it was given."""
IN_BATCHES = ("T_max", "total_steps")


class Net:
    """A network that is called by the script itself."""

    def __init__(self, number: int, module: Any, line: int) -> None:
        self.number, self.line = number, line
        self.ref = weakref.ref(module)
        self.kind = type(module).__name__
        self.switched = False
        self.called = False
        self.noisy = False
        self.layers: tuple[Layer, ...] | None = None
        """As one pass through it showed them; `None` before that."""
        self.backbone: Backbone | None = None
        self.holders: list[tuple[str, frozenset[int]]] = []
        """Parts that hold weights themselves, with the weights by id."""
        self.weights: frozenset[int] = frozenset()
        self.trainable: frozenset[int] = frozenset()
        """Weights that take gradients."""
        self.see(module)

    def see(self, module: Any) -> None:
        """Note what the network holds now."""
        self.trainable = frozenset(id(p) for p in module.parameters() if p.requires_grad)
        drops = any("Dropout" in layer.kind for layer in self.layers or ())
        self.noisy = noisy(module) or drops  # functions of dropout are seen in the graph alone
        parts = ((n, [id(p) for p in m.parameters(recurse=False)]) for n, m in
                 module.named_modules())  # fmt: skip
        self.holders = [(name, frozenset(ids)) for name, ids in parts if ids]
        self.weights = frozenset().union(*(ids for _, ids in self.holders))


class Held:
    """An optimizer."""

    def __init__(self, number: int, optimizer: Any, line: int, birth: int) -> None:
        self.number, self.line, self.birth = number, line, birth
        self.ref = weakref.ref(optimizer)
        self.kind = type(optimizer).__name__
        self.rate = _rate(optimizer)
        self.stepped = 0
        self.all_frozen = False
        self.weights: frozenset[int] = frozenset()
        self.see(optimizer)

    def see(self, optimizer: Any) -> None:
        """Note what the optimizer holds now."""
        held = [p for group in optimizer.param_groups for p in group["params"]]
        self.weights = frozenset(map(id, held))
        self._one = weakref.ref(held[0]) if held else None
        self.all_frozen = not any(p.requires_grad for p in held)

    @property
    def holds(self) -> frozenset[int]:
        """Its weights by id; none where these are gone, since others may have their ids by now."""
        gone = self._one is None or self._one() is None
        return frozenset() if gone else self.weights

    def record(self) -> Optimizer:
        """Return its settings."""
        optimizer = self.ref()
        group = optimizer.param_groups[0] if optimizer is not None else {}
        momentum = group.get("momentum")
        decay = group.get("weight_decay")
        return Optimizer(
            name=self.kind,
            learning_rate=self.rate,
            momentum=momentum if isinstance(momentum, float) and momentum else None,
            nesterov=True if group.get("nesterov") is True else None,
            weight_decay=decay if self.kind == "AdamW" and decay else None,
            line=self.line or None,
        )


def _rate(optimizer: Any) -> float | None:
    rate = optimizer.param_groups[0].get("lr") if optimizer.param_groups else None
    return float(rate) if isinstance(rate, int | float) else None


def rates(optimizer: Any) -> tuple[float, float] | None:
    """Return the lowest and highest rate of an optimizer's groups, where these are plain."""
    found = [group.get("lr") for group in optimizer.param_groups]
    if not found or not all(isinstance(rate, int | float) for rate in found):
        return None
    return float(min(found)), float(max(found))


def highest_rate(optimizer: Any) -> float | None:
    """Return the rate of an optimizer; of several groups the highest, `None` of tensors."""
    groups = optimizer.param_groups
    rate = groups[0].get("lr") if len(groups) == 1 else (rates(optimizer) or (None, None))[1]
    return float(rate) if isinstance(rate, int | float) else None


def holds_no_gradients(optimizer: Any) -> bool:
    """Return whether its weights hold no gradients, as far as reading them is free."""
    params = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
    some = [p.grad for p in params if p.grad is not None][:MOST_READ]
    return all(g.device.type == "cpu" and not g.is_sparse and not bool(g.any()) for g in some)


MOST_READ = 3
"""Gradients that are read whether they are all 0."""


class Plan:
    """A scheduler of the learning rate."""

    def __init__(self, number: int, scheduler: Any, line: int) -> None:
        self.number, self.line = number, line
        self.ref = weakref.ref(scheduler)
        self.kind = type(scheduler).__name__
        self.numbers = {
            name: float(value)
            for name in NUMBERS
            if isinstance(value := getattr(scheduler, name, None), int | float)
        }
        if (milestones := getattr(scheduler, "milestones", None)) and self.kind == "MultiStepLR":
            self.numbers["milestones"] = float(max(milestones))
        self.stepped = 0
        self.optimizer = (
            weakref.ref(scheduler.optimizer) if hasattr(scheduler, "optimizer") else None
        )

    def record(self, batches: int | None, epochs: int) -> loop.Plan:
        """Return the record; `batches` are those of an epoch, `epochs` those that were seen."""
        whole = (batches or 0) * epochs
        counts = tuple(
            f"{name}={self.numbers[name]:g}"
            for name in IN_BATCHES
            if batches and batches > 1 and epochs > 1 and self.numbers.get(name, 0) >= whole
        )
        return loop.Plan(kind=self.kind, line=self.line, numbers=self.numbers, counts=counts)


def networks(
    nets: Iterable[Net], learned: set[int], loaded: set[int]
) -> tuple[tuple[loop.Network, ...], tuple[loop.Weights, ...], list[frozenset[int]]]:
    """Return networks and their weights as records, and the tensors of each of these weights.

    `learned` are tensors whose gradients were computed, `loaded` those that something was loaded
    into, or that an earlier training changed; by `id`.
    """
    found: list[loop.Weights] = []
    tensors: list[frozenset[int]] = []
    numbers: dict[frozenset[int], int] = {}
    made = []
    for net in nets:
        own = []
        for name, key in net.holders:
            if key not in numbers:
                numbers[key] = len(found)
                tensors.append(key)
                found.append(
                    loop.Weights(
                        name=name or net.kind,
                        line=net.line,
                        fresh=not key & loaded,
                        trainable=bool(key & net.trainable & learned),
                    )
                )
            own.append(numbers[key])
        made.append(
            loop.Network(
                name=net.kind, line=net.line, weights=tuple(own), noisy=net.noisy,
                switched=net.switched,
            )
        )  # fmt: skip
    return tuple(made), tuple(found), tensors


def optimizers(
    held: Iterable[Held], nets: list[Net], tensors: list[frozenset[int]]
) -> tuple[loop.Held, ...]:
    """Return optimizers as records, with the weights and networks that they hold."""
    return tuple(
        loop.Held(
            name=one.kind,
            line=one.line,
            kind=one.kind,
            weights=tuple(n for n, ids in enumerate(tensors) if ids & one.weights),
            networks=tuple(n for n, net in enumerate(nets) if net.weights & one.weights),
            all_frozen=one.all_frozen,
        )
        for one in held
    )
