"""A loop of PyTorch in a trial: seeds are set, one thing changed, the outcome measured."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from msgspec.structs import replace

from fitdoctor.experiments.jobs import FILES
from fitdoctor.observe.patient import UntreatableError
from fitdoctor.observe.place import line_of_script
from fitdoctor.observe.pytorch import aside, held
from fitdoctor.observe.pytorch.budget import Budget
from fitdoctor.observe.pytorch.functions import ACTIVATIONS, Compared, Functions
from fitdoctor.observe.pytorch.loop import Loop, Step
from fitdoctor.observe.pytorch.outcome import Collected
from fitdoctor.observe.pytorch.passes import Pass
from fitdoctor.observe.pytorch.seam import Method, Seam
from fitdoctor.observe.pytorch.streams import Streams
from fitdoctor.observe.pytorch.tensors import first_tensor
from fitdoctor.observe.pytorch.treatments import Treatment, all_treatments
from fitdoctor.observe.pytorch.watch import Watch
from fitdoctor.records.job import Job, Measured
from fitdoctor.records.text import from_json, to_json

BEGAN = time.monotonic()


class Unlimited(Budget):
    """Of a trial everything is looked at: what it takes is no cost to the person's own training."""

    @property
    def allows(self) -> bool:
        return True


class Followed(Watch):
    """Hears of passes as a recording does, and tells a trial of each that is over."""

    on_close: Callable[[Pass], None] = staticmethod(lambda _: None)

    def _close(self, one: Pass) -> None:
        super()._close(one)
        self.on_close(one)


