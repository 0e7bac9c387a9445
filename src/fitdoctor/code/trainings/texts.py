"""Texts of which parts are not known, such as the folder `os.path.join(args.data, "train")`."""

from __future__ import annotations

import ast
import dataclasses
from typing import TYPE_CHECKING, Any

from fitdoctor.code.trainings.domain import TOP, Method, Module, Object, Symbol, Text, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

Parts = tuple[Any, ...]
"""Strings, and values that are not known; two of these are the same text if they are one value."""
MOST_PARTS = 16


def parts_of(value: Value) -> Parts:
    """Return the parts of a text; () where nothing is known of it."""
    match value:
        case Text(parts=parts):
            return parts
        case bool():
            return ()
        case str() | int():
            return (str(value),)
        case Object() | Method() | Module() | Symbol():
            return (value,)
        case _:
            return ()


def together(values: Iterable[Value], between: str = "") -> Value:
    """Return texts one after the other; `TOP` where nothing is known of one."""
    made: list[Any] = []
    for at, value in enumerate(values):
        parts = parts_of(value)
        if not parts:
            return TOP
        for part in (between, *parts) if at and between else parts:
            if isinstance(part, str) and made and isinstance(made[-1], str):
                made[-1] += part
            else:
                made.append(part)
    return Text(tuple(made)) if 0 < len(made) <= MOST_PARTS else TOP


def path(values: Iterable[Value]) -> Value:
    """Return a path of several parts."""
    return together([v for v in values if v != ""], "/")


def folder(value: Value) -> Parts:
    """Return the parts of a path, written in one way; () where it is not known."""
    parts = parts_of(value)
    texts = [p.replace("\\", "/").replace("//", "/") if isinstance(p, str) else p for p in parts]
    if texts and isinstance(texts[0], str):
        texts[0] = texts[0].removeprefix("./")
    if texts and isinstance(texts[-1], str):
        texts[-1] = texts[-1].rstrip("/")
    return tuple(p for p in texts if p != "")


def last_name(parts: Parts) -> str:
    """Return the last folder of a path; "" where it is not known."""
    return parts[-1].rpartition("/")[2] if parts and isinstance(parts[-1], str) else ""


def with_operator(left: Value, op: ast.operator, right: Value) -> Value | None:
    """Return `base + "/train"`, or `Path(base) / "train"`; `None` where it is none of both."""
    if isinstance(left, Text) or isinstance(right, Text):
        if isinstance(op, ast.Div):
            return path([left, right])
        return together([left, right]) if isinstance(op, ast.Add) else TOP
    others = (Object, Method, Symbol)
    added = isinstance(left, str) and isinstance(right, others)
    added |= isinstance(right, str) and isinstance(left, others)
    return together([left, right]) if added and isinstance(op, ast.Add) else None


@dataclasses.dataclass(eq=False)
class Folders:
    """The folders of classes that a program reads, by the line of the call that reads them."""

    read: dict[int, set[Parts]] = dataclasses.field(default_factory=dict)

    def note(self, line: int, value: Value) -> None:
        """Keep that a call reads a folder."""
        self.read.setdefault(line, set()).add(folder(value))

    def known(self) -> dict[int, Parts]:
        """Return the folder of each call that reads one, and always the same."""
        return {line: next(iter(places)) for line, places in self.read.items()
                if len(places) == 1 and () not in places}  # fmt: skip
