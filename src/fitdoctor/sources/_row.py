"""A pattern in a table of words: compiled when it is first needed, asked only where it may hold.

Most of some six hundred rows say nothing of most sentences. Compiling them all took longer than the
rest of a diagnosis, so each has its needles in `needles.json`: groups of literals, of each of which
one must be in a text that the row matches (`python -m benchmarks.needles` works them out).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path
from zlib import crc32

import msgspec

NEEDLES = Path(__file__).with_name("needles.json")
BEGIN = 4
"""Letters by which needles are sorted."""
_WORD_END = re.compile(r"(?<!\\)(\\w[*+])(?=[|) ]|\\[bsW]|\[\^)")


class Pattern:
    """A regular expression that ignores case; `pattern` is its source, to build others of."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression; a word at the end of an alternative is taken whole.

        Given back letter by letter, it would be tried at every length in each gap behind it.
        """
        return re.compile(_WORD_END.sub(r"\1+", self.pattern), re.IGNORECASE)

    @cached_property
    def needles(self) -> Sequence[frozenset[str]]:
        return tuple(map(frozenset, stored().get(key(self.pattern), ())))

    def search(self, text: str) -> re.Match[str] | None:
        return self.compiled.search(text) if self.may_hold(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self.compiled.finditer(text) if self.may_hold(text) else iter(())

    def may_hold(self, text: str) -> bool:
        """Return whether the text has one needle of each group: else there is no match."""
        groups = self.needles
        if not groups:
            return True
        there = _there(text)
        return all(not there.isdisjoint(group) for group in groups)


def key(pattern: str) -> str:
    """Return what a row is stored under; a row that is changed has no needles until they are made.

    >>> key("loss")
    'de211109'
    """
    return f"{crc32(pattern.encode()):08x}"


@cache
def stored() -> Mapping[str, Sequence[Sequence[str]]]:
    return msgspec.json.decode(NEEDLES.read_bytes(), type=dict[str, list[list[str]]])


@lru_cache(maxsize=4)
def _there(text: str) -> frozenset[str]:
    """Return the needles that are in a text: those that begin as some place of it does."""
    folded = text.casefold()
    begins = {folded[i : i + size] for size in range(1, BEGIN + 1) for i in range(len(folded))}
    starts = _starts()
    return frozenset(
        needle for begin in begins & starts.keys() for needle in starts[begin] if needle in folded
    )


@cache
def _starts() -> Mapping[str, Sequence[str]]:
    """Return all needles by how they begin."""
    found: dict[str, list[str]] = {}
    for needle in {n for groups in stored().values() for group in groups for n in group}:
        found.setdefault(needle[:BEGIN], []).append(needle)
    return found
