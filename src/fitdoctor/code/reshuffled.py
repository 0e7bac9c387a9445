"""Datasets that are drawn in a new order at every pass, and cut into parts after that."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

MOST_FOLLOWED: Final = 12
_KEEPS: Final = frozenset(
    {"map", "batch", "prefetch", "apply", "with_options", "enumerate", "filter", "unbatch"}
)
"""Methods of a dataset that leave its order as it comes."""


def parted_anew(tree: ast.Module) -> int:
    """Return the line of a `shuffle` that gives `take` and `skip` other images at every pass.

    Statement by statement, where no test stands around but that of an argument which is true by
    default and is given by no call: a dataset is shuffled, and the same name is then both taken
    from and skipped in. `reshuffle_each_iteration=False` and `cache` keep an order.
    """
    nodes = list(ast.walk(tree))
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef)]
    calls = [n for n in nodes if isinstance(n, ast.Call)]
    bodies = [tree.body, *(list(_as_by_default(f, calls)) for f in functions)]
    return next((line for body in bodies if (line := _in_scope(body))), 0)


def _as_by_default(function: ast.FunctionDef, calls: list[ast.Call]) -> Iterator[ast.stmt]:
    """Yield the statements of a function, with those under `if shuffle:` where that holds."""
    known = _true_by_default(function, calls)
    for statement in function.body:
        match statement:
            case ast.If(test=ast.Name(id=name), body=body, orelse=[]) if name in known:
                yield from body
            case _:
                yield statement


def _true_by_default(function: ast.FunctionDef, calls: list[ast.Call]) -> set[str]:
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    defaults = function.args.defaults
    first = len(names) - len(defaults)
    true = {
        name: at
        for at, (name, default) in enumerate(zip(names[first:], defaults, strict=True), first)
        if isinstance(default, ast.Constant) and default.value is True
    }
    own = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == function.name]
    return {
        name
        for name, at in true.items()
        if not any(len(c.args) > at or any(k.arg in {name, None} for k in c.keywords) for c in own)
    }


def _in_scope(body: list[ast.stmt]) -> int:
    shuffled: dict[str, int] = {}
    parts: dict[str, set[str]] = {}
    for statement in body:
        if isinstance(statement, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
            for name in _assigned(statement):
                shuffled.pop(name, None)
            continue
        for name, method in _cut(statement):
            if name in shuffled:
                parts.setdefault(name, set()).add(method)
                if parts[name] == {"take", "skip"}:
                    return shuffled[name]
        line = _shuffled_at(statement.value, shuffled) if isinstance(statement, ast.Assign) else 0
        for name in _assigned(statement):
            shuffled.pop(name, None)
            parts.pop(name, None)
            if line:
                shuffled[name] = line
    return 0


def _assigned(statement: ast.stmt) -> list[str]:
    stored = (n for n in ast.walk(statement) if isinstance(n, ast.Name))
    return [n.id for n in stored if isinstance(n.ctx, ast.Store)]


def _cut(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield the names whose first images are taken or skipped."""
    for node in ast.walk(statement):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="take" | "skip" as method)
            ):
                yield name, method
            case _:
                pass


def _shuffled_at(node: ast.expr, shuffled: dict[str, int]) -> int:
    """Return the line of the shuffle whose order a dataset still has anew at every pass; else 0."""
    for _ in range(MOST_FOLLOWED):
        match node:
            case ast.Name(id=name):
                return shuffled.get(name, 0)
            case ast.Call(func=ast.Attribute(attr="shuffle"), args=args, keywords=keywords):
                given = {k.arg: k.value for k in keywords}
                sized = bool(args) or "buffer_size" in given
                anew = given.get("reshuffle_each_iteration", ast.Constant(value=True))
                told = isinstance(anew, ast.Constant) and anew.value in {True, None}
                return node.lineno if sized and told and len(args) < MOST_PLACES else 0
            case ast.Call(func=ast.Attribute(value=before, attr=method)) if method in _KEEPS:
                node = before
            case _:
                return 0
    return 0


MOST_PLACES: Final = 3
"""The third argument of `shuffle` by place is whether it shuffles anew."""
