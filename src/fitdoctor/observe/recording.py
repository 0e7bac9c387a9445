"""One training of a script, recorded into a run folder as it goes."""

from __future__ import annotations

import contextlib
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from fitdoctor.observe import arrays
from fitdoctor.observe.comparison import answers, same_images
from fitdoctor.observe.hushed import Hushed
from fitdoctor.observe.split import Split
from fitdoctor.observe.summary import summary
from fitdoctor.observe.swapping import Pair, prepared_apart, swapped
from fitdoctor.observe.written import one_line, say, write_whole
from fitdoctor.records import journal
from fitdoctor.records.observation import FILE, Observation, Swapped
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Call, DataSummary, Fact, Feed, Script
from fitdoctor.records.text import to_json
from fitdoctor.training.curve_table import CurveTable
from fitdoctor.training.described import described
from fitdoctor.training.probing.prober import Choice
from fitdoctor.training.recorder import Recorder

PROBED, LEAST_PROBED = 500, 32
SHARE_PROBED = 0.25
"""Of the training images: their passes forward then cost a tenth of an epoch."""


class Watched(Recorder):
    """The recorder on somebody's training: it changes no log, and fails in silence."""

    durable = False

    def __init__(self, recording: Recording, **settings: Any) -> None:
        super().__init__(recording.folder, in_logs=False, **settings)
        self.folder = recording.folder  # which holds this very run
        self._table = CurveTable(self.folder, durable=self.durable)
        self.recording = recording
        self.given_up = False

    def _safely(self, act: Callable[..., None], *arguments: Any) -> None:
        if self.given_up:
            return
        try:
            # Functions of the network may print while they are traced for a probe.
            with contextlib.redirect_stdout(Hushed(sys.stdout)):
                act(*arguments)
        except Exception as error:  # noqa: BLE001 - recording must not end somebody's training
            self.given_up = True
            say(f"recording ends here: {error!r}"[:300])

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self._safely(super().on_train_begin, logs)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._safely(super().on_epoch_begin, epoch, logs)

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        self._safely(super().on_test_begin, logs)

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        self._safely(super().on_test_end, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._safely(self.recording.passed_once, self)
        self._safely(super().on_epoch_end, epoch, logs)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self._safely(self.recording.swap)
        self._safely(super().on_train_end, logs)

    def row(self, epoch: int, figures: dict[str, float]) -> None:
        self._safely(self._write, epoch, figures)

    def _give_up(self, what: str, error: Exception) -> None:
        reason = " ".join(str(error).split())[:200]
        message = f"{what} could not be measured and is left out from here on: {reason}"
        self._log(journal.Event(event="skipped", at=time.time(), note=message))


class Recording:
    """A run folder, and what is written into it beside what the recorder writes."""

    def __init__(self, folder: Path, path: str, model: Any, probes: str) -> None:
        self.folder = folder
        self._model = weakref.ref(model)
        self.script = Script(path=path, recipe=Recipe(), framework="keras")
        self.splits: list[Split] = []
        self.later: list[Feed] = []
        self.evaluated: dict[str, float] = {}
        self.fresh: dict[str, float] = {}
        """What evaluate has given since the last epoch of a loop by hand."""
        self.error = ""
        self.batch_size: int | None = None
        self.epochs: int | None = None
        self.callback: Watched | None = None
        self._probes = probes
        self._looked = self._own = False
        self._apart: Pair | None = None
        """Images of training and of validation, with labels, where they lie in other ranges."""
        self._swapped: Swapped | None = None

    @property
    def model(self) -> Any:
        """The network, which a record of it must not keep alive."""
        return self._model()

    def begin(
        self,
        splits: list[Split],
        compiled: dict[str, Fact],
        fitted: dict[str, Fact],
        calls: tuple[Call, ...],
        batch_size: int | None,
    ) -> None:
        """Write what is known before the first step."""
        self.splits, self.batch_size = splits, batch_size
        self.script = replace(self.script, compile=compiled, fit=fitted, calls=calls)
        whole = fitted["epochs"].value if "epochs" in fitted else 1
        self.epochs = whole if fitted and isinstance(whole, int) else None
        self.write()
        self.compare()

    def recorder(self, class_weight: Any) -> Watched:
        """Return the callback that records the epochs."""
        choice: Choice = "all" if self._probes == "all" else "default"
        self.callback = Watched(
            self,
            probes=choice,
            class_weight=class_weight,
            batch_size=self.batch_size or 32,
            recipe=self.recipe,
            data=self.data(),
        )
        self._probe(self.callback)
        return self.callback

    def _probe(self, recorder: Watched) -> None:
        """Give the recorder images to probe, as far as some were seen by now."""
        if self._probes == "none" or recorder.probe is not None:
            return
        by_use = {split.use: split for split in reversed(self.splits)}
        if (train := by_use.get("train")) is not None and (most := probed(train.count)):
            recorder.probe = train.some(most)
        if self._probes == "all" and (held := by_use.get("validation")) is not None:
            recorder.validation = held.some(PROBED)

    @property
    def recipe(self) -> Recipe:
        whole = described(self.model, self.epochs)
        weights = self.script.fit.get("class_weight")
        given = weights.value if weights is not None else None
        return replace(
            whole,
            batch_size=self.batch_size,
            class_weight=given if isinstance(given, dict) and given else None,
        )

    def passed_once(self, recorder: Watched) -> None:
        """After the first epoch, take up what the batches showed that have passed."""
        recorder.recipe = None
        if self._looked:
            return
        self._looked = True
        train = self.splits[0]
        for split in self.splits:
            split.shut()
        self.batch_size = self.batch_size or train.batch
        recorder.batch_size = self.batch_size or recorder.batch_size
        self._probe(recorder)
        self._apart = prepared_apart(self.splits) if self._probes != "none" else None
        for split in self.splits:
            split.forget()
        recorder.data = replace(self.data(), steps_per_epoch=recorder.params.get("steps"))
        recorder.write_settings(self.recipe)
        journal.append(
            self.folder / "journal.jsonl",
            journal.Event(event="seen", at=time.time(), data=recorder.data),
            durable=False,
        )
        self.write()
        self.compare()

    def write(self) -> None:
        """Write what was seen so far, whole: a script may end at any moment."""
        self.folder.mkdir(parents=True, exist_ok=True)
        feeds = (*(s.feed() for s in self.splits if s.inputs or s.labels), *self.later)
        seen = Observation(
            script=replace(self.script, feeds=feeds),
            evaluated=self.evaluated,
            answers=answers(self.splits),
            swapped=self._swapped,
            error=self.error,
        )
        write_whole(self.folder / FILE, to_json(seen))

    def compare(self) -> None:
        """Write which pictures were found in both parts."""
        if (check := same_images(self.splits)) is not None:
            write_whole(self.folder / "images.json", to_json(check))

    def failed(self, error: BaseException) -> None:
        """Write down what ended the training, where it had not begun to record as well."""
        self.error = one_line(error)
        if self.callback is not None and not (self.folder / "recipe.toml").is_file():
            self.callback.write_settings(self.recipe)
            self.callback.log_beginning()
        for split in self.splits:
            split.shut()
        self.write()
        journal.append(
            self.folder / "journal.jsonl",
            journal.Event(event="failed", at=time.time(), data=self.data(), note=self.error),
        )

    def loop_began(self, steps: int | None) -> None:
        """Write the settings of a training that steps by hand."""
        recorder = self.recorder(None)
        recorder.data = replace(self.data(), steps_per_epoch=steps)
        recorder.write_settings(self.recipe)
        recorder.log_beginning()

    def row(self, epoch: int, figures: dict[str, float]) -> None:
        """Record the figures of an epoch of such a training."""
        if self.callback is not None:
            self.callback.row(epoch, figures)

    def looks(self, use: str) -> int:
        """Return how often such a use was looked at."""
        return sum(feed.use == use for feed in self.later)

    def used(self, split: Split, model: Any, result: Any) -> None:
        """Keep what a trained network was evaluated on or asked about, and what came of it."""
        split.shut()
        split.forget()
        self.later.append(split.feed())
        if split.use == "evaluate":
            train = self.splits[0].rows if self.splits else None
            own = arrays.shared(train, split.rows) if train and split.rows else []
            # The training images say nothing of others.
            self._own = bool(own) and split.rows is not None and 2 * len(own) > split.rows.looked
            self.gave(model, result)
        if self.splits:
            self.write()

    def gave(self, model: Any, result: Any) -> None:
        """Keep what evaluate gave."""
        if not self._own:
            self.evaluated = self.fresh = _figures(model, result)

    def swap(self) -> None:
        """Evaluate validation images as the training images are prepared, where that differs."""
        apart, self._apart = self._apart, None
        if apart is not None and (found := swapped(self.model, *apart)) is not None:
            self._swapped = found
            self.write()

    def end(self) -> None:
        """Write what came last, and let go of the data and of the network."""
        if self.splits and self.evaluated:
            self.write()
        for split in self.splits:
            split.forget()
        self.callback = None

    def data(self) -> DataSummary:
        """Return counts and range of what was fed."""
        return summary(self.splits, _units(self.model))


def _figures(model: Any, result: Any) -> dict[str, float]:
    """Return what evaluate gave, by the names of curves."""
    given = result if isinstance(result, dict) else model.get_metrics_result()
    return {str(name): float(value) for name, value in given.items() if np.ndim(value) == 0}


def _units(model: Any) -> int | None:
    shape = getattr(model, "output_shape", None)
    return shape[-1] if isinstance(shape, tuple) and shape and isinstance(shape[-1], int) else None


def probed(count: int) -> int:
    """Return how many of `count` training images to probe; 0 where they are too few."""
    most = min(PROBED, int(count * SHARE_PROBED))
    return most if most >= LEAST_PROBED else 0
