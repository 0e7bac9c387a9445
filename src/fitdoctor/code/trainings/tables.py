"""Tables and lists of images that sets are made of, whole or cut in two at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fitdoctor.code.trainings.domain import (
    TOP,
    Arguments,
    Keywords,
    Object,
    Source,
    Table,
    Value,
    is_constant,
)

if TYPE_CHECKING:
    from fitdoctor.code.trainings.machine import Machine

SAME_ROWS: Final = frozenset(
    {"reset_index", "copy", "fillna", "sort_values", "astype", "to_numpy", "tolist", "to_list"}
)
"""Methods of a table, or of a column of it, that keep its rows."""
READS: Final = tuple(f"pandas.read_{kind}" for kind in ("csv", "excel", "table", "json", "pickle"))


def read(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return the table that a function of pandas reads."""
    return Table(line)


def cut_in_two(m: Machine, a: Arguments, k: Keywords, line: int) -> Value:
    """Return the parts that scikit-learn's `train_test_split` makes of each thing it is given."""
    parts = []
    for given in a:
        held = isinstance(given, Object)
        parts += [Table(line, part_of=given) if held else TOP for _ in range(2)]
    return tuple(parts)


def set_of(name: str, arguments: Arguments, keywords: Keywords, line: int) -> Source:
    """Return a set of the script's own class, with the tables and settings that it is given."""
    given = [*arguments, *keywords.values()]
    return Source(
        line, name, single=True,
        tables=frozenset(v for v in given if isinstance(v, Table)),
        settings=tuple(v for v in given if is_constant(v) and v is not None),
    )  # fmt: skip


def tables_in_both(learned: set[Source], asked: set[Source]) -> int:
    """Return the line of a loader for validation of rows that are trained on as well; else 0."""
    lines = [s.line for s in asked if s.root.tables and learned
             and all(_share(one.root, s.root) for one in learned)]  # fmt: skip
    return min(lines, default=0)


def _share(one: Source, other: Source) -> bool:
    """Return whether two sets of one class, made alike, have rows in common."""
    alike = one.name == other.name and one.settings == other.settings
    return alike and any(_within(a, b) or _within(b, a) for a in one.tables for b in other.tables)


def _within(part: Object, whole: Object) -> bool:
    """Return whether a table is another one, or a part of it."""
    held: Object | None = part
    while held is not None:
        if held is whole:
            return True
        held = held.part_of if isinstance(held, Table) else None
    return False
