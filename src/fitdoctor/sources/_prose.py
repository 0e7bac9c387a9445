"""Plain facts that an asker states, where the words leave no doubt; each with its sentence.

Figures stand in `_figures`, outcomes in `_outcomes`: one row per fact and language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fitdoctor.records.run import Statement
from fitdoctor.sources._figures import CLASS_LISTS, FIGURES, SHARES, VERSIONS, WORDS
from fitdoctor.sources._outcomes import OUTCOMES

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。!?])")
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d+)?)\s?%")
MOST_SENTENCE = 2000
MOST_LINES = 2000


def statements(lines: list[str]) -> list[Statement]:
    """Return what is stated, once per fact: the first place counts."""
    found: dict[str, Statement] = {}
    for line in lines[:MOST_LINES]:
        for statement in _in_line(line[:MOST_SENTENCE]):
            found.setdefault(statement.name, statement)
    return list(found.values())


def class_counts(lines: list[str]) -> tuple[int, ...]:
    """Return the images of each class where they are listed."""
    for line in lines[:MOST_LINES]:
        for pattern in CLASS_LISTS:
            if match := pattern.search(line[:MOST_SENTENCE]):
                return tuple(int(n) for n in re.findall(r"\d{1,9}", match[1]))
    return ()


def _in_line(line: str) -> Iterator[Statement]:
    sentences = [s for s in _SENTENCE.split(line) if s.strip()]
    for sentence in sentences:
        for name, pattern in FIGURES:
            match = pattern.search(sentence)
            figure = match and next((g for g in match.groups() if g), None)
            if figure is not None and (value := _value(figure)) is not None:
                yield Statement(name=name, value=value, sentence=sentence.strip())
        for name, pattern in VERSIONS:
            if match := pattern.search(sentence):
                yield Statement(name=name, value=None, sentence=match[1])
        if match := SHARES.search(sentence):
            shares = sorted(float(n) / 100 for n in re.findall(r"\d{1,2}", match[0]))
            if 0.9 <= sum(shares) <= 1.1:
                yield Statement(
                    name="largest_class_share", value=shares[-1], sentence=sentence.strip()
                )
    # An outcome may need the sentence before it: "Training is fine. The test gives 0.1."
    for first, second in zip(["", *sentences], sentences, strict=False):
        for text in (second, f"{first} {second}"):
            for name, outcome in OUTCOMES:
                if outcome.seen_in(text):
                    percent = _PERCENT.search(text)
                    value = float(percent[1].replace(",", ".")) / 100 if percent else None
                    yield Statement(name=name, value=value, sentence=text.strip())


def _value(text: str) -> float | None:
    if text.lower() in WORDS:
        return float(WORDS[text.lower()])
    if "e" not in text.lower() and re.fullmatch(r"[1-9]\d{0,2}(?:[ ,.]\d{3})+", text):
        text = re.sub(r"[ ,.]", "", text)
    try:
        return float(text.replace(",", ".").replace(" ", ""))
    except ValueError:
        return None
