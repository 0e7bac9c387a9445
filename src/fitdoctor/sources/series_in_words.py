"""A curve in a sentence: "val_loss was 1.52, 1.31, 1.18, 1.19", "loss: 2.31, 4.8, 77.3, nan"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fitdoctor import lazy_re
from fitdoctor.sources._format import Format, Table, is_metric, normal_name

_VALUE = r"(?:[-+]?(?:\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})(?:e[-+]?\d{1,3})?|nan|inf)"
_SHARE = r"\d{0,3}\.\d{1,9}"
_SERIES = lazy_re.compile(
    r"(?<![\w.])(?P<name>(?:(?:train(?:ing)?|val(?:id(?:ation)?)?|test)[ _-]?)?"
    r"(?:loss|acc(?:uracy)?)(?:es)?)\b"
    r"(?P<between>[^.;,\d\[(]{0,40}?(?:\bwas\b|\bwere\b|\bis\b|\bare\b|\bgoes\b|\bwent\b|:|=)|(?<=acc)|(?<=oss)|(?<=acy))\s{0,12}"
    rf"(?P<values>{_VALUE}(?:\s?(?:,|->|→)\s?(?:then\s|and\s)?{_VALUE}){{2,60}}"
    rf"|{_SHARE}(?: {{1,3}}{_SHARE}){{3,60}})(?![\w%]|\.\d)",
    re.IGNORECASE,
)
_IN_ROW = lazy_re.compile(r"\.\d{1,9} {1,3}\d{0,3}\.\d{1,9} {1,3}\d{0,3}\.\d")
_NUMBER = lazy_re.compile(_VALUE, re.IGNORECASE)
_OTHER = lazy_re.compile(
    r"\b(?:runs?|seeds?|times|folds?|classes|models?|respectively)\b", re.IGNORECASE
)
"""Words of a row that is no course of one training."""
MOST_LINE = 2000


def find(lines: Sequence[str]) -> list[Table]:
    """Return one table of the series that sentences give, each its first time."""
    # The sentence stays prose, so its line is not taken: it says more than its figures.
    found: dict[str, tuple[list[str], str]] = {}
    for line in lines:
        if not any(mark in line for mark in (", ", "->", "→")) and not _IN_ROW.search(line):
            continue
        for match in _SERIES.finditer(line[:MOST_LINE]):
            name = _name(match["name"])
            sentence = line[max(0, match.start() - 60) : match.end() + 40]
            if name is not None and not _OTHER.search(sentence):
                found.setdefault(name, (_NUMBER.findall(match["values"]), match["name"]))
    if not found:
        return []
    table = Table()
    for name, (values, written) in found.items():
        for epoch, digits in enumerate(values, start=1):
            table.put(epoch, name, float(digits), digits, written)
    return [table]


def _name(written: str) -> str | None:
    plain = re.sub(r"(?<=loss)es$|(?<=accuracy)es$", "", written.strip().lower())
    plain = re.sub(r"^(?:validation|valid|test)[ _-]?", "val_", plain)
    plain = re.sub(r"^(?:training|train)[ _-]?", "", plain).replace("val ", "val_")
    name = normal_name(plain)
    return name if is_metric(name) else None


FORMAT = Format("series in words", find=find, beside_logs=False)
