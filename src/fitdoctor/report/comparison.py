"""Comparisons of groups of runs for people, and as the document that others rely on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from fitdoctor.records.comparison import Comparison, Group
from fitdoctor.records.text import pretty_json
from fitdoctor.report.documents import ComparisonDocument, ComparisonOut, GroupOut
from fitdoctor.report.headline import outcome_words

MOST_LISTED = 8


def text(comparisons: Sequence[Comparison]) -> str:
    """Return the groups with their outcomes, then what each comparison says."""
    groups = {g.name: g for c in comparisons for g in (c.first, c.second)}
    outcome = comparisons[0].outcome
    parts = [
        "\n".join(_group(group, outcome) for group in groups.values()),
        *("\n".join(_lines(c)) for c in comparisons),
    ]
    return "\n\n".join(parts)


def _group(group: Group, outcome: str) -> str:
    listed = ", ".join(f"{y:.4g}" for y in group.outcomes[:MOST_LISTED])
    more = len(group.outcomes) - MOST_LISTED
    listed += f" and {more} more" if more > 0 else ""
    count = len(group.runs)
    mean = f", mean {sum(group.outcomes) / count:.4g}" if count > 1 else ""
    runs = f"{count} run{'s' * (count != 1)}"
    return f"{group.name}: {runs}, {outcome_words(outcome)} at the end {listed}{mean}"


def _lines(found: Comparison) -> Iterator[str]:
    yield found.sentence
    if found.smallest_shown is not None:
        yield (
            "The smallest difference that such a comparison shows four times in five: "
            f"{found.smallest_shown:.2g}."
        )
    yield from found.limits


def json(comparisons: Sequence[Comparison]) -> str:
    """Return what `fitdoctor compare --output-format json` prints."""
    return pretty_json(ComparisonDocument(comparisons=tuple(map(_out, comparisons))))


def _out(found: Comparison) -> ComparisonOut:
    effect = found.difference
    return ComparisonOut(
        outcome=found.outcome,
        measure=found.measure,
        how=found.how,
        first=_group_out(found.first),
        second=_group_out(found.second),
        difference=effect.value,
        low=effect.low if isfinite(effect.low) else None,
        high=effect.high if isfinite(effect.high) else None,
        level=found.level,
        shown=found.shown,
        smallest_shown=found.smallest_shown,
        shared_split=found.shared_split,
        sentence=found.sentence,
        limits=found.limits,
    )


def _group_out(group: Group) -> GroupOut:
    return GroupOut(name=group.name, runs=group.runs, outcomes=group.outcomes)
