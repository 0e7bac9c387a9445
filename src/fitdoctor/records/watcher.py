"""What a long task tells whoever watches it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from fitdoctor.records.experiment import Trial


class Watcher(Protocol):
    """Hears of progress; draws it, or not."""

    def step(self, what: str, done: int, total: int) -> None:
        """`done` of `total` units of a task are finished."""

    def epoch(self, epoch: int, epochs: int, metrics: Mapping[str, float]) -> None:
        """One epoch has ended."""

    def say(self, words: str) -> None:
        """Something that the user should know."""


class ExperimentWatcher(Watcher, Protocol):
    """Also hears of the trials of an experiment."""

    def plan(self, trials: int, seconds: float) -> None:
        """At most so many trainings are to come, and take about so long."""

    def trial(self, trial: Trial, total: int) -> None:
        """One training of at most `total` is finished."""


class Silent:
    """A watcher that tells nobody."""

    def step(self, what: str, done: int, total: int) -> None: ...

    def epoch(self, epoch: int, epochs: int, metrics: Mapping[str, float]) -> None: ...

    def say(self, words: str) -> None: ...

    def plan(self, trials: int, seconds: float) -> None: ...

    def trial(self, trial: Trial, total: int) -> None: ...
