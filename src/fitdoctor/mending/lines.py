"""The causes of a diagnosis to the lines of code that they are about, and what to write there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from fitdoctor import extras
from fitdoctor.code import LEFT_OUT, repaired
from fitdoctor.lint import Found
from fitdoctor.mending import each
from fitdoctor.records.finding import BY_ANOTHER, Cause, CodeLine, Diagnosis
from fitdoctor.records.run import Script

MOST_CAUSES = 3
"""Causes for which a change is looked for: each takes as long as reading the script again."""
MOST_CHARACTERS = 500
"""Of a line with its change: what is longer is no code that was written by hand."""


class _Mended(NamedTuple):
    lines: tuple[CodeLine, ...]
    reason: str


def with_lines(diagnosis: Diagnosis, known: Sequence[Found]) -> Diagnosis:
    """Return the diagnosis with the code of its causes; `known` are those that stand.

    Without libcst the lines are quoted, and no change of them is given.
    """
    script = diagnosis.run.script
    if script is None or not script.text:
        return diagnosis
    mended = _mended(script, known[:MOST_CAUSES]) if known and extras.here("fix") else {}
    causes = (_with_lines(cause, script, mended.get(cause.rule)) for cause in diagnosis.causes)
    return replace(diagnosis, causes=tuple(causes))


def _with_lines(cause: Cause, script: Script, mended: _Mended | None) -> Cause:
    if mended is not None:
        return replace(cause, lines=mended.lines, reason=mended.reason)
    seen = sorted((e for e in cause.evidence if e.line), key=lambda e: -e.weight)
    shown = (CodeLine(place=script.place(line), before=code)
             for line in dict.fromkeys(e.line for e in seen if e.line)
             if (code := script.written(line).strip()))  # fmt: skip
    return replace(cause, lines=tuple(shown)[:1])


def _mended(script: Script, known: Sequence[Found]) -> Mapping[str, _Mended]:
    """Return what mends each cause that can be mended, by its rule."""
    text = repaired(script.text)
    if text is None:
        return {}
    found = {}
    for one, after, change in each(text, script.path, known):
        if after is None or change is None:
            found[one.rule.name] = _Mended((), BY_ANOTHER)
            continue
        lines = tuple(_changed(script, text.split("\n"), after.split("\n")))
        if lines and all(len(x.before) + len(x.after or "") <= MOST_CHARACTERS for x in lines):
            found[one.rule.name] = _Mended(lines, change.reason)
    return found


def _changed(script: Script, old: list[str], new: list[str]) -> Iterator[CodeLine]:
    """Yield the lines that differ, each beside what takes its place."""
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for kind, first, last, begin, end in blocks:
        if kind == "equal":
            continue
        gone, put = range(first, last), [line.expandtabs() for line in new[begin:end]]
        pairs = list(zip(gone, put, strict=False))
        if any(_indent(old[at]) != _indent(line) for at, line in pairs):
            pairs = []  # what stands in another block is no other writing of the line
        for at, line in pairs:
            yield from _line(script, at, line.strip())
        for at in gone[len(pairs) :]:
            yield from _line(script, at, "")
        yield from _added(script, old[:first], put[len(pairs) :], first + len(pairs))


def _indent(line: str) -> int:
    return len(line.expandtabs()) - len(line.expandtabs().lstrip())


def _line(script: Script, at: int, after: str) -> Iterator[CodeLine]:
    before = script.written(at + 1).strip()
    if before or after:
        yield CodeLine(place=script.place(at + 1), before=before, after=_left_out(after))


def _added(script: Script, above: list[str], put: list[str], at: int) -> Iterator[CodeLine]:
    """Yield lines that are added below some, the first one with what it stands below."""
    line = next((n for n in range(len(above), 0, -1) if above[n - 1].strip()), 0)
    behind = _left_out(above[line - 1].expandtabs().rstrip()) if line and at == len(above) else ""
    place = script.place(line if at == len(above) else at)
    for code in filter(str.strip, put):
        yield CodeLine(place=place, before="", after=_left_out(code.rstrip()), behind=behind)
        behind = ""


def _left_out(code: str) -> str:
    """Return code as the asker wrote it, where something was put in for an ellipsis."""
    return code.replace(f"**{LEFT_OUT}", "...")
