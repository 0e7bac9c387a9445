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
from collections.abc import Iterator, Sequence
from pathlib import Path

from fitdoctor.records import observation
from fitdoctor.training import folders

LIMIT_REACHED = 124
"""Exit status after `limit` seconds, as of `timeout`."""
INTERRUPTED = (-2, 130)
"""Exit status of a script that Ctrl-C has ended."""
_PASSED_ON = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
GRACE = 5.0
"""Seconds from asking a script to end until it is ended."""


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
) -> int:
    """Execute the script in a child process and return its exit status, negative for a signal.

    What it prints goes to standard error where that is to be kept `aside`. Ctrl-C reaches the
    child from the terminal by itself; the parent waits for what it makes of it.
    """
    place = str(folder.absolute())  # a script may go to another folder
    command = [sys.executable, "-m", "fitdoctor.observe", place, probes, keras]
    command += [script, *arguments]
    child = subprocess.Popen(  # noqa: S603 - what the user asked to execute
        command, stdout=2 if aside else None
    )
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
    """Leave signals to the child while it runs."""
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
