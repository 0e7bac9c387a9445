"""Trainings for experiments: no run folder, images and features shared between them."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.errors import RecipeError
from fitdoctor.records.experiment import TrialFailedError
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run
from fitdoctor.records.watcher import Silent, Watcher
from fitdoctor.training import recipes
from fitdoctor.training.assembly import build
from fitdoctor.training.phase import fit
from fitdoctor.training.prepare import Prepared, learns_on_features, pooled, prepare
from fitdoctor.training.recorder import evaluate_clean
from fitdoctor.training.session import probe, run_of


class KerasTrainer:
    """Trains recipes for experiments, without run folders; images and features are shared."""

    def __init__(
        self,
        watcher: Watcher | None = None,
        *,
        seconds: float | None = None,
        like: Recipe | None = None,
    ) -> None:
        """`seconds` is what a training of a recipe `like` this one took before."""
        self.watcher = watcher or Silent()
        self._seconds: dict[bool, float] = {}
        if seconds is not None and like is not None:
            self._seconds[learns_on_features(like)] = seconds
        self._prepared: list[tuple[Recipe, Prepared]] = []

    def train(self, recipe: Recipe) -> Run:
        """Return the run of one trial; raises `TrialFailedError` where it diverges."""
        if recipe.fine_tuning is not None:
            raise RecipeError(
                "experiments train one phase: leave fine_tuning out of the recipe, or set the "
                "backbone trainable"
            )
        return self.trained(self._prepare(recipe))

    def trained(self, ready: Prepared) -> Run:
        """Return the run of a trial on these images, labels and sides; see `train`."""
        recipe = ready.recipe
        began = time.perf_counter()
        history = fit(build(ready), ready, [_ProbeCurve(probe(ready))])
        if not np.isfinite(history["loss"][-1]):
            raise TrialFailedError("the loss became NaN")
        seconds = time.perf_counter() - began
        self._seconds[learns_on_features(recipe)] = seconds
        return run_of(history, ready, "trial", seconds)

    def estimate_seconds(self, recipe: Recipe) -> float:
        """Return what the last training of its kind took, else a guess from epochs and network."""
        on_features = learns_on_features(recipe)
        if on_features in self._seconds:
            return self._seconds[on_features]
        per_epoch = 0.1 if on_features else 20.0 if recipe.backbone else 2.0
        return 2.0 + per_epoch * (recipe.epochs or 10)

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
        recipe.split_seed, recipe.group_pattern, recipe.backbone, learns_on_features(recipe),
        pooled(recipe),
    )  # fmt: skip


class _ProbeCurve(keras.callbacks.Callback):  # type: ignore[misc]
    """Adds the inference-mode curve to the history of a trial."""

    def __init__(self, probed: tuple[NDArray[Any], NDArray[Any]]) -> None:
        super().__init__()
        self._probed = probed

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        if logs is not None:
            logs.update(evaluate_clean(self.model, *self._probed))
