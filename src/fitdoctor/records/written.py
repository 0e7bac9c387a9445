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
    plain = all(_is_number(value) for row in lines for value in row)
    if not plain or len(widths) != 1 or widths == {0}:
        return None
    return [[float(value) for value in row] for row in lines]


def ends(flow: Flow) -> tuple[float, float] | None:
    """Return the least and the largest number of an array that is written out.

    `np.where(condition, 1, -1)` holds its two numbers.
    """
    if (written := rows(flow)) is not None:
        values = [value for row in written for value in row]
        return min(values), max(values)
    made = _maker(flow)
    if not isinstance(made, ast.Call) or flow.operations or len(made.args) != 3:
        return None
    both = [_plain(node) for node in made.args[1:]]
    if not ast.unparse(made.func).endswith("where") or not all(map(_is_number, both)):
        return None
    return float(min(both)), float(max(both))


def _is_number(value: Any) -> bool:
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    return known and abs(value) < MOST


MOST = 1e12
"""Larger numbers are nobody's images or labels."""


def columns(flow: Flow) -> int:
    """Return how many named columns of a table an array is; 0 where it is none of several."""
    for operation in flow.operations:
        if operation.name == "select":
            try:
                named = ast.literal_eval(str(operation.value))
            except _NO_PYTHON:
                return 0
            several = isinstance(named, list) and all(isinstance(name, str) for name in named)
            return len(named) if several and len(named) > 1 and not flow.has("argmax") else 0
    return 0


def reach(flow: Flow) -> float | None:
    """Return the largest size of the numbers in an array that nothing rescales.

    >>> reach(Flow("np.arange(1, 10001)"))
    10001.0
    """
    if flow.has("call", *CHANGING):
        return None
    if (written := ends(flow)) is not None:
        return max(map(abs, written))
    made = _maker(flow)
    if not isinstance(made, ast.Call):
        return None
    if ast.unparse(made.func).rpartition(".")[2] not in _BETWEEN:
        return None
    named = [k.value for k in made.keywords if k.arg in {"low", "high", "start", "stop"}]
    given = [_plain(node) for node in (*made.args[:2], *named)]
    return max((abs(float(v)) for v in given if _is_number(v)), default=None)


_BETWEEN = frozenset({"arange", "range", "linspace", "randint", "uniform", "integers"})
"""Functions whose first two arguments are the ends of what they give."""


def _maker(flow: Flow) -> ast.expr | None:
    """Return the expression behind `np.array(...)` and its kin."""
    try:
        node: ast.expr = ast.parse(flow.origin or "", mode="eval").body
    except _NO_PYTHON:
        return None
    while isinstance(node, ast.Call) and node.args:
        if ast.unparse(node.func).rpartition(".")[2] not in _WRAPPERS:
            break
        node = node.args[0]
    return node


def _plain(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except _NO_PYTHON:
        return None


_NO_PYTHON = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)
