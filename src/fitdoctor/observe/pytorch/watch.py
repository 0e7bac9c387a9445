"""What is done to networks, gradients and optimizers, heard of in order, as epochs of trainings."""

from __future__ import annotations

import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fitdoctor.observe.pytorch import figures, graph, held, light, sums
from fitdoctor.observe.pytorch.going import SWIFT_AFTER, Going
from fitdoctor.observe.pytorch.passes import Noted, Pass
from fitdoctor.observe.pytorch.tensors import first_tensor, on_cpu
from fitdoctor.observe.pytorch.training import Training
from fitdoctor.training import folders

MOST_GRAPHS = 4
"""Steps of a training whose graph is walked whole, a millisecond for a thousand nodes."""
RATES_EVERY = 16


class Watch(Going):
    """Hears of calls, and keeps the training that is under way up to date."""

    def __init__(
        self, torch: Any, folder: Path, line: Callable[[], int], find: Callable[[set[int]], None]
    ) -> None:
        super().__init__(line)
        self.torch, self.folder, self.find = torch, folder, find
        self.trainings: list[Training] = []
        self.nets: dict[int, held.Net] = {}
        self.opts: dict[int, held.Held] = {}
        self.plans: dict[int, held.Plan] = {}
        self.births = self.graphs = 0
        self.cleared = False
        """Gradients were cleared since the last step."""
        self.late: list[held.Held] = []
        """Optimizers that were made during a training, of other weights than its own."""
        self.reached: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
        self._given: tuple[Any, Any] | None = None

    # What is made

    def made_optimizer(self, optimizer: Any, line: int) -> held.Held:
        self.births += 1
        found = held.Held(len(self.facts.opts), optimizer, line, self.births)
        self.facts.opts.append(found)
        self.opts[id(optimizer)] = found
        if self.training is not None and self.training.opts:
            mine = self._held_by(self.training)
            if 2 * len(found.weights & mine) < len(found.weights):
                self.late.append(found)
        return found

    def made_net(self, module: Any, line: int) -> held.Net:
        found = held.Net(len(self.facts.nets), module, line)
        self.facts.nets.append(found)
        self.nets[id(module)] = found
        return found

    def made_plan(self, scheduler: Any, line: int) -> None:
        found = held.Plan(len(self.facts.plans), scheduler, line)
        self.facts.plans.append(found)
        self.plans[id(scheduler)] = found

    def _held_by(self, training: Training) -> frozenset[int]:
        mine = (o.holds for o in self.facts.opts if o.number in training.opts)
        return frozenset().union(*mine)

    # What a round does

    def forward(self, net: held.Net, given: Any, out: Any, *, training: bool) -> None:
        """Hear that a network was called."""
        if self.alone or (self.training is not None and self.training.left_out):
            self.resume()
        x = first_tensor(given)
        if x is None:
            return
        quiet = not self.torch.is_grad_enabled()
        one = self.loaders[-1] if self.loaders else self._tensors(x, quiet=quiet)
        at = self.round
        net.called = True
        noting = one.noting
        if not at.count:
            at.count = int(x.shape[0]) if x.dim() else 1
            at.x = None if self.facts.sources[one.source].split.full else x
            if one.kind != "train":
                one.figures.see(at.count)
        scores = first_tensor(out)
        if noting:
            at.nets.append(net)
            if not quiet:
                at.outputs.append((net, getattr(scores, "grad_fn", None)))
            mode = "train" if training else "eval"
            one.round.append(
                Noted(kind="forward", line=self.line(), nets=(net.number,), mode=mode, quiet=quiet,
                      source=one.source)
            )  # fmt: skip
        if one.kind != "train" and (quiet or one.count):
            self._measures(one, net, scores)

    def _measures(self, one: Pass, net: held.Net, scores: Any) -> None:
        """Compare outputs with the labels of the batch, as in training."""
        training, labels, at = self.training, one.labels, self.round
        if training is None:
            return
        if labels is not None and len(labels) != at.count:
            labels = None
        if labels is not None or one.labels is not None:
            self._look(one, at.x, labels)
        if labels is None or scores is None or labels.device != scores.device:
            return
        if training.scorer != net.number:
            return
        kind = "nll" if training.how == "nll" else training.kind
        one.figures.hit_later(kind, scores, labels, "" if one.by_criterion else training.how)

    def counts(self, act: Callable[..., None], *given: Any, **named: Any) -> None:
        """Let a function of `light` count a batch that is not looked at."""
        if self.training is not None and self.loaders:
            began = time.perf_counter()
            act(self.training, self.loaders[-1], *given, **named)
            self.budget.count(time.perf_counter() - began)

    def step_alone(self, value: Any) -> None:
        """Take an epoch that is one step over tensors which came by before."""
        began, training = time.perf_counter(), self.training
        if training is None or value.grad_fn is None or value.grad_fn.name() != training.node:
            self.swift = 0  # the script does something else by now
            return
        passed = (began - self._counted_at) / (1 + training.left_out)
        training.end_swiftly()
        light.count(training, value, self.round.count)
        self._counted_at = time.perf_counter()
        self.budget.count(self._counted_at - began, 1)
        most = training.last_epoch // SWIFT_AFTER
        self.alone = min(self.budget.every(passed), max(1, most)) - 1

    def compares(self, given: Any) -> None:
        """Hear that a loss of `torch.nn` is about to be called."""
        scores, target = (given[0], given[1]) if len(given) > 1 else (None, None)
        if hasattr(scores, "grad_fn") and hasattr(target, "grad_fn"):
            self._given = weakref.ref(scores), weakref.ref(target)

    def compared(self, value: Any, *, summed: bool) -> None:
        """Hear that it was called; outside of training its value is a figure."""
        one, at, training = self.current, self.round, self.training
        given, self._given = self._given, None
        if one is None or one.kind == "train" or given is None or training is None:
            return
        if not at.count or at.compared or (value.grad_fn is not None and not one.count):
            return
        at.compared = True
        if not one.by_criterion:
            one.by_criterion = True
            one.figures.drop_loss()
        if value.numel() == 1:
            one.figures.lose_later(value, at.count, 1 / at.count if summed else 1.0)
        scores, target = given[0](), given[1]()
        if one.labels is None and scores is not None and target is not None:
            self._look(one, at.x, target)
            one.figures.hit_later(training.kind, scores, target)

    def backward(self, value: Any) -> None:
        """Hear that gradients are about to be computed."""
        if value.grad_fn is None:
            return
        if self.idle:
            self.look_again()
        if self.late:
            self._another()
        training = self.training or self._new_training()
        one, at = self.current, self.round
        if one is None:
            self._note(Noted(kind="backward", line=self.line()), None)
            return
        self._learns(one)
        loss = graph.loss_of(value)
        if loss is not None and not training.kind:
            training.kind, training.summed = loss.kind, loss.summed
            training.node = loss.node.name() if not loss.depth else ""
        self._figures(training, value, loss)
        if one.noting:
            self._noted_backward(one, value, loss)
        self._look(one, at.x, self._labels(one, loss))
        at.x, at.outputs = None, []  # what is kept of a batch would take memory

    def _noted_backward(self, one: Pass, value: Any, loss: graph.Loss | None) -> None:
        self._walk(value)
        self._infer_clear(one)
        line = self.line()
        if loss is not None and loss.probabilities:
            one.round.append(Noted(kind="probabilities", line=line, detail=loss.probabilities))
        nets, opts = self.reached
        one.round.append(Noted(kind="backward", line=line, nets=nets, opts=opts))
        if loss is not None:
            self._relation(loss)

    def _figures(self, training: Training, value: Any, loss: graph.Loss | None) -> None:
        count = self.round.count
        scale = figures.scale_of(value, loss, count)
        found = figures.compared(loss) if loss is not None else None
        plain = value.detach()
        epoch = training.epoch.figures
        epoch.see(count)
        if scale is not None:
            epoch.lose_later(plain, count, scale)
        if loss is not None and found is not None:
            epoch.hit_later(loss.kind, *found)
        if self.current is self.direct and not training.by_tensors:
            right = sums.hits(loss.kind, found[0].detach(), found[1]) if loss and found else None
            training.pending.append(
                (count, plain if scale is not None else None, scale or 1.0, right)
            )

    def _labels(self, one: Pass, loss: graph.Loss | None) -> Any:
        """Return what the loss was given as targets, or the labels of the batch."""
        if self.facts.sources[one.source].split.full:
            return None
        count = self.round.count
        target = loss.target() if loss is not None else None
        if target is None or target.dim() == 0 or len(target) != count:
            target = one.labels
        return target if target is not None and len(target) == count else None

    def _learns(self, one: Pass) -> None:
        """Take a pass as one that trains."""
        if one.kind == "train":
            return
        training = self.training or self._new_training()
        one.kind = "train"
        loaded = self.facts.sources[one.source].loader is not None
        if loaded and one.source in training.epoch.trained:
            self._close_measures(one)
            training.end_epoch()
        training.epoch.trained.add(one.source)
        training.trained.add(one.source)
        one.figures.see(1)
        training.epoch.put(one)

    def _new_training(self) -> Training:
        place = folders.free_folder(self.folder)
        path = getattr(sys.modules["__main__"], "__file__", None) or "script"
        self.training = Training(place, path, self.facts, self.births)
        self.trainings.append(self.training)
        self.training.begin()
        self.graphs, self.cut = 0, None
        self.facts.learned = set()
        self.sources.begin_again()
        if not self.loaders and self.round.x is not None:
            self.sources.again(on_cpu(self.round.x))
        return self.training

    def _another(self) -> None:
        """End a training where a network learns whose optimizer was made after it had begun."""
        before = self.training
        weights = frozenset().union(*(n.weights for n in self.round.nets))
        mine = [o for o in self.late if o.weights & weights]
        if before is None or not mine or self._held_by(before) & weights:
            return
        self.late = []
        self.facts.loaded |= self._held_by(before)
        before.finish()
        self._new_training()
        one = self.direct
        if one is not None and not self.loaders:
            one.source = self.sources.of_tensors("train", one.line).number

    def _walk(self, value: Any) -> None:
        """Note of which weights gradients are computed, for the first steps."""
        if self.graphs >= MOST_GRAPHS and self.reached[0]:
            return
        self.graphs += 1
        found = {id(p) for p in graph.leaves(value)}
        self.facts.learned |= found
        for net in self.round.nets:
            if (module := net.ref()) is not None:
                net.see(module)
        known = frozenset().union(*(n.weights for n in self.round.nets))
        if found - known:
            self.find(found - known)
        nets = [n for n in dict.fromkeys(self.round.nets) if n.weights & found]
        nets = nets or [n for n in self.facts.nets if n.weights & found]
        opts = [o for o in self.facts.opts if o.weights & found and o.ref() is not None]
        self.reached = tuple(n.number for n in nets), tuple(o.number for o in opts)
        if nets and self.training is not None:
            self.training.networks = self.reached[0]

    def _relation(self, loss: graph.Loss) -> None:
        """Find the network whose output the loss was given."""
        training = self.training
        if training is None or training.scorer is not None:
            return
        under = graph.below(loss.node)
        for net, node in self.round.outputs:
            if node is None:
                continue
            if loss.kind == "cross_entropy" and under is node:
                training.scorer, training.how = net.number, "nll"
                return
            if loss.scores is not None and node in (loss.scores, under):
                training.scorer, training.how = net.number, loss.kind
                return
        if len(self.round.outputs) == 1:
            training.scorer = self.round.outputs[0][0].number

    def _infer_clear(self, one: Pass) -> None:
        """Note that gradients were cleared, where weights hold none of an earlier step."""
        at = self.round
        if self.cleared or at.stepped:
            return
        for opt in self.facts.opts:
            optimizer = opt.ref()
            if optimizer is not None and opt.stepped and held.holds_no_gradients(optimizer):
                self.cleared = True
                one.round.append(Noted(kind="clear", line=self.line(), opts=(opt.number,)))

    def clear(self, opts: tuple[int, ...], nets: tuple[int, ...]) -> None:
        """Hear that gradients are cleared."""
        self.cleared = True
        one = self.current
        if one is None or one.noting:
            self._note(Noted(kind="clear", line=self.line(), nets=nets, opts=opts), one)

    def _note(self, event: Noted, one: Pass | None) -> None:
        if one is not None:
            if one.noting:
                one.round.append(event)
        elif self.training is not None:
            self.training.epoch.note(event)

    def step(self, opt: held.Held, optimizer: Any) -> None:
        """Hear that an optimizer has stepped."""
        opt.stepped += 1
        one = self.current
        training = self.training
        if training is None:
            if one is None or not self.round.count:
                return  # nothing that was seen has been called: not a training
            training = self._new_training()
        if one is not None:
            self._learns(one)
        self.round.stepped, self.cleared = True, False
        training.opts.add(opt.number)
        epoch = training.epoch
        epoch.steps += 1
        if epoch.steps == 1 or epoch.steps % RATES_EVERY == 0:
            epoch.see_rates(held.rates(optimizer))
        if one is None or one.noting:
            opt.see(optimizer)
            nets = tuple(n.number for n in self.facts.nets if n.called and n.weights & opt.weights)
            self._note(Noted(kind="step", line=self.line(), nets=nets, opts=(opt.number,)), one)

    def schedule(self, scheduler: Any, line: int) -> None:
        """Hear that a scheduler of the learning rate has stepped."""
        plan = self.plans.get(id(scheduler))
        if plan is not None and plan.ref() is scheduler:
            plan.stepped += 1
            self._note(Noted(kind="schedule", line=line, plan=plan.number), self.current)

    def _look(self, one: Pass, x: Any, labels: Any) -> None:
        """Look at a batch, while its source is not known and that is cheap enough."""
        source = self.facts.sources[one.source]
        if source.split.full or x is None or not self.budget.allows:
            return
        rows = on_cpu(x)
        if rows is not None and rows.ndim:
            source.look(rows, on_cpu(labels))

    # The end

    def finish(self, error: BaseException | None = None) -> None:
        """Write what is open."""
        if self.training is None and error is not None:
            self._failed_at_once()
        for one in self.loaders:
            if one.kind == "train" or error is None:
                self._close(one)
        self.loaders, self._by_iterator = [], {}
        self._close_direct()
        for training in self.trainings:
            if not training.ended and error is not None:
                training.failed(error)
            training.finish()

    def _failed_at_once(self) -> None:
        """Begin a training whose first batch has ended the script."""
        one, at = self.current, self.round
        labels = one.labels if one is not None else None
        if self.cut is not None and not at.count:
            one, at, labels = self.cut
        if one is None or not at.count or not self.facts.opts:
            return
        training = self._new_training()
        training.networks = tuple(n.number for n in dict.fromkeys(at.nets))
        target = self._given[1]() if self._given is not None else None
        if one.kind != "measure":
            self._learns(one)
            self._look(one, at.x, labels if target is None else target)
