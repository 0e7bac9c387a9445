"""What was noted of epochs, as the `Program` that rules ask: recorded, so nothing is assumed."""

from __future__ import annotations

from collections.abc import Iterable

from fitdoctor.observe.pytorch.passes import Noted, Pass, Rounds, Signature
from fitdoctor.records.loop import Choice, Event, Loop, Node

Item = Noted | tuple[int, int, str, Rounds]
"""An event, or rounds over a source: its number, the line of the loop, what it was for."""


class Epochs:
    """The first epoch, and all later ones as one."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[Item] = []
        self._later: dict[tuple[object, ...], Item] = {}

    def add(self, items: Iterable[Noted | Pass]) -> None:
        """Take an epoch that is over."""
        self.count += 1
        for item in items:
            made = _item(item)
            if self.count == 1:
                self._first.append(made)
                continue
            key = made[:3] if isinstance(made, tuple) else (made,)
            known = self._later.get(key)
            if isinstance(known, tuple) and isinstance(made, tuple):
                known[3].join(made[3])
            elif known is None and len(self._later) < MOST_ITEMS:
                self._later[key] = made

    def loop(self) -> Loop:
        """Return the loop over epochs."""
        first = tuple(map(_node, self._first))
        later = tuple(map(_node, self._later.values())) if self._later else first
        line = next((i[1] for i in self._first if isinstance(i, tuple)), 0)
        return Loop(first=first, later=later, line=line, rounds=self.count)


MOST_ITEMS = 400


def _item(item: Noted | Pass) -> Item:
    if isinstance(item, Noted):
        return item
    rounds = Rounds()
    rounds.join(item.rounds)
    return item.source, item.line, item.kind or "", rounds


def _node(item: Item) -> Node:
    if isinstance(item, Noted):
        return _event(item, learns=False)
    source, line, _, rounds = item
    first = rounds.first or ()
    later = rounds.later or {first: 1}
    return Loop(first=_merged({first: 1}), later=_merged(later), line=line, over=(source,))


def _merged(signatures: dict[Signature, int]) -> tuple[Node, ...]:
    """Return rounds as one: what some of them lack stands behind a test."""
    longest = max(signatures, key=len)
    # The last batch may be cut short by a break, which says nothing of the others.
    most = max(signatures.values())
    others = [set(s) for s, n in signatures.items() if s is not longest and (n > 1 or most == 1)]
    found: list[Node] = []
    for at, noted in enumerate(longest):
        learns = any(e.kind == "backward" for e in longest[at:])
        event = _event(noted, learns=learns)
        sure = all(noted in other for other in others)
        found.append(event if sure else Choice(branches=((event,), ()), line=event.line))
    return tuple(found)


def _event(noted: Noted, *, learns: bool) -> Event:
    forward = noted.kind == "forward"
    use = ("learn" if learns and not noted.quiet else "measure") if forward else None
    return Event(
        kind=noted.kind,  # type: ignore[arg-type]
        line=noted.line,
        networks=noted.nets,
        optimizers=noted.opts,
        sources=() if noted.source is None else (noted.source,),
        schedule=noted.plan,
        modes=(noted.mode,) if forward else (),  # type: ignore[arg-type]
        use=use,  # type: ignore[arg-type]
        detail=noted.detail or ("quiet" if noted.quiet else ""),
    )
