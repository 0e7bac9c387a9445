"""Final accuracies of several trainings that somebody sets beside each other.

A row a training, named by what it differs in ("baseline seed0  best 91.2"), below a heading that
says what the figures are or with that word in the row, or two figures in a sentence ("91.6 vs
91.2"). Rows of classes or of epochs are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim, Subject

MOST_LINE, MOST_ROWS, MOST_ABOVE = 300, 60, 2
LEAST_SHARE, MOST_APART = 0.3, 0.15
"""Lowest of them, and how far apart they may lie, to be of one task and one measure."""
_SHARE = r"(?:[01]?\.\d{2,6}|\d{2,3}(?:\.\d{1,3})?\s?%|\d{2}\.\d{1,3})"
_ROW = lazy_re.compile(
    rf"^[\s|*>\-]{{0,8}}([A-Za-z][\w+/.@ ,()=\-]{{0,40}}?)[\s:|=]{{1,12}}"
    rf"(?:(best|final|top|max|val|test|acc)\w{{0,12}}(?: ?acc\w{{0,8}})?[\s:|=]{{0,4}})?"
    rf"({_SHARE})(?![\w.])"
    rf"(?:[\s|,;]{{1,8}}(?:[A-Za-z]{{2,10}}\s{{1,3}})?{_SHARE}){{0,3}}[\s|]{{0,4}}$",
    re.IGNORECASE,
)
_HEADING = lazy_re.compile(
    r"(?=.{0,120}\b(?:best|final|val\w{0,8}|test|mean|results?)\b)(?=.{0,120}(?:acc|top-?1|results?))",
    re.IGNORECASE,
)
_OTHER = lazy_re.compile(
    r"\b(?:per[- ]class|recall|precision|f1|loss|epoch|step|class(?:es)?|support|auc)\b",
    re.IGNORECASE,
)
"""What rows are of that are no trainings, or no accuracies."""
_COUNTS = lazy_re.compile(
    r"(?:ep(?:och)?|step|iter(?:ation)?|fold)s?[\s:#]{0,3}\d{1,7}$", re.IGNORECASE
)
_AGAINST = lazy_re.compile(
    rf"(?<![\w.])({_SHARE})\s{{0,2}}(?:vs\.?|versus|against|gegen|contra|против)\s{{1,2}}({_SHARE})(?![\w.])",
    re.IGNORECASE,
)
_OF_SO_MANY = lazy_re.compile(
    r"\b(?:test|val\w{0,8}|eval\w{0,8}|held-?out)\b[^.\n]{0,25}?\bn\s?=\s?(\d{2,7})(?![\w.,]\d)"
    r"|\bn\s?=\s?(\d{2,7})\s(?:test|val\w{0,8})\b",
    re.IGNORECASE,
)


def compared(lines: Sequence[str]) -> Iterator[Claim]:
    """Yield each accuracy that is compared, named by its training, and of how many images."""
    if not any(_DIFFER.search(line[:MOST_LINE]) for line in lines[:MOST_LINES]):
        return  # nobody asks whether they differ
    found = [*_rows(lines)]
    if not found:
        found = [*_in_sentences(lines)]
    shares = [value for _, value, _ in found]
    if len(found) < 2 or min(shares) < LEAST_SHARE or max(shares) - min(shares) > MOST_APART:
        return
    for number, (name, value, line) in enumerate(found, start=1):
        # Each is a training of its own, also where several have one name.
        yield _claim("compared", value, line, f"{number}. {name}")
    for line in lines[:MOST_ROWS]:
        if match := _OF_SO_MANY.search(line[:MOST_LINE]):
            yield _claim("n_compared", float(match[1] or match[2]), line, "")
            return


def _claim(predicate: str, value: float, line: str, name: str) -> Claim:
    return Claim(
        predicate=predicate,
        value=value,
        sentence=line.strip()[:300],
        subject=Subject(named=name.strip()),
        holder="program",
    )


def _rows(lines: Sequence[str]) -> Iterator[tuple[str, float, str]]:
    """Yield name, share and line of the rows of the first table of trainings."""
    block: list[tuple[str, float, str]] = []
    named, begun = False, 0
    for index, line in enumerate([*lines, ""]):
        row = _ROW.match(line) if 0 < len(line) <= MOST_LINE else None
        if row is not None and not _COUNTS.search(row[1]) and not _OTHER.search(line):
            begun = begun if block else index
            block.append((row[1], _share(row[3]), line))
            named |= bool(row[2])
            continue
        headed = any(
            _HEADING.search(above) and not _OTHER.search(above)
            for above in (one[:MOST_LINE] for one in lines[max(0, begun - MOST_ABOVE) : begun])
        )
        if len(block) >= 2 and (named or headed):
            yield from block[:MOST_ROWS]
            return
        block, named = [], False


_DIFFER = lazy_re.compile(
    r"\b(?:differ\w*|unstable|instab\w*|var(?:y|ies|ied|iance|iation)|reproduc\w*|vs|versus|better|worse"
    r"|hurts?|helps?|which (?:one|of)|ablation|nois[ey]|significan\w*|fluctuat\w*|seeds?|compar\w*"
    r"|лучше|хуже|разн\w*|besser|schlechter|mejor|peor|meilleur\w*)\b",
    re.IGNORECASE,
)
MOST_LINES = 300
_COURSE = lazy_re.compile(r"\b(?:epochs?|steps?|iterations?)\b", re.IGNORECASE)
_LISTED = lazy_re.compile(
    rf"(?<![\w.,]){_SHARE}(?:(?:\s?[,;/]\s?(?:(?:and|und|et|y|e|и)\s)?|\s(?:and|und|et|y|e|и)\s)"
    rf"{_SHARE}){{1,30}}(?![\w%]|\.\d)"
)
_ONE = lazy_re.compile(_SHARE)
_SEVERAL = lazy_re.compile(
    r"\b(?:folds?|seeds?|runs?|rerun\w*|times|trials?|repeats?|vs|versus|baseline|variants?|configs?"
    r"|with and without|прогон\w*|запуск\w*|Läufe\w*|ejecuciones|次)\b",
    re.IGNORECASE,
)
"""What is said of figures of several trainings; those of epochs have none of it."""


def _in_sentences(lines: Sequence[str]) -> Iterator[tuple[str, float, str]]:
    for line in lines[:MOST_ROWS]:
        for match in _LISTED.finditer(line[:MOST_LINE]):
            before = line[: match.start()]
            if not _SEVERAL.search(line) or _COURSE.search(line) or _OTHER.search(before[-40:]):
                continue
            shares = [_share(one) for one in _ONE.findall(match[0])]
            if min(shares) >= LEAST_SHARE and max(shares) - min(shares) <= MOST_APART:
                yield from (("", one, line) for one in shares)
                return
        for match in _AGAINST.finditer(line[:MOST_LINE]):
            if not _OTHER.search(line[: match.start()][-40:]):
                yield from (("", _share(one), line) for one in match.groups())
                return


def _share(text: str) -> float:
    """Return an accuracy as a share of one, however it is written.

    >>> _share("91.2"), _share("0.8733"), _share("88 %")
    (0.912, 0.8733, 0.88)
    """
    number = float(text.rstrip("% "))
    return round(number / 100, 6) if number > 1 else number
