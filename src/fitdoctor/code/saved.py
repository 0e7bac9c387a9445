"""Which files a script saves networks in: what it loads from another file is another network."""

from __future__ import annotations

import ast
from typing import Final

_SAVES: Final = frozenset({"ModelCheckpoint", "export", "save", "save_model", "save_weights"})
_OF_OTHER_THINGS: Final = frozenset({"np", "numpy", "plt", "Image", "pickle", "joblib"})
"""Modules whose `save` keeps no network."""


def stem(path: str) -> str:
    """Return the name of a file without its folder and its endings.

    >>> stem("../kept/first.weights.h5")
    'first'
    """
    return path.replace("\\", "/").rpartition("/")[2].partition(".")[0]


def saved_under(tree: ast.Module) -> frozenset[str] | None:
    """Return the names, without endings, of all files that networks are saved in.

    `None` where one of them is not written in the script, or is put together.
    """
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _saves(node):
            found = _texts(tree, _place(node))
            if found is None:
                return None
            names |= {stem(text) for text in found}
    return frozenset(names)


def _saves(call: ast.Call) -> bool:
    match call.func:
        case ast.Name(id=name):
            return name in _SAVES
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return name in _SAVES and owner not in _OF_OTHER_THINGS
        case ast.Attribute(attr=name):
            return name in _SAVES
        case _:
            return False


def _place(call: ast.Call) -> ast.expr | None:
    named = (k.value for k in call.keywords if k.arg in {"filepath", "path", "filename", "f"})
    texts = (a for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
    return next(named, None) or next(texts, None) or next(iter(call.args), None)


def _texts(tree: ast.Module, node: ast.expr | None) -> list[str] | None:
    """Return the texts that an argument can be; `None` where that is not known."""
    match node:
        case ast.Constant(value=str(text)):
            return [text] if "{" not in text else None
        case ast.Name(id=name):
            given = [s.value for s in ast.walk(tree) if isinstance(s, ast.Assign) for t in s.targets
                     if isinstance(t, ast.Name) and t.id == name]  # fmt: skip
            stored = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name
                      and isinstance(n.ctx, ast.Store)]  # fmt: skip
            arguments = [a for a in ast.walk(tree) if isinstance(a, ast.arg) and a.arg == name]
            if arguments or len(given) != len(stored):
                return None
            texts = [v.value for v in given
                     if isinstance(v, ast.Constant) and isinstance(v.value, str)]  # fmt: skip
            whole = bool(given) and len(texts) == len(given) and not any("{" in t for t in texts)
            return texts if whole else None
        case _:
            return None
