"""Lists of files and names in a script: in which order, how often, and what is numbered by them.

Values are followed through assignments of plain names, of any branch; nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from fitdoctor import lazy_re
from fitdoctor.code.class_names import READERS
from fitdoctor.code.scopes import last_name
from fitdoctor.records.run import (
    CLASSES_AS_LISTED,
    COPIED_BEFORE_SPLIT,
    WEIGHTS_REORDERED,
    Call,
    Fact,
)

_UNORDERED: Final = frozenset({"listdir", "glob", "iglob", "rglob", "iterdir", "scandir"})
"""What lists a folder in the order of the file system."""
_SPLITS: Final = frozenset({"random_split", "train_test_split"})
_DRAWS_AGAIN: Final = frozenset({"choices", "repeat", "resample"})
_OWN_ORDER: Final = frozenset({"class_names", "class_indices", "class_to_idx", "classes"})
"""What a reader tells of its own numbering."""
_OF_CLASSES: Final = lazy_re.compile(r"class|label|categor|to_?id|to_?ind|idx", re.IGNORECASE)
MOST_FOLLOWED = 200
NONE: Final = frozenset[str]()


def calls_of_lists(tree: ast.Module) -> Iterator[Call]:
    """Yield what is found, each as a call on the line that makes it."""
    lists = _Lists(tree)
    yield from lists.numbered_as_listed()
    yield from lists.weights_reordered()
    yield from lists.copied_before_split()


class _Lists:
    """A script by what its names are given."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.given: dict[str, list[ast.expr]] = {}
        self.sorted_in_place: set[str] = set()
        for node in ast.walk(tree):
            match node:
                case (
                    ast.Assign(targets=[target], value=value)
                    | ast.AnnAssign(target=target, value=ast.expr() as value)
                    | ast.AugAssign(target=target, value=value)
                ):
                    if name := _name(target):
                        self.given.setdefault(name, []).append(value)
                case ast.Call(func=ast.Attribute(value=owner, attr="sort")):
                    self.sorted_in_place.add(_name(owner))
                case _:
                    pass

    def reached(self, value: ast.expr, before: int | None = None) -> list[ast.expr]:
        """Return an expression and all that its names are given, themselves followed."""
        found, waiting, seen = [value], [value], set[str]()
        while waiting and len(found) < MOST_FOLLOWED:
            for node in ast.walk(waiting.pop()):
                name = _name(node)
                if not name or name in seen:
                    continue
                seen.add(name)
                made = [v for v in self.given.get(name, ()) if not before or v.lineno < before]
                found += made
                waiting += made
        return found

    def listing(self, value: ast.expr, seen: frozenset[str] = NONE) -> ast.Call | None:
        """Return the call that lists a folder in no order, where that is what a value is.

        A name that is made of itself, as `files = list(files)`, is what it is made of before.
        """
        match value:
            case ast.Call() if last_name(value.func) in _UNORDERED:
                return value
            case ast.Call(args=[inner]) if last_name(value.func) in {"list", "tuple"}:
                return self.listing(inner, seen)
            case ast.ListComp(generators=[ast.comprehension(iter=inner)]):
                return self.listing(inner, seen)
            case ast.Name() | ast.Attribute() if (name := _name(value)) in self.given:
                made = [] if name in seen else self.given[name]
                found = [self.listing(v, seen | {name}) for v in made if name not in _names(v)]
                plain = bool(found) and all(found) and name not in self.sorted_in_place
                return found[0] if plain and not self._sorted_later(name) else None
            case _:
                return None

    def _sorted_later(self, name: str) -> bool:
        """Return whether a name is given its own values in what may be another order."""
        own = (v for v in self.given.get(name, ()) if name in _names(v))
        return not all(
            isinstance(v, (ast.ListComp, ast.Subscript))
            or (isinstance(v, ast.Call) and last_name(v.func) in {"list", "tuple", "filter"})
            for v in own
        )

    # --- numbers by a listing ---

    def numbered_as_listed(self) -> Iterator[Call]:
        """Yield where class folders get their numbers by the order in which they are listed."""
        for node in ast.walk(self.tree):
            listed = self._numbers_folders(node)
            if listed is None:
                continue
            used = self._given_to(self._around(node))
            told = {
                "listing": Fact(ast.unparse(listed), None, listed.lineno),
                "times": Fact(str(len(used)), len(used), listed.lineno),
            }
            yield Call(name=CLASSES_AS_LISTED, arguments=told, line=listed.lineno)
            return

    def _around(self, node: ast.AST) -> str:
        """Return the name of the class or function that a statement stands in, the outermost."""
        outer = (d for d in self.tree.body if isinstance(d, (ast.FunctionDef, ast.ClassDef)))
        return next((d.name for d in outer if any(x is node for x in ast.walk(d))), "")

    def _given_to(self, name: str) -> set[str]:
        """Return what a function or class is called with first, in its different calls."""
        calls = (c for c in ast.walk(self.tree) if isinstance(c, ast.Call) and c.args)
        return {ast.unparse(c.args[0]) for c in calls if name and last_name(c.func) == name}

    def _numbers_folders(self, node: ast.AST) -> ast.Call | None:
        match node:
            case ast.For(
                target=ast.Tuple(elts=[ast.Name(id=number), ast.Name(id=folder)]),
                iter=ast.Call(func=ast.Name(id="enumerate"), args=[names, *_]),
                body=body,
            ):
                within = [x for s in body for x in ast.walk(s)]
                holds = any(self._opens(x, folder) for x in within)
                labels = any(_keeps(x, number) for x in within)
                return self.listing(names) if holds and labels else None
            case ast.Assign(
                targets=[target],
                value=ast.Call(func=ast.Attribute(value=names, attr="index"), args=[_]),
            ) if _OF_CLASSES.search(f"{_name(target)} {_name(names)}"):
                return self.listing(names)
            case ast.Assign(targets=[target], value=ast.DictComp() as table):
                match table:
                    case ast.DictComp(
                        key=ast.Name(id=key),
                        value=ast.Name(id=value),
                        generators=[
                            ast.comprehension(
                                target=ast.Tuple(elts=[ast.Name(id=number), ast.Name(id=folder)]),
                                iter=ast.Call(func=ast.Name(id="enumerate"), args=[names, *_]),
                            )
                        ],
                    ) if (key, value) == (folder, number) and _OF_CLASSES.search(_name(target)):
                        return self.listing(names)
        return None

    def _opens(self, node: ast.AST, folder: str) -> bool:
        """Return whether a call lists the folder of this name."""
        if not isinstance(node, ast.Call) or last_name(node.func) not in _UNORDERED:
            return False
        return any(_reads(value, folder) for value in self.reached(node))

    # --- weights by a table ---

    def weights_reordered(self) -> Iterator[Call]:
        """Yield weights that are numbered as a table has its classes, not as the reader does."""
        readers = [c for c in ast.walk(self.tree) if isinstance(c, ast.Call)
                   and last_name(c.func) in READERS]  # fmt: skip
        free = [c for c in readers if READERS[last_name(c.func)] not in {k.arg for k in c.keywords}]
        if not readers or len(free) < len(readers):
            return
        for call in ast.walk(self.tree):
            for given in _weights_given(call):
                reached = self.reached(given)
                nodes = [x for value in reached for x in ast.walk(value)]
                if any(isinstance(x, ast.Attribute) and x.attr in _OWN_ORDER for x in nodes):
                    continue
                for value in reached:
                    names = _keys(value)
                    name = next((n for n, v in self.given.items() if value in v), "")
                    by_place = any(_by_place(x, name) for x in nodes)
                    if names and names != sorted(names) and by_place:
                        told = {
                            "given": Fact(", ".join(names), names, value.lineno),
                            "reader": Fact(last_name(readers[0].func), None, readers[0].lineno),
                        }
                        yield Call(name=WEIGHTS_REORDERED, arguments=told, line=value.lineno)
                        return

    # --- copies before a split ---

    def copied_before_split(self) -> Iterator[Call]:
        """Yield lists of files that hold each file several times, and are then split at random."""
        for split in ast.walk(self.tree):
            if (
                not isinstance(split, ast.Call)
                or last_name(split.func) not in _SPLITS
                or not split.args
            ):
                continue
            if any(k.arg == "shuffle" and _is(k.value, False) for k in split.keywords):
                continue
            for value in self.reached(split.args[0], split.lineno):
                for node in ast.walk(value):
                    if self._repeats(node):
                        told = {"split": Fact(last_name(split.func), None, split.lineno)}
                        line = node.lineno  # type: ignore[attr-defined]
                        yield Call(name=COPIED_BEFORE_SPLIT, arguments=told, line=line)
                        return

    def _repeats(self, node: ast.AST) -> bool:
        """Return whether this is a list of files, several times over."""
        match node:
            case ast.BinOp(left=one, op=ast.Mult(), right=other):
                sides = ((one, other), (other, one))
                return any(self._lists_files(a) and not _is(b, 1) for a, b in sides)
            case ast.Call(args=[first, *_]) if last_name(node.func) in _DRAWS_AGAIN:
                return self._lists_files(first)
            case ast.Call(func=ast.Attribute(attr="sample"), keywords=told):
                return any(k.arg == "replace" and _is(k.value, True) for k in told)
            case _:
                return False

    def _lists_files(self, value: ast.expr, seen: frozenset[str] = NONE) -> bool:
        """Return whether a value is a list of files, in any order."""
        match value:
            case ast.Call(args=[inner, *_]) if last_name(value.func) in {"sorted", "list"}:
                return self._lists_files(inner, seen)
            case ast.List(elts=[ast.Name() | ast.Attribute(), *_]):
                return True
            case ast.Name() | ast.Attribute() if (name := _name(value)) in self.given:
                made = [] if name in seen else self.given[name]
                return any(self._lists_files(v, seen | {name}) for v in made)
            case _:
                return self.listing(value) is not None


