"""What is asked of an interpreted program beside its loops: what is fitted again, or lost."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from fitdoctor.catalogue.datasets import FOLDER
from fitdoctor.code.trainings.batches import told_apart
from fitdoctor.code.trainings.domain import Meter, Object, Opt, Source
from fitdoctor.code.trainings.figures import graph_kept
from fitdoctor.code.trainings.gradients import (
    ON_GRADIENTS,
    clipped_in_vain,
    clipped_while_scaled,
    stepped_while_scaled,
)
from fitdoctor.code.trainings.indices import rows_in_both, split_twice
from fitdoctor.code.trainings.machine import APART, Entry, Fork, Machine, Round, Step
from fitdoctor.code.trainings.sets import part_by_name
from fitdoctor.code.trainings.tables import tables_in_both
from fitdoctor.code.trainings.texts import Parts
from fitdoctor.records.run import (
    CLIPPED_IN_VAIN,
    CLIPPED_SCALED,
    FOLDER_READ,
    GRAPH_KEPT,
    LABELS_BROADCAST,
    LABELS_RENUMBERED,
    METRIC_NOT_RESET,
    METRIC_NOT_UPDATED,
    REORDERED_ALONE,
    ROWS_IN_BOTH,
    SEVERED,
    SPLIT_TWICE,
    STEP_SCALED,
    TABLE_IN_BOTH,
    TRAINED_AND_TESTED,
    TRAINED_IN_ORDER,
    VALIDATED_WITHIN_TRAINING,
    WEIGHTS_BY_COUNT,
    WEIGHTS_NOT_COPIED,
    WORST_KEPT,
    Call,
    Fact,
)

ASIDE: Final = (
    frozenset({"fit", "compile", "save", "load", "update", "read", "reset", "unfed", APART})
    | ON_GRADIENTS
)
"""Kinds of steps that queries are made of, and that no record of loops holds."""


ASSUMED: Final = "assumed"
"""Detail of a `fit` whose arguments do not tell a network from an estimator of scikit-learn."""


@dataclasses.dataclass(frozen=True)
class Interpreted:
    """What queries find in a program."""

    calls: tuple[Call, ...] = ()
    fitted_again: frozenset[int] = frozenset()
    """Lines of `fit` that go on with one network again and again."""
    own_steps: Mapping[int, str] = dataclasses.field(default_factory=dict)
    """Lines of Keras models whose `train_step` trains as Keras does, and the loss that it names."""


def interpreted(machine: Machine) -> Interpreted:
    """Return what queries find in a program that was interpreted."""
    found = (
        ("parted_anew", machine.parted),
        ("fit_in_folds", fitted_in_folds(machine)),
        ("weights_alike", made_alike(machine)),
        ("weights_not_loaded", never_put_back(machine)),
        (TRAINED_AND_TESTED, trained_and_tested(machine)),
        (VALIDATED_WITHIN_TRAINING, validated_within_training(machine)),
        (ROWS_IN_BOTH, rows_in_both(machine, *_learned_and_asked(machine))),
        (TABLE_IN_BOTH, tables_in_both(*_learned_and_asked(machine))),
        (SPLIT_TWICE, split_twice(machine, *_learned_and_asked(machine))),
        (REORDERED_ALONE, reordered_alone(machine)),
        (METRIC_NOT_UPDATED, never_updated(machine)),
        (METRIC_NOT_RESET, never_reset(machine)),
        (WEIGHTS_NOT_COPIED, min((d.line for d in machine.kept_weights.restored), default=0)),
        (CLIPPED_IN_VAIN, clipped_in_vain(machine)),
        (CLIPPED_SCALED, clipped_while_scaled(machine)),
        (STEP_SCALED, stepped_while_scaled(machine)),
        (GRAPH_KEPT, graph_kept(machine)),
        (WEIGHTS_BY_COUNT, min(machine.figures.by_count, default=0)),
        (TRAINED_IN_ORDER, trained_in_order(_learned_and_asked(machine)[0])),
        (SEVERED, min(machine.figures.severed, default=0)),
    )
    numbers: dict[Parts, int] = {}
    calls = [Call(name=name, arguments={}, line=line) for name, line in found if line]
    if lost := optimizer_not_loaded(machine):
        line, saved = lost
        told = {"saved": Fact(str(saved), saved, line)}
        calls.append(Call(name="optimizer_not_loaded", arguments=told, line=line))
    for line, low, high in machine.meetings.beyond[:1]:
        ends = {"low": Fact(str(low), low, line), "high": Fact(str(high), high, line)}
        calls.append(Call(name=LABELS_RENUMBERED, arguments=ends, line=line))
    line, apart = told_apart(machine.meetings)
    if line and not machine.meetings.beyond:
        added = {"added": Fact(str(apart), apart, line)}
        calls.append(Call(name=LABELS_RENUMBERED, arguments=added, line=line))
    for line, what in machine.meetings.broadcast[:1]:
        told = {"what": Fact(what, what, line)}
        calls.append(Call(name=LABELS_BROADCAST, arguments=told, line=line))
    for line, figure in machine.figures.worst[:1]:
        kept = {"figure": Fact(figure, figure, line)}
        calls.append(Call(name=WORST_KEPT, arguments=kept, line=line))
    for line, place in machine.folders.known().items():
        named = "".join(p if isinstance(p, str) else "..." for p in place)
        numbers.setdefault(place, len(numbers))
        read = {"folder": Fact(named, numbers[place], line)}
        calls.append(Call(name=FOLDER_READ, arguments=read, line=line))
    plain = {line: cost for line, cost in machine.own_steps.items() if cost is not None}
    return Interpreted(tuple(calls), fitted_again(machine), plain)


def steps(entries: list[Entry]) -> list[Step]:
    """Return all steps below, those of a loop's first round before those of its later ones."""
    found: list[Step] = []
    for entry in entries:
        match entry:
            case Step():
                found.append(entry)
            case Round():
                found += steps(entry.first) + steps(entry.later)
            case Fork():
                for branch in entry.branches:
                    found += steps(branch)
    return found


