"""Arrays that a script writes down, counts out or draws: their rows, and between what they lie."""

from __future__ import annotations

import ast
from typing import Any

from fitdoctor.records.flow import CHANGING
from fitdoctor.records.run import Flow

_WRAPPERS = frozenset({"array", "asarray", "float32", "tensor", "constant", "list", "matrix"})
_CHOOSING = frozenset({"call", "slice", "select", "split", "split_tail", "one_hot", "argmax"})


def rows(flow: Flow) -> list[list[float]] | None:
    """Return the rows of an array of numbers that is written out whole, one list for each."""
    made = _maker(flow)
    if not isinstance(made, ast.List) or flow.has(*_CHOOSING, *CHANGING):
        return None
    found = _plain(made)
    if not isinstance(found, list) or not found:
        return None
    lines = [row if isinstance(row, list) else [row] for row in found]
    widths = {len(row) for row in lines}
    plain = all(isinstance(value, (int, float)) for row in lines for value in row)
    return (
        [[float(value) for value in row] for row in lines] if plain and len(widths) == 1 else None
    )


def reach(flow: Flow) -> float | None:
    """Return the largest size of the numbers in an array that nothing rescales.

    >>> reach(Flow("np.arange(1, 10001)"))
    10001.0
    """
    if flow.has("call", *CHANGING):
        return None
    if (written := rows(flow)) is not None:
        return max(abs(value) for row in written for value in row)
    made = _maker(flow)
    if not isinstance(made, ast.Call):
        return None
    if ast.unparse(made.func).rpartition(".")[2] not in _BETWEEN:
        return None
    named = [k.value for k in made.keywords if k.arg in {"low", "high", "start", "stop"}]
    ends = [_plain(node) for node in (*made.args[:2], *named)]
    return max((abs(float(v)) for v in ends if isinstance(v, (int, float))), default=None)


_BETWEEN = frozenset({"arange", "range", "linspace", "randint", "uniform", "integers"})
"""Functions whose first two arguments are the ends of what they give."""


def _maker(flow: Flow) -> ast.expr | None:
    """Return the expression behind `np.array(...)` and its kin."""
    try:
        node: ast.expr = ast.parse(flow.origin or "", mode="eval").body
    except SyntaxError:
        return None
    while isinstance(node, ast.Call) and node.args:
        if ast.unparse(node.func).rpartition(".")[2] not in _WRAPPERS:
            break
        node = node.args[0]
    return node


def _plain(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
