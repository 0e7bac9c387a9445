"""Branches of tests on one number that are never reached, since earlier ones take all of it."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from fitdoctor import lazy_re
from fitdoctor.code.scopes import last_name

Known = Callable[[ast.expr], float | None]
"""What an expression is, where it is a number that is known."""
_TIME: Final = lazy_re.compile(r"(?:\w{0,40}_)?(?:epochs?|steps?|iter(?:ation)?s?)(?:_\w{0,40})?$")
"""What people call the number of the epoch or step that a schedule is given."""
_SCHEDULERS: Final = frozenset({"LearningRateScheduler", "LambdaLR", "MultiplicativeLR"})
MOST_RANGES: Final = 8


class Span(NamedTuple):
    """Numbers between two ends; each end belongs to it or does not."""

    low: float
    high: float
    with_low: bool
    with_high: bool

    @property
    def empty(self) -> bool:
        """Return whether no number is between the ends."""
        return self.low > self.high or (
            self.low == self.high and not (self.with_low and self.with_high)
        )


ALL: Final = (Span(-math.inf, math.inf, with_low=False, with_high=False),)
Spans = tuple[Span, ...]


class Unreached(NamedTuple):
    """A branch that is never reached, and the line of the test that takes its numbers before."""

    line: int
    before: int


def unreached(tree: ast.Module, known: Known) -> Iterator[Unreached]:
    """Yield the branches that no epoch or step comes to."""
    given = set(_given_to_schedulers(tree))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.Module, ast.For)):
            names = {a.arg for a in node.args.args} if isinstance(node, ast.FunctionDef) else set()
            takes = isinstance(node, ast.FunctionDef) and node.name in given
            yield from _in_block(node.body, names if takes else set(), _outside(names, known))


def _outside(names: set[str], known: Known) -> Known:
    """Return what is known of expressions, without the parameters of a function."""
    return lambda node: None if isinstance(node, ast.Name) and node.id in names else known(node)


def _given_to_schedulers(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) in _SCHEDULERS:
            given = [*node.args, *(k.value for k in node.keywords)]
            yield from (last_name(a) for a in given if isinstance(a, (ast.Name, ast.Attribute)))


def _in_block(body: list[ast.stmt], names: set[str], known: Known) -> Iterator[Unreached]:
    """Yield the branches of a block that earlier ones leave nothing to.

    Tests that stand one after the other are a chain where each one that holds leaves the block.
    """
    left: Spans = ALL
    name, last = "", 0
    for statement in body:
        if not isinstance(statement, ast.If):
            if _stores(statement, name):
                left, name = ALL, ""
            continue
        test: ast.If | None = statement
        falls = False
        while test is not None:
            told = _of_test(test.test, known)
            if told is None or not (told[0] in names or _TIME.match(told[0].lower())):
                left, name, falls = ALL, "", True
                break
            if told[0] != name:
                left, name = ALL, told[0]
            held = _both(left, told[1])
            if not held and left and last:
                yield Unreached(test.test.lineno, last)
            falls |= not _leaves(test.body)
            left, last = _both(left, _others(told[1])), test.test.lineno
            inner = test.orelse
            test = inner[0] if len(inner) == 1 and isinstance(inner[0], ast.If) else None
        if falls:
            left, name, last = ALL, "", 0


def _stores(statement: ast.stmt, name: str) -> bool:
    stored = (n for n in ast.walk(statement) if isinstance(n, ast.Name))
    return any(n.id == name and isinstance(n.ctx, ast.Store) for n in stored)


def _leaves(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))


def _of_test(test: ast.expr, known: Known) -> tuple[str, Spans] | None:
    """Return the number that is tested and where the test holds; `None` where it is another one."""
    if isinstance(test, ast.BoolOp):
        parts = [_of_test(v, known) for v in test.values]
        if any(p is None for p in parts) or len({p[0] for p in parts if p}) != 1:
            return None
        told = [p for p in parts if p is not None]
        spans = told[0][1]
        for _, more in told[1:]:
            spans = _both(spans, more) if isinstance(test.op, ast.And) else (*spans, *more)
        return told[0][0], spans[:MOST_RANGES]
    if not isinstance(test, ast.Compare):
        return None
    sides = [test.left, *test.comparators]
    names = {last_name(s) for s in sides if last_name(s) and known(s) is None}
    if len(names) != 1:
        return None
    spans = ALL
    for left, op, right in zip(sides, test.ops, sides[1:], strict=False):
        one = _compared(left, op, right, known)
        if one is None:
            return None
        spans = _both(spans, one)
    return names.pop(), spans


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, known: Known) -> Spans | None:
    bound = known(right)
    turned = bound is None
    bound = known(left) if bound is None else bound
    if bound is None:
        return None
    below, above = isinstance(op, (ast.Lt, ast.LtE)), isinstance(op, (ast.Gt, ast.GtE))
    with_it = isinstance(op, (ast.LtE, ast.GtE))
    if isinstance(op, ast.Eq):
        return (Span(bound, bound, with_low=True, with_high=True),)
    if not below and not above:
        return None
    if below != turned:
        return (Span(-math.inf, bound, with_low=False, with_high=with_it),)
    return (Span(bound, math.inf, with_low=with_it, with_high=False),)


def _both(one: Spans, other: Spans) -> Spans:
    """Return the numbers that are in both."""
    made = []
    for a in one:
        for b in other:
            low, high = max(a.low, b.low), min(a.high, b.high)
            held = Span(low, high,
                        with_low=all(s.with_low for s in (a, b) if s.low == low),
                        with_high=all(s.with_high for s in (a, b) if s.high == high))  # fmt: skip
            made += [] if held.empty else [held]
    return tuple(made[:MOST_RANGES])


def _others(spans: Spans) -> Spans:
    """Return the numbers that are in none."""
    left: Spans = ALL
    for s in spans:
        beside = (Span(-math.inf, s.low, with_low=False, with_high=not s.with_low),
                  Span(s.high, math.inf, with_low=not s.with_high, with_high=False))  # fmt: skip
        left = _both(left, tuple(b for b in beside if not b.empty))
    return left
