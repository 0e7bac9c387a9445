"""Code with findings in the margin of the lines that they are about."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec
from markupsafe import Markup, escape

from fitdoctor.records.finding import Diagnosis, Evidence, Severity
from fitdoctor.records.listing import Listing
from fitdoctor.report.landmarks import LETTERS
from fitdoctor.report.names import title

WHOLE = 60
"""Code of at most so many lines is shown from its first line to its last."""
NEAR = 5
"""Of longer code so many lines before and behind each finding are shown."""
MOST_LINES, MOST_CHARACTERS, MOST_NOTES = 300, 400, 4


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A finding at a line, by the number or letter that it has elsewhere on the page."""

    label: str
    title: str
    sentence: str
    severity: Severity
    rule: str
    cause: bool


class Line(msgspec.Struct, frozen=True):
    """A line of code as markup, and its number in the source."""

    number: int
    code: Markup


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Lines from one with notes up to the next; the first block may have none."""

    hidden: tuple[int, int] | None
    """First and last of the lines before it that are left out."""
    notes: tuple[Note, ...]
    first: Line
    rest: tuple[Line, ...]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A listing as the page shows it."""

    path: str
    blocks: tuple[Block, ...]
    behind: tuple[int, int] | None
    """First and last of the lines at its end that are left out."""
    listing: Listing


def shown(listing: Listing, diagnosis: Diagnosis) -> Shown | None:
    """Return the code with its findings; `None` where no finding is about a line of it."""
    lines = listing.text.rstrip().split("\n")
    notes = {n: found for n, found in _notes(diagnosis).items() if n <= len(lines)}
    changed = listing.mending is not None and listing.mending.changed
    written = [n for n, line in enumerate(lines, 1) if line.strip()]
    if not (notes or changed) or not written:
        return None
    kept = _kept(written, notes)
    code = _coloured(listing.text, len(lines))
    return Shown(
        path=listing.path,
        blocks=tuple(_blocks(code, kept, notes, begin=written[0])),
        behind=(kept[-1] + 1, written[-1]) if kept[-1] < written[-1] else None,
        listing=listing,
    )


def _notes(diagnosis: Diagnosis) -> Mapping[int, list[Note]]:
    found: defaultdict[int, list[Note]] = defaultdict(list)

    def put(label: str, rule: str, severity: Severity, evidence: Sequence[Evidence],
            cause: bool) -> None:  # fmt: skip
        for item in evidence:
            here = found[item.line] if item.line else []
            if len(here) < MOST_NOTES:
                here.append(
                    Note(label=label, title=title(rule), sentence=item.sentence,
                         severity=severity, rule=rule, cause=cause)
                )  # fmt: skip

    for number, cause in enumerate(diagnosis.causes, 1):
        put(str(number), cause.rule, cause.severity, cause.evidence, cause=True)
    for letter, symptom in zip(LETTERS, diagnosis.symptoms, strict=False):
        put(letter, symptom.rule, symptom.severity, symptom.evidence, cause=False)
    return {line: here for line, here in found.items() if here}


def _kept(written: Sequence[int], notes: Mapping[int, object]) -> list[int]:
    """Return the numbers of the lines that are shown; `written` are those that hold code."""
    first, last = written[0], written[-1]
    if last - first < WHOLE:
        return list(range(first, last + 1))
    near = {n + d for n in notes or (first,) for d in range(-NEAR, NEAR + 1)}
    shown = sorted(n for n in near if first <= n <= last)[:MOST_LINES] or [first]
    full = set(written).union(notes)
    pieces = _consecutive(shown)
    return [n for piece in pieces for n in _without_blank_ends(piece, full)] or [first]


def _consecutive(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Yield the stretches of numbers that follow on one another."""
    piece: list[int] = []
    for number in numbers:
        if piece and number != piece[-1] + 1:
            yield piece
            piece = []
        piece.append(number)
    yield piece


def _without_blank_ends(piece: Sequence[int], full: Collection[int]) -> Sequence[int]:
    """Return a stretch of lines from its first to its last that holds something."""
    some = [at for at, number in enumerate(piece) if number in full]
    return piece[some[0] : some[-1] + 1] if some else ()


def _blocks(
    code: Sequence[Markup], kept: Sequence[int], notes: Mapping[int, Sequence[Note]], *, begin: int
) -> Iterator[Block]:
    start, due = 0, begin
    for at, number in enumerate(kept):
        following = kept[at + 1] if at + 1 < len(kept) else None
        if following is None or following in notes or following != number + 1:
            first, *rest = (Line(n, code[n - 1]) for n in kept[start : at + 1])
            yield Block(
                hidden=(due, first.number - 1) if first.number > due else None,
                notes=tuple(notes.get(first.number, ())),
                first=first,
                rest=tuple(rest),
            )
            start, due = at + 1, number + 1


def _coloured(text: str, count: int) -> list[Markup]:
    """Return the lines of code as markup, with keywords, strings and comments told apart."""
    lines = text.split("\n")[:count]
    spans: defaultdict[int, list[tuple[int, int, str]]] = defaultdict(list)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            kind = _kind(token)
            (row, left), (end, right) = token.start, token.end
            for line in range(row, end + 1) if kind else ():
                begin = left if line == row else 0
                spans[line].append((begin, right if line == end else MOST_CHARACTERS, kind))
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # what was read until here is coloured
    return [_line(line, spans[n]) for n, line in enumerate(lines, 1)]


def _kind(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.COMMENT:
        return "comment"
    if token.type == tokenize.STRING:
        return "string"
    return "keyword" if token.type == tokenize.NAME and keyword.iskeyword(token.string) else ""


def _line(line: str, spans: Sequence[tuple[int, int, str]]) -> Markup:
    cut = line[:MOST_CHARACTERS]
    parts, at = [], 0
    for begin, end, kind in spans:
        if begin < at or begin >= len(cut):
            continue
        parts += [escape(cut[at:begin])]
        parts += [Markup('<span class="{}">{}</span>').format(kind, cut[begin:end])]
        at = min(end, len(cut))
    more = " \u2026" if len(line) > len(cut) else ""
    return Markup().join([*parts, escape(cut[at:] + more)])
