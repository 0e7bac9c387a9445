"""When to look inside a training, at what, and what that cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from fitdoctor.records.probes import Culprits, Gap, LayerState, NormState, ProbedEpoch
from fitdoctor.training.probing import gap, inside
from fitdoctor.training.probing.modes import Array, Modes, losses, same_randomness
from fitdoctor.training.started import keras

Choice = Literal["none", "default", "all"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
Images = tuple[NDArray[Any], NDArray[Any]]
STEP = 1.5
"""Each look comes at an epoch this many times later than the one before."""
BUDGET = 0.1
"""Of the time of the epochs so far, what looks may have taken before another one is made: with the
last look, which is always made, they stay below a fifth of the training."""
GRADIENT_IMAGES = 96
TOP = 0.05
SUDDEN = 3.0
"""A rise of validation loss this many times its usual step is asked for its images."""


class Passes:
    """The compiled passes that look into a model; each is compiled when first used."""

    def __init__(self, model: Any) -> None:
        self.modes, self.gradients = Modes(model), inside.Gradients(model)
        self.used = False


class Prober:
    """Probes one model; nothing that the training uses is changed by it.

    Parameters
    ----------
    train : (x, y)
        Part of the training images.
    validation : (x, y), optional
        Validation images; without them there is no gap to decompose.
    weights : array, optional
        The class weight of each probed training image.
    batch : int
        The batch size of the training: BatchNorm's statistics depend on it.
    population : int, optional
        How many training images there are in all.
    passes : Passes, optional
        Those of this model, where it was looked into before.
    """

    def __init__(
        self,
        model: Any,
        train: Images,
        validation: Images | None = None,
        *,
        weights: NDArray[np.floating[Any]] | None = None,
        batch: int = 32,
        population: int | None = None,
        epochs: int = 1,
        passes: Passes | None = None,
    ) -> None:
        # Arrays often lie class by class. BatchNorm on a batch of one class would take away what
        # tells the classes apart, which no batch of a shuffled training does.
        order = np.random.default_rng(0).permutation(len(train[0]))
        self._train = (np.asarray(train[0])[order], np.asarray(train[1])[order])
        self._model, self._validation = model, validation
        self._weights = None if weights is None else np.asarray(weights)[order]
        self._batch, self._population = batch, population
        self._passes = passes or Passes(model)
        self._modes, self._gradients = self._passes.modes, self._passes.gradients
        self._looks = looks(epochs)
        self._kernels: dict[str, Array] = {}
        self._validated: Array | None = None
        self._losses: list[float] = []
        self._times: dict[str, float] = {}
        self._fresh = not self._passes.used
        self._epochs = epochs
        self._began = time.perf_counter()
        self._trained = self._spent = 0.0

    def before_epoch(self, epoch: int) -> None:
        """Remember the weights, where this epoch, counted from 1, will be looked into."""
        self._kernels = inside.kernels(self._model) if epoch in self._looks else {}
        self._began = time.perf_counter()

    def after_epoch(self, epoch: int, logged: float, val_loss: float | None) -> ProbedEpoch | None:
        """Look, where this epoch is one of those; `None` where it is not."""
        with same_randomness():
            return self._after_epoch(epoch, logged, val_loss)

    def _after_epoch(self, epoch: int, logged: float, val_loss: float | None) -> ProbedEpoch | None:
        # The first epoch compiles; its time says nothing of the others.
        self._trained += 0.0 if self._fresh else time.perf_counter() - self._began
        sudden = self._is_sudden(val_loss)
        # The first look compiles, the last one says most: both are made whatever they cost.
        due = epoch == self._epochs or self._spent <= BUDGET * self._trained
        looking = epoch in self._looks and due
        if not looking and not sudden:
            return None
        self._times = {}
        found: Gap | None = None
        now: Array | None = None
        layers: tuple[LayerState, ...] = ()
        norms: tuple[NormState, ...] = ()
        scale = None
        if looking:
            found, now = self._gap(logged)
            with self._timed("norms"):
                norms = inside.norm_states(self._modes, self._train[0], self._batch)
            with self._timed("gradients"):
                some = slice(0, max(GRADIENT_IMAGES, 3 * self._batch))
                parts = (self._train[0][some], self._train[1][some])
                gradients, scale = self._gradients.measure(*parts, self._batch)
            with self._timed("layers"):
                moved = inside.updates(self._kernels, inside.kernels(self._model))
                dead = inside.dead_shares(self._model, parts[0])
                layers = inside.states(self._model, gradients, moved, dead)
        culprits = self._culprits(now)
        spent = sum(self._times.values())
        # The first look of each kind compiles what it looks with.
        self._spent += 0.0 if self._fresh else spent
        self._fresh, self._passes.used = False, True
        return ProbedEpoch(
            epoch=epoch,
            gap=found,
            layers=layers,
            norms=norms,
            noise_scale=scale,
            culprits=culprits if sudden else None,
            seconds={"probes": round(spent, 4), **{k: round(v, 4) for k, v in self._times.items()}},
        )

    def _gap(self, logged: float) -> tuple[Gap | None, Array | None]:
        if self._validation is None:
            return None, None
        with self._timed("gap"):
            found = gap.decompose(
                self._modes,
                self._train,
                self._validation,
                logged,
                weights=self._weights,
                batch=self._batch,
                population=self._population,
            )
        return found or (None, None)

    def _is_sudden(self, val_loss: float | None) -> bool:
        """Return whether validation loss has just risen far more than it usually moves."""
        if val_loss is None or not np.isfinite(val_loss) or self._validation is None:
            return False
        before, self._losses = self._losses, [*self._losses, val_loss]
        if len(before) < 4:
            return False
        usual = float(np.median(np.abs(np.diff(before[-12:]))))
        return val_loss - float(np.median(before[-3:])) > SUDDEN * max(usual, 1e-9)

    def _culprits(self, now: Array | None) -> Culprits | None:
        """Compare each validation image's loss with that at the look before."""
        if self._validation is None:
            return None
        if now is None:
            x, y = self._validation
            with self._timed("validation images"):
                out, _ = self._modes.outputs(x, "inference", self._batch)
                now = losses(self._model, y, out)
        before, self._validated = self._validated, now
        if now is None or before is None:
            return None
        rise = now - before
        order = np.argsort(-rise)
        top = order[: max(1, round(TOP * len(rise)))]
        whole = float(rise.sum())
        share = float(rise[top].sum()) / whole if whole > 0 else 0.0
        return Culprits(
            rise=float(rise.mean()), share_of_top=share, images=tuple(int(i) for i in top[:20])
        )

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._times[f"{what}, compiling" if self._fresh else what] = time.perf_counter() - began


def looks(epochs: int) -> frozenset[int]:
    """Return the epochs that are looked into, counted from 1: ever more rarely, and the last.

    Early stopping may end a training long before, so they are not spread evenly.

    >>> sorted(looks(20))
    [1, 2, 3, 4, 6, 10, 15, 20]
    """
    found, at = {epochs}, 1.0
    while at < epochs:
        found.add(int(at))
        at = max(at + 1, at * STEP)
    return frozenset(found)


def rates(optimizer: Any, before: int, after: int) -> tuple[float, float] | None:
    """Return the lowest and the highest learning rate of the steps from `before` to `after`."""
    schedule = getattr(optimizer, "_learning_rate", None)
    if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        steps = np.unique(np.linspace(before, max(before, after - 1), 33).astype(np.int64))
        found = [float(keras.ops.convert_to_numpy(schedule(int(step)))) for step in steps]
    else:
        try:
            found = [float(keras.ops.convert_to_numpy(optimizer.learning_rate))]
        except (AttributeError, TypeError, ValueError):
            return None
    return min(found), max(found)