def of_loops(entries: list[Entry]) -> list[Entry]:
    """Return the entries without the steps that are only asked about."""
    kept: list[Entry] = []
    for entry in entries:
        match entry:
            case Step():
                kept += [] if entry.kind in ASIDE else [entry]
            case Round():
                first, later = of_loops(entry.first), of_loops(entry.later)
                if first or later:
                    kept.append(dataclasses.replace(entry, first=first, later=later))
            case Fork():
                branches = tuple(of_loops(branch) for branch in entry.branches)
                if any(branches):
                    kept.append(Fork(branches, entry.line))
    return kept


def _rounds(entries: list[Entry]) -> Iterator[Round]:
    for entry in entries:
        if isinstance(entry, Round):
            yield entry
            yield from _rounds(entry.later)
        elif isinstance(entry, Fork):
            for branch in entry.branches:
                yield from _rounds(branch)


def fitted_again(machine: Machine) -> frozenset[int]:
    """Return the lines of `fit` that come twice to one network, or that others call."""
    count = Counter((s.line, n) for s in steps(machine.out) if s.kind == "fit" for n in s.nets)
    often = {s.line for s in steps(machine.out) if s.kind == "fit" and s.often}
    return frozenset({line for (line, _), times in count.items() if times > 1} | often)


def fitted_in_folds(machine: Machine) -> int:
    """Return the line that trains a network in each fold which is never built anew or put back."""
    for one in _rounds(machine.out):
        if not one.folds:
            continue
        first, later = steps(one.first), steps(one.later)
        before = {thing for step in first for thing in _trained(step)}
        put_back = frozenset[Object]().union(
            *(s.nets | s.leaves for s in later if s.kind == "load")
        )
        for step in later:
            again = before.intersection(_trained(step))
            if again and not put_back & (step.nets | step.leaves):
                return step.line
    return 0


def _trained(step: Step) -> frozenset[Object]:
    """Return the networks that a step fits, or the optimizer that it lets go on."""
    if step.kind == "fit":
        return step.nets if step.detail != ASSUMED else frozenset()
    known = step.kind == "step" and isinstance(step.opt, Opt) and bool(step.leaves)
    return frozenset({step.opt}) if known and step.opt is not None else frozenset()


def _learned_and_asked(machine: Machine) -> tuple[set[Source], set[Source]]:
    """Return the sets that gradients are computed of, and those that are only measured on."""
    passes = [s for s in steps(machine.out) if s.kind == "forward"]
    learned = {s for e in passes if e.use == "learn" for s in e.sources}
    return learned, {s for e in passes if e.use == "measure" for s in e.sources} - learned


def trained_and_tested(machine: Machine) -> int:
    """Return the line of a loader for tests or validation of the set that is trained on; else 0.

    The set is named after a part, and the loader after tests or validation; no sampler takes some
    of the images. So it is where two sets of images read one folder.
    """
    learned, asked = _learned_and_asked(machine)
    trained = {s.root for s in learned if s.base is not None and not s.sampled}
    places = {s.place for s in trained if s.place}
    lines = [
        s.line for s in asked
        if s.base is s.root and not s.sampled and s.root.place in places and s.root not in trained
        and "train" not in {part_by_name(s.names), part_by_name(s.root.names)}
    ]  # fmt: skip
    lines += [
        s.line for s in asked
        if s.base is s.root and s.root in trained and not s.sampled
        and {s.root.part, part_by_name(s.root.names)} - {None}
        and part_by_name(s.names) in {"test", "validation"}
    ]  # fmt: skip
    return min(lines, default=0)


def trained_in_order(learned: set[Source]) -> int:
    """Return the line of a loader that trains on a folder of classes in its order; else 0."""
    lines = [s.line for s in learned if s.in_order and s.base is s.root
             and s.root.name == FOLDER and not s.chosen and not s.root.chosen]  # fmt: skip
    return min(lines, default=0)


