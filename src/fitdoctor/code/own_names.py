"""What a script calls its network, sets and optimizer: lines to run are in its own names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from fitdoctor.code.parse import parse

LONGEST = 40
"""Characters of an expression that is put into a line in place of a name."""
_FITS = {"fit", "fit_generator"}
_OF_TESTS = re.compile(r"val|test|dev|eval|hold", re.IGNORECASE)


def in_own_names(line: str, text: str) -> str:
    """Return a line of code with the names that a script has for what it speaks of."""
    names = own_names(text)
    # The longest first: `x_train, y_train` holds `x_train`.
    for usual in sorted(names, key=len, reverse=True):
        own = names[usual].replace("\\", r"\\")
        line = re.sub(rf"(?<![\w.]){re.escape(usual)}(?!\w)", own, line)
    return line


@lru_cache(maxsize=8)
def own_names(text: str) -> Mapping[str, str]:
    """Return the usual name of a network, a set or an optimizer -> what the script has for it."""
    tree = parse(text)
    if tree is None:
        return {}
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in _FITS:
                found = {**dict(_of_fit(node, node.func.value)), **found}
            elif node.func.attr in {"zero_grad", "step"} and _is_optimizer(tree, node.func.value):
                found.setdefault("optimizer", _written(node.func.value))
    if "x_train, y_train" not in found:
        found |= {usual: own for usual, own in _of_loops(tree) if usual not in found}
    return {usual: own for usual, own in found.items() if own and own != usual}


def _of_fit(call: ast.Call, model: ast.expr) -> Iterator[tuple[str, str]]:
    """Yield what `model.fit(x, y, validation_data=...)` says."""
    yield "model", _written(model)
    named = {k.arg: k.value for k in call.keywords}
    given = [*call.args[:2], *(named[n] for n in ("x", "y") if n in named)][:2]
    whole = ", ".join(filter(None, map(_written, given)))
    if given and whole.count(",") + 1 == len(given):
        yield "x_train, y_train", whole
        if len(given) == 1:
            yield "train", whole
        if len(given) == 2:
            yield "x_train", _written(given[0])
            yield "y_train", _written(given[1])
    held = named.get("validation_data")
    if isinstance(held, ast.Tuple) and len(held.elts) >= 2:
        pair = [_written(e) for e in held.elts[:2]]
        if all(pair):
            yield "validation_data", ", ".join(pair)
            yield "x_val", pair[0]
            yield "y_val", pair[1]
    elif held is not None and (whole := _written(held)):
        yield "validation_data", whole
        yield "model.predict(x_val)", f"{_written(model) or 'model'}.predict({whole})"


def _of_loops(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the loaders that loops go over, and the network that they train."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.For):
            continue
        over = node.iter
        while isinstance(over, ast.Call) and over.args and _written(over.func) in {
            "enumerate", "tqdm", "tqdm.tqdm", "iter",
        }:  # fmt: skip
            over = over.args[0]
        written = _written(over)
        inner = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
        loops = any(isinstance(n, ast.For) for n in ast.walk(node) if n is not node)
        attributes = {n.func.attr for n in inner if isinstance(n.func, ast.Attribute)}
        if not written or loops or isinstance(over, ast.Call):
            continue
        if "backward" in attributes and not _OF_TESTS.search(written):
            yield "train_loader", written
        elif "backward" not in attributes and _OF_TESTS.search(written):
            yield "val_loader", written
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="parameters")):
                yield "model", name
                return


def _is_optimizer(tree: ast.Module, value: ast.expr) -> bool:
    """Return whether a name is given the parameters of a network where it is made."""
    if not isinstance(value, ast.Name):
        return False
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=value.id)], value=ast.Call() as made):
                return ".parameters(" in ast.unparse(made) or "optim" in ast.unparse(made.func)
    return False


def _written(node: ast.expr) -> str:
    """Return a name, an attribute or an entry as it is written; "" for anything longer."""
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
        return ""
    words = ast.unparse(node)
    return words if len(words) <= LONGEST else ""
