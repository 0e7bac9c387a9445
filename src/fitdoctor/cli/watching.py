"""The command that watches a log as it grows."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from fitdoctor.cli.printing import colour, status, width
from fitdoctor.errors import UnreadableSourceError

if TYPE_CHECKING:
    from fitdoctor.watching import Look

SLOWER = 4.0
"""How many times as long as a look took the next one waits at least."""
UP_AND_CLEAR = "\x1b[{}A\x1b[J"


def watch(sources: list[Path], every: float, idle: float | None, fail_on: str) -> int:
    """Watch a log as it grows: its epochs, its curves, and findings once they last."""
    from fitdoctor import doctor, steady, watching
    from fitdoctor.report import text

    for name, value in {"--every": every, "--idle": idle}.items():
        if value is not None and not 0 < value < float("inf"):
            raise UnreadableSourceError(f"{name} {value:g}: expected seconds, more than 0")
    log, beside = sources[0], [doctor.as_runs(source) for source in sources[1:]]
    shown, known, over = _Shown(log), watching.Look(), True
    try:
        for known in watching.looks(log, beside, wait=_waits(every, idle)):
            shown.update(known)
    except KeyboardInterrupt:
        over = False
        print("\nfitdoctor: no longer watching; the training goes on", file=sys.stderr)
    if known.diagnosis is None:
        raise UnreadableSourceError(known.why or f"{log}: nothing was written to it")
    diagnosis = known.diagnosis if over else steady.settled(known.diagnosis, known.state)
    print("\n" + text.render(diagnosis, width=width(), colour=colour()), flush=True)
    return status([diagnosis], fail_on)


def _waits(every: float, idle: float | None) -> Generator[bool, bool, None]:
    """Wait before each look; yield whether to go on, given the seconds since the log changed.

    `send(True)` says that the log has changed.
    """
    quiet_since = began = time.monotonic()
    changed = yield True
    while True:
        now = time.monotonic()
        quiet_since = now if changed else quiet_since
        if idle is not None and now - quiet_since >= idle:
            yield False
            return
        time.sleep(max(every, min(60.0, SLOWER * (now - began))))
        began = time.monotonic()
        changed = yield True


class _Shown:
    """What stands on the terminal: lines that stay, and on a live one the curves below them."""

    def __init__(self, log: Path) -> None:
        dumb = os.environ.get("TERM", "") in {"", "dumb"} or bool(os.environ.get("CI"))
        self._live = sys.stdout.isatty() and not dumb
        self._unicode = (sys.stdout.encoding or "").lower().startswith("utf")
        self._drawn, self._log, self._waiting = 0, log, ""
        self._before: Look | None = None

    def update(self, known: Look) -> None:
        """Add what is new: epochs where lines are all there is, and findings."""
        from fitdoctor.report import live
        from fitdoctor.steady import Steady

        if known.run is None or known.diagnosis is None:
            why = known.why or f"{self._log}: nothing is written to it yet"
            if why != self._waiting:
                print(f"waiting: {why}", file=sys.stderr, flush=True)
            self._waiting = why
            return
        before = self._before
        lines = list(live.news(before.state if before else Steady(), known.state, known.diagnosis))
        if not self._live:
            lines = [*live.rows(known.run, before.epoch if before else 0, known.epoch), *lines]
            lines.sort(key=lambda line: line[:10])  # an epoch, then what was found at it
        self._write(lines, known)
        self._before = known

    def _write(self, lines: list[str], known: Look) -> None:
        from fitdoctor.report import live

        if self._drawn:
            sys.stdout.write(UP_AND_CLEAR.format(self._drawn))
        curves = []
        if self._live and known.run is not None:
            curves = live.screen(known.run, known.state, width=width(), unicode=self._unicode)
        self._drawn = len(curves)
        if not self._unicode:
            lines = [line.encode("ascii", "replace").decode() for line in lines]
        sys.stdout.write("".join(f"{line}\n" for line in (*lines, *curves)))
        sys.stdout.flush()
