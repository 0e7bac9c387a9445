"""Trainings for experiments: no run folder, images and features shared between them."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.errors import RecipeError
from fitdoctor.records.experiment import Done, TrialFailedError
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run
from fitdoctor.records.story import FEWER
from fitdoctor.records.watcher import Silent, Watcher
from fitdoctor.training import recipes, replicas
from fitdoctor.training.phase import fit
from fitdoctor.training.prepare import Prepared, learns_on_features, pooled, prepare
from fitdoctor.training.recorder import evaluate_clean, numbers
from fitdoctor.training.reused import Reused, but_for_seeds
from fitdoctor.training.session import probe, prober, run_of
from fitdoctor.training.started import keras


class KerasTrainer:
    """Trains recipes for experiments, without run folders; images and features are shared."""

    def __init__(
        self,
        watcher: Watcher | None = None,
        *,
        seconds: float | None = None,
        like: Recipe | None = None,
        look: bool = False,
    ) -> None:
        """`seconds` is what a training of a recipe `like` this one took before.

        `look` also looks inside every training, as `Recorder(probes="all")` does.
        """
        self.look = look
        self.watcher = watcher or Silent()
        self._seconds: dict[bool, float] = {}
        if seconds is not None and like is not None:
            self._seconds[learns_on_features(like)] = seconds
        self._prepared: list[tuple[Recipe, Prepared]] = []
        self._reused: Reused | None = None

    def train(self, recipe: Recipe) -> Run:
        """Return the run of one trial; raises `TrialFailedError` where it diverges."""
        (done,) = self.train_many([recipe])
        if isinstance(done.result, TrialFailedError):
            raise done.result
        return done.result

    def trained(self, ready: Prepared) -> Run:
        """Return the run of a trial on these images, labels and sides, by the loop for any network.

        Raises `TrialFailedError` where it diverges.
        """
        recipe = ready.recipe
        began = time.perf_counter()
        compiled = self._compiled(ready)
        compiled.begin(ready)
        curve, seen = _ProbeCurve(probe(ready)), _Looks(ready, compiled)
        heard = [curve, seen, _FewerImages(ready, compiled)] if self.look else [curve]
        history = fit(compiled.model, ready, heard, loop=compiled.loop)
        if not np.isfinite(history["loss"][-1]):
            raise TrialFailedError("the loss became NaN")
        seconds = time.perf_counter() - began
        self._seconds[learns_on_features(recipe)] = seconds
        run = run_of(history, ready, "trial", seconds)
        return replace(run, probes=tuple(seen.found)) if self.look else run

    def train_many(self, recipes_: Sequence[Recipe]) -> Iterator[Done]:
        """Yield each training; seeds of one head share a compiled loop, and come together.

        A trial is the same whatever is trained beside it, so one alone takes that loop as well.
        """
        for recipe in recipes_:
            if recipe.fine_tuning is not None:
                raise RecipeError(
                    "experiments train one phase: leave fine_tuning out of the recipe, or set the "
                    "backbone trainable"
                )
        readies = [self._prepare(recipe) for recipe in recipes_]
        waiting = list(range(len(readies)))
        while waiting:
            head = readies[waiting[0]]
            alike = [i for i in waiting if but_for_seeds(readies[i]) == but_for_seeds(head)]
            began = time.perf_counter()
            if self.look or not replicas.suits(head):
                alike = alike[:1]
                results = [self._one(head)]
            else:
                results = self._together([readies[i] for i in alike])
            each = (time.perf_counter() - began) / len(alike)
            for place, result in zip(alike, results, strict=True):
                yield Done(place, result, each)
            waiting = [i for i in waiting if i not in alike]

    def _one(self, ready: Prepared) -> Run | TrialFailedError:
        try:
            return self.trained(ready)
        except TrialFailedError as error:
            return error

    def _together(self, readies: list[Prepared]) -> list[Run | TrialFailedError]:
        began = time.perf_counter()
        x, y = probe(readies[0])
        histories = replicas.train(readies, (x, numbers(y)))
        each = (time.perf_counter() - began) / len(readies)
        self._seconds[True] = each
        return [
            run_of(history, ready, "trial", each)
            if np.isfinite(history["loss"][-1])
            else TrialFailedError("the loss became NaN")
            for ready, history in zip(readies, histories, strict=True)
        ]

    def estimate_seconds(self, recipe: Recipe) -> float:
        """Return what the last training of its kind took, else a guess from epochs and network."""
        on_features = learns_on_features(recipe)
        if on_features in self._seconds:
            return self._seconds[on_features]
        per_epoch = 0.1 if on_features else 20.0 if recipe.backbone else 2.0
        return 2.0 + per_epoch * (recipe.epochs or 10)

    def _compiled(self, ready: Prepared) -> Reused:
        """Return the network that the trainings of this recipe share; the last one is kept."""
        if self._reused is None or not self._reused.serves(ready):
            self._reused = None
            # Graphs refer to themselves and to the images: they would pile up until the next sweep.
            gc.collect()
            self._reused = Reused(ready)
        return self._reused

    def _prepare(self, recipe: Recipe) -> Prepared:
        """Share images and features between trials that differ in seeds and head only."""
        wanted = _shared(recipe)
        for known, ready in self._prepared:
            if _shared(known) == wanted:
                return replace(ready, recipe=recipes.for_classes(recipe, len(ready.classes)))
        self._prepared.append((recipe, prepare(recipe, self.watcher)))
        return self._prepared[-1][1]


def _shared(recipe: Recipe) -> tuple[Any, ...]:
    """Return the settings that images, split and features depend on."""
    return (
        recipe.images, recipe.image_size, recipe.resize, recipe.validation_share,
        recipe.split_seed, recipe.group_pattern, recipe.augmentation, recipe.backbone,
        learns_on_features(recipe), pooled(recipe),
    )  # fmt: skip


class _Looks(keras.callbacks.Callback):  # type: ignore[misc]
    """Looks inside the training of a trial."""

    def __init__(self, ready: Prepared, compiled: Reused) -> None:
        super().__init__()
        self._ready, self._compiled = ready, compiled
        self.found: list[ProbedEpoch] = []

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        self._prober = prober(self.model, self._ready, self._compiled.passes)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        self._prober.before_epoch(epoch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        logs = logs or {}
        seen = self._prober.after_epoch(epoch + 1, logs.get("loss", np.nan), logs.get("val_loss"))
        if seen is not None:
            self.found.append(seen)


class _FewerImages(keras.callbacks.Callback):  # type: ignore[misc]
    """Adds the validation losses that smaller validation sets would have shown."""

    def __init__(self, ready: Prepared, compiled: Reused) -> None:
        super().__init__()
        self._rows, self._loop = ready.val, compiled.loop

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        if logs is not None:
            for name, one_in in FEWER.items():
                logs[name] = self._loop.evaluate(self._rows[::one_in])["loss"]


class _ProbeCurve(keras.callbacks.Callback):  # type: ignore[misc]
    """Adds the inference-mode curve to the history of a trial."""

    def __init__(self, probed: tuple[NDArray[Any], NDArray[Any]]) -> None:
        super().__init__()
        self._probed = probed

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        if logs is not None:
            logs.update(evaluate_clean(self.model, *self._probed))
