"""Locks on folders that several machines share: a file that one process can create, with an expiry.

`flock` and `lockf` are not kept by every network file system; that a file is created once is. The
holder touches its file while it lives. A file that nobody has touched for `expiry` seconds is taken
over, at once where its holder was a process of this machine that has ended. How old a file is, is
measured by the clock of the process that waits: clocks of machines differ.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

EXPIRY = 30.0
"""Seconds without a touch after which a holder on another machine counts as dead."""
BEATS = 10
"""Touches within that time."""
SETTLE = 0.3
"""Seconds from taking a dead holder's file over until that counts: others may do the same."""
POLL = 0.02, 0.5
"""Seconds between two looks at a lock that is held, at first and at most."""


class _Seen(NamedTuple):
    """A lock file at one moment; it changes whenever its holder touches it."""

    inode: int
    touched: int
    text: str


class Lease:
    """A lock that is held; `lost` where somebody has taken it away since."""

    def __init__(self, path: Path, expiry: float, owner: str, on_lost: Callable[[], None]) -> None:
        self.path, self.expiry = path, expiry
        self.lost = False
        self._on_lost = on_lost
        here = {"machine": _machine(), "pid": os.getpid(), "born": _born(os.getpid())}
        self._text = json.dumps({**here, "owner": owner, "token": uuid.uuid4().hex})
        self._released = threading.Event()
        self._beats: threading.Thread | None = None

    def acquire(self) -> None:
        """Wait until the lock is free or its holder is dead, and hold it."""
        seen, since, pause = None, time.monotonic(), POLL[0]
        while not self._created():
            now = _look(self.path)
            if now is None:
                continue
            if now != seen:
                seen, since = now, time.monotonic()
            dead = _is_dead(now) or time.monotonic() - since > self.expiry
            if dead and self._took_over(now):
                break
            time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that two do not keep step
            pause = min(2 * pause, POLL[1])
        self._beats = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._beats.start()

    def holds(self) -> bool:
        """Return whether it still is this holder's, by a look at the file."""
        return not self.lost and self._is_mine()

    def release(self) -> None:
        self._released.set()
        if self._beats is not None:
            self._beats.join()
        if self._is_mine():
            self.path.unlink(missing_ok=True)

    def _created(self) -> bool:
        try:
            made = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            return False
        with os.fdopen(made, "w", encoding="utf-8") as file:
            file.write(self._text)
        return True

    def _took_over(self, dead: _Seen) -> bool:
        """Put this holder in place of a dead one; of several who do so the last one holds it."""
        own = self.path.with_name(f"{self.path.name}.{uuid.uuid4().hex}")
        own.write_text(self._text, encoding="utf-8")
        if _look(self.path) != dead:
            own.unlink(missing_ok=True)
            return False
        own.replace(self.path)
        time.sleep(SETTLE)
        return self._is_mine()

    def _is_mine(self) -> bool:
        now = _look(self.path)
        return now is not None and now.text == self._text

    def _beat(self) -> None:
        last = time.monotonic()
        while not self._released.wait(self.expiry / BEATS):
            try:
                mine = self._is_mine()
                if mine:
                    os.utime(self.path)
                    last = time.monotonic()
            except OSError:  # the folder is away for a while: by now others may think us dead
                mine = time.monotonic() - last < self.expiry
            if not mine:
                self.lost = True
                self._on_lost()
                return


@contextlib.contextmanager
def held(
    path: Path, *, expiry: float = EXPIRY, owner: str = "",
    on_lost: Callable[[], None] = lambda: None,
) -> Iterator[Lease]:  # fmt: skip
    """Hold the lock whose file is `path`, after waiting for whoever holds it.

    `on_lost` is called in another thread where it is taken away: by `revoke`, or by somebody who
    saw no touch for `expiry` seconds. `owner` is what `revoke` knows the lock by.
    """
    lease = Lease(path, expiry, owner, on_lost)
    lease.acquire()
    try:
        yield lease
    finally:
        lease.release()


def is_held(path: Path) -> bool:
    """Return whether somebody holds the lock who is not known to be dead."""
    now = _look(path)
    return now is not None and not _is_dead(now)


def sweep(path: Path) -> None:
    """Remove the file of a holder that was a process of this machine and has ended."""
    now = _look(path)
    if now is not None and _is_dead(now):
        path.unlink(missing_ok=True)


def revoke(path: Path, owner: str) -> None:
    """Take the lock away from a holder of this name, which hears of it within `expiry / BEATS`."""
    now = _look(path)
    if now is not None and _holder(now).get("owner") == owner:
        path.unlink(missing_ok=True)


def _look(path: Path) -> _Seen | None:
    """Return the file as it is; opening it is what makes a network file system ask for it anew."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            found = os.fstat(file.fileno())
            return _Seen(found.st_ino, found.st_mtime_ns, file.read())
    except FileNotFoundError:
        return None


def _holder(seen: _Seen) -> dict[str, object]:
    try:
        found = json.loads(seen.text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_dead(seen: _Seen) -> bool:
    """Return whether the holder was a process of this machine and has ended."""
    holder = _holder(seen)
    pid, machine = holder.get("pid"), _machine()
    if machine is None or holder.get("machine") != machine or not isinstance(pid, int):
        return False
    return _born(pid) != holder.get("born")


@functools.cache
def _machine() -> str | None:
    """Return what names this machine, since its last start, and who sees whose processes on it."""
    try:
        start = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{socket.gethostname()} {start} {os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116
    except OSError:
        return None


def _born(pid: int) -> str | None:
    """Return when a process of this machine was started, `None` where it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = text.rpartition(")")[2].split()
    return None if state in "ZX" else rest[18]
