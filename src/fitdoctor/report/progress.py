"""Progress of long tasks, drawn on a stream: a line that is rewritten on a terminal, else few."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TextIO

from fitdoctor.records.experiment import Trial

SHOWN = ("loss", "accuracy", "val_loss", "val_accuracy")
BAR = 24


class Terminal:
    """A `Watcher` for people."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._began: dict[str, float] = {}
        self._trials = 0
        self._last_drawn = 0.0

    def step(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        began = self._began.setdefault(what, now)
        whole = done >= total
        if not whole and (not self._live or now - self._last_drawn < 0.1):
            return
        self._last_drawn = now
        filled = "\u2588" * (BAR * done // max(total, 1))
        left = (now - began) / max(done, 1) * (total - done)
        ending = f"{now - began:.1f} s" if whole else f"{left:.0f} s left"
        self._line(f"{what:<20} {filled:<{BAR}} {done}/{total}  {ending}", final=whole)

    def epoch(self, epoch: int, epochs: int, metrics: Mapping[str, float]) -> None:
        shown = "  ".join(f"{name} {metrics[name]:.4f}" for name in SHOWN if name in metrics)
        self._line(f"epoch {epoch:>3}/{epochs}  {shown}", final=True)

    def say(self, words: str) -> None:
        self._line(words, final=True)

    def plan(self, trials: int, seconds: float) -> None:
        """Say what an experiment costs before it starts."""
        if trials:
            self.say(f"at most {trials} trainings to run, about {max(seconds, 1):.0f} s in all")
        else:
            self.say("every training of this experiment is finished already")

    def trial(self, trial: Trial, total: int) -> None:
        self._trials += 1
        result = trial.failure or f"{trial.outcome:.4f}"
        self._line(
            f"trial {self._trials:>3}/{total}  seed {trial.seed}  {trial.arm:<8} {result}  "
            f"({trial.seconds:.1f} s)",
            final=True,
        )

    def _line(self, text: str, *, final: bool) -> None:
        if self._live:
            self._stream.write("\r\x1b[K" + text)
        elif final:
            self._stream.write(text)
        if final:
            self._stream.write("\n")
        self._stream.flush()
