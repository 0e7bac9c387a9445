"""The runs of the folder that is served: what is known of each, and when one has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import anyio.to_thread

from fitdoctor.steady import Steady
from fitdoctor.web.folder import Place, places
from fitdoctor.web.messages import Refused, Row, Summarise
from fitdoctor.web.pool import Pool

EVERY, HEARTBEAT = 1.0, 15.0
"""Seconds between two looks at the files, and between two signs of life to a browser."""
PATIENCE = 3.0
"""Seconds for which a page waits for runs that were not read yet."""


class Runs:
    """Rows by name, each with the signature of the files that it was read from."""

    def __init__(self, root: Path, pool: Pool) -> None:
        self.root, self.pool = root, pool
        self._places: tuple[Place, ...] = ()
        self._next_look = 0.0
        self._rows: dict[str, tuple[Place, Row | Refused]] = {}
        self._looks: dict[str, Steady] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._one_look = asyncio.Lock()

    async def places(self) -> tuple[Place, ...]:
        """Return the runs as they are now; a folder that takes long is looked at less often."""
        async with self._one_look:
            if time.monotonic() >= self._next_look:
                began = time.monotonic()
                self._places = await anyio.to_thread.run_sync(places, self.root)
                took = time.monotonic() - began
                self._next_look = time.monotonic() + max(0.8 * EVERY, 10 * took)
        return self._places

    async def find(self, name: str) -> Place | None:
        return next((place for place in await self.places() if place.name == name), None)

    def looks(self, place: Place) -> Steady | None:
        """Return the looks so far at a training that still runs; `None` where it does not."""
        return self._looks.get(place.name, Steady()) if place.grows else None

    def looked(self, place: Place, looks: Steady | None) -> None:
        """Keep the looks at a run; those at more epochs count."""
        known = self._looks.get(place.name, Steady())
        if looks is not None and looks.epoch >= known.epoch:
            self._looks[place.name] = looks

    async def rows(self) -> tuple[list[tuple[Place, Row]], int, int]:
        """Return what is known, how many are still being read, and how many are no runs."""
        now = await self.places()
        for place in now:
            known = self._rows.get(place.name)
            stale = known is None or known[0].signature != place.signature
            ended = known is not None and known[0].grows != place.grows
            if (stale or ended) and place.name not in self._reading:
                self._reading[place.name] = asyncio.create_task(self._read(place))
        if self._reading:
            await asyncio.wait(self._reading.values(), timeout=PATIENCE)
        found = [(p, self._rows[p.name][1]) for p in now if p.name in self._rows]
        rows = [(place, row) for place, row in found if isinstance(row, Row)]
        return rows, len(now) - len(found), len(found) - len(rows)

    async def _read(self, place: Place) -> None:
        try:
            reply = await self.pool.ask_aside(
                Summarise(name=place.name, path=place.path, looks=self.looks(place))
            )
            if isinstance(reply, Row):
                self.looked(place, reply.looks)
            if isinstance(reply, Row | Refused):
                self._rows[place.name] = (place, reply)
        finally:
            self._reading.pop(place.name, None)

    async def events(self, name: str) -> AsyncIterator[str]:
        """Yield a server-sent event whenever a run changes; without a name, whenever any does."""
        before, quiet = await self._signatures(name), time.monotonic()
        yield "retry: 2000\n\n"
        while True:
            await asyncio.sleep(EVERY)
            now = await self._signatures(name)
            if now != before:
                before, quiet = now, time.monotonic()
                yield "event: changed\ndata: \n\n"
            elif time.monotonic() - quiet > HEARTBEAT:
                quiet = time.monotonic()
                yield ": still here\n\n"

    async def _signatures(self, name: str) -> Sequence[object]:
        return [
            (place.name, place.signature, place.grows)
            for place in await self.places()
            if name in {"", place.name}
        ]
