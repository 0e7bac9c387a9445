"""The append-only journal: one JSON record a line, a torn last line tolerated."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from fitdoctor import locks
from fitdoctor.records.run import DataSummary
from fitdoctor.records.text import to_json

T = TypeVar("T")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a run's journal."""

    event: str
    at: float
    """Seconds since the epoch."""
    data: DataSummary | None = None
    seconds: float | None = None
    note: str | None = None


def append(path: Path, record: Any, *, durable: bool = True, shared: bool = False) -> None:
    """Add one record and force it to disk, so that a kill loses at most the line in writing.

    Where it is not to be `durable` only the machine's own end can lose it. A journal that several
    processes write, on whatever machines, is `shared`.
    """
    with locked(path) if shared else contextlib.nullcontext(), path.open("ab+") as file:
        if file.tell() and not _ends_whole(path):
            file.write(b"\n")
        file.write(to_json(record).encode() + b"\n")
        file.flush()
        if durable:
            os.fsync(file.fileno())


def settle(path: Path, record: T, same: Callable[[T], bool]) -> T:
    """Add a record to a shared journal unless one that is the `same` is there; return what counts.

    Whoever comes second takes what the first has written.
    """
    with locked(path):
        for known in read(path, type(record)):
            if same(known):
                return known
        append(path, record)
    return record


def locked(path: Path) -> contextlib.AbstractContextManager[locks.Lease]:
    """Return a context in which no other process adds to a shared journal."""
    return locks.held(path.with_name(f"{path.name}.lock"))


def read(path: Path, kind: type[T]) -> list[T]:
    """Return every whole record; lines that a kill has torn are passed over."""
    if not path.is_file():
        return []
    records = []
    for line in path.read_bytes().splitlines():
        try:
            records.append(msgspec.json.decode(line, type=kind))
        except msgspec.DecodeError:
            continue
    return records


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
