"""Logs of one page whose headings name another setting each: an experiment of the asker's own.

"lr = 0.1" above a log that stands still and "lr = 0.001" above one that learns say what the rate
did, as a sentence would. What a heading says is of its own log alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from fitdoctor.records.claim import HELPED_BY, Claim
from fitdoctor.sources import _claims
from fitdoctor.sources._format import Table
from fitdoctor.sources._text import sentences
from fitdoctor.sources._trials import USED
from fitdoctor.stats.quantile import median

MOST_ABOVE, MOST_HEADING = 3, 120
"""Lines from a heading to its log, and its longest text."""
_SETTINGS = {
    "learning_rate": ("lower_rate", "higher_rate"),
    "batch_size": ("smaller_batch", "larger_batch"),
}
"""A setting that headings give -> the change to a smaller value, and to a larger one."""
BETTER = 0.15
"""Validation accuracy that one log must end above the other."""
STANDS, FALLS = 0.97, 0.85
"""What the loss ends at, of its start, of a log that stands still, and of one that learns."""


class Heading(NamedTuple):
    """The line above a log, and what it says of that log."""

    line: int
    text: str
    claims: tuple[Claim, ...]

    @property
    def settings(self) -> Mapping[str, float]:
        values = ((c.predicate, c.value) for c in self.claims if c.is_evidence)
        return {name: value for name, value in values if name in _SETTINGS and value is not None}

    @property
    def used(self) -> Mapping[str, bool]:
        names = {name for name, _ in USED}
        own = (c for c in self.claims if c.holder == "asker" and c.certainty == "observed")
        return {c.predicate: c.polarity == "affirmed" for c in own if c.predicate in names}


def headed(tables: Sequence[Table], lines: Sequence[str]) -> dict[int, Heading]:
    """Return the heading of each log by its number from 1, with what the logs beside it show.

    None where headings do not tell the logs apart.
    """
    taken = {i for table in tables for i in table.lines}
    found = [_above(min(table.lines), lines, taken) for table in tables if table.lines]
    heads = [head for head in found if head is not None]
    told = [(head.settings, head.used) for head in heads]
    if not 2 <= len(tables) == len(heads) or told[0] in told[1:]:
        return {}
    tried = _experiments(tables, heads)
    return {
        number: head._replace(claims=(*head.claims, *claims))
        for number, (head, claims) in enumerate(zip(heads, tried, strict=True), start=1)
    }


def _above(first: int, lines: Sequence[str], taken: set[int]) -> Heading | None:
    for i in range(first - 1, max(-1, first - 1 - MOST_ABOVE), -1):
        text = lines[i].strip()
        if i in taken:
            return None
        if not text:
            continue
        if len(text) > MOST_HEADING:
            return None
        said = tuple(c for sentence in sentences(text) for c in _claims.claims(sentence))
        head = Heading(i, text, said)
        return head if head.settings or head.used else None
    return None


def _experiments(tables: Sequence[Table], heads: Sequence[Heading]) -> list[list[Claim]]:
    """Return for each log what the other one beside it shows that helps."""
    found: list[list[Claim]] = [[] for _ in tables]
    for (i, (one, first)), (j, (other, second)) in pairwise(
        enumerate(zip(tables, heads, strict=True))
    ):
        if (level := _better(other, one)) is not None:
            found[i] += _helped(first, second, level)
        elif (level := _better(one, other)) is not None:
            found[j] += _helped(second, first, level)
    return found


def _helped(worse: Heading, better: Heading, level: str) -> Iterator[Claim]:
    """Yield the one thing in which the better of two logs differs; none, where it is several."""
    changes = []
    for name, (smaller, larger) in _SETTINGS.items():
        was, now = worse.settings.get(name), better.settings.get(name)
        if was is not None and now is not None and was != now:
            changes.append(smaller if now < was else larger)
    both = worse.used.keys() & better.used.keys()
    other = {name for name in both if worse.used[name] != better.used[name]}
    changes += (USED.get((name, better.used[name]), "") for name in other)
    if len(changes) == 1 and changes[0]:
        sentence = f"{worse.text.rstrip(' :')} / {better.text.rstrip(' :')}: {level}"
        yield Claim(predicate=HELPED_BY + changes[0], sentence=sentence, holder="program")


def _better(one: Table, other: Table) -> str | None:
    """Say by how much a log ends better than another, where it does."""
    curves, others = one.curves(), other.curves()
    name = "val_accuracy"
    if name in curves and name in others:
        ends = [median(c[name].values[-3:]) for c in (others, curves)]
        if ends[1] - ends[0] < BETTER:
            return None
        return f"validation accuracy {ends[0]:.2f} / {ends[1]:.2f}"
    if "loss" not in curves or "loss" not in others:
        return None
    before, after = (c["loss"].values for c in (others, curves))
    if len(before) < 2 or len(after) < 2 or not np.isfinite(after).all():
        return None
    stood = not np.isfinite(before).all() or before[-1] > STANDS * before[0]
    learns = after[-1] < FALLS * after[0]
    return f"loss {before[-1]:.3g} / {after[-1]:.3g}" if stood and learns else None
