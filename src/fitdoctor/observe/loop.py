"""A loop of `train_on_batch` as a training: epochs end where images come by that were there."""

from __future__ import annotations

from typing import Any

from fitdoctor.observe import arrays
from fitdoctor.observe.recording import Recording
from fitdoctor.observe.split import Split
from fitdoctor.records.run import Fact

MOST_STEPS = 20_000
"""Steps after which no second epoch is expected any more: the images are drawn anew."""


class Loop:
    """Steps on one network by hand."""

    def __init__(self, recording: Recording, compiled: dict[str, Fact], line: int) -> None:
        self.recording = recording
        self.wants = True
        """Whether batches are still looked at."""
        self._split = Split("train", line)
        self._seen: set[int] = set()
        self._steps = self._epoch = 0
        self._per_epoch: int | None = None
        self._line = line
        self._compiled = compiled
        self._result: Any = None

    def look(self, x: Any, y: Any) -> None:
        """Look at a batch that was trained on."""
        inputs = arrays.plain(x)
        found = arrays.hashed(inputs) if inputs is not None else None
        keys = set(found.keys) if found is not None else set()
        if keys and 2 * len(keys & self._seen) > len(keys):
            self._per_epoch = self._steps
            self._begin()
            return
        self._seen |= keys
        self._split(x, y, None)
        if not keys or self._split.full or self._steps > MOST_STEPS:
            self._begin()

    def step(self, result: Any) -> None:
        """Count a step that has been made; the figures of an epoch are those of its last one."""
        if self._per_epoch and self._steps and self._steps % self._per_epoch == 0:
            self._epoch += 1
            figures = _figures(self.recording.model, self._result)
            held, self.recording.fresh = self.recording.fresh, {}
            figures |= {f"val_{name}": value for name, value in held.items()}
            self.recording.row(self._epoch, figures)
        self._steps += 1
        self._result = result

    def _begin(self) -> None:
        """Write what the first pass over the images showed."""
        self.wants = False
        self._seen = set()
        self._split.shut()
        self.recording.begin([self._split], self._compiled, {}, (), self._split.batch)
        self.recording.loop_began(self._per_epoch)
        self._split.forget()

    def finish(self) -> None:
        if self.wants:
            self._begin()
        self.step(self._result)  # closes the last epoch, where it is whole
        self.recording.end()

    def failed(self, error: BaseException) -> None:
        if self.wants:
            self._begin()
        self.recording.failed(error)


def _figures(model: Any, result: Any) -> dict[str, float]:
    """Return what `train_on_batch` gave, by the names of its figures."""
    if isinstance(result, dict):
        return {str(name): float(value) for name, value in result.items()}
    if hasattr(model, "_flatten_metrics_in_order"):
        names = model._flatten_metrics_in_order({n: n for n in model.get_metrics_result()})  # noqa: SLF001
    else:
        names = model.metrics_names  # of Keras 2
    names = names if isinstance(names, list) else [names]
    values = result if isinstance(result, list | tuple) else [result]
    return {str(name): float(value) for name, value in zip(names, values, strict=True)}
