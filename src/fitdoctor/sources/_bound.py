"""A number with what it is of, and whether only filling stands between the two."""

from __future__ import annotations

from typing import NamedTuple

from fitdoctor.records.claim import Split
from fitdoctor.sources._concepts import words
from fitdoctor.sources._numerals import Number

_MARKS = " \t=:~≈(<-–'\"`,\u00a0"


class Bound(NamedTuple):
    """A number with what it is of."""

    name: str
    number: Number
    split: Split | None = None
    time: str = ""


def fits(name: str, number: Number) -> bool:
    """Return whether a figure can be of its kind."""
    if name == "learning_rate":
        return not number.percent and number.value <= 10
    decimal = "." in number.text and number.whole < 1000 and number.value != int(number.value)
    if number.percent or decimal or number.whole != int(number.whole):
        return False
    least = {"n_classes": 2, "batch_size": 1, "epochs": 1}.get(name, 2)
    return least <= number.whole <= (1e9 if name.startswith("n_t") or name == "n_val" else 1e5)


def filled(sentence: str, start: int, end: int, known: frozenset[str]) -> bool:
    """Return whether nothing but words that are known stands between."""
    left = start
    for a, b in words(sentence):
        if a < start or b > end:
            continue
        if sentence[left:a].strip(_MARKS) or sentence[a:b].lower() not in known:
            return False
        left = b
    return not sentence[left:end].strip(_MARKS)
