"""The words of a sentence that stand for a concept of the lexicon, each where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from fitdoctor import lazy_re
from fitdoctor.sources._lexicon import LEXICON

_WIDE = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = lazy_re.compile(
    rf"[{_WIDE}]|[\u0900-\u097f]+|[^\W_{_WIDE}]+(?:['\u2019](?:t|s|m|re|ve|ll|d)(?!\w))?|/|\*"
)
WIDE = r"(?:[\u3040-\u30ff\u3400-\u9fff]|[\uac00-\ud7af])"
"""A character of a script without spaces: three ranges in one class compile in milliseconds."""
_IS_WIDE = lazy_re.compile(WIDE)
_QUOTED = lazy_re.compile(
    r"[\"\u201c\u201e\u00ab\u300c](?P<word>[^\"\u201c\u201d\u00ab\u00bb\u300c\u300d\d]{2,24})[\"\u201d\u201c\u00bb\u300d]"
    r"|(?<!\w)'(?P<other>[^\W\d_]{2,20})'(?!\w)"
)
_BETWEEN = frozenset(" \t-_\u2011.'\u2019=\"")
PHRASES = frozenset({"TRAIN_DATA", "AS_VALIDATION", "TRAIN_ON", "TEST_ON"})
LONGEST_WORD, SHORTEST_STEM = 40, 2


class Word(NamedTuple):
    """A word, or several, that stand for concepts."""

    concepts: tuple[str, ...]
    start: int
    end: int
    first: int
    """Number of its first word in the sentence."""
    last: int


class Lexicon(NamedTuple):
    """Entries by their first words, whole or in part; each is the rest of it and its concept."""

    whole: dict[str, list[tuple[str, str]]]
    stems: dict[str, list[tuple[str, str]]]
    ends: dict[str, list[tuple[str, str]]]

    def entries(self, word: str) -> Iterator[tuple[str, str]]:
        """Yield the rest and the concept of every entry that begins with a word."""
        yield from self.whole.get(word, ())
        for size in range(SHORTEST_STEM, min(len(word), LONGEST_WORD) + 1):
            yield from self.stems.get(word[:size], ())
            yield from self.ends.get(word[-size:], ())


@cache
def lexicon() -> Lexicon:
    """Return the lexicon by first words."""
    made = Lexicon({}, {}, {})
    for concept, entries in LEXICON.items():
        for entry in entries.split("|"):
            first, _, rest = entry.partition(" ")
            if entry[0] >= FIRST_WIDE and _IS_WIDE.match(entry):
                made.whole.setdefault(entry[0], []).append((entry[1:], concept))
            elif first[-1] == "*":
                made.stems.setdefault(first[:-1], []).append((rest, concept))
            elif first[0] == "*":
                made.ends.setdefault(first[1:], []).append((rest, concept))
            elif "'" in first and (parts := _ELISION.sub(r"\1 ", entry).split(" ", 1))[1:]:
                made.whole.setdefault(parts[0], []).append((parts[1], concept))
            else:
                made.whole.setdefault(first, []).append((rest, concept))
    return made


FIRST_WIDE = "\u3040"
_ELISION = lazy_re.compile(r"(?<!\w)([ldnjcsmt]|qu)'(?=\w{2})")


@cache
def _parts(rest: str) -> tuple[str, ...]:
    """Return the words of the rest of an entry."""
    made: list[str] = []
    for part in _ELISION.sub(r"\1 ", rest).split():
        made += part.replace("*", "") if _IS_WIDE.search(part) else [part]
    return tuple(made)


@lru_cache(maxsize=64)
def words(sentence: str) -> tuple[tuple[int, int], ...]:
    """Return where each word stands; Chinese, Japanese and Korean characters are words."""
    return tuple(found.span() for found in _WORD.finditer(sentence))


@lru_cache(maxsize=64)
def concepts(sentence: str) -> tuple[Word, ...]:
    """Return the concepts of a sentence in their order; at each place the longest entry counts."""
    spans = words(sentence)
    lowered = sentence.lower().replace("\u2019", "'")
    if len(lowered) != len(sentence):
        lowered = sentence
    texts = [lowered[start:end] for start, end in spans]
    made: list[Word] = []
    at = 0
    while at < len(spans):
        best = _longest(texts, spans, lowered, at)
        if best is None:
            at += 1
            continue
        last, found = best
        if "NONE" not in found:
            made.append(Word(found, spans[at][0], spans[last][1], at, last))
        # Words of a phrase like "training images" stand for themselves as well.
        at = at + 1 if set(found) <= PHRASES else last + 1
    made += _quoted(sentence, spans)
    return tuple(sorted(made, key=lambda word: (word.start, word.end)))


def _longest(
    texts: list[str], spans: tuple[tuple[int, int], ...], text: str, at: int
) -> tuple[int, tuple[str, ...]] | None:
    """Return the last word of the longest entries that begin at a word, and what they stand for."""
    best, found = -1, list[str]()
    for rest, concept in lexicon().entries(texts[at]):
        last = _end(_parts(rest), texts, spans, text, at) if rest else at
        if last > best:
            best, found = last, [concept]
        elif last == best >= at and concept not in found:
            found.append(concept)
    return (best, tuple(found)) if best >= at else None


def _end(
    parts: tuple[str, ...],
    texts: list[str],
    spans: tuple[tuple[int, int], ...],
    text: str,
    at: int,
) -> int:
    """Return the last word of an entry that begins at a word; -1 where the text differs."""
    if at + len(parts) >= len(texts):
        return -1
    for index, part in enumerate(parts, start=at + 1):
        word = texts[index]
        meets = (
            word.startswith(part[:-1])
            if part[-1] == "*"
            else word.endswith(part[1:])
            if part[0] == "*"
            else part in {word, "_"}
        )
        if not meets or not _joined(text, spans[index - 1][1], spans[index][0]):
            return -1
    return at + len(parts)


def _joined(text: str, end: int, start: int) -> bool:
    return end == start or all(mark in _BETWEEN for mark in text[end:start])


def _quoted(sentence: str, spans: tuple[tuple[int, int], ...]) -> Iterator[Word]:
    """Yield what stands between quotes: the name of a class, mostly."""
    for found in _QUOTED.finditer(sentence):
        inside = [i for i, (start, _) in enumerate(spans) if found.start() <= start < found.end()]
        if inside:
            yield Word(("QUOTED",), *found.span(), inside[0], inside[-1])
