"""Which draws say what an image shows: the label that is drawn, and the image of that class.

A class is drawn, an image of it is taken, and both are given: the label belongs to the image. The
image depends on what was drawn, by its path, an index or a branch; in which order statements run is
not asked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

DRAWS: Final = frozenset(
    {"choice", "choices", "randint", "randrange", "integers", "random_integers", "sample",
     "binomial"}
)  # fmt: skip
"""Functions that draw a class, or its number."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Needs = dict[str, set[str]]


def draws_of_images(tree: ast.Module) -> frozenset[ast.expr]:
    """Return the draws on which both of two things depend that are given together."""
    found: set[ast.expr] = set()
    functions = (n.body for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))
    for body in (tree.body, *functions):
        own = list(_own(body))
        drawn = dict(_drawn(own))
        if not drawn:
            continue
        needs: _Needs = {}
        _bindings(body, set(), needs)
        for parts in _given_together(own):
            behind = [_behind(_names(part), needs) for part in parts]
            for name, call in drawn.items():
                if sum(name in names for names in behind) > 1:
                    found.add(call)
    return frozenset(found)


def _own(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the nodes of a body without those of the functions and classes that it defines."""
    for statement in body:
        if not isinstance(statement, _SCOPES):
            yield from ast.walk(statement)


def _drawn(nodes: list[ast.AST]) -> Iterator[tuple[str, ast.Call]]:
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function) as call):
                if ast.unparse(function).rpartition(".")[2] in DRAWS:
                    yield name, call


def _given_together(nodes: list[ast.AST]) -> Iterator[list[ast.expr]]:
    """Yield what a function returns or yields as a pair, and the arguments of calls."""
    for node in nodes:
        match node:
            case ast.Return(value=ast.Tuple(elts=parts)) | ast.Yield(value=ast.Tuple(elts=parts)):
                yield parts
            case ast.Return(value=ast.Dict(values=parts)):
                yield parts
            case ast.Call(func=ast.Attribute(attr="fit" | "flow" | "train_on_batch"), args=parts):
                yield parts


def _bindings(body: list[ast.stmt], around: set[str], needs: _Needs) -> None:
    """Keep for each name what the expressions name that it is given, and the branches around."""
    for statement in body:
        if isinstance(statement, _SCOPES):
            continue
        for node in _heads(statement):
            for targets, value in _gives(node):
                for target in targets:
                    needs.setdefault(target, set()).update(around, _names(value))
        inner = around
        match statement:
            case ast.If(test=test) | ast.While(test=test):
                inner = around | _names(test)
        for part in ("body", "orelse", "finalbody"):
            _bindings(getattr(statement, part, []), inner, needs)
        for handler in getattr(statement, "handlers", []):
            _bindings(handler.body, inner, needs)


def _heads(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield a statement and its expressions, without the statements in it."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, (ast.stmt, ast.ExceptHandler)):
            yield from ast.walk(child)


def _gives(node: ast.AST) -> Iterator[tuple[set[str], ast.AST]]:
    """Yield (names, expression) of what gives a value to a name, a part of it or a list."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield set().union(*map(_given, targets)), value
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield _given(target), value
        case ast.AugAssign(target=target, value=value):
            yield _given(target), value
        case ast.For(target=target, iter=value) | ast.NamedExpr(target=target, value=value):
            yield _given(target), value
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield _given(target), value
        case ast.Call(func=ast.Attribute(value=owner, attr="append" | "extend"), args=[value]):
            yield _given(owner), value


def _given(target: ast.expr) -> set[str]:
    """Return the names that a target gives a value to: of `x[i]` that is `x`."""
    match target:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return set().union(*map(_given, parts))
        case ast.Subscript(value=inner) | ast.Starred(value=inner):
            return _given(inner)
        case _:
            return _names(target)


def _names(node: ast.AST) -> set[str]:
    """Return the names of an expression; a field of `self` is one of its own."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return {ast.unparse(node)} if node.value.id == "self" else {node.value.id}
    if isinstance(node, ast.Name):
        return {node.id}
    return set().union(*map(_names, ast.iter_child_nodes(node)))


def _behind(names: set[str], needs: _Needs) -> set[str]:
    """Return the names that these are made of, and those that they are made of in turn."""
    seen: set[str] = set()
    left = set(names)
    while left:
        name = left.pop()
        seen.add(name)
        left |= needs.get(name, set()) - seen
    return seen
