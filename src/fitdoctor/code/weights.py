"""Weights that a script makes itself, as TensorFlow 1 had it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_ALIKE = frozenset({"zeros", "ones", "fill"})


def made_alike(tree: ast.Module) -> int:
    """Return the line of the first of two weight matrices made all zeros or all ones; else 0.

    One alone is the softmax regression of the tutorials, which may start at zero. What is written
    item by item, or is as long as a batch, holds results and no weights.
    """
    written = {ast.unparse(target) for target in _written(tree)}
    lines = [
        node.value.lineno
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        and isinstance(node.value, ast.Call)
        and _name(node.value) == "Variable"
        and _alike(node.value.args)
        and not written & {ast.unparse(target) for target in _targets(node)}
    ]
    return lines[0] if len(lines) > 1 else 0


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _written(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what items are assigned to: `a` of `a[i] = x` and of `a[i].assign(x)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets):
                yield from (t.value for t in targets if isinstance(t, ast.Subscript))
            case ast.Call(func=ast.Attribute(value=ast.Subscript(value=owner), attr=method)):
                if method.startswith("assign"):
                    yield owner
            case _:
                pass


def _alike(arguments: list[ast.expr]) -> bool:
    match arguments:
        case [ast.Call(args=[ast.List(elts=sides) | ast.Tuple(elts=sides), *_]) as made, *_]:
            batch = any("batch" in ast.unparse(side).lower() for side in sides[:1])
            return _name(made) in _ALIKE and len(sides) > 1 and not batch
        case _:
            return False


def _name(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]
