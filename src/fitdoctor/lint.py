"""Scripts and notebooks to remarks: the rules that need nothing but code.

`# noqa` on the line silences all remarks on it, `# noqa: CODE` those of one code.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from fitdoctor import rules
from fitdoctor.code import read_script
from fitdoctor.errors import FitdoctorError, UnreadableSourceError, did_you_mean
from fitdoctor.places import absent
from fitdoctor.records.finding import Evidence, Finding, Remark
from fitdoctor.records.run import Run
from fitdoctor.records.shapes import with_shapes
from fitdoctor.rule import as_sentence
from fitdoctor.sources import STANDARD_INPUT, script_text

SUFFIXES = (".py", ".ipynb")
INVALID_SYNTAX = "invalid-syntax"
"""In place of a code, as in ruff; it cannot be silenced."""
_NOQA = re.compile(r"#\s*noqa(?::\s*([A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*))?", re.IGNORECASE)
_TRAINS = re.compile(
    r"\b(?:keras|torch|tensorflow|tflearn|fastai)\b|\.fit\(|\.compile\(|Sequential\("
)
_SKIPPED = {".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", "site-packages"}


def check(
    paths: Sequence[str | Path],
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    on_unreadable: Callable[[FitdoctorError], None] | None = None,
) -> list[Remark]:
    """Return the remarks on every script and notebook of `paths`, folders included.

    A path `-` is a script on standard input. `select` and `ignore` hold codes, beginnings of codes,
    or names. Syntax errors are remarks too, whatever is selected. Raises `UnreadableSourceError`
    for names that no rule has and for what cannot be read; where `on_unreadable` is given, it is
    called for each path that cannot be read, and the others are checked.
    """
    asked = chosen(select, ignore)
    report = on_unreadable or _raise
    remarks = list[Remark]()
    for path in dict.fromkeys(path for given in paths for path in files(given, report)):
        try:
            remarks += _in_file(path, asked)
        except UnreadableSourceError as error:
            report(error)
    return sorted(remarks, key=lambda r: (r.path, r.line, r.code))


def chosen(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[rules.Rule, ...]:
    """Return the rules about causes that are asked for by codes, beginnings of codes, or names.

    Raises `UnreadableSourceError` for what is none.
    """
    known = [r for r in rules.all_rules() if r.kind == "cause"]
    for given in (*select, *ignore):
        if not any(_named(rule, [given]) for rule in known):
            meant = did_you_mean(given, [rule.name for rule in known])
            raise UnreadableSourceError(f"{given}: no rule has this code or name.{meant}")
    return tuple(r for r in known if (not select or _named(r, select)) and not _named(r, ignore))


def _raise(error: FitdoctorError) -> None:
    raise error


def files(given: str | Path, report: Callable[[FitdoctorError], None] = _raise) -> Iterator[Path]:
    """Yield the scripts and notebooks of a path; links out of a folder are not followed.

    What cannot be listed is given to `report`.
    """
    path = Path(given)
    if str(given) == STANDARD_INPUT or path.is_file():
        yield path
    elif not path.is_dir():
        words = f"{path}: neither a file nor a folder" if path.exists() else absent(path)
        report(UnreadableSourceError(words))
    else:
        found = False
        for found_path in _below(path, report):
            found = True
            yield found_path
        if not found:
            report(UnreadableSourceError(f"{path}: no script or notebook in it"))


def _below(folder: Path, report: Callable[[FitdoctorError], None]) -> Iterator[Path]:
    def unlisted(error: OSError) -> None:
        report(UnreadableSourceError(f"{error.filename}: {error.strerror}"))

    for place, folders, names in os.walk(folder, onerror=unlisted, followlinks=False):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED)
        for name in sorted(names):
            path = Path(place) / name
            if path.suffix in SUFFIXES and not path.is_symlink():
                yield path


def _named(rule: rules.Rule, given: Sequence[str]) -> bool:
    return any(rule.name == item or _starts(rule.codes, item) for item in given)


def _starts(codes: Sequence[str], beginning: str) -> bool:
    return any(code.startswith(beginning) for code in codes)


def _in_file(path: Path, asked: Sequence[rules.Rule]) -> Iterator[Remark]:
    text, mistake, unusable = script_text(path)
    if mistake is not None:
        yield Remark(
            rule="invalid_syntax",
            code=INVALID_SYNTAX,
            severity="error",
            path=str(path),
            line=mistake.line,
            column=mistake.column,
            sentence=mistake.message,
        )
    if unusable:
        return
    lines = text.split("\n")
    for one in found_in(text, runs_in(text, str(path)), asked):
        line = one.evidence.line or 1
        here = lines[line - 1] if line <= len(lines) else ""
        yield Remark(
            rule=one.rule.name,
            code=one.rule.code,
            severity=one.evidence.severity or one.rule.severity,
            path=str(path),
            line=line,
            column=len(here) - len(here.lstrip()) + 1,
            sentence=one.evidence.sentence,
            advice=one.finding.advice
            or " ".join(as_sentence(p.sentence) for p in one.finding.remedies),
        )


class Found(NamedTuple):
    """What a rule saw in a script, with the run of the network in which it saw it."""

    rule: rules.Rule
    run: Run
    finding: Finding
    evidence: Evidence


def found_in(text: str, runs: Sequence[Run], asked: Sequence[rules.Rule]) -> Iterator[Found]:
    """Yield what rules see in the runs of a script's text and no comment in it silences."""
    lines = text.split("\n")
    told = set[tuple[str, str, int | None]]()
    for rule, run in itertools.product(asked, runs):
        outcome = rule.examine(run)
        if not isinstance(outcome, Finding):
            continue
        for item in outcome.evidence:
            if (again := (rule.code, item.sentence, item.line)) in told:
                continue
            told.add(again)
            line = item.line or 1
            if not _silenced(lines[line - 1] if line <= len(lines) else "", rule.codes):
                yield Found(rule, run, outcome, item)


def runs_in(text: str, path: str) -> tuple[Run, ...]:
    """Return what a script trains, a run for each network; nothing where it trains none."""
    script = read_script(text, path) if _TRAINS.search(text) else None
    if script is None:
        return ()
    return tuple(
        Run(name=path, recipe=with_shapes(s.recipe), script=s, sources=(path,))
        for s in (script, *script.beside)
    )


def _silenced(line: str, codes: Sequence[str]) -> bool:
    noqa = _NOQA.search(line)
    if noqa is None:
        return False
    return noqa[1] is None or not set(codes).isdisjoint(re.split(r"[,\s]+", noqa[1].upper()))