class Trial(Seam):
    """The methods of torch in a trial."""

    def __init__(self, torch: Any, job: Job, result: Path, data_seed: int) -> None:
        folder = result.with_suffix(FILES)
        super().__init__(torch, folder / "run")
        self.watch = Followed(torch, folder / "run", line_of_script, self.find)
        self.watch.budget, self.watch.thrifty = Unlimited(), False
        self.watch.on_close = self._closed
        self.job, self.result, self.folder = job, result, folder
        self.loop = Loop(torch, job, seed=job.seed or 0)
        self.functions = Functions(torch)
        self.streams = Streams(torch, job.seed or 0, job.order_seed or 0, data_seed)
        self.collected = Collected(self.loop)
        self.begun = False
        self._asking = False
        """A pass is made whose result nobody sees."""
        self._place = 0
        """Activations of the pass that is under way."""
        self._steps: list[Step] | None = None
        self._last: Pass | None = None
        """The pass that the outcome is of, as far as it is known."""
        self._best: tuple[float, int, Measured] | None = None
        """Lowest validation loss, its epoch and its outcome, where training stops early."""

    # Ends

    def end(self, measured: Measured) -> NoReturn:
        """Write the result and end the process: what the script does later is none of a trial."""
        seconds = round(time.monotonic() - BEGAN, 3)
        whole = replace(measured, changed=self.loop.changed, seconds=seconds)
        part = self.result.with_suffix(".part")
        part.write_text(to_json(whole), encoding="utf-8")
        part.replace(self.result)
        os._exit(0)

    def ended(self, error: BaseException | None) -> None:
        """Hear that the script has ended; returns where its training had not begun."""
        if not self.begun:
            return
        done = error is None or (isinstance(error, SystemExit) and not error.code)
        if done or self._trained >= self._wanted:
            self.watch.finish()
            self._outcome()
        words = " ".join(str(error).split())[:200]
        self.end(Measured(outcome=self.job.outcome, failure=f"{type(error).__name__}: {words}"))

    def _outcome(self) -> None:
        """End with the outcome of the pass that counts."""
        if self._best is not None:
            self.end(self._best[2])
        if self._last is None:
            self.end(Measured(refused="nothing was measured that the outcome could be of"))
        self.end(self._measured(self._last))

    def _measured(self, one: Pass) -> Measured:
        score = self.collected.inferred if self._of_training else self.collected.measured
        self._asking = True
        found = score(one)
        return found or Measured(refused="the right answers of what is measured are not known")

    @property
    def _of_training(self) -> bool:
        return self.job.scored_on == "training"

    @property
    def _wanted(self) -> int:
        """Epochs until the outcome."""
        return min(filter(None, (self.loop.seen.epochs, self.job.epochs)), default=1)

    @property
    def _trained(self) -> int:
        """Epochs that were trained, the one under way among them."""
        training = self.watch.training
        if training is None:
            return 0
        return training.last_epoch + (1 if training.epoch.steps else 0)

    def _closed(self, one: Pass) -> None:
        """Hear that a pass is over, and end where the outcome is of it."""
        training = self.watch.training
        if not self.begun or training is None or self._asking:
            return
        self.loop.epoch = training.last_epoch + 1
        if not self._counts(one):
            return
        self._last = one
        if self.loop.patience is not None and self.job.scored_on == "validation":
            self._stop_early(one)
        loaded = self.watch.facts.sources[one.source].loader is not None
        if loaded and self._trained >= self._wanted:
            self._outcome()

    def _counts(self, one: Pass) -> bool:
        """Return whether the outcome is of a pass like this one."""
        training = self.watch.training
        if training is None or len(self.watch.trainings) != self.job.fit:
            return False
        if self._of_training:
            return one.kind == "train"
        if one.kind == "train" or one.source in training.trained:
            return False
        if self.job.scored_on == "validation":
            return training.validation in {None, one.source}
        return self._trained >= self._wanted

    def _stop_early(self, one: Pass) -> None:
        """Keep the best epoch so far; end where it was too long ago."""
        found = one.figures.means()
        loss = found.get("loss", 1.0 - found.get("accuracy", 0.0))
        if self._best is None or loss < self._best[0]:
            self._best = loss, self.loop.epoch, self._measured(one)
            self._asking = False
        elif self.loop.epoch - self._best[1] >= (self.loop.patience or 0):
            self.end(self._best[2])

    def safely(self, act: Callable[..., Any], *given: Any, **named: Any) -> None:
        """Call what follows the loop; where it fails there is no trial."""
        try:
            act(*given, **named)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's loop does
            words = " ".join(str(error).split())[:300]
            self.end(Measured(refused=f"it cannot be followed: {type(error).__name__}: {words}"))

    def undo(self) -> None:
        """Put everything back."""
        super().undo()
        self.functions.undo()

    # The beginning

    def install(self) -> None:
        """Wrap all methods; a treatment that acts from the beginning on does."""
        super().install()
        self.streams.install(self.put)
        self.functions.install(self.put)
        self.functions.compared = self._compares
        self.functions.activated, self.functions.was_activated = self._activates, self._activated
        self.functions.dropped = self._drops
        self.functions.masked = self.streams.masked
        aside.install(self.torch, self.folder, self.put)
        act = self._treatment
        if act is not None and getattr(act, "early", False):
            self._treat(act)

    @property
    def _treatment(self) -> Treatment | None:
        given = self.job.treatment
        return all_treatments()[given.intervention] if given is not None else None

    def _treat(self, act: Treatment) -> None:
        given = self.job.treatment
        assert given is not None
        try:
            changed = act(self.loop, **given.arguments)
        except UntreatableError as error:
            self.end(Measured(refused=str(error)))
        except Exception as error:  # noqa: BLE001 - whatever a stranger's loop does
            words = " ".join(str(error).split())[:300]
            self.end(Measured(refused=f"{type(error).__name__}: {words}"))
        self.loop.changed = changed or self.loop.changed

    def _begin(self, module: Any, original: Method | None, given: Any, named: Any) -> None:
        """Treat the loop right before its first step."""
        self.begun = True
        watch, loop = self.watch, self.loop
        mine, nets = watch.facts.opts, [net.ref() for net in watch.facts.nets]
        if self.job.fit > 1:  # networks and optimizers of trainings before it may still be there
            mine = watch.late
            weights = frozenset().union(*(one.weights for one in mine))
            nets = [net.ref() for net in watch.facts.nets if net.weights & weights]
        loop.networks = [n for n in nets if n is not None]
        loop.optimizers = [o for o in (one.ref() for one in mine) if o is not None]
        plans = (plan.ref() for plan in watch.facts.plans)
        ours = set(map(id, loop.optimizers))
        loop.schedulers = [
            p for p in plans if p is not None and id(getattr(p, "optimizer", None)) in ours
        ]
        loop.given = given
        if original is not None:
            loop.pass_through = lambda: self._asked(module, original, given, named)
        act = self._treatment
        if act is not None:
            if not getattr(act, "early", False):
                self._treat(act)
            if not loop.changed:
                name = act.__name__
                self.end(Measured(refused=f"{name} would change nothing here"))
        self.streams.begin()

    def _asked(
        self, module: Any, original: Method, given: Any, named: Any
    ) -> tuple[list[Step], Any]:
        """Make one pass in inference mode, and return its steps and its output."""
        modes = [(part, part.training) for part in module.modules()]
        register = self.torch.nn.modules.module.register_module_forward_hook
        self._steps, self._place, self._asking = [], 0, True
        handle = register(self._passed)
        try:
            module.eval()
            with self.torch.no_grad(), self.torch.random.fork_rng():
                out = original(module, *given, **named)
        finally:
            handle.remove()
            for part, mode in modes:
                part.training = mode
            steps, self._steps, self._asking = self._steps, None, False
        return steps, first_tensor(out)

    def _passed(self, module: Any, _given: Any, out: Any) -> None:
        own = next(module.parameters(recurse=False), None)
        if self._steps is not None and own is not None and next(module.children(), None) is None:
            self._steps.append(Step(type(module).__name__, module, None, first_tensor(out)))

    # What passes

    def _new(self, net: held.Net) -> bool:
        """Return whether the training that counts begins with a pass through a network."""
        if self.begun or self._asking or not self.torch.is_grad_enabled():
            return False
        if self.job.fit == 1:
            return True
        late = any(one.weights & net.weights for one in self.watch.late)
        return late and len(self.watch.trainings) == self.job.fit - 1

    def _call(self, net: held.Net, module: Any, original: Method, given: Any, named: Any) -> Any:
        if self._new(net):
            self._begin(module, original, given, named)
        if not self.begun or self._asking:
            self._place = 0
            return super()._call(net, module, original, given, named)
        given, named = self._changed(given, named)
        self._place = 0
        modes = self._switched(module)
        try:
            output = super()._call(net, module, original, given, named)
        finally:
            for part, mode in modes:
                part.training = mode
        if (one := self.watch.current) is not None:
            self.collected.called(one, module, (given, named), output)
        return output

    def _changed(self, given: Any, named: Any) -> tuple[Any, Any]:
        """Return what a network is called with, its inputs changed."""
        if not self.loop.inputs:
            return given, named
        taken = list(given)
        for number, x in enumerate(taken):
            if hasattr(x, "grad_fn"):
                for change in self.loop.inputs:
                    x = change(x)  # noqa: PLW2901
                taken[number] = x
                break
        return tuple(taken), named

    def _switched(self, module: Any) -> list[tuple[Any, bool]]:
        """Put a network into the mode that a treatment wants, and return the modes it was in."""
        wanted = self.loop.modes
        if not wanted or (wanted == "eval") != self._measuring:
            return []
        modes = [(part, part.training) for part in module.modules()]
        for part, _ in modes:
            part.training = wanted == "train"
        return modes

    @property
    def _measuring(self) -> bool:
        """Whether a pass measures: no gradients are kept, or it is over other images."""
        training, one = self.watch.training, self.watch.current
        if not self.torch.is_grad_enabled():
            return True
        if training is None or one is None or not training.trained:
            return False
        return self.watch.facts.sources[one.source].loader is not None and (
            one.source not in training.trained
        )

    def _compares(self, call: Compared) -> Compared:
        if not self.begun or self._asking:
            return call
        self.collected.compared(self.watch.current, call)
        if self.loop.labels and hasattr(call.target, "grad_fn"):
            for change in self.loop.labels:
                call.target = change(call.target)
        for treat in self.loop.losses:
            call = treat(call)
        if hasattr(call.scores, "requires_grad") and call.scores.requires_grad:
            self.collected.loss = call.name
        return call

    def _activates(self, name: str, _x: Any) -> str | None:
        if not self.inside and self._steps is None:
            return name
        number, self._place = self._place, self._place + 1
        return self.loop.instead.get(number, name)

    def _activated(self, name: str, _x: Any, out: Any) -> None:
        if self._steps is not None and name in ACTIVATIONS:
            self._steps.append(Step(name, None, self._place - 1, out))

    def _drops(self, p: float, training: bool) -> tuple[float, bool]:
        if self._steps is not None and p:
            self.loop.dropped.add(float(p))
        if self.begun and self.loop.dropout_by_mode and training:
            training = not self._measuring
        return min(p, self.loop.most_dropout) if self.begun else p, training

    # Learning and data

    def _clears(self, original: Method) -> Method:
        return self._gated(super()._clears(original))

    def _clears_module(self, original: Method) -> Method:
        return self._gated(super()._clears_module(original))

    def _gated(self, whole: Method) -> Method:
        def zero_grad(owner: Any, /, *given: Any, **named: Any) -> Any:
            if not self.begun or self.loop.clears():
                return whole(owner, *given, **named)
            return None

        return zero_grad

    def _stepped(self, optimizer: Any, given: Any, named: Any) -> None:
        super()._stepped(optimizer, given, named)
        if self.begun:
            for act in self.loop.after_steps:
                act(optimizer)

    def _schedules(self, original: Method) -> Method:
        whole = super()._schedules(original)

        def step(scheduler: Any, /, *given: Any, **named: Any) -> Any:
            inner = not self.begun or self.scheduling
            if inner or self.loop.schedules(scheduler):
                return whole(scheduler, *given, **named)
            return None

        return step

    def _backward(self, original: Method) -> Method:
        whole = super()._backward(original)

        def backward(tensor: Any, /, *given: Any, **named: Any) -> Any:
            result = whole(tensor, *given, **named)
            if not self.begun and self.hears() and self.watch.facts.nets and self.job.fit == 1:
                self._begin(None, None, (), {})
            if self.begun:
                for act in self.loop.after_backward:
                    act()
            return result

        return backward

    def _iterates(self, original: Method) -> Method:
        whole = super()._iterates(original)

        def __iter__(loader: Any, /) -> Any:  # noqa: N807 - its name is kept
            for act in self.loop.loaders:
                act(loader)
            return whole(loader)

        return __iter__


def install(torch: Any, order: bytes, result: Path, data_seed: int) -> Trial:
    """Wrap torch for the trial of an order."""
    trial = Trial(torch, from_json(order.decode(), Job), result, data_seed)
    trial.install()
    return trial
