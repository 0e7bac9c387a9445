"""A diagnosis as Markdown to paste into a forum or an issue.

Words of others stay words: outside of code every character that Markdown, or a site that shows it,
gives a meaning to is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fitdoctor.records.finding import Cause, Diagnosis, Evidence
from fitdoctor.records.run import Run
from fitdoctor.report.headline import (
    certainty,
    files_read,
    fix,
    headline,
    place,
    remedy_label,
    what_was_read,
)
from fitdoctor.report.names import title

MOST_CAUSES, MOST_EVIDENCE, MOST_BENIGN = 5, 2, 3
MOST_CHARACTERS = 400
PROJECT = "fitdoctor"
_MEANT = re.compile(r"([\\*_\[\]<>|#~!&$@:])")


def render(diagnoses: Sequence[Diagnosis]) -> str:
    """Return the verdict, the causes with evidence and fix, and what to do next, of each run."""
    return "\n".join("\n".join(_answer(diagnosis)) for diagnosis in diagnoses)


def _answer(diagnosis: Diagnosis) -> Iterator[str]:
    head = headline(diagnosis)
    yield f"**{escaped(head.sentence)}**\n"
    yield f"Read from {escaped(diagnosis.run.name)}: {escaped(what_was_read(diagnosis.run))}\n"
    if together := files_read(diagnosis.run):
        yield f"{escaped(together)}\n"
    for number, cause in enumerate(diagnosis.causes[:MOST_CAUSES], 1):
        yield from _cause(number, cause, diagnosis.run)
    left = len(diagnosis.causes) - MOST_CAUSES
    if left > 0:
        yield f"\nand {left} less likely causes"
    if diagnosis.causes:
        yield ""
    for finding in diagnosis.benign[:MOST_BENIGN]:
        yield f"- Harmless: {_sentence(finding.evidence[0], diagnosis.run)}"
    for said in diagnosis.run.contradictions[:MOST_BENIGN]:
        yield f"- Does not agree: {escaped(said)}"
    if head.step:
        command = f": {code(head.command)}" if head.command else ""
        yield f"\nNext: {escaped(head.step)}{command}"
    yield (
        f"\n_By {PROJECT}, from what is named above. What is called very likely was there in more "
        "than 90 % of such cases, what is called likely in more than 50 %; each cause is judged "
        "alone._"
    )


def _cause(number: int, cause: Cause, run: Run) -> Iterator[str]:
    name = title(cause.rule)
    yield f"{number}. **{name[:1].upper()}{name[1:]}** ({certainty(cause)}, {cause.code})"
    for evidence in cause.evidence[:MOST_EVIDENCE]:
        yield f"   - {_sentence(evidence, run)}"
    if change := fix(cause):
        yield f"   - {remedy_label(cause)}: {escaped(change)}"
    for line in cause.lines[:MOST_EVIDENCE]:
        if line.after and line.before:
            yield f"   - {line.place}: {code(line.before)} becomes {code(line.after)}"
        elif line.after:
            yield f"   - below {line.place}: add {code(line.after.strip())}{_indented(line.after)}"
        elif line.after is not None:
            yield f"   - {line.place}: take out {code(line.before)}"


def _indented(line: str) -> str:
    spaces = len(line) - len(line.lstrip())
    return f", indented by {spaces} spaces" if spaces else ""


def _sentence(evidence: Evidence, run: Run) -> str:
    where = f" ({place(run, evidence.line)})" if evidence.line else ""
    return escaped(evidence.sentence) + where


def escaped(text: str) -> str:
    """Return one line of text as Markdown; what stands between backticks stays code."""
    line = " ".join(text.split())
    line = line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + "\u2026"
    parts = line.split("`")
    if len(parts) % 2 == 0:
        return _plain(line.replace("`", "'"))
    return "".join(code(part) if i % 2 else _plain(part) for i, part in enumerate(parts))


def _plain(text: str) -> str:
    """Return text in which no character has a meaning: sites link names and addresses as well."""
    escaped = _MEANT.sub(r"\\\1", text)
    return escaped.replace(r"\:", "&#58;" if "//" in text else ":").replace(r"\@", "&#64;")


def code(text: str) -> str:
    """Return text as code on one line, whatever backticks are in it."""
    line = " ".join(text.split())
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line[:1] == "`" or line[-1:] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line else ""
