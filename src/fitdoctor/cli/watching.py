"""The command that watches a log as it grows."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fitdoctor.cli.printing import colour, status, width
from fitdoctor.errors import TrackerError, UnreadableSourceError
from fitdoctor.records.run import STANDARD_INPUT

if TYPE_CHECKING:
    from fitdoctor.records.finding import Diagnosis
    from fitdoctor.records.news import News
    from fitdoctor.trackers import Hook
    from fitdoctor.watching import Stream

SLOWER = 4.0
"""How many times as long as a look took the next one waits at least."""


def watch(
    sources: list[Path], every: float, idle: float | None, tracker: list[str], fail_on: str
) -> int:
    """Watch a log as it grows: its epochs, its curves, and findings once they last."""
    from fitdoctor import doctor, steady, trackers, watching
    from fitdoctor.cli.growing import Shown
    from fitdoctor.report import text

    if STANDARD_INPUT in map(str, sources[1:]):
        raise UnreadableSourceError("-: standard input is what is watched; give it first")
    piped = str(sources[0]) == STANDARD_INPUT
    if piped and idle is not None:
        raise UnreadableSourceError(
            "--idle: to stop reading standard input would end the program that writes to it; "
            "watch - ends when that does"
        )
    for name, value in {"--every": every, "--idle": idle}.items():
        if value is not None and not 0 < value < float("inf"):
            raise UnreadableSourceError(f"{name} {value:g}: expected seconds, more than 0")
    beside = [doctor.as_runs(source) for source in sources[1:]]
    log = watching.Piped(_standard_input()) if piped else watching.OnDisk(sources[0])
    hooks = _Together([trackers.named(name) for name in tracker])
    shown, known, over = Shown(log, hooks), watching.Look(), True
    try:
        for known in watching.looks(log, beside, wait=_waits(every, idle)):
            shown.update(known)
    except KeyboardInterrupt:
        over = False
        print("\nfitdoctor: no longer watching; the training goes on", file=sys.stderr)
    if known.diagnosis is None:
        raise UnreadableSourceError(known.why or f"{log.name}: nothing was written to it")
    diagnosis = known.diagnosis if over else steady.settled(known.diagnosis, known.state)
    hooks.ended(diagnosis)
    print("\n" + text.render(diagnosis, width=width(), colour=colour()), flush=True)
    return status([diagnosis], fail_on)


def _standard_input() -> Stream:
    if sys.stdin is None:
        raise UnreadableSourceError("-: there is no standard input here; give a file")
    return cast("Stream", sys.stdin.buffer)


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
