"""A run's model on new images, prepared exactly as the training images were."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor.errors import RunFolderError
from fitdoctor.images.decode import UnreadableImageError, decode
from fitdoctor.images.listing import files, files_of
from fitdoctor.records.evaluation import NO_TEMPERATURE, Evaluation
from fitdoctor.records.watcher import Silent, Watcher
from fitdoctor.stats.calibration import tempered
from fitdoctor.training.saved import Saved, load, probabilities

BATCH = 32
POLL = 0.5
"""Seconds between two looks into a live folder."""


class Prediction(msgspec.Struct, frozen=True):
    """One image: its likeliest class and all probabilities, or why it could not be read."""

    path: str
    label: str = ""
    probability: float = 0.0
    probabilities: tuple[float, ...] = ()
    error: str = ""


class Predictor:
    """The model of a finished run; scaling is inside it, decoding is that of training.

    `calibrated` divides scores by the temperature that the run's evaluation found. Raises
    `RunFolderError` for a folder without a model, or without a temperature where one is asked for.
    """

    def __init__(self, run: Path, *, calibrated: bool = False) -> None:
        self._saved: Saved = load(run)
        self.classes = self._saved.classes
        self._temperature = _temperature(run) if calibrated else 1.0

    def predict(
        self, images: Sequence[Path], watcher: Watcher | None = None
    ) -> Iterator[Prediction]:
        """Yield a prediction for each image of files and folders.

        Raises `ImageFolderError` where no image is given.
        """
        paths = files_of(images)
        watcher = watcher or Silent()
        for start in range(0, len(paths), BATCH):
            yield from self._batch(paths[start : start + BATCH])
            watcher.step("predicting", min(start + BATCH, len(paths)), len(paths))

    def follow(self, images: Sequence[Path], seconds: float | None = None) -> Iterator[Prediction]:
        """Yield a prediction for each image there is, and for those that come, until `seconds`.

        A file counts once its size and time stay the same from one look to the next.
        """
        done: dict[Path, tuple[int, int]] = {}
        seen: dict[Path, tuple[int, int]] = {}
        end = None if seconds is None else time.monotonic() + seconds
        while end is None or time.monotonic() < end:
            now = {p: s for given in images for p in files(given) if (s := _state(p)) is not None}
            ready = [p for p, state in now.items() if seen.get(p) == state != done.get(p)]
            for start in range(0, len(ready), BATCH):
                yield from self._batch(ready[start : start + BATCH])
            done |= {p: now[p] for p in ready}
            seen = now
            time.sleep(POLL)

    def _batch(self, paths: Sequence[Path]) -> Iterator[Prediction]:
        read = [_read(path, self._saved) for path in paths]
        pixels = [item for item in read if not isinstance(item, str)]
        shares: list[NDArray[np.float64]] = []
        if pixels:
            batch = np.stack(pixels).astype(np.float32)
            out = probabilities(np.asarray(self._saved.model.predict_on_batch(batch)))
            values = out.astype(np.float64)
            shares = list(values if self._temperature == 1 else tempered(values, self._temperature))
        for path, item in zip(paths, read, strict=True):
            if isinstance(item, str):
                yield Prediction(str(path), error=item)
                continue
            row = shares.pop(0)
            best = int(row.argmax())
            # A head with more outputs than classes may choose one that has no name.
            label = self.classes[best] if best < len(self.classes) else f"output {best}"
            yield Prediction(str(path), label, float(row[best]), tuple(map(float, row)))


def _temperature(run: Path) -> float:
    path = run / "evaluation.json"
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Evaluation)
    except (OSError, msgspec.DecodeError) as error:
        raise RunFolderError(f"{path}: cannot be read ({error})") from error
    if found.calibration is None:
        raise RunFolderError(f"{run}: its evaluation found no temperature: too few images")
    if found.calibration.temperature is None:
        raise RunFolderError(f"{run}: {NO_TEMPERATURE}")
    return found.calibration.temperature.value


def _state(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _read(path: Path, saved: Saved) -> NDArray[np.uint8] | str:
    try:
        return decode(path.read_bytes(), saved.size, saved.resize)
    except UnreadableImageError as error:
        return str(error)
    except OSError as error:
        return error.strerror or "cannot be read"
