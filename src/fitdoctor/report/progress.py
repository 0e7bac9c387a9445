"""Progress of long tasks, drawn on a stream: lines that are drawn anew on a terminal, else few."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TextIO

from fitdoctor.records.experiment import Trial

SHOWN = ("loss", "accuracy", "val_loss", "val_accuracy")
BAR = 24


UP_AND_CLEAR = "\x1b[{}A\x1b[J"
FOLLOWS_ESCAPES = ("WT_SESSION", "ANSICON", "ConEmuANSI", "TERM")
"""Variables of Windows terminals that follow escape sequences; its older console prints them."""


def follows_escapes(stream: TextIO) -> bool:
    """Return whether a stream is a terminal on which escape sequences do what they say."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return False
    return any(os.environ.get(name) for name in FOLLOWS_ESCAPES)


class Board:
    """Lines that stay on a stream and, on a live terminal, some below them that are drawn anew.

    A log of CI is no live terminal, whatever it says.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._below = stream, 0
        self.live = follows_escapes(stream) and not os.environ.get("CI")
        self.unicode = (getattr(stream, "encoding", None) or "").lower().startswith("utf")

    @property
    def width(self) -> int:
        """Columns that a line may take; one that wraps could not be drawn over."""
        return min(120, shutil.get_terminal_size((100, 40)).columns) - 1

    def write(self, lines: Sequence[str], below: Sequence[str] = ()) -> None:
        """Add lines that stay, and draw others below them in place of those that were there."""
        if self._below:
            self._stream.write(UP_AND_CLEAR.format(self._below))
        shown = [line[: self.width] for line in below] if self.live else []
        self._below = len(shown)
        self._stream.write("".join(f"{line}\n" for line in (*lines, *shown)))
        self._stream.flush()


class Terminal:
    """A `Watcher` for people."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.board = Board(stream or sys.stderr)
        self._began: dict[str, float] = {}
        self._trials = 0
        self._last_drawn = 0.0

    def step(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        began = self._began.setdefault(what, now)
        whole = done >= total
        if not whole and (not self.board.live or now - self._last_drawn < 0.1):
            return
        self._last_drawn = now
        if whole:  # The same may be done again, of other images or in another phase.
            del self._began[what]
        filled = "\u2588" * (BAR * done // max(total, 1))
        left = (now - began) / max(done, 1) * (total - done)
        ending = f"{now - began:.1f} s" if whole else f"{left:.0f} s left"
        line = f"{what:<20} {filled:<{BAR}} {done}/{total}  {ending}"
        self.board.write([line] if whole else [], [] if whole else [line])

    def epoch(self, epoch: int, epochs: int, metrics: Mapping[str, float]) -> None:
        self.board.write([epoch_line(epoch, epochs, metrics)])

    def say(self, words: str) -> None:
        self.board.write([words])

    def plan(self, trials: int, seconds: float) -> None:
        """Say what an experiment costs before it starts."""
        if trials:
            self.say(f"at most {trials} trainings to run, about {max(seconds, 1):.0f} s in all")
        else:
            self.say("every training of this experiment is finished already")

    def trial(self, trial: Trial, total: int) -> None:
        self._trials += 1
        result = trial.failure or f"{trial.outcome:.4f}"
        self.say(
            f"trial {self._trials:>3}/{total}  seed {trial.seed}  {trial.arm:<8} {result}  "
            f"({trial.seconds:.1f} s)"
        )


def epoch_line(epoch: int, epochs: int, metrics: Mapping[str, float]) -> str:
    """Return an epoch as a line: each known figure by its name."""
    shown = "  ".join(f"{name} {metrics[name]:.4f}" for name in SHOWN if name in metrics)
    return f"epoch {epoch:>3}/{epochs}  {shown}"


def pace(seconds: Sequence[float], epochs: int, images: int | None) -> str:
    """Return how fast a training is after its first epochs, and how long it takes at most.

    `seconds` are those of each epoch so far, the last five of which count; early stopping may end
    it before the last of `epochs`.
    """
    recent = sorted(seconds[-5:])
    each = recent[(len(recent) - 1) // 2]  # of two the shorter: compiling is part of the first
    rate = f", {images / each:,.0f} images/s" if images and each else ""
    left = each * (epochs - len(seconds))
    ending = f", at most {duration(left)} left" if left > 0 else ""
    return f"{duration(each)} an epoch{rate}{ending}"


def duration(seconds: float) -> str:
    """Return a duration with two digits or so.

    >>> duration(0.25), duration(42.4), duration(200), duration(9000)
    ('0.2 s', '42 s', '3 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
