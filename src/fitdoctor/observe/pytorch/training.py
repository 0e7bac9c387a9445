"""One training of a script's own loop, recorded into a run folder as it goes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from fitdoctor.observe.comparison import same_images
from fitdoctor.observe.pytorch import held, sums
from fitdoctor.observe.pytorch.graph import NAMES
from fitdoctor.observe.pytorch.passes import Epoch, Noted, Pass
from fitdoctor.observe.pytorch.program import Epochs
from fitdoctor.observe.pytorch.sources import Source
from fitdoctor.observe.pytorch.sums import MOST_KEPT, Figures
from fitdoctor.observe.summary import summary
from fitdoctor.observe.written import one_line, write_whole
from fitdoctor.records import journal
from fitdoctor.records.loop import Program
from fitdoctor.records.loop import Source as SourceRecord
from fitdoctor.records.network import output_units
from fitdoctor.records.observation import FILE, Observation
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import SUMMED_LOSS, Call, DataSummary, Script
from fitdoctor.records.text import to_json, write_recipe
from fitdoctor.training.curve_table import CurveTable


class Facts:
    """What is known of all networks and optimizers of a script."""

    def __init__(self) -> None:
        self.nets: list[held.Net] = []
        self.opts: list[held.Held] = []
        self.plans: list[held.Plan] = []
        self.sources: list[Source] = []
        self.learned: set[int] = set()
        """Weights whose gradients were computed, by id."""
        self.loaded: set[int] = set()
        """Weights that were read from a file, or changed by an earlier training."""


Waiting = tuple[int, dict[str, float], dict[str, Figures], dict[str, float]]
"""The number of an epoch, what the script gave, what was counted, by the beginning of its names,
and the rest of the row."""


class Training:
    """A run folder, and what is written into it."""

    def __init__(self, folder: Path, path: str, facts: Facts, birth: int) -> None:
        self.folder, self.path, self.facts, self.birth = folder, path, facts, birth
        self.opts: set[int] = set()
        """Optimizers that stepped in it."""
        self.trained: set[int] = set()
        """Sources that were trained on."""
        self.epoch = Epoch()
        self.epochs = Epochs()
        self.kind = ""
        """The loss, by `graph.NAMES`."""
        self.node = ""
        """The name of the node of the graph in which `backward` begins, where that is the loss."""
        self.how = ""
        """How the loss follows from the output of the network `scorer`."""
        self.scorer: int | None = None
        self.summed = False
        self.networks: tuple[int, ...] = ()
        """Those that learn, in the order in which they are called."""
        self.pending: list[tuple[int, Any, float, Any]] = []
        """Steps over tensors whose epochs are not known: images, loss and what it is to be
        multiplied with, right answers."""
        self.steps_per_epoch: int | None = None
        self.given: dict[str, float] = {}
        """Figures of the epoch that the script itself gives."""
        self.error = ""
        self.validation: int | None = None
        self.evaluated: int | None = None
        self.begun = False
        self.ended = False
        self.by_tensors = False
        """Its epochs are passes over tensors, without a loader."""
        self.nested = True
        """Epochs have several batches each."""
        self._table = CurveTable(folder, durable=False)
        self._evaluated: dict[str, float] = {}
        self._rows = 0
        self.left_out = 0
        """Epochs of one step behind the one that is open, which have no row."""
        self._waiting: list[Waiting] = []
        """Epochs that are not written."""
        self._kept = 0
        self._probed: list[ProbedEpoch] = []
        self._wrote = time.monotonic()
        self._worked = time.thread_time()
        self._pause = 0.0
        """Processor seconds until it is written again: on a busy machine these take long."""
        self._logged: DataSummary | None = None

    def begin(self) -> None:
        """Take the folder."""
        self.begun = True
        self.write()
        self._log("began")

    @property
    def last_epoch(self) -> int:
        return self._rows

    def end_epoch(self) -> None:
        """Write the row of an epoch, and begin another."""
        epoch, self.epoch = self.epoch, Epoch()
        items = self._flat(epoch.items) if not self.nested else epoch.items
        self.epochs.add(items)
        self._measured(epoch)
        self.row(epoch.figures, epoch.measured, epoch.rate, epoch.rates, epoch.seconds)
        if self.epochs.count <= WRITTEN_AT_FIRST or self._due():
            self.write()

    def _due(self) -> bool:
        late = time.monotonic() - self._wrote > WRITTEN_EVERY
        return late and time.thread_time() - self._worked > self._pause

    def end_swiftly(self) -> None:
        """End an epoch that was one step, and begin another."""
        epoch = self.epoch
        if epoch.items or epoch.measured or self.given:
            self.end_epoch()
            self.epoch.steps = 1
            return
        self._rows += 1
        rate = {} if epoch.rate is None else {"learning_rate": epoch.rate}
        row = {**rate, "seconds": 0.0}
        self._waiting.append((self._rows, {}, {"": epoch.figures}, row))
        self._kept += epoch.figures.kept
        if self._kept > MOST_KEPT or len(self._waiting) >= MOST_WAITING:
            self._write_rows()
        epoch.figures, epoch.rate, epoch.rates = Figures(), None, None
        self.epochs.count += 1
        self._behind()

    def _behind(self) -> None:
        """Count the epochs that were left out behind the one that ended."""
        self._rows += self.left_out
        self.epochs.count += self.left_out
        self.left_out = 0

    def resume(self) -> None:
        """Take the last epoch that was left out as the one that is open."""
        if self.left_out:
            self.left_out -= 1
            self.end_swiftly()

    def row(
        self,
        figures: Figures,
        measured: dict[int, Figures],
        rate: float | None,
        rates: tuple[float, float] | None,
        seconds: float,
    ) -> None:
        """Add a row of figures."""
        self._rows += 1
        row: dict[str, float] = {}
        counted = {"": figures}
        for source, found in measured.items():
            if source == self.validation:
                counted["val_"] = found
            elif source in self.trained:
                counted["probe_"] = found
        given, self.given = self.given, {}
        if rate is not None:
            row["learning_rate"] = rate
        row["seconds"] = round(seconds, 3)
        self._waiting.append((self._rows, given, counted, row))
        self._kept += sum(one.kept for one in counted.values())
        if self._kept > MOST_KEPT:
            self._write_rows()
        if rates is not None and rates[0] != rates[1]:
            self._probed.append(
                ProbedEpoch(epoch=self._rows, rates=rates, seconds={"training": round(seconds, 4)})
            )
        self._behind()

    def _write_rows(self) -> None:
        """Write the rows that wait: a file that is opened costs as much as a small epoch."""
        if self._waiting:
            every = [one for _, _, counted, _ in self._waiting for one in counted.values()]
            means = iter(sums.means_of(every))
            rows: list[tuple[int, dict[str, float]]] = []
            for number, given, counted, rest in self._waiting:
                whole = dict(given)
                for part, found in zip(counted, means, strict=False):
                    whole |= {f"{part}{name}": value for name, value in found.items()}
                rows.append((number, {**whole, **rest}))
            self._table.add_all(rows)
        for probed in self._probed:
            journal.append(self.folder / "probes.jsonl", probed, durable=False)
        self._waiting, self._probed, self._kept = [], [], 0

    def _measured(self, epoch: Epoch) -> None:
        """Decide what is validation: the first source beside training that an epoch measures."""
        others = [source for source in epoch.measured if source not in self.trained]
        if self.validation is None and others:
            self.validation = others[0]

    def _flat(self, items: list[Noted | Pass]) -> list[Noted | Pass]:
        """Return the events of an epoch that is one step, in place of passes of one round."""
        found: list[Noted | Pass] = []
        for item in items:
            if isinstance(item, Pass) and item.kind == "train":
                found += item.rounds.first or ()
            else:
                found.append(item)
        return found

    def finish(self) -> None:
        """Write what came last."""
        if self.ended:
            return
        self.ended = True
        epoch = self.epoch
        if not epoch.steps and self._rows:
            # What is measured behind the last epoch alone is a test.
            known = {self.validation, *self.trained}
            late = {s: found for s, found in epoch.measured.items() if s not in known}
        elif self.validation is None and self._rows == 0:
            late = {s: found for s, found in epoch.measured.items() if s not in self.trained}
            epoch.measured = {s: f for s, f in epoch.measured.items() if s not in late}
        else:
            late = {s: f for s, f in epoch.measured.items()
                    if s not in {self.validation, *self.trained}}  # fmt: skip
            epoch.measured = {s: f for s, f in epoch.measured.items() if s not in late}
        if self.pending and not self._rows:
            self._in_blocks()
        elif epoch.steps or not self._rows:
            self.end_epoch()
        else:
            self.epochs.add(epoch.items)
        for number, found in late.items():
            self.evaluated, self._evaluated = number, found.means()
        for source in self.facts.sources:
            source.shut()
        self.write()
        if not self.error:
            self._log("ended")

    def _in_blocks(self) -> None:
        """Write steps of which no second pass over the images was seen as rows of equal length."""
        epoch, self.epoch = self.epoch, Epoch()
        self.epochs.add(epoch.items)
        self._measured(epoch)
        size = -(-len(self.pending) // MOST_BLOCKS)
        for at in range(0, len(self.pending), size):
            block = Figures()
            for count, loss, scale, right in self.pending[at : at + size]:
                block.see(count)
                if loss is not None:
                    block.lose_later(loss, count, scale)
                if right is not None:
                    block.hit(int(right), count)
            last = at + size >= len(self.pending)
            measured = epoch.measured if last else {}
            self.row(block, measured, epoch.rate, None, 0.0)

    def failed(self, error: BaseException) -> None:
        """Write down what ended the script."""
        self.error = one_line(error)
        self.finish()
        self._log("failed", self.error)

    def recipe(self) -> Recipe:
        """Return settings and network."""
        mine = [o for o in self.facts.opts if o.number in self.opts]
        train = self._source("train")
        name = NAMES.get(self.kind)
        if self.kind == "cross_entropy" and self.how == "nll":
            name = NAMES["nll"]
        nets = [self.facts.nets[n] for n in self.networks]
        return Recipe(
            layers=self.layers,
            backbone=next((n.backbone for n in nets if n.backbone is not None), None),
            loss=name,
            optimizer=mine[0].record() if mine else None,
            batch_size=(train.batch or train.split.batch) if train else None,
        )

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of the networks that learn, where all are known."""
        parts = [self.facts.nets[n].layers for n in self.networks]
        return tuple(x for part in parts for x in part or ()) if all(parts) else ()

    def _source(self, use: str) -> Source | None:
        number: int | None
        if use == "train":
            number = min(self.trained, default=None)
        else:
            number = self.validation if use == "validation" else self.evaluated
        return None if number is None else self.facts.sources[number]

    def data(self) -> DataSummary:
        """Return counts and range of what was fed."""
        uses = {use: s for use in USES if (s := self._source(use)) is not None}
        for use, source in uses.items():
            source.split.use = use
        found = summary([s.split for s in uses.values()], output_units(self.layers))
        sizes = {use: s.size for use, s in uses.items()}
        return replace(
            found,
            n_train=sizes.get("train") or found.n_train,
            n_val=sizes.get("validation") or found.n_val,
            steps_per_epoch=self.steps_per_epoch,
        )

    def program(self) -> Program:
        """Return what the loop did."""
        facts = self.facts
        opts = list(facts.opts)
        networks, parts, tensors = held.networks(facts.nets, facts.learned, facts.loaded)
        done = self.epochs.count
        plans = tuple(self._plan(plan, done) for plan in facts.plans)
        loop = self.epochs.loop()
        alone = self.epochs.count <= 1 and self.nested
        return Program(
            body=loop.first if alone else (loop,),
            networks=networks,
            weights=parts,
            optimizers=held.optimizers(opts, facts.nets, tensors),
            plans=plans,
            sources=tuple(self._record(source) for source in facts.sources),
        )

    def _plan(self, plan: held.Plan, epochs: int) -> Any:
        """Return a scheduler; one of another training, or not stepped yet, is left alone."""
        optimizer = plan.optimizer() if plan.optimizer is not None else None
        mine = any(o.number in self.opts and o.ref() is optimizer for o in self.facts.opts)
        record = plan.record(self.steps_per_epoch, epochs)
        early = not plan.stepped and (epochs <= 1 or bool(self.error))
        return replace(record, escapes=not mine or early)

    def _record(self, source: Source) -> SourceRecord:
        part = None
        if source.number == self.validation:
            part = "validation"
        elif source.number in self.trained:
            part = "train"
        return SourceRecord(line=source.line, part=part)  # type: ignore[arg-type]

    def write(self) -> None:
        """Write what was seen so far, whole: a script may end at any moment."""
        began = time.thread_time()
        self._write_all()
        self._wrote, self._worked = time.monotonic(), time.thread_time()
        self._pause = (self._worked - began) / WRITING

    def _write_all(self) -> None:
        self._write_rows()
        self.folder.mkdir(parents=True, exist_ok=True)
        feeds = tuple(
            source.feed(use)
            for use in USES
            if (source := self._source(use)) is not None and source.split.inputs is not None
        )
        script = Script(
            path=self.path,
            recipe=Recipe(),
            framework="torch",
            feeds=feeds,
            calls=(Call(name=SUMMED_LOSS),) if self.summed else (),
            program=self.program() if self.epochs.count else None,
        )
        seen = Observation(script=script, evaluated=self._evaluated, error=self.error)
        write_whole(self.folder / FILE, to_json(seen))
        write_recipe(self.recipe(), self.folder / "recipe.toml")
        if (train := self._source("train")) is not None and train.split.full:
            if (data := self.data()) != self._logged:
                self._logged = data
                self._log("seen")
            splits = [s.split for use in USES if (s := self._source(use)) is not None]
            if (check := same_images(splits)) is not None:
                write_whole(self.folder / "images.json", to_json(check))

    def _log(self, event: str, note: str | None = None) -> None:
        journal.append(
            self.folder / "journal.jsonl",
            journal.Event(event=event, at=time.time(), data=self.data(), note=note),
            durable=False,
        )


MOST_WAITING = 500
"""Epochs of one step after which their rows are written."""
MOST_BLOCKS = 50
USES = ("train", "validation", "evaluate")
WRITTEN_AT_FIRST, WRITTEN_EVERY = 2, 3.0
"""Epochs after each of which all is written; seconds after which it is written again."""
WRITING = 0.003
"""Share of the processor time that writing may take."""
