"""The parent's part: one child process with the caller's terminal, folder and signals."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from fitdoctor import locks
from fitdoctor.observe.written import STOPPED
from fitdoctor.records import observation
from fitdoctor.training import folders

LIMIT_REACHED = 124
"""Exit status after `limit` seconds, as of `timeout`."""
INTERRUPTED = (-2, 130)
"""Exit status of a script that Ctrl-C has ended."""
_PASSED_ON = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
GRACE = 5.0
"""Seconds from asking a script to end until it is ended."""


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A script to be executed once, unchanged and with all that it does, and to be recorded."""

    script: str
    arguments: tuple[str, ...] = ()
    folder: str
    """The run folder of its first training."""
    home: str | None = None
    """The working directory; `None` takes that of the process."""
    keras: str = "3"
    limit: float | None = None
    """Seconds after which it is ended."""
    driver: str = ""
    """Who may call it off, by `locks.revoke`."""


def record(whole: Whole) -> int:
    """Execute a script unless its runs are there, and return its exit status, 0 where they are.

    Where another process executes it for the same folder, that is waited for.
    """
    place = Path(whole.folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    children: list[subprocess.Popen[bytes]] = []

    def call_off() -> None:
        for child in children:
            child.terminate()

    with locks.held(lease_of(place), owner=whole.driver, on_lost=call_off):
        if recorded(place):
            return 0
        with folders.kept_if_used(fresh_folder(Path(whole.script), place)):
            return run(
                whole.script, whole.arguments, place, probes="default", keras=whole.keras,
                limit=whole.limit, aside=True, home=whole.home, on_start=children.append,
            )  # fmt: skip


def lease_of(folder: Path) -> Path:
    """Return the lock of whoever executes a script for a run folder."""
    return folder.with_name(f".{folder.name}.lock")


def fresh_folder(script: Path, wanted: Path | None) -> Path:
    """Return the folder that a script's first training is to be recorded in."""
    stamp = dt.datetime.now(tz=dt.UTC).astimezone().strftime("%Y%m%d-%H%M%S")
    return folders.free_folder(wanted or Path("runs") / f"{script.stem}-{stamp}")


def recorded(folder: Path) -> tuple[Path, ...]:
    """Return the run folders of a script's trainings, in their order."""
    found: list[Path] = []
    for number in itertools.count(1):
        place = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        if not (place / observation.FILE).is_file():
            return tuple(found)
        found.append(place)
    raise AssertionError


def stopped(folder: Path) -> str:
    """Return the exception that ended a script before any training, and remove its file."""
    try:
        said = (folder / STOPPED).read_text(encoding="utf-8")
        (folder / STOPPED).unlink()
    except OSError:
        return ""
    return said


def forget(folders: Sequence[Path]) -> None:
    """Remove run folders of a script that was interrupted."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def run(
    script: str,
    arguments: Sequence[str],
    folder: Path,
    *,
    probes: str,
    keras: str = "3",
    limit: float | None,
    aside: bool = False,
    home: str | None = None,
    on_start: Callable[[subprocess.Popen[bytes]], None] = lambda _: None,
) -> int:
    """Execute the script in a child process and return its exit status, negative for a signal.

    What it prints goes to standard error where that is to be kept `aside`. `home` is its working
    directory, by default this one; `on_start` is handed the child. Ctrl-C reaches the child from
    the terminal by itself; the parent waits for what it makes of it.
    """
    place = str(folder.absolute())  # a script may go to another folder
    command = [sys.executable, "-m", "fitdoctor.observe", place, probes, keras]
    command += [script, *arguments]
    child = subprocess.Popen(  # noqa: S603 - what the user asked to execute
        command, stdout=2 if aside else None, cwd=home
    )
    on_start(child)
    with _signals_for(child):
        try:
            return child.wait(limit)
        except subprocess.TimeoutExpired:
            child.terminate()
            try:
                child.wait(GRACE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            return LIMIT_REACHED


@contextlib.contextmanager
def _signals_for(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Leave signals to the child while it runs; another thread than the main one hears of none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    for name in _PASSED_ON:
        if (number := getattr(signal, name, None)) is not None:
            before[number] = signal.signal(number, lambda n, _: child.send_signal(n))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_as(status: int) -> int:
    """Return the child's exit status, or end this process by the signal that ended the child."""
    if status < 0 and os.name == "posix":
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status