def validated_within_training(machine: Machine) -> int:
    """Return the line of a loader for validation of a part of the set that is trained on; else 0.

    Nothing is trained on that is a part itself: who trains on a part first, and on all images once
    settings are chosen, validates on what was held back.
    """
    learned, asked = _learned_and_asked(machine)
    if any(s.root.part_of is not None or s.sampled for s in learned):
        return 0
    whole = {s.root for s in learned} | {p for s in learned for p in s.root.holds}
    lines = [
        s.line for s in asked
        if {"validation", "test"} & {part_by_name(s.names | s.parameters),
                                     part_by_name(s.root.names)}
        and (_is_within(s.root.part_of, whole) or (s.sampled and s.root in whole))
    ]  # fmt: skip
    return min(lines, default=0)


def _is_within(part: Source | None, whole: set[Source]) -> bool:
    """Return whether a set is one of several, or a part of one."""
    return part is not None and (part.root in whole or _is_within(part.root.part_of, whole))


def reordered_alone(machine: Machine) -> int:
    """Return the line of a loss of images in another random order than their labels; else 0.

    Answers that are compared with labels in their own order too are mixed on purpose.
    """
    met = machine.meetings
    return min((line for passes, line in met.reordered if not passes & met.aligned), default=0)


def never_updated(machine: Machine) -> int:
    """Return the line of a metric that is read and that nothing is ever added to; else 0."""
    read = [s.meter for s in steps(machine.out) if s.kind == "read"]
    updated = {s.meter for s in steps(machine.out) if s.kind == "update"}
    unfed = {s.meter for s in steps(machine.out) if s.kind == "unfed"}
    lines = [m.line for m in read if m is not None and (m not in updated or m in unfed)]
    return min(lines, default=0)


def never_reset(machine: Machine) -> int:
    """Return the line of a metric of answers that adds up over all epochs; else 0.

    It is read in a loop in which a loop over images updates it, and is never reset.
    """
    reset = {s.meter for s in steps(machine.out) if s.kind == "reset"}
    lines = []
    for one in _rounds(machine.out):
        if one.rounds == 1:
            continue
        first, later = _of_batches(one.first), _of_batches(one.later)
        read = {s.meter for s in steps(one.later) if s.kind == "read"}
        lines += [m.line for m in (first & later & read) - reset if m.name != "Mean"]
    return min(lines, default=0)


def _of_batches(entries: list[Entry]) -> set[Meter]:
    """Return the metrics that loops over images update which stand in a loop."""
    inner = (s for one in _rounds(entries) if one.sources for s in steps(one.later))
    return {s.meter for s in inner if s.kind == "update" and s.meter is not None}


def made_alike(machine: Machine) -> int:
    """Return the line of the first of two weight matrices made all zeros or all ones; else 0.

    One alone is the softmax regression of the tutorials, which may start at zero. What is written
    item by item holds results and no weights.
    """
    lines = [net.line for net in machine.alike if net not in machine.touched]
    return lines[0] if len(lines) > 1 else 0


def never_put_back(machine: Machine) -> int:
    """Return the line that builds a network anew whose saved weights are not loaded; else 0.

    Step by step: the first network of a name was fitted and saved, and another one of that name,
    made by the same call of a function and compiled alike, is fitted with nothing loaded; not where
    it is the next round of a loop that makes it.
    """
    saved: dict[str, Object] = {}
    fitted: set[Object] = set()
    compiled: dict[Object, str] = {}
    for step in (e for e in machine.out if isinstance(e, Step)):
        if step.kind in {"load", APART}:
            saved.clear()
        for net in step.nets if step.kind in ASIDE else ():
            if step.kind == "compile":
                compiled[net] = step.detail
            elif step.kind == "save" and net in fitted:
                saved |= dict.fromkeys(machine.called_by.get(net, ()), net)
            elif step.kind == "fit":
                fitted.add(net)
                first = next((saved[n] for n in machine.called_by.get(net, ()) if n in saved), net)
                alike = machine.makings.get(first) == machine.makings.get(net, "?")
                # What a line builds in each round of a loop is of a fold, or of a setting.
                alike = alike and not (
                    machine.heap.get(net, "made in round", default=False) is True
                    and machine.called_at_line[first] == machine.called_at_line[net]
                )
                if first is not net and alike and compiled.get(first) == compiled.get(net):
                    return machine.called_at_line.get(net, net.line)
    return 0


def optimizer_not_loaded(machine: Machine) -> tuple[int, bool] | None:
    """Return the line that saves an optimizer which is not loaded where training goes on, and True.

    Where none is saved either it is the line on which the network takes its weights, and False.
    Training goes on where a network takes its part of a checkpoint whose epoch is read too, before
    gradients are computed: weights alone may be pretrained ones, or loaded to be measured.
    """
    done = steps(machine.out)
    last = max((at for at, s in enumerate(done) if s.kind == "backward"), default=-1)
    goes_on = [s for s in done[: last + 1] if s.kind == "load" and s.file in machine.counted]
    opts = set(machine.opts)
    loaded = any(s.kind == "load" and isinstance(s.opt, Opt) for s in done)  # be it one of several
    if not goes_on or not opts or loaded:
        return None
    kept = [s.line for s in done if s.kind == "save" and s.opt in opts]
    return min(kept or [s.line for s in goes_on]), bool(kept)
