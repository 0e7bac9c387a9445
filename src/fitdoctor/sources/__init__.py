"""Whatever people have to Runs, one file per format; each ends in `FORMAT = Format(...)`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.likeness import NO_TROUBLE, likeness, tells_of_a_training
from fitdoctor.places import absent, typed
from fitdoctor.records.run import STANDARD_INPUT, Run
from fitdoctor.sources import _script
from fitdoctor.sources._code_lines import code_lines, script_lines
from fitdoctor.sources._format import Format, Page
from fitdoctor.sources._handed import claims_of, with_claims
from fitdoctor.sources._join import join, trainings
from fitdoctor.sources._page import is_question, read_page
from fitdoctor.sources._script import ScriptText
from fitdoctor.sources._text import clean_lines, decode, first_bytes, read_lines

MOST_STDIN = 200_000_000
PASTED = "text"
_LAST = ("image_folder", "console_lines", "numbered_rows", "keras_console", "series_in_words")
"""Formats that would take lines of others are asked after them, in this order."""


__all__ = [
    "STANDARD_INPUT",
    "ScriptText",
    "all_formats",
    "claims_of",
    "code_of",
    "join",
    "pasted",
    "read",
    "script_text",
    "trainings",
    "with_claims",
]


@cache
def all_formats() -> tuple[Format, ...]:
    """Return every format of this package; the directory listing is the registry."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    names.sort(key=lambda name: (_LAST.index(name) if name in _LAST else -1, name))
    return tuple(importlib.import_module(f"{__name__}.{name}").FORMAT for name in names)


def read(source: str | Path) -> tuple[Run, ...]:
    """Return the runs that `source` holds; `-` reads standard input.

    Raises `UnreadableSourceError`, which says what was given and what to bring instead.
    """
    if str(source) == STANDARD_INPUT:
        return piped(sys.stdin.buffer.read(MOST_STDIN))
    path = typed(str(source))
    if not path.exists():
        raise UnreadableSourceError(absent(path))
    if path.is_dir():
        for format in all_formats():
            if format.read_folder and (runs := format.read_folder(path)):
                return runs
        raise UnreadableSourceError(
            f"{path}: neither a run folder (recipe.toml, metrics.csv), nor TensorBoard events, nor "
            "images in one folder a class. Give one of these, a log, a page, a script or a model"
        )
    head = first_bytes(path)
    for format in all_formats():
        if format.read_file and (runs := format.read_file(path, head)):
            return runs
        if format.to_page and (page := format.to_page(path, head)):
            found = read_page(page, path.name, all_formats())
            return _understood(found, str(path), page.lines)
    lines = read_lines(path)
    page = Page(lines, program=path.suffix.lower() == ".py")
    return _understood(read_page(page, path.name, all_formats()), str(path), lines)


def pasted(text: str, source: str = PASTED) -> tuple[Run, ...]:
    """Return the runs of pasted text; raises `UnreadableSourceError` where there is none in it.

    They name no source: no command could read the text again.
    """
    lines = clean_lines(text)
    return _understood(read_page(Page(lines), "pasted text", all_formats()), source, lines)


def piped(data: bytes) -> tuple[Run, ...]:
    """Return the runs of what standard input gave; raises `UnreadableSourceError` as `pasted`."""
    return pasted(decode(data, "standard input"), STANDARD_INPUT)


def code_of(text: str) -> str:
    """Return the code of pasted text, each line where it stands, other lines empty."""
    lines = clean_lines(text)
    whole = script_lines(lines)
    code = code_lines(lines, set()) if whole is None else whole
    return "\n".join(line if i in code else "" for i, line in enumerate(lines))


def script_text(source: str | Path) -> ScriptText:
    """Return the code of a script, notebook or page, `-` being a script on standard input.

    Raises `UnreadableSourceError` where it is missing, binary or in an unknown encoding.
    """
    if str(source) == STANDARD_INPUT:
        return _script.read_input()
    path = Path(source)
    if path.suffix.lower() in _script.PYTHON:
        return _script.read_file(path)
    head = first_bytes(path)
    for format in all_formats():
        if format.to_page and (page := format.to_page(path, head)):
            code = page.code or set()
            text = "\n".join(line if i in code else "" for i, line in enumerate(page.lines))
            return ScriptText(text, _script.mistake_in_cells(page.cells))
    return ScriptText("\n".join(read_lines(path)))


def _understood(runs: tuple[Run, ...], source: str, lines: Sequence[str]) -> tuple[Run, ...]:
    """Return the runs with their source as it was given.

    Text in which nothing was found is refused, unless it asks about a training in words.
    """
    runs = tuple(replace(run, sources=() if source == PASTED else (source,)) for run in runs)
    run = runs[0]
    if run.curves or run.batches or run.script or run.recipe or run.claims or run.repeats:
        return runs
    if run.data and run.data.class_counts:
        return runs
    if is_question(lines) or _sounds_like_one(run.prose):
        return runs
    if not any(line.strip() for line in lines):
        raise UnreadableSourceError(f"{source}: it is empty")
    raise UnreadableSourceError(
        f"{source}: no training log, code or stated fact found in it. Bring the lines that "
        "model.fit printed, or the script (formats: fitdoctor read --help)"
    )


SURE = 0.4
"""Of some 900 paragraphs about other software none came to 0.35."""


def _sounds_like_one(prose: str) -> bool:
    like = likeness(prose)
    if like and like[0].cause not in NO_TROUBLE and like[0].probability >= SURE:
        return True
    return tells_of_a_training(prose)
