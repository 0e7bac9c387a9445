"""Rows of bare numbers, named by the `print` of the script that wrote them.

`print(epoch, loss.item(), right / len(val_set))` prints `3 0.41 0.93`. Where the script
stands beside its rows, what is printed says what each figure is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from fitdoctor import lazy_re
from fitdoctor.code.parse import parse
from fitdoctor.sources._code_lines import code_lines

MOST_LINES = 5_000
"""A longer text is a log without its script."""
LEAST = 2
"""Rows of one length that are a log."""
_ROW = lazy_re.compile(
    r"\s{0,9}\d{1,6}(?:[\s,;|]{1,9}-?\d{1,6}[.,]?\d{0,12}(?:e-?\d{1,3})?){1,8}\s{0,9}"
)
_FIGURE = lazy_re.compile(r"-?\d{1,6}(?:\.\d{1,12})?(?:e-?\d{1,3})?")
_HELD_OUT = lazy_re.compile(r"val|test|dev|held", re.IGNORECASE)
_LOSS = lazy_re.compile(r"loss|crit|cross_entropy|\bcost\b|bce|nll", re.IGNORECASE)
_SHARE = lazy_re.compile(r"acc|correct|hits?\b|right|score", re.IGNORECASE)


def named_rows(lines: Sequence[str], text: Sequence[str]) -> list[str]:
    """Return the lines of logs, rows with the names that a `print` in the whole text gives them."""
    if len(text) > MOST_LINES or not any("print(" in line for line in text):
        return list(lines)
    rows = {i: _FIGURE.findall(line) for i, line in enumerate(lines) if _ROW.fullmatch(line)}
    if len(rows) < LEAST:
        return list(lines)
    code = code_lines(list(text), set(rows))
    tree = parse("\n".join(line if i in code else "" for i, line in enumerate(text)))
    names = next(_printed(tree), ()) if tree is not None else ()
    found = [i for i, figures in rows.items() if len(figures) == len(names)]
    if len(found) < LEAST:
        return list(lines)
    named = list(lines)
    for i in found:
        named[i] = " ".join(f"{n} {f}" for n, f in zip(names, rows[i], strict=True))
    return named


def _printed(tree: ast.Module) -> Iterator[tuple[str, ...]]:
    """Yield the names of what loops over epochs print as bare figures."""
    made = {
        node.targets[0].id: ast.unparse(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for loop in ast.walk(tree):
        if not isinstance(loop, ast.For):
            continue
        counted = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
        for statement in loop.body:
            given = _figures(statement)
            if len(given) < LEAST or not (
                isinstance(given[0], ast.Name) and given[0].id in counted
            ):
                continue
            names = ["epoch", *(_name(one, made) for one in given[1:])]
            if all(names) and len(set(names)) == len(names):
                yield tuple(names)


def _figures(statement: ast.stmt) -> list[ast.expr]:
    """Return what a statement prints, where it prints figures and no word."""
    match statement:
        case ast.Expr(
            value=ast.Call(func=ast.Name(id="print"), args=[ast.JoinedStr(values=parts)])
        ):
            texts = [p.value for p in parts if isinstance(p, ast.Constant)]
            if not any(c.isalpha() for text in texts for c in str(text)):
                return [p.value for p in parts if isinstance(p, ast.FormattedValue)]
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=args)):
            if not any(isinstance(a, (ast.Constant, ast.JoinedStr, ast.Starred)) for a in args):
                return list(args)
        case _:
            pass
    return []


def _name(figure: ast.expr, made: dict[str, str]) -> str:
    """Return what a log calls a figure, by its expression and how its name was made."""
    words = ast.unparse(figure)
    given = " ".join(made.get(n.id, "") for n in ast.walk(figure) if isinstance(n, ast.Name))
    kind = "loss" if _LOSS.search(words) else "acc" if _SHARE.search(words) else ""
    kind = kind or ("loss" if _LOSS.search(given) else "acc" if _SHARE.search(given) else "")
    part = "val_" if _HELD_OUT.search(f"{words} {given}") else ""
    return part + kind if kind else ""
