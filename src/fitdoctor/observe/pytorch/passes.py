"""Passes over data, and what happened in their rounds.

A pass goes over a loader once, or over tensors that a script cuts into batches itself. Its rounds
are kept as signatures: the events of a round in order. Most rounds are alike.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from fitdoctor.observe.pytorch.sums import Figures

Kind = Literal["train", "measure"]
MOST_SIGNATURES = 40
ROUNDS_LOOKED, ROUNDS_LATER = 12, 1
"""Rounds whose events are noted at the beginning of the first passes, and of each later one."""
PASSES_LOOKED = 2
PASSES_NOTED, NOTED_AGAIN = 5, 5
"""Passes over a source in each of which events are noted; of later ones every so many."""
ROUNDS_SEEN = 4
"""Rounds at the beginning of each pass that are looked at whole at any cost, where what they are
trained by cannot be counted otherwise."""
LEAST_COUNTED = 256
"""Images of a training pass, spread over it, whose batches are counted at any cost."""


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it happened; numbers are those of the watch."""

    kind: str
    line: int
    nets: tuple[int, ...] = ()
    opts: tuple[int, ...] = ()
    mode: str = ""
    quiet: bool = False
    """Gradients were switched off."""
    source: int | None = None
    plan: int | None = None
    detail: str = ""


Signature = tuple[Noted, ...]


class Rounds:
    """What the rounds of passes over one source did."""

    def __init__(self) -> None:
        self.first: Signature | None = None
        self.later: dict[Signature, int] = {}

    def add(self, signature: Signature) -> None:
        if self.first is None:
            self.first = signature
        elif signature in self.later:
            self.later[signature] += 1
        elif len(self.later) < MOST_SIGNATURES:
            self.later[signature] = 1

    def join(self, other: Rounds) -> None:
        """Take the rounds of a later pass as later rounds."""
        if other.first is not None:
            self.add(other.first)
        for signature, count in other.later.items():
            self.add(signature)
            if signature in self.later:
                self.later[signature] += count - 1


class Pass:
    """One pass over a source."""

    def __init__(
        self, source: int, line: int, began: float, *, looked: int = ROUNDS_LOOKED
    ) -> None:
        """`looked` are the rounds whose events are noted."""
        self.source, self.line, self.began, self.looked = source, line, began, looked
        self.kind: Kind | None = None
        self.figures = Figures()
        self.rounds = Rounds()
        self.round: list[Noted] = []
        self.count = 0
        """Rounds that are over."""
        self.steps = 0
        self.later = False
        """Others over the same source were looked at before."""
        self.measures = False
        """The one before it, from the same line, has measured."""
        self.by_criterion = False
        """Losses are those that the script computed itself."""
        self.iterator: Any = None
        self.labels: Any = None
        """The labels of the batch that was fetched last."""

    @property
    def key(self) -> tuple[int, int, str]:
        return self.source, self.line, self.kind or ""

    @property
    def noting(self) -> bool:
        """Return whether events of this round are noted."""
        return self.count < self.looked

    def next_round(self) -> None:
        """Close the round."""
        if self.round:
            self.rounds.add(tuple(self.round))
            self.round = []
        self.count += 1


class Epoch:
    """Events and passes in the order in which an epoch had them."""

    def __init__(self) -> None:
        self.items: list[Noted | Pass] = []
        self.trained: set[int] = set()
        """Sources that were trained on."""
        self.figures = Figures()
        """Of the training passes."""
        self.measured: dict[int, Figures] = {}
        """Source -> figures of the last pass that measured on it."""
        self.steps = 0
        self.rates: tuple[float, float] | None = None
        self.rate: float | None = None
        """Of the first step."""
        self.seconds = 0.0

    def note(self, event: Noted) -> None:
        if len(self.items) < MOST_ITEMS and event not in self.items[-MOST_ALIKE:]:
            self.items.append(event)

    def see_rates(self, found: tuple[float, float] | None) -> None:
        """Take the lowest and highest learning rate of a step."""
        if found is not None:
            low, high = self.rates or found
            self.rates = min(low, found[0]), max(high, found[1])
            self.rate = found[1] if self.rate is None else self.rate

    def put(self, done: Pass) -> None:
        """Take a pass that has begun; of several over one source and line the first is kept."""
        for item in self.items:
            if isinstance(item, Pass) and item.key == done.key and item is not done:
                item.rounds.join(done.rounds)
                return
        if len(self.items) < MOST_ITEMS:
            self.items.append(done)


MOST_ITEMS, MOST_ALIKE = 200, 20
