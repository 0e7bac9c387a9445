"""Two texts to a unified diff that `patch` takes, with a reason beside each hunk."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from fitdoctor import lazy_re
from fitdoctor.records.mending import Mend, Mending

CONTEXT = 2
_HEAD = lazy_re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
MOST_BESIDE = 200
"""Characters of a reason that stand behind the numbers of a hunk."""


def hunks(before: str, after: str) -> Iterator[str]:
    """Yield the lines of the hunks between two texts, without names of files."""
    old, new = before.split("\n"), after.split("\n")
    yield from list(difflib.unified_diff(old, new, lineterm="", n=CONTEXT))[2:]


def unified(path: str, before: str, after: str, mends: Sequence[Mend] = ()) -> str:
    """Return a unified diff; behind the numbers of each hunk stands which cause it mends."""
    lines = list(hunks(before, after))
    if not lines:
        return ""
    heads = [i for i, line in enumerate(lines) if _HEAD.match(line)]
    for number, at in enumerate(heads):
        end = heads[number + 1] if number + 1 < len(heads) else len(lines)
        changed = {one for one in lines[at + 1 : end] if one[:1] in "+-"}
        why = [f"{m.code} {m.reason}" for m in mends if changed & set(m.diff.split("\n"))]
        if why:
            lines[at] += " " + _short("; ".join(dict.fromkeys(why)))
    name = path.lstrip("/")
    return "\n".join([f"--- a/{name}", f"+++ b/{name}", *lines])


def _short(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= MOST_BESIDE else text[: MOST_BESIDE - 3] + "..."


def of_mending(mending: Mending) -> str:
    """Return the unified diff of a mended source; of a notebook a part for each cell."""
    if not mending.cells:
        return unified(mending.path, mending.before, mending.after, mending.mends)
    parts = (
        unified(
            f"{mending.path}/cell {number}",
            before + "\n",
            after + "\n",
            [one for one in mending.mends if one.cell == number],
        )
        for number, before, after in mending.cells
    )
    return "\n".join(parts)
