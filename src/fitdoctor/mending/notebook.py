"""A notebook as one script and back: only the source of cells changes, to the last byte."""

from __future__ import annotations

import ast
import difflib
import json
import re
import warnings
from collections.abc import Iterator
from json.decoder import JSONDecodeError
from typing import Any

from fitdoctor import lazy_re
from fitdoctor.cells import CELL_MAGIC, MAGIC, PYTHON_CELLS
from fitdoctor.errors import UnreadableSourceError

BETWEEN = "pass  # between cells"
"""The statement that stands between two cells."""
_SPACE = lazy_re.compile(r"[ \t\r\n]*+")


class Cells:
    """The code cells of a notebook."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        try:
            self.spans = list(_sources(text))
        except (JSONDecodeError, IndexError, RecursionError) as error:
            raise UnreadableSourceError(f"{path}: not a whole notebook ({error})") from error
        self.cells = [_joined(json.loads(text[begin:end])) for begin, end in self.spans]
        self.plain = [_as_python(cell) for cell in self.cells]

    @property
    def script(self) -> str:
        """The cells one behind the other; commands to IPython are `pass`."""
        return f"\n{BETWEEN}\n".join(self.plain) + "\n"

    def place(self, line: int) -> tuple[int, int]:
        """Return the cell, and the line in it, of a line of the script; all counted from 1."""
        at = 0
        for number, cell in enumerate(self.plain, start=1):
            length = cell.count("\n") + 2
            if line <= at + length:
                return number, line - at
            at += length
        return len(self.plain), 1

    def split(self, script: str) -> list[str] | None:
        """Return the cells of a changed script as they are written; `None` where none fit."""
        if not self.cells:
            return []
        parts = script.removesuffix("\n").split(f"\n{BETWEEN}\n")
        if len(parts) != len(self.cells):
            return None
        return [
            cell if new == plain else _written_back(cell, plain, new)
            for cell, plain, new in zip(self.cells, self.plain, parts, strict=True)
        ]

    def with_cells(self, cells: list[str]) -> str:
        """Return the text of the notebook with other sources, all else as it was."""
        text = self.text
        for (begin, end), old, new in reversed(
            list(zip(self.spans, self.cells, cells, strict=True))
        ):
            if old != new:
                text = text[:begin] + _as_json(new, text[begin:end]) + text[end:]
        return text


def _written_back(cell: str, plain: str, new: str) -> str:
    """Return a cell with the lines that changed, its commands to IPython as they were."""
    written, before, after = cell.split("\n"), plain.split("\n"), new.split("\n")
    lines: list[str] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, begin, end, start, stop in matcher.get_opcodes():
        lines += written[begin:end] if kind == "equal" else after[start:stop]
    return "\n".join(lines)


def _as_python(cell: str) -> str:
    lines = cell.split("\n")
    magic = CELL_MAGIC.match(cell)
    if magic and magic[1] not in PYTHON_CELLS:
        return "\n".join("pass" for _ in lines)
    plain = "\n".join(_blank(line) if MAGIC.match(line) else line for line in lines)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "\n".join("pass" for _ in lines)
    return plain


def _blank(line: str) -> str:
    return line[: len(line) - len(line.lstrip())] + "pass"


def _joined(source: Any) -> str:
    return "".join(source) if isinstance(source, list) else str(source)


def _as_json(source: str, old: str) -> str:
    """Return a source as JSON, laid out like the one before: a text, or a line a row."""
    plain = not re.search(r"\\u[0-9a-fA-F]{4}", old)
    if not old.startswith("["):
        return json.dumps(source, ensure_ascii=not plain)
    rows = [json.dumps(line, ensure_ascii=not plain) for line in source.splitlines(keepends=True)]
    first = re.match(r"\[(\s*)", old)
    inside = old.removesuffix("]")
    opening = first[1] if first else ""
    closing = inside[len(inside.rstrip()) :] if inside != old else ""
    between = _between(old)
    return f"[{opening}{between.join(rows)}{closing}]"


def _between(old: str) -> str:
    """Return what stands between two rows of a source."""
    try:
        _, end = _DECODER.raw_decode(old, _skip(old, 1))
        gap = old[end : _skip(old, end + 1)]
    except JSONDecodeError:
        return ", "
    return gap if gap.startswith(",") else f",{gap}" if gap.strip("]") else ", "


def _sources(text: str) -> Iterator[tuple[int, int]]:
    """Yield where in the text of a notebook the source of each code cell stands."""
    for key, begin, _ in _members(text, _skip(text, 0)):
        if key == "cells":
            for start in _elements(text, begin):
                found = {name: (at, end) for name, at, end in _members(text, start)}
                kind = found.get("cell_type", (0, 0))
                if "source" in found and text[slice(*kind)] == '"code"':
                    yield found["source"]


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Yield the keys of an object with where their values begin and end."""
    at = _skip(text, at)
    if text[at] != "{":
        raise JSONDecodeError("expected an object", text, at)
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        begin = _skip(text, at + 1)
        _, end = _DECODER.raw_decode(text, begin)
        yield key, begin, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _elements(text: str, at: int) -> Iterator[int]:
    """Yield where the elements of a list begin."""
    if text[at] != "[":
        raise JSONDecodeError("expected a list", text, at)
    at = _skip(text, at + 1)
    while text[at] != "]":
        yield at
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at] == "," else at


_DECODER = json.JSONDecoder()
