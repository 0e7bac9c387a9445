"""PyTorch's public methods, wrapped so that what passes is heard of and nothing else changes.

Classes are wrapped, never objects: what is saved or copied is the user's alone. Inside what
`torch.compile` traces, a wrapper is the method that it stands for. Child processes hear nothing.
"""

from __future__ import annotations

import atexit
import functools
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from fitdoctor.observe.place import line_of_script
from fitdoctor.observe.pytorch import held, light
from fitdoctor.observe.pytorch.network import Tracer, backbone_of
from fitdoctor.observe.pytorch.tensors import first_tensor
from fitdoctor.observe.pytorch.watch import Watch
from fitdoctor.observe.written import say

MARK = "__fitdoctor__"
Method = Callable[..., Any]


class Seam:
    """What is wrapped, for one script."""

    def __init__(self, torch: Any, folder: Path) -> None:
        self.torch = torch
        self.watch = Watch(torch, folder, line_of_script, self.find)
        self.modules: dict[int, tuple[weakref.ref[Any], int]] = {}
        """Modules by id, since they may have a hash of their own, and the lines that made them."""
        self.inside = False
        """A network is being called, and what it calls itself is a part of it."""
        self.scheduling = False
        self.off = False
        self._thread = threading.get_ident()
        self._undo: list[Callable[[], None]] = []
        self._kinds: set[type] = set()
        self._compiling: Callable[[], bool] = torch.compiler.is_compiling

    def hears(self) -> bool:
        """Return whether a call is to be heard of."""
        # First, since what is traced by torch.compile must not depend on anything of ours.
        if self._compiling():
            return False
        return not self.off and threading.get_ident() == self._thread

    def safely(self, act: Callable[..., Any], *given: Any, **named: Any) -> None:
        """Call a function of ours; one that fails ends the recording, with one line."""
        began = time.thread_time()  # what others take of the machine is not ours
        try:
            act(*given, **named)
            self.watch.budget.spend(time.thread_time() - began)
        except Exception as error:  # noqa: BLE001 - recording must not end somebody's training
            self.off = True
            say(f"recording ends here: {error!r}"[:300])

    def counts(self, act: Callable[..., None], *given: Any, **named: Any) -> None:
        """Count a batch that is not looked at."""
        try:
            self.watch.counts(act, *given, **named)
        except Exception as error:  # noqa: BLE001 - as above
            self.off = True
            say(f"recording ends here: {error!r}"[:300])

    def put(self, home: Any, name: str, make: Callable[[Method], Method]) -> None:
        """Let what `make` returns of a method stand for it, once."""
        original = vars(home)[name]
        if hasattr(original, MARK):
            return
        made = functools.wraps(original)(make(original))
        setattr(made, MARK, True)
        setattr(home, name, made)
        self._undo.append(lambda: setattr(home, name, original))

    def undo(self) -> None:
        """Put everything back."""
        while self._undo:
            self._undo.pop()()

    def install(self) -> None:
        """Wrap all methods."""
        torch = self.torch
        module, optimizer = torch.nn.Module, torch.optim.Optimizer
        for name in ("__init__", "__setstate__"):
            self.put(module, name, self._makes_module)
        self.put(module, "train", self._switches)
        self.put(module, "zero_grad", self._clears_module)
        self.put(module, "load_state_dict", self._loads)
        self.put(optimizer, "__init__", self._makes_optimizer)
        self.put(optimizer, "zero_grad", self._clears)
        handle = sys.modules[optimizer.__module__].register_optimizer_step_post_hook(self._stepped)
        self._undo.append(handle.remove)
        schedules = torch.optim.lr_scheduler
        self.put(schedules.LRScheduler, "__init__", self._makes_schedule)
        for kind in vars(schedules).values():
            own = isinstance(kind, type) and issubclass(kind, schedules.LRScheduler)
            if own and "step" in vars(kind):
                self.put(kind, "step", self._schedules)
        self.put(torch.Tensor, "backward", self._backward)
        loaders = torch.utils.data.dataloader
        self.put(loaders.DataLoader, "__iter__", self._iterates)
        self.put(loaders._BaseDataLoaderIter, "__next__", self._fetches)  # noqa: SLF001
        self._wrap_losses()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        self.off = True

    # Making

    def _makes_module(self, original: Method) -> Method:
        def made(module: Any, /, *given: Any, **named: Any) -> Any:
            result = original(module, *given, **named)
            if self.hears():
                self.safely(self._made, module)
            return result

        return made

    def _made(self, module: Any) -> None:
        key, modules = id(module), self.modules
        modules[key] = weakref.ref(module, lambda _: modules.pop(key, None)), line_of_script()

    @property
    def live(self) -> bool:
        """Whether it still hears."""
        return self in _seams

    def know(self, parts: Iterable[Any]) -> None:
        """Take networks, optimizers or schedulers that were made before."""
        watch = self.watch
        for part in parts:
            known = watch.opts.get(id(part)) or watch.plans.get(id(part))
            if known is not None and known.ref() is part:
                continue
            if isinstance(part, self.torch.nn.Module):
                for module in part.modules():
                    self.safely(self._made, module)
            elif isinstance(part, self.torch.optim.Optimizer):
                self.safely(self._made_optimizer, part)
            else:
                self.safely(watch.made_plan, part, line_of_script())
        for held_by in watch.facts.opts:  # which may be older than what is known of networks
            self.safely(self.find, held_by.weights)

    def _makes_optimizer(self, original: Method) -> Method:
        def made(optimizer: Any, /, *given: Any, **named: Any) -> Any:
            result = original(optimizer, *given, **named)
            if self.hears():
                self.safely(self._made_optimizer, optimizer)
            return result

        return made

    def _made_optimizer(self, optimizer: Any) -> None:
        found = self.watch.made_optimizer(optimizer, line_of_script())
        self.find(found.weights)

    def _makes_schedule(self, original: Method) -> Method:
        def made(scheduler: Any, /, *given: Any, **named: Any) -> Any:
            before, self.scheduling = self.scheduling, True  # it makes a first step itself
            try:
                result = original(scheduler, *given, **named)
            finally:
                self.scheduling = before
            if self.hears():
                self.safely(self.watch.made_plan, scheduler, line_of_script())
            return result

        return made

    def find(self, weights: frozenset[int] | set[int]) -> None:
        """Take the outermost networks that hold weights; of those never called their parts."""
        found = [ref() for ref, _ in tuple(self.modules.values())]
        every = [m for m in found if m is not None and hasattr(m, "_modules")]
        inner = {id(c) for m in every for c in m._modules.values()}  # noqa: SLF001
        outer = [m for m in every if id(m) not in inner]
        for module in outer:
            if any(id(p) in weights for p in module.parameters()):
                self._take(module, weights)

    def _take(self, module: Any, weights: frozenset[int] | set[int]) -> None:
        known = self.net(module)
        if known is None:
            _, line = self.modules.get(id(module), (None, 0))
            self.watch.made_net(module, line)
            self._wrap_call(type(module))
        elif not known.called:
            for part in module.children():
                if any(id(p) in weights for p in part.parameters()):
                    self._take(part, weights)

    def net(self, module: Any) -> held.Net | None:
        found = self.watch.nets.get(id(module))
        return found if found is not None and found.ref() is module else None

    # Calling

    def _wrap_call(self, kind: type) -> None:
        """Wrap the call of a class of networks."""
        if kind in self._kinds:
            return
        self._kinds.add(kind)
        own = vars(kind).get("__call__")
        base: Any = next(k for k in kind.__mro__[1:] if "__call__" in vars(k))

        def original(module: Any, /, *given: Any, **named: Any) -> Any:
            # Looked up each time: torch.fx replaces the call of `Module` for a while.
            call = own if own is not None else base.__call__
            return call(module, *given, **named)

        watch, nets = self.watch, self.watch.nets

        compiling, grads = self._compiling, self.torch.is_grad_enabled

        def called(module: Any, /, *given: Any, **named: Any) -> Any:
            # First, since what is traced by torch.compile must not depend on anything of ours.
            if compiling() or self.inside or id(module) not in nets:
                return original(module, *given, **named)
            if watch.skipped and (not watch.alone or (watch.swift == id(module) and grads())):
                return original(module, *given, **named)
            if not self.hears() or (watch.swift == id(module) and watch.hastes and grads()):
                return original(module, *given, **named)
            net = self.net(module)
            if net is None or self.torch.jit.is_tracing():  # which would trace our looks too
                return original(module, *given, **named)
            if watch.idle:
                output = original(module, *given, **named)
                self.counts(light.forward, net, output)
                return output
            return self._call(net, module, original, given, named)

        setattr(called, MARK, True)
        setattr(kind, "__call__", functools.wraps(own or base.__call__)(called))  # noqa: B010
        self._undo.append(
            lambda: setattr(kind, "__call__", own) if own is not None else delattr(kind, "__call__")
        )

    def _call(self, net: held.Net, module: Any, original: Method, given: Any, named: Any) -> Any:
        tracer = self._tracer(net, module)
        self.inside = True
        try:
            output = original(module, *given, **named)
        finally:
            self.inside = False
            if tracer is not None:
                tracer.end()
        taken = given or tuple(named.values())
        if tracer is not None:
            self.safely(self._traced, net, module, tracer, first_tensor(taken), output)
        self.safely(self.watch.forward, net, taken, output, training=module.training)
        return output

    def _tracer(self, net: held.Net, module: Any) -> Tracer | None:
        """Return what traces a pass; only the first one that gradients are kept of."""
        torch = self.torch
        if net.layers is not None or not torch.is_grad_enabled():
            return None
        net.layers = ()
        compiled = any(type(m).__name__ == "OptimizedModule" for m in module.modules())
        if compiled or isinstance(module, torch.jit.ScriptModule):
            return None
        return Tracer(torch.nn.modules.module.register_module_forward_hook)

    def _traced(self, net: held.Net, module: Any, tracer: Tracer, given: Any, output: Any) -> None:
        names = {id(m): name for name, m in module.named_modules()}
        net.layers = tracer.layers(names, given, first_tensor(output))
        net.backbone = backbone_of(module, self.watch.facts.loaded)
        net.see(module)  # lazy modules have their weights by now

    def _wrap_losses(self) -> None:
        kind = self.torch.nn.modules.loss._Loss  # noqa: SLF001 - the base of all losses
        base = self.torch.nn.Module
        watch, compiling, grads = self.watch, self._compiling, self.torch.is_grad_enabled

        def called(loss: Any, /, *given: Any, **named: Any) -> Any:
            if compiling() or self.inside or watch.skipped or not self.hears():
                return base.__call__(loss, *given, **named)
            if watch.swift and watch.hastes and grads():
                return base.__call__(loss, *given, **named)
            summed = getattr(loss, "reduction", "") == "sum"
            if watch.idle:
                if watch.loaders[-1].kind == "train":
                    return base.__call__(loss, *given, **named)
                value = base.__call__(loss, *given, **named)
                if hasattr(value, "grad_fn"):
                    self.counts(light.compared, value, summed=summed)
                return value
            self.safely(self.watch.compares, (*given, *named.values()))
            value = base.__call__(loss, *given, **named)
            if hasattr(value, "grad_fn"):
                self.safely(self.watch.compared, value, summed=summed)
            return value

        kind.__call__ = functools.wraps(base.__call__)(called)
        self._undo.append(lambda: delattr(kind, "__call__"))

    # Learning

    def _switches(self, original: Method) -> Method:
        def train(module: Any, /, *given: Any, **named: Any) -> Any:
            if (net := self.watch.nets.get(id(module))) is not None:
                net.switched = True
            return original(module, *given, **named)

        return train

    def _clears(self, original: Method) -> Method:
        watch = self.watch

        def zero_grad(optimizer: Any, /, *given: Any, **named: Any) -> Any:
            result = original(optimizer, *given, **named)
            if not (watch.skipped or watch.counting) and self.hears():
                found = self.watch.opts.get(id(optimizer))
                if found is not None:
                    self.safely(self.watch.clear, (found.number,), ())
            return result

        return zero_grad

    def _clears_module(self, original: Method) -> Method:
        watch = self.watch

        def zero_grad(module: Any, /, *given: Any, **named: Any) -> Any:
            result = original(module, *given, **named)
            if not (watch.skipped or watch.counting) and self.hears():
                self.safely(self._cleared, module)
            return result

        return zero_grad

    def _cleared(self, module: Any) -> None:
        cleared = {id(p) for p in module.parameters()}
        facts = self.watch.facts
        opts = tuple(o.number for o in facts.opts if o.weights <= cleared)
        nets = tuple(n.number for n in facts.nets if n.called and n.weights <= cleared)
        if opts or nets:
            self.watch.clear(opts, nets)

    def _loads(self, original: Method) -> Method:
        def load_state_dict(module: Any, /, *given: Any, **named: Any) -> Any:
            result = original(module, *given, **named)
            if self.hears():
                self.watch.facts.loaded |= {id(p) for p in module.parameters()}
            return result

        return load_state_dict

    def _stepped(self, optimizer: Any, _given: Any, _named: Any) -> None:
        watch = self.watch
        if watch.swift and watch.hastes:
            if watch.skipped:
                watch.skip_alone()
            elif watch.training is not None:
                watch.training.epoch.rate = held.highest_rate(optimizer)
                watch.skipped = watch.alone > 0
        elif not watch.idle and self.hears():
            found = self.watch.opts.get(id(optimizer))
            if found is not None and found.ref() is optimizer:
                self.safely(self.watch.step, found, optimizer)

    def _schedules(self, original: Method) -> Method:
        def step(scheduler: Any, /, *given: Any, **named: Any) -> Any:
            if not self.hears() or self.scheduling:
                return original(scheduler, *given, **named)
            self.scheduling = True  # schedulers of schedulers step theirs
            try:
                result = original(scheduler, *given, **named)
            finally:
                self.scheduling = False
            self.safely(self._scheduled, scheduler)
            return result

        return step

    def _scheduled(self, scheduler: Any) -> None:
        line = line_of_script()
        plan = self.watch.plans.get(id(scheduler))
        if plan is None or plan.ref() is not scheduler:
            self.watch.made_plan(scheduler, line)
        self.watch.schedule(scheduler, line)

    def _alone(self, tensor: Any) -> None:
        """Count an epoch of one step; as `safely`, without a clock."""
        try:
            self.watch.step_alone(tensor)
        except Exception as error:  # noqa: BLE001 - recording must not end somebody's training
            self.off = True
            say(f"recording ends here: {error!r}"[:300])

    def _backward(self, original: Method) -> Method:
        watch = self.watch

        def backward(tensor: Any, /, *given: Any, **named: Any) -> Any:
            if not watch.skipped and self.hears():
                if watch.idle and watch.loaders[-1].kind == "train":
                    self.counts(light.backward, tensor)
                elif watch.swift and watch.hastes:
                    self._alone(tensor)
                else:
                    self.safely(watch.backward, tensor)
            return original(tensor, *given, **named)

        return backward

    # Data

    def _iterates(self, original: Method) -> Method:
        def __iter__(loader: Any, /) -> Any:  # noqa: N807 - its name is kept
            iterator = original(loader)
            if self.hears():
                self.safely(self.watch.iterated, loader, iterator, line_of_script())
            return iterator

        return __iter__

    def _fetches(self, original: Method) -> Method:
        watch = self.watch

        def __next__(iterator: Any, /) -> Any:  # noqa: N807 - its name is kept
            try:
                batch = original(iterator)
            except StopIteration:
                if self.hears():
                    self.safely(watch.exhausted, iterator)
                raise
            if watch.left and watch.going_on is iterator:
                watch.skip()
            elif watch.measuring is iterator:
                watch.measured(batch)
            elif self.hears():
                self.safely(watch.fetched, iterator, batch)
            return batch

        return __next__


_seams: list[Seam] = []


def install(torch: Any, folder: str, probes: str) -> Seam:  # noqa: ARG001 - as of Keras
    """Wrap the methods of torch; undone at exit."""
    seam = Seam(torch, Path(folder).absolute())
    _seams.append(seam)
    seam.install()
    atexit.register(uninstall)
    return seam


def active() -> bool:
    """Return whether trainings are recorded already."""
    return bool(_seams)


def uninstall() -> None:
    """Put everything back, and finish what is open."""
    for seam in _seams:
        seam.undo()
        if not seam.off:
            seam.safely(seam.watch.finish)
    _seams.clear()


def failed(error: BaseException) -> None:
    """Hear of the exception that ends the script."""
    for seam in _seams:
        if not seam.off:
            seam.safely(seam.watch.finish, error)
            seam.off = True
