"""Names in a list and figures in a list: `loss/acc 0.5/0.8`, `Loss (train/val): 0.5 / 0.6`.

The figures are of the names in their order. Where there are more or fewer figures than names, or a
list of parts has no measurement, no figure of the list is read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fitdoctor import lazy_re
from fitdoctor.sources._tokens import METRICS, NUMBERS, PARTS, Line

_AND = r"[/|,&]"
_MORE = "{1,15}"
"""How many names or figures follow the first of a list."""
_NUMBERS = rf"[\[(]?[{NUMBERS}](?:{_AND}[{NUMBERS}]){_MORE}"
_METRICS = (
    rf"(?P<metrics>[{METRICS}](?:{_AND}[{METRICS}]){_MORE}|[{METRICS}wz](?:/[{METRICS}wz]){_MORE})"
)
_PARTS = rf"(?P<parts>[{PARTS}](?:{_AND}[{PARTS}]){_MORE})"
_TO = r"[:=\-()\[\]q~]{0,4}?"
_FORMS = tuple(
    lazy_re.compile(form + rf"{_TO}(?P<figures>{_NUMBERS})")
    for form in (
        rf"(?:(?P<part>[{PARTS}])[:(\[\-/|]{{0,2}})?{_METRICS}",
        rf"(?P<metric>[{METRICS}])[:(\[\-|]{{0,2}}{_PARTS}",
        rf"{_PARTS}[:\-]?(?P<metric>[{METRICS}])",
        _PARTS,
    )
)


class Listed(NamedTuple):
    """The token of a figure, and those of the words that say what it is; `None` where none does."""

    figure: int
    metric: int
    part: int | None


class Lists(NamedTuple):
    """What the lists of a line say, and the tokens that they take."""

    figures: tuple[Listed, ...]
    tokens: frozenset[int]


def listed(line: Line) -> Lists:
    """Return the figures in lists that names in lists stand before."""
    figures: list[Listed] = []
    taken: set[int] = set()
    for form in _FORMS:
        for match in form.finditer(line.codes):
            span = range(match.start(), match.end())
            if taken.isdisjoint(span):
                taken.update(span)
                figures += _bound(line, match)
    return Lists(tuple(figures), frozenset(taken))


def _bound(line: Line, match: re.Match[str]) -> list[Listed]:
    groups = match.groupdict()
    numbers = _places(line, match, "figures", NUMBERS)
    if groups.get("metrics"):
        names = _places(line, match, "metrics", METRICS + "wz")
        part = match.start("part") if groups.get("part") else None
        pairs = [(name, part) for name in names]
    elif groups.get("metric"):
        pairs = [(match.start("metric"), k) for k in _places(line, match, "parts", PARTS)]
    else:
        return []
    if len(pairs) != len(numbers):
        return []
    return [
        Listed(number, metric, part)
        for number, (metric, part) in zip(numbers, pairs, strict=True)
        if line.codes[metric] in METRICS
    ]


def _places(line: Line, match: re.Match[str], group: str, codes: str) -> list[int]:
    return [k for k in range(match.start(group), match.end(group)) if line.codes[k] in codes]
