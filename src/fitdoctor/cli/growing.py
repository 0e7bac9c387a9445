"""Trainings as they grow on the terminal: a log that is watched, and a training of ours."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from fitdoctor import watching
from fitdoctor.cli.printing import quiet
from fitdoctor.records.news import News
from fitdoctor.records.run import Curve
from fitdoctor.report import live, progress
from fitdoctor.report.progress import Board, Terminal, epoch_line
from fitdoctor.steady import Steady
from fitdoctor.trackers import Hook
from fitdoctor.watching import Log, Look

PART = 20.0
"""How many times as long as a look took a training of ours goes on before the next."""


class Shown:
    """What stands on the terminal: lines that stay, and on a live one the curves below them."""

    def __init__(self, log: Log, hooks: Hook) -> None:
        self._board = Board(sys.stdout)
        self._log, self._waiting, self._hooks = log, "", hooks
        self._before: Look | None = None

    def update(self, known: Look) -> None:
        """Add what is new: epochs where lines are all there is, and findings."""
        if known.run is None or known.diagnosis is None:
            why = known.why or f"{self._log.name}: nothing is written to it yet"
            if why != self._waiting:
                print(f"waiting: {why}", file=sys.stderr, flush=True)
            self._waiting = why
            return
        before = self._before
        news = _news(before, known)
        lines = list(map(live.line, news))
        if not (self._board.live or quiet()):
            lines = [*live.rows(known.run, before.epoch if before else 0, known.epoch), *lines]
            lines.sort(key=lambda line: line[:10])  # an epoch, then what was found at it
        self._board.write(
            _written(lines, self._board), _below(known.run.curves, known.state, self._board)
        )
        for new in news:
            self._hooks.news(new)
        self._before = known


def _news(before: Look | None, known: Look) -> list[News]:
    """Return what is told at a look and was not before it."""
    if known.diagnosis is None:
        return []
    return list(live.news(before.state if before else Steady(), known.state, known.diagnosis))


def _below(curves: Mapping[str, Curve], state: Steady, board: Board) -> list[str]:
    """Return the curves so far and what is told, for the place that is drawn anew."""
    if not board.live:
        return []
    return live.screen(curves, state, width=board.width, unicode=board.unicode)


def _written(lines: Sequence[str], board: Board) -> list[str]:
    return [line if board.unicode else line.encode("ascii", "replace").decode() for line in lines]


class Following(Terminal):
    """Progress of a training of ours: epochs, findings, and on a live terminal its curves.

    The run folder is what is looked at, as `watch` does, no longer than a small part of the time.
    """

    def __init__(self, folder: Path, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._folder = folder
        self._seconds: list[float] = []
        self._epochs = 0
        self._next_look = 0.0
        self._known: Look | None = None
        self._curves: Mapping[str, Curve] = {}

    def epoch(self, epoch: int, epochs: int, metrics: Mapping[str, float]) -> None:
        """Add an epoch, what is told since, and below them the curves and how long it takes."""
        if quiet():
            return
        lines = [epoch_line(epoch, epochs, metrics)]
        self._curves = live.grown(self._curves, epoch, metrics)
        if time.monotonic() >= self._next_look:
            began = time.monotonic()
            for known in self._looks(self._known or Look()):
                lines += map(live.line, _news(self._known, known))
                self._known = known
                if known.run is not None and known.epoch >= epoch:
                    self._curves = dict(known.run.curves)
            now = time.monotonic()
            self._next_look = now + PART * (now - began)
        if epochs != self._epochs:
            # A phase begins in which another part learns: it has its own pace.
            self._seconds, self._epochs = [], epochs
        self._seconds.append(metrics.get("seconds", 0.0))
        done = epoch - len(self._seconds)
        pace = progress.pace(self._seconds, epochs - done, self._images())
        if not self.board.live:
            lines[0] += f"  {pace}"
        state = self._known.state if self._known else Steady()
        below = _below(self._curves, state, self.board)
        self.board.write(
            _written(lines, self.board), [*below, f"{epoch} of {epochs} epochs, {pace}"]
        )

    def _looks(self, before: Look) -> Iterator[Look]:
        return watching.look(watching.OnDisk(self._folder), (), before, quiet=True)

    def _images(self) -> int | None:
        run = self._known.run if self._known else None
        return run.data.n_train if run is not None and run.data else None
