"""A loop of PyTorch whose training is about to begin: what a treatment may change of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from fitdoctor.observe.patient import UntreatableError
from fitdoctor.observe.pytorch.functions import ACTIVATIONS, Compared
from fitdoctor.records.job import Job, Looped

Change = Callable[[Any], Any]
Acts = TypeVar("Acts", bound=Callable[..., str])


def early(act: Acts) -> Acts:
    """Mark a treatment that acts before anything of the script is made."""
    act.early = True  # type: ignore[attr-defined]
    return act


RATES = ("lr", "initial_lr", "max_lr", "min_lr", "base_lr")
"""Learning rates in a group of an optimizer, those that schedulers keep there among them."""


class Step:
    """A layer with weights, or an activation, as one pass through the network came by it."""

    def __init__(self, kind: str, module: Any, place: int | None, out: Any) -> None:
        self.kind, self.module, self.out = kind, module, out
        self.place = place
        """The number of the activation in a pass, from 0."""


class Loop:
    """What a treatment changes: networks and optimizers at once, values as they pass."""

    def __init__(self, torch: Any, job: Job, *, seed: int = 0) -> None:
        self.torch, self.job, self.seed = torch, job, seed
        self.seen: Looped = job.loop or Looped(epochs=0)
        self.networks: list[Any] = []
        """Networks that an optimizer holds weights of."""
        self.optimizers: list[Any] = []
        self.schedulers: list[Any] = []
        self.given: tuple[Any, ...] = ()
        """What the network is about to be called with."""
        self.pass_through: Callable[[], tuple[list[Step], Any]] | None = None
        """Make one pass whose result nobody sees: its steps, and its output."""
        # What happens as values pass
        self.inputs: list[Change] = []
        """What each input of the network passes through, in training and elsewhere."""
        self.labels: list[Change] = []
        """What the right answers pass through."""
        self.losses: list[Callable[[Compared], Compared]] = []
        self.after_steps: list[Callable[[Any], None]] = []
        """Called with an optimizer that has stepped."""
        self.after_backward: list[Callable[[], None]] = []
        self.clears: Callable[[], bool] = lambda: True
        """Whether a call that clears gradients does."""
        self.schedules: Callable[[Any], bool] = lambda _: True
        """Whether a step of a scheduler is made."""
        self.loaders: list[Callable[[Any], None]] = []
        """Called with a loader before each pass over it."""
        self.instead: dict[int, str | None] = {}
        """Number of an activation in a pass -> the one to take for it; `None` of none."""
        self.most_dropout = 1.0
        self.dropped: set[float] = set()
        """Rates of dropout that the pass whose result nobody sees came by."""
        self.dropout_by_mode = False
        """Functions of dropout act where the network is in training mode alone."""
        self.modes: str = ""
        """`eval`: measuring is done in inference mode; `train`: learning in training mode."""
        self.patience: int | None = None
        """Epochs without a lower validation loss after which the best one is taken."""
        self.epoch = 1
        """The epoch that is trained."""
        self.changed = ""
        """What a treatment that acts from the beginning on has changed."""
        self._steps: tuple[list[Step], Any] | None = None

    @property
    def modules(self) -> Iterator[Any]:
        """Every part of the networks, once."""
        seen: set[int] = set()
        for network in self.networks:
            for module in network.modules():
                if id(module) not in seen:
                    seen.add(id(module))
                    yield module

    @property
    def groups(self) -> Iterator[dict[str, Any]]:
        """The groups of all optimizers."""
        for optimizer in self.optimizers:
            yield from optimizer.param_groups

    @property
    def steps(self) -> tuple[list[Step], Any]:
        """Layers and activations in the order of one pass, and its output.

        Raises `UntreatableError` where the network cannot be asked.
        """
        if self._steps is None:
            if self.pass_through is None:
                raise UntreatableError("the network was not called in a way that can be repeated")
            self._steps = self.pass_through()
        return self._steps

    @property
    def output(self) -> tuple[Step | None, Step | None]:
        """The last layer with weights, and the activation behind it."""
        steps, _ = self.steps
        weighted = [number for number, step in enumerate(steps) if step.kind not in ACTIVATIONS]
        if not weighted:
            return None, None
        behind = [step for step in steps[weighted[-1] + 1 :] if step.kind in ACTIVATIONS]
        return steps[weighted[-1]], behind[-1] if behind else None

    @property
    def dropouts(self) -> set[float]:
        """The rates of all dropouts but those inside of recurrent layers."""
        _ = self.steps
        rates = (getattr(m, "p", 0.0) for m in self.modules if "Dropout" in type(m).__name__)
        return {*self.dropped, *(float(rate) for rate in rates if rate)}

    def replace_weights(self, module: Any, other: Any) -> None:
        """Give a layer the weights of another one, in the optimizers too."""
        swapped: dict[int, Any] = {}
        for name, weight in list(module.named_parameters(recurse=False)):
            fresh = getattr(other, name)
            swapped[id(weight)] = fresh
            setattr(module, name, fresh)
        for group in self.groups:
            group["params"] = [swapped.get(id(weight), weight) for weight in group["params"]]

    def scale_rates(self, factor: float) -> None:
        """Multiply every learning rate, and what schedulers compute them from."""
        for group in self.groups:
            for name in RATES:
                if name in group:
                    group[name] = group[name] * factor
        for scheduler in self.schedulers:
            if hasattr(scheduler, "base_lrs"):
                scheduler.base_lrs = [rate * factor for rate in scheduler.base_lrs]
            if hasattr(scheduler, "_last_lr"):
                scheduler._last_lr = [rate * factor for rate in scheduler._last_lr]  # noqa: SLF001
