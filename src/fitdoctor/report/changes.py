"""What an answer or a correction changes, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from fitdoctor.report.names import title

MOVED = 0.03
"""Least change of a probability that is told."""


def changed(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    """Return which causes became likelier or less likely, and from what to what.

    Both map the names of rules to probabilities.
    """
    moved = [
        f"{title(name)} {before.get(name, 0):.0%} -> {after.get(name, 0):.0%}"
        for name in dict.fromkeys([*after, *before])
        if abs(after.get(name, 0) - before.get(name, 0)) >= MOVED
    ]
    return f"That changes: {', '.join(moved)}." if moved else "That changes little."
