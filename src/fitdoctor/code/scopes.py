"""Names of a script by who binds them, and the same script with simpler names.

`import numpy as n` becomes `import numpy as np`, `from keras.layers import Dense as D` becomes
`from keras.layers import Dense`. What a dictionary or an object holds that goes nowhere becomes
variables: `box["x"] = f()` is `x = f()`. Every node keeps the line on which it was written.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

_USUAL: Final = {
    "numpy": "np", "tensorflow": "tf", "torch.nn": "nn", "torch.nn.functional": "F",
    "torch.optim": "optim", "pandas": "pd", "matplotlib.pyplot": "plt",
    "torchvision": "torchvision",
    "torch": "torch", "keras": "keras", "tensorflow.keras": "keras", "cv2": "cv2", "timm": "timm",
    "keras.backend": "K", "tensorflow.keras.backend": "K", "random": "random",
}  # fmt: skip
"""What people call modules."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_EMPTY_OBJECTS: Final = frozenset(
    {"SimpleNamespace", "Namespace", "EasyDict", "AttrDict", "object"}
)


def bindings(tree: ast.Module) -> Counter[str]:
    """Return how often each name is bound in any scope; twice for what `global` declares."""
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                found[name] += 1
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found[name] += 1
            case ast.ClassDef(name=name):
                found[name] += 1
            case ast.alias(name=name, asname=other):
                found[other or name.partition(".")[0]] += 1
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(dict.fromkeys(names, 2))
            case ast.ExceptHandler(name=str() as name):
                found[name] += 1
            case _:
                pass
    return found


def last_name(function: ast.expr) -> str:
    """Return the name of a function, class or method, without what it belongs to; "" for others."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def with_usual_names(tree: ast.Module) -> None:
    """Give what is imported by a name of the script's own the usual one, where it is free."""
    bound = bindings(tree)
    loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    renamed: dict[str, str] = {}
    for alias, usual in _aliases(tree):
        own = alias.asname or ""
        taken = usual in loaded or usual in bound or usual in renamed.values()
        if own and own != usual and bound[own] == 1 and not taken and not hasattr(builtins, usual):
            renamed[own] = usual
            alias.asname = usual
    if renamed:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in renamed:
                node.id = renamed[node.id]


def _aliases(tree: ast.Module) -> Iterator[tuple[ast.alias, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((a, _USUAL[a.name]) for a in node.names if a.name in _USUAL)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield alias, _USUAL.get(full, alias.name)


def with_variables(tree: ast.Module) -> None:
    """Turn what holders hold into variables: dictionaries and objects that go nowhere."""
    bound = bindings(tree)
    made = {name: how for name, how in _holders(tree) if bound[name] == 1}
    if not made:
        return
    uses = _Uses(made)
    uses.visit(tree)
    names: dict[tuple[str, str], str] = {}
    for holder in made:
        if holder in uses.escaped or holder not in uses.keys:
            continue
        for key in uses.keys[holder]:
            free = not bound[key] and key not in uses.loaded and key.isidentifier()
            name = key if free and key not in names.values() else f"{holder}_{key}"
            if bound[name] or not name.isidentifier():
                name = f"{holder}_{key}_{len(names)}"
            names[holder, key] = name
    if names:
        _Flatten(names, made).visit(tree)


def _holders(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the empty holders that are made, with how they are read: by key or by field."""
    plain = {
        node.name for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.bases and not node.decorator_list
        and all(isinstance(s, (ast.Pass, ast.Expr)) for s in node.body)
    }  # fmt: skip
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=[])):
                yield name, "key"
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Name() | ast.Attribute() as made, args=[], keywords=[]),
            ):
                last = made.attr if isinstance(made, ast.Attribute) else made.id
                if last == "dict":
                    yield name, "key"
                elif last in _EMPTY_OBJECTS or last in plain:
                    yield name, "field"
            case _:
                pass


class _Uses(ast.NodeVisitor):
    """Which constant keys holders are used with, and which of them go elsewhere."""

    def __init__(self, holders: Mapping[str, str]) -> None:
        self.holders = holders
        self.keys: dict[str, dict[str, None]] = {}
        self.escaped: set[str] = set()
        self.loaded: set[str] = set()
        self._scopes: list[ast.AST | None] = [None]
        self._made_in: dict[str, ast.AST | None] = {}

    def generic_visit(self, node: ast.AST) -> None:
        inner = isinstance(node, _SCOPES)
        if inner:
            self._scopes.append(node)
        found = _held(node, self.holders)
        if found is not None and isinstance(node, (ast.Subscript, ast.Attribute)):
            holder, key = found
            self.keys.setdefault(holder, {})[key] = None
            here = self._made_in.get(holder, self) is self._scopes[-1]
            if not here and not isinstance(node.ctx, ast.Load):
                self.escaped.add(holder)  # a function sets what others read
        else:
            super().generic_visit(node)
        if inner:
            self._scopes.pop()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.loaded.add(node.id)
            if node.id in self.holders:
                self.escaped.add(node.id)
        elif node.id in self.holders:
            self._made_in[node.id] = self._scopes[-1]
            if isinstance(self._scopes[-1], ast.ClassDef):
                self.escaped.add(node.id)


def _held(node: ast.AST, holders: Mapping[str, str]) -> tuple[str, str] | None:
    """Return holder and key, where a node is what a holder holds."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as key)):
            return (name, key) if holders.get(name) == "key" else None
        case ast.Attribute(value=ast.Name(id=name), attr=key):
            return (name, key) if holders.get(name) == "field" else None
        case _:
            return None


class _Flatten(ast.NodeTransformer):
    def __init__(self, names: dict[tuple[str, str], str], holders: Mapping[str, str]) -> None:
        self.names, self.holders = names, holders

    def _flat(self, node: ast.Subscript | ast.Attribute) -> ast.AST:
        found = _held(node, self.holders)
        if found in self.names and found is not None:
            return ast.copy_location(ast.Name(self.names[found], node.ctx), node)
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return self._flat(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self._flat(node)
