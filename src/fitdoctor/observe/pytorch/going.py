"""Passes over loaders and tensors as they are heard of: where one begins, goes on and ends.

A script goes over loaders, or over tensors that it cuts into batches itself; passes over these are
told apart by whether gradients are kept and by rows that come by again.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from typing import Any

from fitdoctor.observe.pytorch import held
from fitdoctor.observe.pytorch.budget import Budget
from fitdoctor.observe.pytorch.passes import (
    LEAST_COUNTED,
    NOTED_AGAIN,
    PASSES_LOOKED,
    PASSES_NOTED,
    ROUNDS_LATER,
    ROUNDS_LOOKED,
    ROUNDS_SEEN,
    Pass,
)
from fitdoctor.observe.pytorch.sources import Sources
from fitdoctor.observe.pytorch.sums import Figures
from fitdoctor.observe.pytorch.tensors import on_cpu
from fitdoctor.observe.pytorch.training import Facts, Training

MOST_PENDING = 20_000
"""Steps over tensors after which no second pass is expected any more."""


SWIFT_AFTER = 50
"""Epochs of one step after which a step is counted alone, and of which one is left out at most: of
twice as many every second one is counted at least."""


class Round:
    """What is at hand of a batch."""

    def __init__(self) -> None:
        self.x: Any = None
        self.count = 0
        self.nets: list[held.Net] = []
        self.outputs: list[tuple[held.Net, Any]] = []
        """Networks with the graphs of their outputs, where these are looked at."""
        self.compared = self.stepped = False


def labels_of(batch: Any) -> Any:
    """Return the tensor behind the images of a batch; `None` without such."""
    labels: Any = batch[1] if isinstance(batch, list | tuple) and len(batch) > 1 else None
    return labels if hasattr(labels, "grad_fn") and labels.dim() else None


class Going:
    """The passes that are under way, and the training that they belong to."""

    thrifty = True
    """Of what is known by now no more than a count is taken, even where there is time."""

    def __init__(self, line: Callable[[], int]) -> None:
        self.line = line
        self.facts = Facts()
        self.sources = Sources(self.facts.sources)
        self.budget = Budget()
        self.training: Training | None = None
        self.loaders: list[Pass] = []
        """Passes over loaders that are not over, the one that gave a batch last behind."""
        self.direct: Pass | None = None
        """The pass over tensors, outside of loaders."""
        self.round = Round()
        self.idle = False
        """Nothing of this batch is looked at: what was looked at took its share of the time."""
        self.skipped = False
        """This batch is not even counted: others stand for it."""
        self.left = 0
        """Batches of `going_on` that are not counted before the next one is."""
        self.going_on: Any = None
        """The iterator of the pass that leaves batches out, until it ends."""
        self.measuring: Any = None
        """The iterator of the pass that measures, where nothing but figures is wanted of it."""
        self.swift = 0
        """The network, by id, of which each call is an epoch of one step; 0 for none."""
        self.alone = 0
        """Epochs of one step that are not counted before the next one is."""
        self._counted_at = 0.0
        """When an epoch of one step was counted last."""
        self.cut: tuple[Pass, Round, Any] | None = None
        """The last batch of a pass that ended before any training had begun: it may have failed."""
        self._by_iterator: dict[int, Pass] = {}
        self._begun: dict[tuple[int, int], int] = {}
        """Passes over a source that a line has begun."""
        self._measuring: set[tuple[int, int]] = set()
        """Sources and lines whose last pass has measured."""

    @property
    def current(self) -> Pass | None:
        return self.loaders[-1] if self.loaders else self.direct

    @property
    def counting(self) -> bool:
        """Whether of what happens now a count is all that is wanted."""
        return self.idle or (self.swift != 0 and self.hastes)

    @property
    def hastes(self) -> bool:
        """Whether an epoch of one step follows another one, and is counted alone."""
        one = self.direct
        return one is not None and one.kind == "train" and not self.loaders and self.round.stepped

    def iterated(self, loader: Any, iterator: Any, line: int) -> None:
        """Hear that a pass over a loader begins."""
        one = self._pass(self.sources.of_loader(loader, line).number, line, loaded=True)
        key = id(iterator)
        one.iterator = weakref.ref(iterator, lambda _: self.ended(key, one))
        self._by_iterator[key] = one
        self.loaders.append(one)

    def _pass(self, source: int, line: int, *, loaded: bool) -> Pass:
        """Return a pass that begins; of the third over a source on, little is noted."""
        looked = ROUNDS_LOOKED
        before = self._begun.get((source, line), 0)
        self._begun[source, line] = before + 1
        if before >= PASSES_LOOKED:
            # Of a loop without loaders each step may be a pass.
            due = before < PASSES_NOTED or not before % NOTED_AGAIN
            looked = ROUNDS_LATER if (loaded and due) or self.budget.allows else 0
        one = Pass(source, line, time.perf_counter(), looked=looked)
        one.later = before >= PASSES_LOOKED and self.facts.sources[source].split.full
        one.measures = (source, line) in self._measuring
        return one

    def fetched(self, iterator: Any, batch: Any) -> None:
        """Hear that a loader gives a batch."""
        began = time.perf_counter()
        if self.alone:
            self.resume()
        self.skipped, self.left, self.going_on, self.measuring = False, 0, None, None
        one = self._by_iterator.get(id(iterator))
        if one is None:
            return
        if self.direct is not None:
            self._close_direct()
        if self.loaders[-1] is not one:
            self.loaders.remove(one)
            self.loaders.append(one)
        if self.round.count or one.round or self.idle:
            one.next_round()
        if not self.idle:
            self.round = Round()
        one.labels = labels_of(batch)
        training = self.training
        known = one.labels is not None and training is not None and bool(training.node)
        known = known and (one.kind is not None or one.measures)
        over = not self.budget.allows
        seen = 1 if known else ROUNDS_SEEN
        enough = over or (known and one.later and self.thrifty)
        self.idle = one.count >= seen and not one.noting and enough
        if self.idle:
            self.measuring = iterator if one.kind is None and known else None
            if known and one.kind == "train":
                self._leave_out(one, iterator, (began - one.began) / one.count)
            self.budget.count(time.perf_counter() - began, 1)

    def _leave_out(self, one: Pass, iterator: Any, seconds: float) -> None:
        """Decide how many of the next batches of a training pass are not counted."""
        batches = (self.training.steps_per_epoch if self.training else 0) or one.count
        most = batches * len(one.labels) // LEAST_COUNTED
        self.left = min(self.budget.every(seconds), max(1, most)) - 1
        self.going_on = iterator if self.left else None

    def measured(self, batch: Any) -> None:
        """Take the next batch of a pass that measures, of which a count is wanted alone."""
        one = self.loaders[-1]
        one.count += 1
        one.labels = labels_of(batch)

    def look_again(self) -> None:
        """Look at a batch of which a count was wanted alone: what was to measure trains."""
        labels = self.loaders[-1].labels
        self.idle, self.measuring, self.round = False, None, Round()
        self.round.count = len(labels) if labels is not None else 0

    def skip_alone(self) -> None:
        """Leave an epoch of one step out."""
        self.alone -= 1
        self.skipped = self.alone > 0
        if self.training is not None:
            self.training.left_out += 1

    def resume(self) -> None:
        """Leave no further epoch of one step out: the script does something else."""
        self.alone, self.skipped = 0, False
        if self.training is not None:
            self.training.resume()

    def skip(self) -> None:
        """Leave a batch out."""
        self.left -= 1
        self.skipped = True
        self.loaders[-1].count += 1

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
        self.skipped, self.left, self.going_on, self.measuring = False, 0, None, None
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
            self._measuring.discard((one.source, one.line))
        elif one.later:
            self._measuring.add((one.source, one.line))
        if one.kind == "train":
            training.epoch.seconds += time.perf_counter() - one.began
            if source.loader is not None:
                training.steps_per_epoch = max(one.count, training.steps_per_epoch or 0)
        else:
            one.kind = "measure"
            training.epoch.measured[one.source] = one.figures
            training.epoch.put(one)
        whole = source.loader is not None or one.kind != "train"
        if whole and not source.split.full:
            source.shut()

    def _close_measures(self, but: Pass) -> None:
        """Take what was measured so far into the epoch that ends.

        Trainers that know the length of a loader never ask for the batch behind the last one.
        """
        for one in self.loaders:
            if one is not but and one.kind != "train":
                self._close(one)
                one.figures = Figures()

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
            one = self.direct = self._pass(source.number, source.line, loaded=False)
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
        one_step = not training.nested and training.last_epoch >= SWIFT_AFTER
        alone = one_step and len(training.networks) == 1 and self.thrifty
        module = self.facts.nets[training.networks[0]].ref() if alone else None
        self.swift = id(module) if module is not None and training.node else 0
        return True
