"""Work out which literals a text must hold for a row of a table of words to match it.

    python -m benchmarks.needles          # write src/fitdoctor/sources/needles.json
    python -m benchmarks.needles --check  # only say whether it is up to date

Each row of `_outcomes`, `_figures`, `_changes`, `_chain` and of the tables of claims gets groups of literals, of each of which one is
in every text that it matches. A row without any is compiled at its first sentence.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import product
from re import _constants as op
from re import _parser
from typing import Any

import msgspec

from fitdoctor.sources import (
    _chain,
    _changes,
    _figures,
    _measured,
    _named,
    _outcomes,
    _triggers,
)
from fitdoctor.sources._row import NEEDLES, Pattern, key

Nodes = Sequence[tuple[Any, Any]]
LEAST, MOST, MOST_GROUPS = 2, 80, 3
"""Letters of a literal, literals of a group, groups of a row."""
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


def rows() -> Iterator[Pattern]:
    """Yield every row of every table."""
    for _, outcome in _outcomes.OUTCOMES:
        yield from (*outcome.wanted, *outcome.unwanted)
    for module in (_chain, _changes, _figures, _measured, _triggers, _named):
        yield from _within(vars(module).values())


def _within(values: Any) -> Iterator[Pattern]:
    for value in values:
        if isinstance(value, Pattern):
            yield value
        elif isinstance(value, dict):
            yield from _within(value.values())
        elif isinstance(value, tuple):
            yield from _within(value)


def needles(pattern: str) -> list[list[str]]:
    """Return groups of folded literals; a match holds one of each group.

    >>> needles("(?:train|test)ing acc|loss is [0-9]+")
    [['loss is ', 'testing acc', 'training acc']]
    """
    groups = map(_shortest, _groups(list(_parser.parse(pattern))))
    found = [group for group in groups if _least(group) >= LEAST]
    best = sorted(found, key=lambda group: (-_least(group), len(group), sorted(group)))
    return [sorted(group) for group in best[:MOST_GROUPS]]


def _shortest(group: set[str]) -> set[str]:
    """Return the literals that hold no other of the group: where one is, so is what it holds."""
    return {text for text in group if not any(o in text for o in group if o != text)}


def _least(group: set[str]) -> int:
    """Letters of the shortest literal; one of another script than Latin says as much as two."""
    return min(len(text) + sum(not c.isascii() for c in text) for text in group)


def _groups(nodes: Nodes) -> Iterator[set[str]]:
    """Yield groups of literals, one of each of which every match of these nodes holds."""
    run = {""}
    for kind, given in nodes:
        exact = _exact(kind, given)
        if exact is not None and len(exact) * len(run) <= MOST:
            run = {a + b for a, b in product(run, exact)}
            continue
        if kind in {op.AT, op.ASSERT, op.ASSERT_NOT}:
            continue
        yield from [run] if "" not in run else []
        run = {""}
        if kind is op.BRANCH:
            yield from _of_branches([list(_groups(branch)) for branch in given[1]])
        elif kind is op.SUBPATTERN:
            yield from _groups(given[3])
        elif kind is op.ATOMIC_GROUP:
            yield from _groups(given)
        elif kind in REPEATS and given[0]:
            yield from _groups(given[2])
    yield from [run] if "" not in run else []


def _of_branches(branches: list[list[set[str]]]) -> Iterator[set[str]]:
    """Yield the best group of each branch, together."""
    if all(branches):
        together = _shortest(set().union(*(max(groups, key=_least) for groups in branches)))
        if len(together) <= MOST:
            yield together


def _exact(kind: Any, given: Any) -> set[str] | None:
    """Return all texts that a node can match, folded, where they are few."""
    if kind is op.LITERAL:
        return {chr(given).casefold()}
    if kind is op.IN and len(given) <= 4 and all(k is op.LITERAL for k, _ in given):
        return {chr(value).casefold() for _, value in given}
    if kind is op.BRANCH:
        branches = [_exact_sequence(branch) for branch in given[1]]
        return set().union(*filter(None, branches)) if None not in branches else None
    if kind is op.SUBPATTERN:
        return _exact_sequence(given[3])
    if kind in REPEATS and given[:2] == (0, 1):
        inner = _exact_sequence(given[2])
        return None if inner is None else {"", *inner}
    return None


def _exact_sequence(nodes: Nodes) -> set[str] | None:
    texts = {""}
    for kind, given in nodes:
        exact = _exact(kind, given)
        if exact is None or len(texts) * len(exact) > MOST:
            return None
        texts = {a + b for a, b in product(texts, exact)}
    return texts


def made() -> dict[str, list[list[str]]]:
    """Return the groups of every row that has some, by the row's key."""
    found = {key(row.pattern): needles(row.pattern) for row in rows()}
    return {name: groups for name, groups in sorted(found.items()) if groups}


def main() -> int:
    written = msgspec.json.format(msgspec.json.encode(made()), indent=0) + b"\n"
    if "--check" in sys.argv[1:]:
        return int(NEEDLES.read_bytes() != written)
    NEEDLES.write_bytes(written)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
