"""Scripts of Python 2: translated before they are executed, and divided as Python 2 divides.

Syntax is translated by `lib2to3`, which Python has up to 3.12. What it does not translate is done
here: `/` between whole numbers, and indentation by tabs and spaces. Only what Python 3 refuses, or
what uses builtins of Python 2 that nothing in it defines, is taken for Python 2. Only the standard
library is loaded here, as in `hook`.
"""

from __future__ import annotations

import ast
import functools
import importlib
import os
import re
import sys
import warnings
from collections.abc import Mapping
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from numbers import Integral
from pathlib import Path
from types import ModuleType
from typing import Any

FIXERS = (
    "apply", "basestring", "dict", "except", "exec", "execfile", "filter", "funcattrs", "has_key",
    "intern", "long", "map", "methodattrs", "ne", "next", "nonzero", "numliterals", "paren",
    "print", "raise", "raw_input", "repr", "standarderror", "sys_exc", "throw", "tuple_params",
    "types", "unicode", "xrange", "xreadlines", "zip",
)  # fmt: skip
"""What `lib2to3` translates of a script; names of modules come back by `names`."""
BUILTINS: Mapping[str, str] = {
    "xrange": "builtins:range", "unicode": "builtins:str", "raw_input": "builtins:input",
    "basestring": "builtins:str", "long": "builtins:int", "unichr": "builtins:chr",
    "reduce": "functools:reduce", "reload": "importlib:reload", "file": "builtins:open",
}  # fmt: skip
"""Builtins of Python 2 -> what they are in Python 3."""
DIVIDED, DIVIDED_IN_PLACE = "__divided__", "__divided_in_place__"
_INDENT = re.compile(r"^[ \t]*\t[ \t]*", re.MULTILINE)


given: dict[str, list[str]] = {}
"""Files that were taken for Python 2 -> what of it was given meaning."""


def said() -> str:
    """Return in one line what was translated; "" where that is nothing."""
    files = [f"{Path(path).name}: {', '.join(what)}" for path, what in given.items()]
    return f"executed as Python 2 meant it: {'; '.join(files)}" if files else ""


