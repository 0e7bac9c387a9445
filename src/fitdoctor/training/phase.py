"""One phase of training: epochs, callbacks, and the checkpoint that a kill leaves behind."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fitdoctor.errors import RecipeError
from fitdoctor.records.experiment import TrialFailedError
from fitdoctor.records.recipe import Recipe, Schedule
from fitdoctor.training.assembly import image_weights, runs_in_one_graph, targets
from fitdoctor.training.checkpoint import Checkpoint
from fitdoctor.training.loop import Loop
from fitdoctor.training.order import mixup, rows_of_epoch
from fitdoctor.training.prepare import Prepared
from fitdoctor.training.schedules import DecayFromBase
from fitdoctor.training.started import keras

History = dict[str, list[float]]


def fit(
    model: Any,
    ready: Prepared,
    callbacks: list[Any],
    kept: Checkpoint | None = None,
    loop: Loop | None = None,
) -> History:
    """Train to the recipe's last epoch, or until early stopping or a loss that is not finite.

    Continues from where `kept` stands; without it from the start and without a checkpoint. `loop`
    is one that has trained this model before, whose compiled steps serve again. Raises
    `RecipeError` where the layers and the loss do not go together, `TrialFailedError` where memory
    runs out.
    """
    recipe = ready.recipe
    watched = _watched(ready)
    if kept is not None:
        kept.watched = watched
        if kept.resumes:
            kept.restore(model)
            if kept.stopped or kept.epoch >= (recipe.epochs or 1):
                if best := kept.best_weights():
                    model.set_weights(best)
                return {}
    try:
        heard = [*callbacks, *watched, *([kept] if kept else [])]
        return _epochs(loop or loop_of(model, ready), ready, heard, kept)
    except (ValueError, TypeError) as error:
        raise RecipeError(f"Keras rejects the recipe: {str(error).splitlines()[0]}") from error
    except Exception as error:
        words = str(error)
        if "ResourceExhausted" in type(error).__name__ or "OOM" in words[:200]:
            raise TrialFailedError("out of memory") from error
        if type(error).__name__ == "InvalidArgumentError":
            raise RecipeError(f"the backend rejects the recipe: {words[:200]}") from error
        raise


def loop_of(model: Any, ready: Prepared) -> Loop:
    """Return the epochs of a compiled model over these images."""
    return Loop(
        model,
        ready.inputs,
        targets(ready),
        image_weights(ready),
        ready.recipe.batch_size or 32,
        resident=runs_in_one_graph(ready),
    )


def _epochs(loop: Loop, ready: Prepared, callbacks: list[Any], kept: Checkpoint | None) -> History:
    recipe, model = ready.recipe, loop.model
    seed, blend = recipe.order_seed or 0, recipe.augmentation and recipe.augmentation.mixup
    last = recipe.epochs or 1
    steps = -(-len(ready.train) // loop.batch)
    # It comes last, and so hears what other callbacks have added to an epoch's figures.
    history = keras.callbacks.History()
    told = keras.callbacks.CallbackList(
        [*callbacks, history], model=model, epochs=last, steps=steps
    )
    model.stop_training = False
    told.on_train_begin()
    logs: dict[str, float] = {}
    for epoch in range(kept.epoch if kept else 0, last):
        told.on_epoch_begin(epoch)
        if blend:
            loop.mix = mixup(blend, seed, epoch + 1)
        logs = loop.train(rows_of_epoch(ready, epoch + 1))
        told.on_test_begin()
        logs |= {f"val_{k}": v for k, v in loop.evaluate(ready.val).items()}
        told.on_test_end(logs)
        if not np.isfinite(logs["loss"]):
            model.stop_training = True
        told.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    told.on_train_end(logs)
    return {name: [float(v) for v in values] for name, values in history.history.items()}


BEGUN = 0.95
"""Of the loss at chance level: below it a network has begun to learn; an epoch's luck is less."""
LONGEST = 3
"""Patiences after which a network that has not begun to learn is taken for one that does not."""


class _FromTheBeginning:
    """A callback that waits, and counts from when the network has begun to learn.

    Many networks from scratch stay at chance level for a while, as long as BatchNorm's averages or
    the first layers need. Those epochs do not count, up to `LONGEST` times the patience.
    """

    chance: float
    patience: int
    wait: int
    begun: bool = False

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        now = (logs or {}).get("val_loss", 0.0)
        if not self.begun:
            self.begun = now < BEGUN * self.chance or epoch + 1 > LONGEST * self.patience
            self.wait = -1  # It is raised by one where the epoch brought nothing.
        super().on_epoch_end(epoch, logs)  # type: ignore[misc] # Keras' own stands behind


class Patience(_FromTheBeginning, keras.callbacks.EarlyStopping):  # type: ignore[misc]
    """Early stopping by the recipe's figure; the best weights are put back."""

    def __init__(self, recipe: Recipe, chance: float) -> None:
        monitor = recipe.monitor or "val_loss"
        super().__init__(
            monitor=monitor,
            mode="min" if monitor == "val_loss" else "max",
            patience=recipe.patience or 0,
            restore_best_weights=True,
        )
        self.chance = chance


class Plateau(_FromTheBeginning, keras.callbacks.ReduceLROnPlateau):  # type: ignore[misc]
    """A lower rate after epochs without a better validation loss."""

    def __init__(self, schedule: Schedule, chance: float) -> None:
        super().__init__(
            monitor="val_loss",
            factor=schedule.factor or 0.1,
            patience=int(schedule.every or 10),
            min_lr=schedule.low or 0.0,
        )
        self.chance = chance

    def _reduce_optimizer_lr(self, optimizer: Any, epoch: int, name: str = "") -> bool:
        schedule = optimizer._learning_rate  # noqa: SLF001 - the public one is its value
        if not isinstance(schedule, DecayFromBase):
            return bool(super()._reduce_optimizer_lr(optimizer, epoch, name))
        base = float(keras.ops.convert_to_numpy(schedule.base.value))
        schedule.base.assign(max(base * self.factor, self.min_lr))
        return base > float(self.min_lr)


def chance_loss(ready: Prepared) -> float:
    """Return the cross-entropy of the validation images where all that is known is class sizes.

    Infinite for a loss that is no cross-entropy.
    """
    if not (ready.recipe.loss or "").endswith("crossentropy"):
        return math.inf
    counts = np.bincount(ready.labels[ready.val])
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _watched(ready: Prepared) -> list[Any]:
    """Return the callbacks whose memory a checkpoint keeps; early stopping first."""
    recipe, chance = ready.recipe, chance_loss(ready)
    found: list[Any] = []
    if recipe.patience:
        found.append(Patience(recipe, chance))
    plateau = recipe.optimizer.schedule if recipe.optimizer else None
    if plateau is not None and plateau.kind == "plateau":
        found.append(Plateau(plateau, chance))
    return found
