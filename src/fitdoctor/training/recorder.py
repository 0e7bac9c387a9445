"""A Keras callback for anybody's own `model.fit`: settings, curves, the inference-mode curve."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.errors import RecipeError, RunFolderError
from fitdoctor.records import journal
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import DataSummary
from fitdoctor.records.text import write_recipe
from fitdoctor.records.watcher import Silent, Watcher
from fitdoctor.training import folders
from fitdoctor.training.curve_table import CurveTable
from fitdoctor.training.described import described, learning_rate
from fitdoctor.training.given import Inputs, images_of, part, value_range
from fitdoctor.training.probing.modes import fitting
from fitdoctor.training.probing.prober import CHOICES, Choice, Prober, rates
from fitdoctor.training.started import keras

BATCH = 128
T = TypeVar("T")


class Recorder(keras.callbacks.Callback):  # type: ignore[misc] # Keras is untyped
    """Record a training as a run folder that `fitdoctor diagnose` reads.

    Parameters
    ----------
    folder : str or Path
        The run folder: `recipe.toml`, `metrics.csv` and `journal.jsonl` are written into it. Where
        it already holds a run, a number is added to its name; `self.folder` is the one used.
    probe : (x, y), a tf.data.Dataset, a keras.utils.PyDataset or a DataLoader, optional
        A fixed part of the *training* set, 500 to 2000 images: after each epoch it is evaluated in
        inference mode, clean, unweighted and without penalty terms. A callback cannot reach the
        training data by itself; without a probe that curve is missing. Of what yields batches the
        first 2000 images are taken, once; a generator, which can be read only once, is refused.
    validation : as `probe`, optional
        Validation images: what the gap between training and validation is made of, and which images
        are behind a sudden rise. Some hundred are enough.
    probes : "default", "all" or "none"
        `default` adds learning rates and seconds to the curves. `all` also looks inside at some
        epochs: the gap part by part, BatchNorm's stores, gradients and updates by layer, silent
        units, the gradient noise scale. Nothing that the training uses is changed by it.
    class_weight : dict, optional
        Class number to weight, as given to `fit`, which does not tell its callbacks.
    batch_size : int
        As given to `fit`, for the same reason.
    recipe : Recipe, optional
        What to write as the settings; by default they are read off the compiled model.
    in_logs : bool
        Whether the figures of the probe also go into the logs that later callbacks and `History`
        are given.

    Examples
    --------
    >>> recorder = Recorder("runs/mine", probe=(x[:1000], y[:1000]))  # doctest: +SKIP
    >>> model.fit(x, y, validation_data=val, callbacks=[recorder])  # doctest: +SKIP
    """

    durable = True
    """Whether each epoch is forced to disk, which takes tens of milliseconds on a busy one."""

    def __init__(
        self,
        folder: str | Path,
        probe: Any = None,
        *,
        validation: Any = None,
        probes: Choice = "default",
        class_weight: Mapping[int, float] | None = None,
        batch_size: int = 32,
        recipe: Recipe | None = None,
        data: DataSummary | None = None,
        watcher: Watcher | None = None,
        go_on: bool = False,
        in_logs: bool = True,
    ) -> None:
        super().__init__()
        if probes not in CHOICES:
            raise RecipeError(f"probes = {probes!r}: expected {', '.join(CHOICES)}")
        self.folder = Path(folder) if go_on else folders.free_folder(Path(folder))
        self.probe = images_of(probe, "probe")
        self.validation = images_of(validation, "validation")
        self.probes = probes
        self.class_weight = class_weight
        self.batch_size = batch_size
        self.recipe = recipe
        self.data = data
        self.watcher = watcher or Silent()
        self._table = CurveTable(self.folder, durable=self.durable)
        self._began = 0.0
        self._tested = (0.0, 0.0)
        self._steps = 0
        self._prober: Prober | None = None
        self._given_up = False
        self._continues = go_on
        self._in_logs = in_logs
        if go_on:
            self._table.go_on()

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        if not self._continues:
            self.write_settings(self.recipe or described(self.model, self.params.get("epochs")))
            self.log_beginning()
        self._look_inside()

    def _look_inside(self) -> None:
        """Begin to look inside the network, where that is wanted and there are images to do it."""
        if self.probes != "all" or self.probe is None or self._prober is not None or self._given_up:
            return
        if isinstance(self.probe[0], dict):
            self._give_up("what is inside the network", ValueError("it has several inputs"))
            self._given_up = True
        else:
            self._prober = self._new_prober(self.probe[0], self.probe[1])

    def write_settings(self, recipe: Recipe) -> None:
        """Write `recipe.toml`."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_recipe(recipe, self.folder / "recipe.toml")
        except OSError as error:
            raise RunFolderError(f"{self.folder}: cannot be written: {error.strerror}") from error

    def log_beginning(self) -> None:
        """Write what is known of the data before the first step."""
        seen = value_range(self.probe[0]) if self.probe else None
        data = self.data or DataSummary(
            steps_per_epoch=self.params.get("steps"),
            input_range=seen,
            origins={"input_range": "the images of the probe"} if seen else {},
        )
        self._log(journal.Event(event="began", at=time.time(), data=data))

    def _new_prober(self, x: NDArray[Any], y: NDArray[Any]) -> Prober:
        weights = None
        if self.class_weight:
            labels = numbers(y)
            weights = np.array([self.class_weight.get(int(k), 1.0) for k in labels])
        held = self.validation
        return Prober(
            self.model,
            (x, y),
            None if held is None or isinstance(held[0], dict) else (held[0], held[1]),
            weights=weights,
            batch=self.batch_size,
            population=self.data.n_train if self.data else None,
            epochs=int(self.params.get("epochs") or 1),
        )

    def continues_on(
        self,
        probe: tuple[NDArray[Any], NDArray[Any]],
        validation: tuple[NDArray[Any], NDArray[Any]],
    ) -> None:
        """Record a later phase into the same folder, with these images to probe."""
        self.probe, self.validation = probe, validation
        self._continues = True

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        self._look_inside()
        self._inside(lambda prober: prober.before_epoch(epoch + 1))
        self._steps = _iterations(self.model)
        self._tested = (0.0, 0.0)
        self._began = time.perf_counter()

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        now = time.perf_counter()
        self._tested = (now, now)

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        self._tested = (self._tested[0], time.perf_counter())

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        ended = time.perf_counter()
        seconds = ended - self._began
        row = {name: float(value) for name, value in (logs or {}).items()}
        if (rate := learning_rate(self.model)) is not None:
            row.setdefault("learning_rate", rate)
        clean = self._clean()
        row |= clean
        if logs is not None and self._in_logs:
            logs.update(clean)
        row["seconds"] = round(seconds, 3)
        self._write(epoch + 1, row)
        if self.probes != "none":
            self._look(epoch + 1, row, ended)
        self.watcher.epoch(epoch + 1, int(self.params.get("epochs") or 0), row)

    def _clean(self) -> dict[str, float]:
        """Return the inference-mode figures of the probe; a probe that fails is given up."""
        if self.probe is None:
            return {}
        try:
            return evaluate_clean(self.model, *self.probe)
        except Exception as error:  # noqa: BLE001 - recording must not end somebody's training
            self._give_up("the probe", error)
            self.probe = self._prober = None
            return {}

    def _inside(self, look: Callable[[Prober], T]) -> T | None:
        """Return what the prober sees; one that fails is given up."""
        if self._prober is None:
            return None
        try:
            return look(self._prober)
        except Exception as error:  # noqa: BLE001 - recording must not end somebody's training
            self._give_up("what is inside the network", error)
            self._prober, self._given_up = None, True
            return None

    def _give_up(self, what: str, error: Exception) -> None:
        reason = " ".join(str(error).split())[:200]
        message = f"{what} could not be measured and is left out from here on: {reason}"
        warnings.warn(f"fitdoctor: {message}", stacklevel=2)
        self._log(journal.Event(event="skipped", at=time.time(), note=message))

    def _look(self, epoch: int, row: Mapping[str, float], ended: float) -> None:
        """Write what was seen of this epoch, and how long each part of it took."""
        curve = time.perf_counter() - ended
        begin, end = self._tested
        validating = end - begin
        spent = {
            "training": round(ended - self._began - validating, 4),
            "validation": round(validating, 4),
            "curve": round(curve, 4),
        }
        logged, held = row.get("loss", np.nan), row.get("val_loss")
        found = self._inside(lambda prober: prober.after_epoch(epoch, logged, held))
        found = found or ProbedEpoch(epoch=epoch)
        steps = _iterations(self.model)
        found = replace(
            found,
            rates=rates(self.model.optimizer, self._steps, steps),
            seconds={**spent, **found.seconds},
        )
        try:
            journal.append(self.folder / "probes.jsonl", found, durable=self.durable)
        except OSError as error:
            raise RunFolderError(f"{self.folder}: cannot be written: {error.strerror}") from error

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        self._log(journal.Event(event="ended", at=time.time()))

    def _write(self, epoch: int, row: dict[str, float]) -> None:
        self._table.add(epoch, row)

    def _log(self, event: journal.Event) -> None:
        try:
            journal.append(self.folder / "journal.jsonl", event, durable=self.durable)
        except OSError as error:
            raise RunFolderError(f"{self.folder}: cannot be written: {error.strerror}") from error


