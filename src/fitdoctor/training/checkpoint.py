"""Everything that a killed or a finished training needs to go on, in one file after each epoch.

Networks so large that writing them takes its time are kept more rarely, and after the last epoch.

Weights, optimizer, the state of every random layer, and what early stopping remembers. Data order
needs nothing: it is drawn from the recipe's seed and the epoch.
"""

from __future__ import annotations

import csv
import math
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from fitdoctor.errors import RunFolderError
from fitdoctor.records.recipe import Recipe
from fitdoctor.training.started import keras

FILE = "checkpoint.npz"
DEAR, PAUSE = 0.5, 10
"""A state that takes more seconds than that to write is written only after so many times it."""
WRITES = 200e6
"""Bytes a second that writing is taken for until one was timed."""
_REMEMBERED = ("best", "wait", "stopped_epoch", "best_epoch", "cooldown_counter", "begun")


class Checkpoint(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps a run's state, and gives it back to a run that goes on.

    Must stand after the callbacks in `watched`, whose memory it keeps.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = folder / FILE
        self.watched: list[Any] = []
        self.phase = 0
        """0 the head or the whole network, 1 fine-tuning."""
        self.epoch = 0
        self.begun = 0
        """The epochs that were done when fine-tuning began."""
        self._state: dict[str, Any] = {}
        self._cost = self._written = 0.0

    def load(self) -> bool:
        """Read the kept state; False where there is none."""
        if not self.path.is_file():
            return False
        try:
            # allow_pickle stays off: numbers only.
            with np.load(self.path, allow_pickle=False) as file:
                self._state = {name: file[name] for name in file.files}
            self.phase, self.epoch = int(self._state["phase"]), int(self._state["epoch"])
            self.begun = int(self._state["begun"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise RunFolderError(f"{self.path}: cannot be read ({error})") from error
        return True

    def begins(self, phase: int, done: int) -> None:
        """Another phase begins, after `done` epochs; nothing of it is kept yet."""
        self.phase, self.epoch, self.begun, self._state = phase, done, done, {}

    @property
    def resumes(self) -> bool:
        """There is a state to give back."""
        return bool(self._state)

    @property
    def stopped(self) -> bool:
        """Early stopping had ended the phase before the kill."""
        return bool(self._state.get("stopped", False))

    def complete(self, recipe: Recipe) -> bool:
        """Return whether the state is that of the recipe's last epoch, or of an early stop."""
        if recipe.fine_tuning is None:
            return self.phase == 0 and (self.stopped or self.epoch >= (recipe.epochs or 1))
        last = self.begun + recipe.fine_tuning.epochs
        return self.phase == 1 and (self.stopped or self.epoch >= last)

    def reopen(self, *, forget: bool) -> None:
        """Let a phase that was stopped go on; patience counts anew where `forget`."""
        self._state["stopped"] = np.asarray(False)
        if forget:
            self._state |= {name: np.asarray(0) for name in self._state if name == "c0_wait"}

    def restore(self, model: Any) -> None:
        """Put weights, optimizer and random states back into a freshly built model."""
        model.optimizer.build(model.trainable_variables)
        variables = _variables(model)
        kept = [self._state[f"v{i}"] for i in range(len(variables)) if f"v{i}" in self._state]
        if [v.shape for v in kept] != [tuple(v.shape) for v in variables]:
            raise RunFolderError(f"{self.path}: is not of this recipe")
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)

    def best_weights(self) -> list[Any]:
        """Return the best weights that early stopping remembers; empty where none."""
        count = sum(name.startswith("b0_") for name in self._state)
        return [self._state[f"b0_{i}"] for i in range(count)]

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        if not self._written:
            size = sum(4 * math.prod(v.shape) for v in _variables(self.model))
            self._cost, self._written = size / WRITES, time.monotonic()
        # The callbacks have just forgotten all; they are told what they knew.
        for number, callback in enumerate(self.watched):
            for name in _REMEMBERED:
                key = f"c{number}_{name}"
                if key in self._state:
                    setattr(callback, name, self._state[key].item())
            best = self.best_weights() if number == 0 else []
            if best and hasattr(callback, "best_weights"):
                callback.best_weights = best
        self._state = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        now = time.monotonic()
        last = self.model.stop_training or epoch + 1 >= (self.params.get("epochs") or 0)
        if not last and self._cost > DEAR and now - self._written < PAUSE * self._cost:
            return  # A kill then costs some epochs more, and no result.
        self._keep(epoch)
        self._written = time.monotonic()
        self._cost = self._written - now

    def _keep(self, epoch: int) -> None:
        state: dict[str, Any] = {
            f"v{i}": np.asarray(v) for i, v in enumerate(map(_value, _variables(self.model)))
        }
        state |= {"phase": self.phase, "epoch": epoch + 1, "begun": self.begun}
        state["stopped"] = self.model.stop_training
        for number, callback in enumerate(self.watched):
            for name in _REMEMBERED:
                if isinstance(getattr(callback, name, None), (int, float)):
                    state[f"c{number}_{name}"] = getattr(callback, name)
            best = getattr(callback, "best_weights", None)
            if number == 0 and best is not None:
                state |= {f"b0_{i}": np.asarray(value) for i, value in enumerate(best)}
        part = self.path.with_suffix(".part")
        try:
            with part.open("wb") as file:
                np.savez(file, **state)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        except OSError as error:
            raise RunFolderError(
                f"{self.path}: epoch {epoch + 1} cannot be kept: {error.strerror}. The state after "
                "the epoch before is intact: free some space and train --resume"
            ) from error


def earlier(folder: Path, epochs: int) -> dict[str, list[float]]:
    """Return the curves of the epochs that are kept, and cut metrics.csv after them."""
    path = folder / "metrics.csv"
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    header, body = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    kept = [row for row in body if row[0].isdecimal() and int(row[0]) <= epochs]
    part = path.with_suffix(".part")
    with part.open("w", newline="") as file:
        csv.writer(file).writerows([header, *kept])
    part.replace(path)
    return {
        name: [float(row[i]) for row in kept]
        for i, name in enumerate(header)
        if name not in {"epoch", "seconds", "learning_rate"}
    }


def _variables(model: Any) -> list[Any]:
    metrics = {id(v) for v in model.metrics_variables}
    own = [v for v in model.variables if id(v) not in metrics]
    return [*own, *model.optimizer.variables]


def _value(variable: Any) -> Any:
    return keras.ops.convert_to_numpy(variable)
