"""The command that watches a log as it grows."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fitdoctor.cli.printing import colour, status, width
from fitdoctor.errors import TrackerError, UnreadableSourceError
from fitdoctor.records.run import STANDARD_INPUT

if TYPE_CHECKING:
    from fitdoctor.records.finding import Diagnosis
    from fitdoctor.records.news import News
    from fitdoctor.trackers import Hook
    from fitdoctor.watching import Look

SLOWER = 4.0
"""How many times as long as a look took the next one waits at least."""
UP_AND_CLEAR = "\x1b[{}A\x1b[J"


def watch(
    sources: list[Path], every: float, idle: float | None, tracker: list[str], fail_on: str
) -> int:
    """Watch a log as it grows: its epochs, its curves, and findings once they last."""
    from fitdoctor import doctor, steady, trackers, watching
    from fitdoctor.report import text

    if STANDARD_INPUT in map(str, sources):
        raise UnreadableSourceError(
            "-: standard input is read to its end, not watched; write it to a file as well "
            "(... | tee train.log) and give that"
        )
    for name, value in {"--every": every, "--idle": idle}.items():
        if value is not None and not 0 < value < float("inf"):
            raise UnreadableSourceError(f"{name} {value:g}: expected seconds, more than 0")
    log, beside = sources[0], [doctor.as_runs(source) for source in sources[1:]]
    hooks = _Together([trackers.named(name) for name in tracker])
    shown, known, over = _Shown(log, hooks), watching.Look(), True
    try:
        for known in watching.looks(log, beside, wait=_waits(every, idle)):
            shown.update(known)
    except KeyboardInterrupt:
        over = False
        print("\nfitdoctor: no longer watching; the training goes on", file=sys.stderr)
    if known.diagnosis is None:
        raise UnreadableSourceError(known.why or f"{log}: nothing was written to it")
    diagnosis = known.diagnosis if over else steady.settled(known.diagnosis, known.state)
    hooks.ended(diagnosis)
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


class _Together:
    """Several trackers; one that fails is told of and left out, the training is watched on."""

    def __init__(self, hooks: Sequence[Hook]) -> None:
        self._hooks = list(hooks)

    def news(self, new: News) -> None:
        self._each(lambda hook: hook.news(new))

    def ended(self, diagnosis: Diagnosis) -> None:
        self._each(lambda hook: hook.ended(diagnosis))

    def _each(self, call: Callable[[Hook], None]) -> None:
        for hook in tuple(self._hooks):
            try:
                call(hook)
            except TrackerError as error:
                print(f"fitdoctor: {error}; it is handed nothing more", file=sys.stderr)
                self._hooks.remove(hook)


class _Shown:
    """What stands on the terminal: lines that stay, and on a live one the curves below them."""

    def __init__(self, log: Path, hooks: Hook) -> None:
        dumb = os.environ.get("TERM", "") in {"", "dumb"} or bool(os.environ.get("CI"))
        self._live = sys.stdout.isatty() and not dumb
        self._unicode = (sys.stdout.encoding or "").lower().startswith("utf")
        self._drawn, self._log, self._waiting, self._hooks = 0, log, "", hooks
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
        state = before.state if before else Steady()
        news = list(live.news(state, known.state, known.diagnosis))
        lines = list(map(live.line, news))
        if not self._live:
            lines = [*live.rows(known.run, before.epoch if before else 0, known.epoch), *lines]
            lines.sort(key=lambda line: line[:10])  # an epoch, then what was found at it
        self._write(lines, known)
        for new in news:
            self._hooks.news(new)
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
