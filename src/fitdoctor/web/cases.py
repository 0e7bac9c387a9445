"""What a person has given so far: kept in memory while the page is open, and never written."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence

import msgspec

from fitdoctor.web.folder import Place
from fitdoctor.web.messages import TEXT, Part

MOST_CASES, MOST_KEPT = 200, 100_000_000
"""Of which the oldest go first; bytes of all of them."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """The sources of one diagnosis as they were read."""

    id: str
    text: str = ""
    parts: tuple[Part, ...] = ()
    causes: Mapping[str, float] = {}
    place: Place | None = None
    """The run of a folder that it began with, as it was when it was read."""

    @property
    def size(self) -> int:
        return len(self.text) + sum(len(part.read) + len(part.code) for part in self.parts)

    def given(
        self, text: str, files: Sequence[Part], removed: str, place: Place | None = None
    ) -> tuple[Part, ...]:
        """Return what to diagnose: what has changed and new files unread, the rest as read."""
        named = {file.name for file in files} | {removed}
        run: tuple[Part, ...] = ()
        if place is not None and (not self.place or self.place.signature != place.signature):
            named.add(place.name)
            run = (Part(name=place.name, path=place.path),)
        kept = [part for part in self.parts if part.name != TEXT and part.name not in named]
        same = next((p for p in self.parts if p.name == TEXT and text == self.text), None)
        pasted = same or (Part(name=TEXT, text=text) if text.strip() else None)
        return tuple(part for part in (*run, pasted, *kept, *files) if part is not None)

    def is_another(self, text: str) -> bool:
        """Return whether a text has no line in common with the one before: another training."""
        before, after = (set(filter(str.strip, t.splitlines())) for t in (self.text, text))
        return bool(before and after) and not before & after


class Cases:
    """Cases by their ids, the last used last."""

    def __init__(self, most: int = MOST_CASES, most_kept: int = MOST_KEPT) -> None:
        self.most, self.most_kept = most, most_kept
        self._kept: OrderedDict[str, Case] = OrderedDict()

    def find(self, id: str) -> Case:
        """Return a case, or an empty one where it is not known any more."""
        if id in self._kept:
            self._kept.move_to_end(id)
            return self._kept[id]
        return Case(id=secrets.token_urlsafe(16))

    def keep(self, case: Case) -> None:
        self._kept[case.id] = case
        self._kept.move_to_end(case.id)
        while len(self._kept) > self.most or (
            len(self._kept) > 1 and sum(c.size for c in self._kept.values()) > self.most_kept
        ):
            self._kept.popitem(last=False)
