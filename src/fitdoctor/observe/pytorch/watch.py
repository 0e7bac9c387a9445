"""What is done to networks, gradients and optimizers, heard of in order, as epochs of trainings."""

from __future__ import annotations

import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fitdoctor.observe.pytorch import figures, graph, held
from fitdoctor.observe.pytorch.budget import Budget
from fitdoctor.observe.pytorch.passes import Noted, Pass
from fitdoctor.observe.pytorch.sources import Sources
from fitdoctor.observe.pytorch.tensors import first_tensor, on_cpu
from fitdoctor.observe.pytorch.training import Facts, Training
from fitdoctor.training import folders

MOST_GRAPHS = 4
"""Steps of a training whose graph is walked whole, a millisecond for a thousand nodes."""
RATES_EVERY = 16
MOST_PENDING = 20_000
"""Steps over tensors after which no second pass is expected any more."""


class Round:
    """What is at hand of a batch."""

    def __init__(self) -> None:
        self.x: Any = None
        self.count = 0
        self.nets: list[held.Net] = []
        self.outputs: list[tuple[held.Net, Any]] = []
        """Networks with the graphs of their outputs, where these are looked at."""
        self.compared = self.stepped = False


class Watch:
    """Hears of calls, and keeps the training that is under way up to date."""

    def __init__(
        self, torch: Any, folder: Path, line: Callable[[], int], find: Callable[[set[int]], None]
    ) -> None:
        self.torch, self.folder, self.line, self.find = torch, folder, line, find
        self.facts = Facts()
        self.sources = Sources(self.facts.sources)
        self.budget = Budget()
        self.trainings: list[Training] = []
        self.training: Training | None = None
        self.nets: dict[int, held.Net] = {}
        self.opts: dict[int, held.Held] = {}
        self.plans: dict[int, held.Plan] = {}
        self.loaders: list[Pass] = []
        """Passes over loaders that are not over, the one that gave a batch last behind."""
        self.direct: Pass | None = None
        """The pass over tensors, outside of loaders."""
        self.round = Round()
        self.births = self.graphs = 0
        self.idle = False
        """Nothing of this batch is looked at: what was looked at took its share of the time."""
        self.cleared = False
        """Gradients were cleared since the last step."""
        self.late: list[held.Held] = []
        """Optimizers that were made during a training, of other weights than its own."""
        self.reached: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
        self.cut: tuple[Pass, Round, Any] | None = None
        """The last batch of a pass that ended before any training had begun: it may have failed."""
        self._given: tuple[Any, Any] | None = None
        self._by_iterator: dict[int, Pass] = {}

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

    # Passes

    @property
    def current(self) -> Pass | None:
        return self.loaders[-1] if self.loaders else self.direct

    def iterated(self, loader: Any, iterator: Any, line: int) -> None:
        """Hear that a pass over a loader begins."""
        one = Pass(self.sources.of_loader(loader, line).number, line, time.perf_counter())
        key = id(iterator)
        one.iterator = weakref.ref(iterator, lambda _: self.ended(key, one))
        self._by_iterator[key] = one
        self.loaders.append(one)

    def fetched(self, iterator: Any, batch: Any) -> None:
        """Hear that a loader gives a batch."""
        one = self._by_iterator.get(id(iterator))
        if one is None:
            return
        self._close_direct()
        if self.loaders[-1] is not one:
            self.loaders.remove(one)
            self.loaders.append(one)
        if self.round.count or one.round or self.idle:
            one.next_round()
        self.round = Round()
        self.idle = not one.noting and not self.budget.allows
        labels: Any = batch[1] if isinstance(batch, list | tuple) and len(batch) > 1 else None
        one.labels = labels if hasattr(labels, "grad_fn") and labels.dim() else None

    def exhausted(self, iterator: Any) -> None:
        """Hear that a loader has no more batches."""
        if (one := self._by_iterator.get(id(iterator))) is not None:
            self.ended(id(iterator), one)

    def ended(self, key: int, one: Pass) -> None:
        """Hear that an iterator of a loader is exhausted, or gone."""
        if self._by_iterator.get(key) is not one:
            return
        del self._by_iterator[key]
        self.loaders.remove(one)
        idle, self.idle = self.idle, False
        if self.training is None and self.round.count:
            self.cut = one, self.round, one.labels
        if one.round or self.round.count or idle:
            one.next_round()
        self.round = Round()
        one.labels = None
        self._close(one)

    def _close_direct(self) -> None:
        one, self.direct = self.direct, None
        if one is not None:
            one.next_round()
            self.round = Round()
            self._close(one)

    def _close(self, one: Pass) -> None:
        """Take a pass that is over into its epoch."""
        training = self.training
        if training is None or not one.figures.images:
            return
        source = self.facts.sources[one.source]
        if one.kind == "train":
            training.epoch.seconds += time.perf_counter() - one.began
            if source.loader is not None:
                training.steps_per_epoch = max(one.count, training.steps_per_epoch or 0)
        else:
            one.kind = "measure"
            training.epoch.measured[one.source] = one.figures.means()
            training.epoch.put(one)
        whole = source.loader is not None or one.kind != "train"
        if whole and not source.split.full:
            source.shut()

    def _tensors(self, x: Any, *, quiet: bool) -> Pass:
        """Return the pass over tensors that a call belongs to."""
        one, at = self.direct, self.round
        if one is not None:
            if quiet == (one.kind == "measure"):
                if at.stepped or quiet:  # another batch
                    one.next_round()
                    self.round = Round()
            elif not quiet or at.stepped:
                self._close_direct()
                one = None
        if not quiet and not self.round.count and self._comes_again(x):
            one = None
        if one is None:
            own = not quiet or self.sources.knows(on_cpu(x))
            source = self.sources.of_tensors("train" if own else "measure", self.line())
            one = self.direct = Pass(source.number, source.line, time.perf_counter())
            one.kind = "measure" if quiet else None
            self.round = Round()
        return one

    def _comes_again(self, x: Any) -> bool:
        """End an epoch over tensors where their rows come by again, and return whether it did."""
        training = self.training
        if training is not None and training.by_tensors:
            over = training.epoch.steps >= (training.steps_per_epoch or 0)
        elif training is not None and len(training.pending) >= MOST_PENDING:
            return False
        else:
            over = self.sources.again(on_cpu(x))
        if training is None or not over or not training.epoch.steps:
            return False
        if not training.by_tensors:
            training.by_tensors, training.steps_per_epoch = True, training.epoch.steps
            training.nested = training.epoch.steps > 1
            training.pending = []
        self._close_direct()
        for number in training.trained:
            self.facts.sources[number].shut()
        training.end_epoch()
        return True

    # What a round does

    def forward(self, net: held.Net, given: Any, out: Any, *, training: bool) -> None:
        """Hear that a network was called."""
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
        if (found := figures.right(kind, scores, labels)) is not None:
            one.figures.hit(*found)
        if not one.by_criterion and training.how:
            loss = figures.measured(self.torch, training.how, scores, labels)
            if loss is not None:
                one.figures.lose(loss, at.count)

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
            loss = figures.plain_of(value.detach())
            one.figures.lose(loss / at.count if summed else loss, at.count)
        scores, target = given[0](), given[1]()
        if one.labels is None and scores is not None and target is not None:
            self._look(one, at.x, target)
            if (found := figures.right(training.kind, scores, target)) is not None:
                one.figures.hit(*found)

    def backward(self, value: Any) -> None:
        """Hear that gradients are about to be computed."""
        if value.grad_fn is None:
            return
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
        count, found = self.round.count, None
        plain = figures.value_of(value, loss, count)
        if loss is not None:
            found = figures.right_in_training(loss)
        epoch = training.epoch.figures
        epoch.see(count)
        if plain is not None:
            epoch.lose(plain, count)
        if found is not None:
            epoch.hit(*found)
        if self.current is self.direct and not training.by_tensors:
            training.pending.append((count, plain, found[0] if found else None))

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
        self._note(Noted(kind="clear", line=self.line(), nets=nets, opts=opts), self.current)

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