def _name(node: ast.AST) -> str:
    """Return a plain name, or that of a field of `self`; "" for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return f"self.{name}"
        case _:
            return ""


def _names(node: ast.AST) -> set[str]:
    return {name for x in ast.walk(node) if (name := _name(x))}


def _reads(node: ast.AST, name: str) -> bool:
    return any(isinstance(x, ast.Name) and x.id == name for x in ast.walk(node))


def _keeps(node: ast.AST, number: str) -> bool:
    """Return whether a statement keeps a number: appended, alone or in a tuple, or set by key."""
    match node:
        case ast.Call(func=ast.Attribute(attr="append" | "extend" | "add"), args=args):
            return any(_reads(a, number) for a in args)
        case ast.Assign(targets=[ast.Subscript()], value=value):
            return _reads(value, number)
        case ast.AugAssign(value=value):
            return _reads(value, number)
        case _:
            return False


def _keys(value: ast.expr) -> list[str]:
    """Return the names by which a table that is written out holds numbers."""
    if not isinstance(value, ast.Dict) or len(value.keys) < 2:
        return []
    keys = [k.value for k in value.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)]
    numbers = all(isinstance(v, (ast.Constant, ast.BinOp)) for v in value.values)
    return keys if len(keys) == len(value.keys) and numbers else []


def _by_place(node: ast.AST, name: str) -> bool:
    """Return whether the values of a table are taken in their order: `table.values()`."""
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="values" | "items")):
            return _name(owner) == name
        case ast.Call(func=ast.Name(id="enumerate"), args=[first, *_]):
            return _name(first) == name
        case _:
            return False


def _weights_given(call: ast.AST) -> Iterator[ast.expr]:
    """Yield the weights of classes that a call is given."""
    if not isinstance(call, ast.Call):
        return
    called = last_name(call.func)
    for keyword in call.keywords:
        of_fit = keyword.arg == "class_weight" and called in {"fit", "fit_generator"}
        if of_fit or (keyword.arg == "weight" and re.search("Loss$|cross_entropy", called)):
            yield keyword.value


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value
