"""Which network is fitted again and again: in fold after fold, or a few epochs at a time."""

from __future__ import annotations

import ast
import re

from fitdoctor import lazy_re

_FOLDS = lazy_re.compile(
    r"\b\w{0,40}(?:fold|kf|cv|skf|splitter)\w{0,40}(?:\([^()]{0,80}\))?\.split\(", re.IGNORECASE
)


def fitted_in_folds(loop: ast.For) -> int | None:
    """Return the line that fits a network in each fold which is never built anew or put back."""
    if not _FOLDS.search(ast.unparse(loop.iter)):
        return None
    made = {
        ast.unparse(n)
        for n in ast.walk(loop)
        if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Store)
    }
    reset = any(
        isinstance(n, ast.Attribute)
        and n.attr in {"load_weights", "set_weights", "load_state_dict"}
        for n in ast.walk(loop)
    )
    for node in ast.walk(loop):
        match node:
            case ast.Call(
                func=ast.Attribute(value=(ast.Name() | ast.Attribute()) as owner, attr="fit"),
                keywords=given,
            ):
                network = any(k.arg in {"epochs", "nb_epoch", "batch_size"} for k in given)
                if network and ast.unparse(owner) not in made and not reset:
                    return node.lineno
            case _:
                pass
    return None


def trains_again(tree: ast.Module, line: int) -> bool:
    """Return whether the `fit` at a line goes on with one network again and again.

    It stands in a loop that makes no network of its own, or in a method that is called in one or
    by code that is not shown.
    """
    around = _around(tree, line)
    loops = [n for n in around if isinstance(n, _LOOPS)]
    if loops:
        return not any(_makes_a_network(call) for call in ast.walk(loops[-1]))
    methods = [n for n in around if isinstance(n, ast.FunctionDef)]
    if not methods or not isinstance(around[0], ast.ClassDef):
        return False
    method = methods[-1]
    own = {id(node) for node in ast.walk(method)}
    outside = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and id(n) not in own)
    called = [n.lineno for n in outside if ast.unparse(n.func).endswith(f".{method.name}")]
    looped = (any(isinstance(n, _LOOPS) for n in _around(tree, at)) for at in called)
    return not called or any(looped)


_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def _around(tree: ast.Module, line: int) -> list[ast.stmt]:
    """Return loops, functions and classes around a line, the outermost first."""
    blocks = (*_LOOPS, ast.ClassDef, ast.FunctionDef)
    return [n for n in ast.walk(tree) if isinstance(n, blocks)
            and n.lineno <= line <= (n.end_lineno or n.lineno)]  # fmt: skip


def _makes_a_network(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func).rpartition(".")[2]
    return name == "Sequential" or "model" in name.lower()
