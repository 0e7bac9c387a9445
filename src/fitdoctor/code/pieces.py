"""Which items of a list are pieces of one file: frames of a video, slices, patches, views.

A file is read, and a loop that reads no other one adds something of it to a list in each of its
rounds. A list that begins anew with every file holds the pieces of one and is itself an item.
"""

from __future__ import annotations

import ast
import dataclasses
from typing import Final

from fitdoctor.code.scopes import last_name
from fitdoctor.records.flow import FRAMES, PATCHES, SLICES

_READERS: Final = {
    "VideoCapture": FRAMES, "VideoReader": FRAMES, "get_reader": FRAMES, "VideoFileClip": FRAMES,
    "nib.load": SLICES, "nibabel.load": SLICES, "ReadImage": SLICES,
    "imread": PATCHES, "load_img": PATCHES, "Image.open": PATCHES, "OpenSlide": PATCHES,
    "open_slide": PATCHES,
}  # fmt: skip
"""What reads one file of several pieces, or whose image is altered again and again."""
_DETECTORS: Final = frozenset(
    {"findContours", "detectMultiScale", "detect", "connectedComponents", "regionprops",
     "connectedComponentsWithStats", "detect_faces", "goodFeaturesToTrack"}
)  # fmt: skip
"""What finds several things in an image: they are no pieces of one."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclasses.dataclass
class _Body:
    """Names of a body: what they are pieces of, and which lists begin in it."""

    files: dict[str, tuple[str, int]] = dataclasses.field(default_factory=dict)
    """Name -> what pieces of it are, and the body in which the file is read."""
    before: set[str] = dataclasses.field(default_factory=set)
    """Names of `files` that a loop around finds as they were before its first round."""
    lists: dict[str, int] = dataclasses.field(default_factory=dict)
    number: int = 0

    def within(self, number: int) -> _Body:
        return _Body(dict(self.files), set(self.before), dict(self.lists), number)


def pieces(tree: ast.Module) -> dict[ast.expr, str]:
    """Return the expressions that are appended of one file again and again, with what they are."""
    finder = _Finder()
    finder.body(tree.body, _Body())
    return finder.found


class _Finder:
    def __init__(self) -> None:
        self.found: dict[ast.expr, str] = {}
        self.count = 0

    def body(self, statements: list[ast.stmt], names: _Body) -> None:
        once = any(isinstance(s, ast.Break) for s in statements)
        for statement in statements:
            if not (once and isinstance(statement, ast.Expr)):  # one piece, then the next file
                self.statement(statement, names)

    def statement(self, node: ast.stmt, names: _Body) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self.assigned(target, value, names)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=to), attr="append"), args=[given]
                )
            ):
                self.appended(to, given, names)
            case ast.For():
                self.loop(node, names)
            case ast.While():
                self.count += 1
                inner = names.within(self.count)
                inner.before = set(inner.files)
                self.body(node.body, inner)
            case ast.If():
                self.body([*node.body, *node.orelse], names)
            case ast.With():
                for item in node.items:
                    if item.optional_vars is not None:
                        self.assigned(item.optional_vars, item.context_expr, names)
                self.body(node.body, names)
            case ast.Try():
                self.body([*node.body, *node.orelse, *node.finalbody], names)
            case _ if isinstance(node, _SCOPES):
                self.count += 1
                self.body(node.body, _Body(number=self.count))
            case _:
                pass

    def loop(self, node: ast.For, names: _Body) -> None:
        self.count += 1
        inner = names.within(self.count)
        of = _files(node.iter, names)
        counted = isinstance(node.iter, ast.Call) and ast.unparse(node.iter.func) == "range"
        for name in _names(node.target):
            inner.files.pop(name, None)
        if of or counted:
            inner.before = set(inner.files)
        for name in _names(node.target) if of else ():
            inner.files[name] = names.files[of[0]]
            inner.before.add(name)
        self.body(node.body, inner)

    def assigned(self, target: ast.expr, value: ast.expr, names: _Body) -> None:
        match target, value:
            case ast.Tuple(elts=some), ast.Tuple(elts=values) if len(some) == len(values):
                for one, of_it in zip(some, values, strict=True):
                    self.assigned(one, of_it, names)
                return
            case _:
                pass
        kind = _read(value)
        of = _files(value, names)
        detects = any(
            last_name(n.func) in _DETECTORS for n in ast.walk(value) if isinstance(n, ast.Call)
        )
        for name in _names(target):
            if kind is not None:
                names.files[name] = kind, names.number
                names.before.discard(name)
            elif of and not detects:
                names.files[name] = names.files[of[0]]
                early = names.before.issuperset(of)
                (names.before.add if early else names.before.discard)(name)
            else:
                names.files.pop(name, None)
                names.before.discard(name)
            if isinstance(value, ast.List) or (
                isinstance(value, ast.Call) and last_name(value.func) == "list"
            ):
                names.lists[name] = names.number

    def appended(self, to: str, given: ast.expr, names: _Body) -> None:
        of = [n for n in _files(given, names) if n in names.before]
        if not of:
            return
        kind, read_in = names.files[of[0]]
        begun = names.lists.get(to, 0)
        if not read_in and kind == PATCHES:
            return  # one picture of many things, as a sheet of digits
        if read_in and (begun >= read_in or to not in names.lists):
            return  # of this file alone, or of a caller who may take it so
        self.found[given] = kind


def _files(node: ast.expr, names: _Body) -> list[str]:
    return sorted(_names(node) & names.files.keys())


def _names(node: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _read(value: ast.expr) -> str | None:
    """Return what pieces of the file are that an expression reads; `None` where it reads none."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            full = ast.unparse(node.func)
            for name, kind in _READERS.items():
                if full == name or full.endswith(f".{name}"):
                    return kind
    return None
