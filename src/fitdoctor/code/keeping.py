"""What a loop remembers of its best epoch, and how long it waits for a better one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from fitdoctor import lazy_re
from fitdoctor.code.scopes import last_name
from fitdoctor.code.trainings.counting import by_words, kept_where

_BEST: Final = lazy_re.compile(r"best|highest|lowest|(?:^|_)(?:min|max|top)(?:_|$)", re.IGNORECASE)
_KEEPS: Final = frozenset({"save", "save_weights", "state_dict", "deepcopy", "save_checkpoint"})
"""Functions that keep the weights of a network."""


class Forgotten(NamedTuple):
    """A line behind which a figure or a count should be set, and is not."""

    line: int
    name: str
    what: str
    """best or waited."""


def forgotten(tree: ast.Module) -> Iterator[Forgotten]:
    """Yield best figures that are never renewed, and counts of epochs that never begin again."""
    for scope, test in _tests(tree):
        told = kept_where(test)
        if told is None:
            if (name := _never_renewed(test, scope)) is not None:
                yield Forgotten(test.lineno, name, "best")
        elif (name := _never_reset(test, scope)) is not None:
            yield Forgotten(test.lineno, name, "waited")


def _tests(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.If]]:
    """Yield each test with the loop, or else the function, that it stands in."""
    waiting: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    while waiting:
        scope, node = waiting.pop()
        if isinstance(node, ast.If):
            yield scope, node
        inner = node if isinstance(node, (ast.For, ast.While, ast.FunctionDef)) else scope
        waiting += [(inner, child) for child in ast.iter_child_nodes(node)]


def _assigned(scope: ast.AST) -> set[str]:
    """Return the names and fields that are given a value within, as text."""
    found = (t for n in ast.walk(scope) if isinstance(n, ast.Assign) for t in n.targets)
    return {ast.unparse(part) for target in found
            for part in (target.elts if isinstance(target, ast.Tuple) else [target])}  # fmt: skip


def _never_renewed(test: ast.If, scope: ast.AST) -> str | None:
    """Return the best figure so far that weights are kept by, and that stays as it began."""
    match test.test:
        case ast.Compare(left=left, ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()],
                         comparators=[right]):  # fmt: skip
            sides = (left, right)
        case _:
            return None
    bests = [s for s in sides if isinstance(s, (ast.Name, ast.Attribute))
             and _BEST.search(ast.unparse(s).rpartition(".")[2])]  # fmt: skip
    if len(bests) != 1 or not isinstance(scope, (ast.For, ast.While)):
        return None
    name = ast.unparse(bests[0])
    other = sides[0] if sides[1] is bests[0] else sides[1]
    called = (n.func for s in test.body for n in ast.walk(s) if isinstance(n, ast.Call))
    keeps = any(last_name(f) in _KEEPS for f in called)
    handed = any(isinstance(n, (ast.Global, ast.Nonlocal)) for n in ast.walk(scope))
    figure = by_words(other) and by_words(bests[0]) in {"", by_words(other)}
    plain = keeps and bool(figure) and not handed and name not in _assigned(scope)
    return name if plain else None


def _never_reset(test: ast.If, scope: ast.AST) -> str | None:
    """Return the count of epochs without a gain that goes on after one."""
    counted = [
        ast.unparse(n.target) for statement in test.orelse for n in ast.walk(statement)
        if isinstance(n, ast.AugAssign) and isinstance(n.op, ast.Add)
        and isinstance(n.value, ast.Constant) and n.value.value == 1
    ]  # fmt: skip
    ends = [n for n in ast.walk(scope) if isinstance(n, ast.If) and _ends(n)]
    for name in counted:
        waits = any(name in map(ast.unparse, _compared(end.test)) for end in ends)
        if waits and name not in _assigned(scope):
            return name
    return None


def _compared(test: ast.expr) -> list[ast.expr]:
    return [test.left, *test.comparators] if isinstance(test, ast.Compare) else []


def _ends(test: ast.If) -> bool:
    """Return whether a branch ends the loop, or says that training is to end."""
    for statement in test.body:
        match statement:
            case ast.Break() | ast.Return():
                return True
            case ast.Assign(targets=[target], value=ast.Constant(value=True)):
                return "stop" in ast.unparse(target).lower()
            case _:
                pass
    return False
