"""Text with styles for a terminal: put together, wrapped at words, cut, drawn in colour or plain.

Widths are in columns: characters of Chinese, Japanese and Korean take two, combining marks none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

STYLES = {
    "": "",
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36",
    "bold white on red": "1;37;41",
    "bold white on green": "1;37;42",
    "bold black on yellow": "1;30;43",
}  # fmt: skip
"""Style -> the numbers of its escape sequence (ECMA-48, SGR)."""

LEAST_KEPT = 24
"""Characters that a shortened text has at least."""
_CLAUSE = re.compile(r"[.;,!?](?=\s)|(?<=\w)(?= \()|[\u3002\uff0c\uff1b](?=.)")
_WORD = re.compile(r"\s*\S+\s*")


@dataclass(frozen=True, slots=True)
class Text:
    """Runs of characters, each with a style, to be drawn behind an indent.

    What is `whole` is never wrapped: a command that is cut does not run when it is pasted.
    """

    runs: tuple[tuple[str, str], ...]
    indent: int = 0
    whole: bool = False

    @property
    def plain(self) -> str:
        """The characters alone."""
        return "".join(words for words, _ in self.runs)


def styled(*parts: str | Text | tuple[str, str]) -> Text:
    r"""Return texts, texts with a style, and words of no style put together.

    Control characters are left out: words of others must not move the cursor.

    >>> styled("a ", ("b\x1b[2J", "bold")).plain
    'a b[2J'
    """
    runs: list[tuple[str, str]] = []
    for part in parts:
        if isinstance(part, Text):
            runs += part.runs
        else:
            words, style = (part, "") if isinstance(part, str) else part
            runs.append((_printable(words), style))
    return Text(tuple(runs))


def indented(content: Text, by: int = 2) -> Text:
    return replace(content, indent=by)


def clipped(content: Text, width: int, lines: int) -> Text:
    """Return as many whole clauses of the text as go into so many lines of this width.

    A quotation ends in dots at a clause of its own, and what has no clause so short at a word.
    """
    wrapped = list(wrap(content, width))
    if len(wrapped) <= lines:
        return content
    plain = content.plain
    # A sentence is the better end, behind a comma more may be said than it seems.
    ends = sorted(
        ((plain[found.start()] != ",", found.start()) for found in _CLAUSE.finditer(plain)),
        reverse=True,
    )
    for _, end in ends:
        quoted = plain[:end].count("\u201c") > plain[:end].count("\u201d")
        mark = " \u2026\u201d" if quoted else "."
        kept = styled(_part(content, 0, end), mark)
        whole = plain.count("(", 0, end) == plain.count(")", 0, end)
        if end > LEAST_KEPT and whole and _fits(kept, width, lines):
            return kept
    cut = wrapped[:lines]
    cut[-1] = styled(_first_columns(cut[-1], width - 2), " \u2026")
    apart = (part for line in cut for part in ("\n", line))
    return styled(*list(apart)[1:])


def fitting(parts: Sequence[str], width: int, separator: str = ", ") -> str:
    """Return as many of the first parts, joined, as go into one line; always the first."""
    kept = list(parts)
    while len(kept) > 1 and columns(separator.join(kept)) > width:
        kept.pop()
    return separator.join(kept)


def _fits(content: Text, width: int, lines: int) -> bool:
    return sum(1 for _ in wrap(content, width)) <= lines


def wrap(content: Text, width: int) -> Iterator[Text]:
    """Yield lines of at most so many columns; words that are longer are cut."""
    plain, start = content.plain, 0
    for line in plain.split("\n"):
        breaks = [start, *(start + at for at in _breaks(line, max(1, width)))]
        for first, last in zip(breaks, [*breaks[1:], start + len(line)], strict=True):
            yield _without_end(_part(content, first, last))
        start += len(line) + 1


def draw(parts: Iterable[Text], width: int, *, colour: bool) -> str:
    """Return the texts as lines, with escape sequences where `colour` is set."""
    lines = []
    for part in parts:
        for line in [part] if part.whole else wrap(part, width - part.indent):
            drawn = "".join(_coloured(*run) if colour else run[0] for run in line.runs)
            lines.append(" " * part.indent * bool(drawn) + drawn)
    return "\n".join(lines)


def columns(words: str) -> int:
    r"""Return how wide words are.

    >>> columns("three"), columns("三万张"), columns("e\u0301")
    (5, 6, 1)
    """
    return len(words) if words.isascii() else sum(map(_columns, words))


@lru_cache(maxsize=4096)
def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _printable(words: str) -> str:
    if words.isprintable():
        return words
    kept = (" " if c == "\t" or unicodedata.category(c) in {"Zl", "Zp"} else c for c in words)
    return "".join(c for c in kept if c == "\n" or unicodedata.category(c) != "Cc")


def _breaks(line: str, width: int) -> Iterator[int]:
    """Yield where lines after the first begin."""
    used = 0
    for found in _WORD.finditer(line):
        word, start = found[0], found.start()
        needed = columns(word.rstrip())
        if needed <= width - used:
            used += columns(word)
        elif needed <= width:
            yield start
            used = columns(word)
        else:
            if start:
                yield start
            used = 0
            for at, character in enumerate(word, start):
                if used + _columns(character) > width:
                    yield at
                    used = 0
                used += _columns(character)


def _part(content: Text, first: int, last: int) -> Text:
    """Return the characters from `first` up to `last`, with their styles."""
    runs, start = [], 0
    for words, style in content.runs:
        kept = words[max(0, first - start) : max(0, last - start)]
        if kept:
            runs.append((kept, style))
        start += len(words)
    return Text(tuple(runs))


def _without_end(line: Text) -> Text:
    """Return a line without the spaces at its end."""
    return _part(line, 0, len(line.plain.rstrip()))


def _first_columns(line: Text, width: int) -> Text:
    used = 0
    for at, character in enumerate(line.plain):
        used += _columns(character)
        if used > width:
            return _part(line, 0, at)
    return line


def _coloured(words: str, style: str) -> str:
    return f"\x1b[{STYLES[style]}m{words}\x1b[0m" if STYLES[style] else words
