"""A mended source as a page: what was found, the change as a diff, what trainings say of it."""

from __future__ import annotations

from pathlib import Path

from fitdoctor.records.mending import Mending
from fitdoctor.report import effect, pairs
from fitdoctor.report.html import template
from fitdoctor.report.mending import state


def page(mending: Mending, again: str, backup: Path | None = None) -> str:
    """Return the page; `again` is the command that shows these changes again."""
    proofs = [("all changes together", mending.verdict), *mending.apart.items()]
    return template("mended.html.jinja").render(
        title=f"fitdoctor fix: {mending.path}",
        mending=mending,
        head=headline(mending, written=backup is not None),
        state=state(mending, backup),
        again=again,
        proofs=[
            (words, verdict, [f for f in (pairs.draw(verdict), effect.draw(verdict)) if f])
            for words, verdict in proofs
            if verdict is not None
        ],
    )


def headline(mending: Mending, *, written: bool) -> str:
    """Return in a sentence how much is mended, or can be."""
    made, left = len(mending.mends), len(mending.unmended)
    if not made and not left:
        return "Nothing to mend was found."
    by_hand = f"{left} to be changed by hand"
    if not made:
        return f"{by_hand}."
    way = "mended" if written else "can be mended"
    found = f"{made} cause{'s' * (made != 1)} {way}{f', {by_hand}' if left else ''}"
    if mending.verdict is None:
        return f"{found}."
    return f"{found}; training {'supports' if mending.accepted else 'does not support'} the change."