def evaluate_clean(model: Any, x: Inputs, y: NDArray[Any], batch: int = BATCH) -> dict[str, float]:
    """Return `probe_loss` and, for classifiers, `probe_accuracy` of fixed images.

    Inference mode, no sample or class weights, no penalty terms: the mean of the compiled loss
    over the images alone. `model.evaluate` would add penalties and reset the metrics of the
    training that is under way.
    """
    parts = [
        model.predict_on_batch(part(x, slice(at, at + batch))) for at in range(0, len(y), batch)
    ]
    if isinstance(parts[0], (list, tuple, dict)):
        return {}
    out = np.concatenate([np.asarray(some, dtype=np.float32) for some in parts])
    loss = model.loss
    if loss is None or isinstance(loss, (list, dict)):
        return {}
    function = keras.losses.get(loss)
    values = []
    for at in range(0, len(y), batch):
        truth = fitting(y[at : at + batch], out)
        value = keras.ops.convert_to_numpy(function(truth, out[at : at + batch]))
        values.append(float(np.mean(value)) * len(truth))
    result = {"probe_loss": sum(values) / len(y)}
    hits = _hits(y, out)
    return result if hits is None else result | {"probe_accuracy": float(np.mean(hits))}


def numbers(y: NDArray[Any]) -> NDArray[Any]:
    """Return class numbers of labels in any encoding."""
    if y.ndim == 2 and y.shape[1] > 1:
        return np.asarray(y.argmax(axis=1))
    return np.asarray(np.rint(y.reshape(len(y))).astype(np.int64))


def _iterations(model: Any) -> int:
    try:
        return int(keras.ops.convert_to_numpy(model.optimizer.iterations))
    except (AttributeError, TypeError, ValueError):
        return 0


def _hits(y: NDArray[Any], out: NDArray[np.float32]) -> NDArray[np.bool_] | None:
    if out.ndim != 2:
        return None
    if out.shape[1] == 1:
        return np.asarray((out[:, 0] > 0.5) == (y.reshape(len(y)) > 0.5))
    return np.asarray(out.argmax(axis=1) == numbers(y))
