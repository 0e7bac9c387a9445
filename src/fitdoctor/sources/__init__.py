"""Whatever people have to Runs, one file per format; each ends in `FORMAT = Format(...)`."""

from __future__ import annotations

import importlib
import os
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
from fitdoctor.sources._join import join, trainings, trains
from fitdoctor.sources._page import is_question, read_page
from fitdoctor.sources._program import program
from fitdoctor.sources._project import NO_TRAINING, Project, is_project, programs, project
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
    "read_all",
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


def read_all(given: Sequence[str | Path]) -> list[tuple[Run, ...]]:
    """Return the runs of each source, as one patient: scripts with the modules that they import.

    Of a folder in which somebody trains, the scripts, the logs and the images are a source each;
    what of it is not read stands in `Run.passed_over` of the last. Raises as `read` does.
    """
    paths = [Path(s) if str(s) == STANDARD_INPUT else typed(str(s)) for s in given]
    inside = {path: project(path) for path in paths if path.is_dir() and is_project(path)}
    beside = [p for p in paths if p.is_file()]
    beside += [file for found in inside.values() for file in found.scripts]
    folders = {path: read(path) for path in paths if path.is_dir() and path not in inside}
    # What was recorded says of what line it is: the script is read as it was run.
    recorded = any(
        run.kind == "observed" and run.script for runs in folders.values() for run in runs
    )
    found = list[tuple[Run, ...]]()
    for source, path in zip(given, paths, strict=True):
        if path in inside:
            found += _of_project(path, inside[path])
        else:
            linked = None if recorded or path in folders else _with_modules(path, beside)
            found.append(folders.get(path) or linked or read(source))
    return _without_modules(found)


def _with_modules(path: Path, beside: Sequence[Path]) -> tuple[Run, ...] | None:
    """Return the run of a script with the modules that it imports; `None` where there are none."""
    whole = program(path, beside) if path.is_file() else None
    if whole is None:
        return None
    lines = whole.text.split("\n")
    runs = read_page(Page(lines, program=True), path.name, all_formats())
    sources = (str(path), *(name for _, name in whole.files[:-1]))
    return tuple(
        replace(
            run,
            sources=sources,
            given=(str(path),),
            script=run.script and replace(run.script, files=whole.files),
        )
        for run in _understood(runs, str(path), lines)
    )


def _of_project(folder: Path, found: Project) -> list[tuple[Run, ...]]:
    """Return the runs of the files of a folder, and in the last what of it was not read."""
    passed, runs = dict(found.passed_over), list[tuple[Run, ...]]()
    logs = list[tuple[Run, ...]]()
    scripts = programs(found.scripts, passed)
    for path in (*scripts, *found.logs, *((found.images,) if found.images else ())):
        try:
            one = _with_modules(path, found.scripts) or read(path)
        except UnreadableSourceError as error:
            why = str(error).removeprefix(f"{path}: ")
            passed[str(path)] = NO_TRAINING if path in found.scripts else why
            continue
        (logs if any(run.curves for run in one) else runs).append(one)
    kept = [one for one in _without_modules(runs) if _tells(one[-1])]
    named = {source for one in kept for source in one[-1].sources}
    passed = {path: why for path, why in passed.items() if os.path.normpath(path) not in named}
    for one in runs:
        if one[-1].sources[0] not in named:
            passed[one[-1].sources[0]] = NO_TRAINING
    for one in logs[1:]:
        passed[one[-1].sources[0]] = "another log; give it in place of the folder's newest"
    if not kept and not logs:
        raise UnreadableSourceError(
            f"{folder}: no training script and no log that could be read in it. Give the log, the "
            "script or the page by itself"
        )
    every = [*logs[:1], *kept]
    if len(logs[:1]) + sum(trains(one[-1]) for one in kept) > 1:
        name = folder.resolve().name
        every[0] = tuple(replace(run, name=f"{name}/{run.name}") for run in every[0])
    return [
        tuple(replace(run, given=(str(folder),), passed_over=passed) for run in runs)
        for runs in every
    ]


def _tells(run: Run) -> bool:
    """Return whether a file of a project tells of a training, as images and some scripts do."""
    return run.kind == "images" or trains(run)


def _without_modules(found: Sequence[tuple[Run, ...]]) -> list[tuple[Run, ...]]:
    """Return sources without scripts that were read as a module of another one."""
    within = {name for runs in found if len(runs[-1].sources) > 1 for name in runs[-1].sources[1:]}
    kept = [
        r for r in found if not (r[-1].sources and os.path.normpath(r[-1].sources[0]) in within)
    ]
    return kept or list(found)


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
