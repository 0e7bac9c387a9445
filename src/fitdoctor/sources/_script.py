"""A script or notebook as `check` takes it: the text for the rules, the code as it was written."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings
from pathlib import Path
from typing import NamedTuple

from fitdoctor import lazy_re
from fitdoctor.cells import CELL_MAGIC, MAGIC, PYTHON_CELLS
from fitdoctor.code import is_python_2, without_f_strings
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources._text import clean_lines

MOST_BYTES = 20_000_000
MOST_MAGICS = 200
PYTHON = (".py", ".pyw", ".pyi")


class Mistake(NamedTuple):
    """A place at which Python refuses the text; lines and columns count from 1."""

    line: int
    column: int
    message: str


class ScriptText(NamedTuple):
    """Code with each line where the file, or its cells, has it."""

    text: str
    mistake: Mistake | None = None
    """The first one, where the text is known to be of this Python."""
    unusable: bool = False
    """The mistake makes the whole text unusable, as in a script; not so in a notebook."""


def python_file(data: bytes, name: str) -> ScriptText:
    """Return a script; raise `UnreadableSourceError` if it is binary or its encoding is unknown."""
    written = _decoded(data, name)
    mistake = _mistake(written)
    text = "\n".join(clean_lines(written))
    return ScriptText(text, mistake, unusable=mistake is not None and not is_python_2(text))


def read_input() -> ScriptText:
    """Return the script on standard input."""
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    _small(len(data), "standard input")
    return python_file(data, "standard input")


def read_file(path: Path) -> ScriptText:
    """Return the script of a Python file."""
    try:
        _small(path.stat().st_size, str(path))
        return python_file(path.read_bytes(), str(path))
    except OSError as error:
        raise UnreadableSourceError(f"{path}: {error.strerror or error}") from error


def mistake_in_cells(cells: tuple[tuple[int, str], ...]) -> Mistake | None:
    """Return the first mistake in cells of a notebook, each given with its first line.

    Cells and lines that are commands to IPython are left out.
    """
    for first, source in cells:
        lines = _dedented(source).split("\n")
        if magic := CELL_MAGIC.match(source):
            if magic[1] not in PYTHON_CELLS:
                continue
            lines[0] = ""
        for _ in range(MOST_MAGICS):
            found = _mistake("\n".join(lines))
            if found is None:
                break
            line = lines[found.line - 1] if found.line <= len(lines) else ""
            if not MAGIC.match(line):
                return found._replace(line=found.line + first - 1)
            _leave_out(lines, found.line - 1)
    return None


def _dedented(source: str) -> str:
    """Return a cell without the indentation of its first line, as IPython takes it."""
    indent = source[: len(source) - len(source.lstrip(" \t"))]
    return re.sub(f"(?m)^{indent}", "", source) if indent else source


def _leave_out(lines: list[str], at: int) -> None:
    """Put `pass` in place of a command to IPython; a backslash continues it on the next line."""
    lines[at], line = " " * (len(lines[at]) - len(lines[at].lstrip())) + "pass", lines[at]
    while line.rstrip().endswith("\\") and at + 1 < len(lines):
        at += 1
        lines[at], line = "", lines[at]


def _small(size: int, name: str) -> None:
    if size > MOST_BYTES:
        raise UnreadableSourceError(
            f"{name}: {size / 1e6:.0f} MB; scripts of at most {MOST_BYTES / 1e6:.0f} MB are checked"
        )


def _decoded(data: bytes, name: str) -> str:
    if b"\x00" in data:
        raise UnreadableSourceError(f"{name}: binary, or text in UTF-16; not a script")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, UnicodeDecodeError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else f"byte {error.start} is not"
        raise UnreadableSourceError(
            f"{name}: not UTF-8, and no coding line names another encoding ({reason})"
        ) from error


def _mistake(text: str) -> Mistake | None:
    """Return the first mistake; what a newer Python takes is none."""
    found = _refused(text)
    if found is None or not _F_STRING.search(text):
        return found
    plain = without_f_strings(text)
    return found if plain is None else _refused(plain)


_F_STRING = lazy_re.compile(r"(?i)(?<!\w)(?:f|fr|rf)[\"']")


def _refused(text: str) -> Mistake | None:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "script", "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        return Mistake(max(error.lineno or 1, 1), max(error.offset or 1, 1), error.msg)
    except (RecursionError, MemoryError):
        # Nested deeper than this parser goes: nothing is known of it.
        return None
    return None
