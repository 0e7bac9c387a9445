"""Findings handed to what keeps the curves of trainings: one hook, and trackers that have it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from fitdoctor import extras
from fitdoctor.errors import TrackerError, did_you_mean
from fitdoctor.records.finding import LIKELY, Cause, Diagnosis, Finding
from fitdoctor.records.news import News
from fitdoctor.report import html
from fitdoctor.report.headline import headline
from fitdoctor.report.live import as_news, line

PREFIX = "fitdoctor"
REPORT = "fitdoctor/report.html"
MOST, MOST_WHY = 5000, 300
"""Characters of a tag, as MLflow takes them, and of why it does not."""


class Hook(Protocol):
    """Hears of findings as they are told and taken back, and of the diagnosis in the end."""

    def news(self, new: News, /) -> None:
        """Take a finding that is told, or taken back."""

    def ended(self, diagnosis: Diagnosis, /) -> None:
        """Take the diagnosis of the training."""


def send(diagnosis: Diagnosis, *hooks: Hook) -> None:
    """Hand a finished training's likely causes and its symptoms to each hook, then its diagnosis.

    >>> import fitdoctor as fd
    >>> from fitdoctor import trackers
    >>> diagnosis = fd.diagnose({"loss": [1.1] * 12, "val_loss": [1.1] * 12})
    >>> trackers.send(diagnosis, trackers.MLflow())  # doctest: +SKIP
    """
    last = max((int(c.epochs[-1]) for c in diagnosis.run.curves.values() if len(c)), default=0)
    causes = [c for c in diagnosis.causes if c.probability >= LIKELY and c.proven is not False]
    every: tuple[Cause | Finding, ...] = (*causes, *diagnosis.symptoms)
    for hook in hooks:
        for found in every:
            hook.news(as_news(last, found.rule, found))
        hook.ended(diagnosis)


class MLflow:
    """Findings as tags of an MLflow run, with the report among its artifacts.

    `run_id` is that of a run; without it the active one counts, or a new one is begun. Tags are
    named `fitdoctor.RULE`; one that is taken back is removed. A cause's probability is a metric
    of the same name, with the epoch as its step.
    """

    def __init__(self, run_id: str | None = None) -> None:
        extras.need("mlflow", "Handing findings to MLflow")
        import mlflow  # noqa: PLC0415 - an extra, loaded on use

        self._errors: type[Exception] = mlflow.exceptions.MlflowException
        with self._told(run_id or ""):
            self._client: Any = mlflow.MlflowClient()
            active = mlflow.active_run()
            found = self._client.get_run(run_id) if run_id else active or mlflow.start_run()
            self.run_id: str = found.info.run_id

    def news(self, new: News) -> None:
        name = f"{PREFIX}.{new.rule}"
        with self._told(self.run_id):
            if new.kind == "gone":
                self._client.delete_tag(self.run_id, name)
                return
            self._client.set_tag(self.run_id, name, line(new)[:MOST])
            if new.probability is not None:
                self._client.log_metric(self.run_id, name, new.probability, step=new.epoch)

    def ended(self, diagnosis: Diagnosis) -> None:
        with self._told(self.run_id):
            self._client.set_tag(self.run_id, PREFIX, headline(diagnosis).sentence[:MOST])
            self._client.log_text(self.run_id, html.render([diagnosis]), REPORT)

    @contextlib.contextmanager
    def _told(self, run_id: str) -> Iterator[None]:
        """Raise what MLflow cannot do as a `TrackerError` of one line."""
        try:
            yield
        except self._errors as error:
            why = (str(error).splitlines() or [""])[0][:MOST_WHY]
            raise TrackerError(f"mlflow={run_id}: {why}") from error


class TensorBoard:
    """Findings as texts in a folder of TensorBoard events, at the epochs of their telling."""

    def __init__(self, folder: str | Path) -> None:
        extras.need("tensorboard", "Handing findings to TensorBoard")
        from tensorboard.summary.writer.event_file_writer import (  # noqa: PLC0415 - an extra
            EventFileWriter,
        )

        try:
            self._writer: Any = EventFileWriter(str(folder))
        except OSError as error:
            raise TrackerError(f"tensorboard={folder}: {error.strerror or error}") from error

    def news(self, new: News) -> None:
        self._write(f"{PREFIX}/{new.rule}", line(new), new.epoch)

    def ended(self, diagnosis: Diagnosis) -> None:
        last = max((int(c.epochs[-1]) for c in diagnosis.run.curves.values() if len(c)), default=0)
        self._write(PREFIX, headline(diagnosis).sentence, last)
        self._writer.close()

    def _write(self, name: str, words: str, epoch: int) -> None:
        from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415 - an extra
        from tensorboard.plugins.text.summary_v2 import text_pb  # noqa: PLC0415

        event = Event(step=epoch, wall_time=time.time(), summary=text_pb(name, words))
        self._writer.add_event(event)
        self._writer.flush()


KINDS: Mapping[str, Callable[[str], Hook]] = {
    "mlflow": lambda run_id: MLflow(run_id or None),
    "tensorboard": TensorBoard,
}
"""Name of a tracker -> what makes its hook of the word behind the name."""


def named(words: str) -> Hook:
    """Return the hook of `NAME` or `NAME=WHERE`; raises `TrackerError` for others."""
    name, _, where = words.partition("=")
    if name not in KINDS:
        meant = did_you_mean(name, list(KINDS), ", ".join(KINDS))
        raise TrackerError(f"--tracker {words}: there is no such tracker.{meant}")
    if name == "tensorboard" and not where:
        raise TrackerError("--tracker tensorboard: say where: tensorboard=FOLDER")
    return KINDS[name](where)
