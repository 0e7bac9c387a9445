"""Weights that a script makes itself, as TensorFlow 1 had it."""

from __future__ import annotations

import ast

_ALIKE = frozenset({"zeros", "ones", "fill"})


def made_alike(tree: ast.Module) -> int:
    """Return the line of the first of two weight matrices made all zeros or all ones; else 0.

    One alone is the softmax regression of the tutorials, which may start at zero.
    """
    lines = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node) == "Variable" and _alike(node.args)
    ]
    return lines[0] if len(lines) > 1 else 0


def _alike(arguments: list[ast.expr]) -> bool:
    match arguments:
        case [ast.Call(args=[ast.List(elts=sides) | ast.Tuple(elts=sides), *_]) as made, *_]:
            return _name(made) in _ALIKE and len(sides) > 1
        case _:
            return False


def _name(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]