def program(source: bytes | str, path: str) -> tuple[Any, dict[str, Any]]:
    """Return compiled code, and names that it is to have.

    Raises what Python raises for a text that Python 2 refuses as well.
    """
    try:
        # Not `ast.parse`, whose own line would stand in the traceback of a mistake.
        tree: Any = compile(source, path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        text = translated(source)
        if text is None:
            raise
        tree, said = ast.parse(text, path), [f"its syntax (line {getattr(error, 'lineno', 1)})"]
    else:
        said = []
    missing = {name: place for name, place in BUILTINS.items() if name in _undefined(tree)}
    said += [f"{name} (now {place.rpartition(':')[2]})" for name, place in missing.items()]
    names = {name: _found(place) for name, place in missing.items()}
    if said and (divided := _Divisions()).visit(tree) and divided.changed:
        said.append("/ between whole numbers")
        names |= {DIVIDED: divide, DIVIDED_IN_PLACE: divide_in_place}
    # The tree is compiled only where it says something else: positions stay as Python sets them.
    code = compile(ast.fix_missing_locations(tree) if said else source, path, "exec",
                   dont_inherit=True)  # fmt: skip
    if said:
        given[path] = said
    return code, names


class Beside(SourceFileLoader):
    """Loads a module beside the script, of Python 2 or 3; what is translated is never cached."""

    _names: dict[str, Any]

    def source_to_code(self, data: Any, path: Any, **_: Any) -> Any:  # type: ignore[override]
        code, self._names = program(data, os.fsdecode(path))
        return code

    def exec_module(self, module: ModuleType) -> None:
        self._names = {}
        code: Any = self.get_code(module.__name__)
        module.__dict__.update(self._names)
        exec(code, module.__dict__)  # noqa: S102 - what loaders do

    def set_data(self, path: Any, data: Any, **named: Any) -> None:
        if not given.get(self.path):
            super().set_data(path, data, **named)


def translate_beside(folder: str) -> None:
    """Load modules of a folder, and of those below it, by `Beside`, but for installed ones."""
    details = [
        (ExtensionFileLoader, EXTENSION_SUFFIXES), (Beside, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    ]  # fmt: skip

    def finder(path: str) -> FileFinder:
        whole = os.path.realpath(path)
        inside = whole == folder or whole.startswith(f"{folder}{os.sep}")
        if not inside or whole.startswith(sys.prefix) or "site-packages" in whole:
            raise ImportError(path)
        return FileFinder(path, *details)

    sys.path_hooks.insert(0, finder)
    for path in [path for path in sys.path_importer_cache if path.startswith(folder)]:
        del sys.path_importer_cache[path]


@functools.lru_cache(maxsize=4)
def translated(source: bytes | str) -> str | None:
    """Return a text of Python 2 as one of Python 3; `None` for one of Python 3, or of neither."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        pass
    else:
        return None
    text = source if isinstance(source, str) else source.decode("utf-8", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    found = _refactored(text if text.endswith("\n") else f"{text}\n")
    for candidate in (found, found and _INDENT.sub(lambda m: m[0].expandtabs(8), found)):
        try:
            ast.parse(candidate or "(")
        except (SyntaxError, ValueError):
            continue
        return candidate
    return None


def _refactored(text: str) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            refactor: Any = importlib.import_module("lib2to3.refactor")
        except ImportError:
            return None
        tool = refactor.RefactoringTool([f"lib2to3.fixes.fix_{name}" for name in FIXERS])
        tool.log_error = tool.log_message = tool.log_debug = lambda *_, **__: None
        try:
            tree = tool.refactor_string(text, "script")
        except Exception:  # noqa: BLE001 - its parser raises what it meets; then it is no Python 2
            return None
    return None if tree is None else str(tree)


def _found(place: str) -> Any:
    home, _, name = place.partition(":")
    return getattr(importlib.import_module(home), name)


def _undefined(tree: ast.AST) -> set[str]:
    """Return builtins of Python 2 that are read outside of any `try` and that nothing defines."""
    read: set[str] = set()
    defined: set[str] = set()
    tried = {
        id(node) for t in ast.walk(tree) if isinstance(t, ast.Try)
        for one in t.body for node in ast.walk(one)
    }  # fmt: skip
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                if id(node) not in tried:
                    read.add(name)
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                defined.add(name)
            case ast.ImportFrom(names=names) if any(one.name == "*" for one in names):
                defined |= set(BUILTINS)  # whatever it brings
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                defined |= {one.asname or one.name for one in names}
            case _:
                pass
    return (read - defined) & set(BUILTINS)


class _Divisions(ast.NodeTransformer):
    """Lets `/` divide whole numbers as Python 2 did, unless the script says otherwise."""

    changed = False

    def visit_Module(self, node: ast.Module) -> ast.AST:
        taken = [n for n in node.body if isinstance(n, ast.ImportFrom)]
        future = [one.name for n in taken if n.module == "__future__" for one in n.names]
        if "division" in future:
            return node
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div) or any(map(_is_float, (node.left, node.right))):
            return node
        return self._call(DIVIDED, node.left, node.right, node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        plain = not any(isinstance(n, ast.Call) for n in ast.walk(node.target))
        if not isinstance(node.op, ast.Div) or not plain or _is_float(node.value):
            return node
        before = ast.parse(ast.unparse(node.target), mode="eval").body
        value = self._call(DIVIDED_IN_PLACE, before, node.value, node)
        return ast.copy_location(ast.Assign(targets=[node.target], value=value), node)

    def _call(self, name: str, left: ast.expr, right: ast.expr, at: ast.AST) -> ast.Call:
        self.changed = True
        made = ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=[left, right], keywords=[])
        return ast.copy_location(made, at)


def _is_float(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def _whole(value: Any) -> bool:
    """Return whether Python 2 took a value for a whole number, or for an array of such."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return isinstance(value, Integral) or (isinstance(kind, str) and kind in tuple("iub"))


def divide(left: Any, right: Any) -> Any:
    """Return `left / right` of Python 2."""
    return left // right if _whole(left) and _whole(right) else left / right


def divide_in_place(left: Any, right: Any) -> Any:
    """Return what `left` is after `left /= right` of Python 2."""
    if _whole(left) and _whole(right):
        left //= right
    else:
        left /= right
    return left
