"""Which rows of a set are chosen by their numbers, and whether two choices have rows in common."""

from __future__ import annotations

import ast
import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from fitdoctor.code.trainings.domain import Chosen, Items, Source, Tensor, Unknown, Value

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine


@dataclasses.dataclass(eq=False)
class Choices:
    """Rows in some order, by number, and how often each order was changed in place."""

    orders: int = 0
    changed: dict[int, int] = dataclasses.field(default_factory=dict)
    seeds: Counter[str] = dataclasses.field(default_factory=Counter)
    """How often the random numbers of a library were begun anew."""

    @property
    def repeats(self) -> bool:
        """Return whether the same random numbers may come twice."""
        return any(times > 1 for times in self.seeds.values())


def all_rows(machine: Machine, *, drawn: bool) -> Chosen:
    """Return the numbers of all rows, in an order of their own."""
    machine.choices.orders += 1
    return Chosen(machine.choices.orders, drawn=drawn)


def chosen_in(value: Value) -> Chosen | None:
    """Return the rows that a value holds the numbers of."""
    return value.chosen if isinstance(value, (Tensor, Items)) else None


def chosen_by(source: Source) -> Chosen | None:
    """Return the rows that a set or loader gives, of the nearest one that chooses."""
    one: Source | None = source
    while one is not None:
        if one.chosen_rows is not None:
            return one.chosen_rows
        one = one.base
    return None


def sliced(machine: Machine, value: Value, index: ast.Slice, ends: tuple[Value, Value]) -> Value:
    """Return a part of rows by number: their first ones, their last ones, or those between."""
    held = chosen_in(value)
    if held is None or held.ends != (None, None) or index.step is not None:
        return dataclasses.replace(value, chosen=None)
    texts = [None if e is None else ast.unparse(e) for e in (index.lower, index.upper)]
    low, high = (v if isinstance(v, int) and not isinstance(v, bool) else t
                 for v, t in zip(ends, texts, strict=True))  # fmt: skip
    version = machine.choices.changed.get(held.order, 0)
    part = dataclasses.replace(held, ends=(None if low == 0 else low, high), version=version)
    return dataclasses.replace(value, chosen=part)


def changed(machine: Machine, value: Value) -> None:
    """Note that rows were put in another order in place."""
    if (held := chosen_in(value)) is not None:
        machine.choices.changed[held.order] = machine.choices.changed.get(held.order, 0) + 1


def in_common(machine: Machine, one: Chosen, other: Chosen) -> bool:
    """Return whether two choices have rows in common for certain; of two orders, most likely."""
    if one.order != other.order:
        parts = one.ends != (None, None) and other.ends != (None, None)
        return parts and one.drawn and other.drawn and not machine.choices.repeats
    whole = (None, None)
    if whole in (one.ends, other.ends):
        return True
    if one.version != other.version:
        return False
    (low, high), (first, last) = one.ends, other.ends
    if low is None is first or high is None is last:
        return True
    bounds = [b for b in (low, high, first, last) if b is not None]
    if not all(isinstance(b, int) and b >= 0 for b in bounds):
        return False
    begins = (low or 0, first or 0)
    return (high is None or begins[1] < high) and (last is None or begins[0] < last)


def rows_in_both(machine: Machine, learned: set[Source], asked: set[Source]) -> int:
    """Return the line of a loader whose rows are trained on too, chosen by number; else 0."""
    trained = {s: c for s in learned if (c := chosen_by(s)) is not None}
    lines = []
    for source in asked:
        rows = chosen_by(source)
        if rows is None:
            continue
        common = [in_common(machine, c, rows) for s, c in trained.items()]
        if common and all(common) and len(trained) == len(learned):
            lines.append(source.line)
    return min(lines, default=0)


def split_twice(machine: Machine, learned: set[Source], asked: set[Source]) -> int:
    """Return the line of a random split of a set that another split is trained on; else 0."""
    if machine.choices.repeats or len(learned) != 1:
        return 0
    (one,) = {s.root for s in learned}
    lines = [s.root.line for s in asked if _apart(one, s.root)]
    return min(lines, default=0)


def _apart(one: Source, other: Source) -> bool:
    if not (one.drawn_by and other.drawn_by) or one.drawn_by == other.drawn_by:
        return False
    sets = one.part_of, other.part_of
    if sets[0] is None or sets[1] is None:
        return False
    same = sets[0] is sets[1] or (sets[0].place == sets[1].place != ())
    return same and all(s is not None and s.part_of is None and not s.chosen for s in sets)


def of_sampler(machine: Machine, indices: Value, line: int) -> Unknown:
    """Return a sampler that draws from rows given by number."""
    made = Unknown(line, "SubsetRandomSampler", quiet=True)
    machine.heap.set(made, "chosen", chosen_in(indices))
    return made
