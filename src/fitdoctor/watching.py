"""Looks at a log that grows: what is complete of it, and what is told by now.

A finding is told once it lasts (`steady`). A look that comes late, or at a log that was there
already, looks at the epochs between as well, as if it had come after each of them.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec.structs import replace

from fitdoctor import doctor, sources
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.finding import Diagnosis
from fitdoctor.records.run import STANDARD_INPUT, Run
from fitdoctor.replay import last_epoch, replayed
from fitdoctor.steady import Steady

MOST_FILES = 4000
ENDED = ("model.keras", "report.html")
"""What a run folder has once its training is over."""

PIECE = 65_536
FIRST = 0.3
"""Seconds in which a pipe that is open already has handed over what is in it."""


class Stream(Protocol):
    """Bytes that arrive over time."""

    def read1(self, most: int, /) -> bytes: ...


class Log(Protocol):
    """What is watched; where it changes its signature does."""

    name: str

    def signature(self) -> object: ...

    def ended(self) -> bool:
        """Return whether nothing more will come."""

    def read(self) -> tuple[Run, ...]:
        """Return what is in it by now. Raises `UnreadableSourceError` where that is nothing."""


class OnDisk:
    """A log, a run folder or a folder of events that is written to."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, str(path)

    def signature(self) -> tuple[tuple[str, int, int], ...]:
        """Return names, times and sizes of a log, or of the files in a folder; empty without."""
        path = self.path
        try:
            files = sorted(path.iterdir())[:MOST_FILES] if path.is_dir() else [path]
            stats = [(file.name, file.stat()) for file in files]
        except OSError:
            return ()
        return tuple((name, s.st_mtime_ns, s.st_size) for name, s in stats)

    def ended(self) -> bool:
        """Return whether a run folder says that its training is over."""
        return self.path.is_dir() and any((self.path / name).exists() for name in ENDED)

    def read(self) -> tuple[Run, ...]:
        return doctor.as_runs(self.path)


class Piped:
    """Standard input; a thread reads it, so that what writes to it never waits for a look."""

    name = STANDARD_INPUT

    def __init__(self, stream: Stream) -> None:
        self._pieces: list[bytes] = []
        self._size, self._over, self._some = 0, False, threading.Event()
        threading.Thread(target=self._receive, args=(stream,), daemon=True).start()
        self._some.wait(FIRST)

    def _receive(self, stream: Stream) -> None:
        try:
            while piece := stream.read1(PIECE):
                if self._size < sources.MOST_STDIN:
                    self._pieces.append(piece)
                    self._size += len(piece)
        except (OSError, ValueError):
            pass  # it was closed
        self._over = True
        self._some.set()

    def signature(self) -> object:
        return self._size

    def ended(self) -> bool:
        return self._over

    def read(self) -> tuple[Run, ...]:
        if not self._size:
            raise UnreadableSourceError("standard input: nothing came of it")
        return sources.piped(b"".join(self._pieces))


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A training as it is known at one time."""

    run: Run | None = None
    """With the epochs that are complete; `None` before there is anything to read."""
    diagnosis: Diagnosis | None = None
    state: Steady = Steady()
    why: str = ""
    """Why nothing is read yet."""

    @property
    def epoch(self) -> int:
        return last_epoch(self.run) if self.run is not None else 0


def looks(
    log: Log, beside: Sequence[Sequence[Run]], *, wait: Generator[bool, bool, None]
) -> Iterator[Look]:
    """Yield what is known whenever a log has changed, until it has ended.

    `beside` are runs of other sources of the same training. `wait` waits before each look and
    yields whether to go on; it is sent whether the log had changed.
    """
    known, seen, whole = Look(), None, False
    go_on = next(wait)
    while go_on:
        over, now = log.ended(), log.signature()
        changed = now != seen
        if changed or not whole:
            # What was not written to since the last look is whole.
            whole = not changed or over
            for reached in look(log, beside, known, quiet=whole):
                known = reached
                yield known
        if whole and over:
            return
        seen = now
        go_on = wait.send(changed)


def look(log: Log, beside: Sequence[Sequence[Run]], before: Look, *, quiet: bool) -> Iterator[Look]:
    """Yield what is known of a training by now, and before it each epoch at which that changed.

    What is told at an epoch is told with what was seen by then. While a log is not `quiet` its last
    epoch may not be whole, and is left for later.
    """
    try:
        run = doctor.one_training([log.read(), *beside])
    except UnreadableSourceError as error:
        yield replace(before, why=str(error))
        return
    last = last_epoch(run)
    until = last if quiet else last - 1
    if until < 1 or until <= before.epoch:
        yield replace(before, why="" if last else f"{log.name}: no epoch is over yet")
        return
    told, latest = before.state.told, None
    for seen, diagnosis, state in replayed(run, before.state, until):
        latest = Look(run=seen, diagnosis=diagnosis, state=state)
        if state.told != told:
            yield latest
            told, latest = state.told, None
    if latest is not None:
        yield latest
