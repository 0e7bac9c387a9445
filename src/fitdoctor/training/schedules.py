"""A recipe's schedule as a Keras one: the rates of `records.schedule`, step by step, as a table.

What a reader derives from somebody's script and what our own training does are one formula.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from fitdoctor.errors import RecipeError
from fitdoctor.records.recipe import Optimizer
from fitdoctor.records.schedule import rate_at
from fitdoctor.training.started import keras

MOST_STEPS = 2_000_000


@keras.saving.register_keras_serializable("fitdoctor")
class RateTable(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """The learning rate of each update; after the last the last one stays."""

    def __init__(self, rates: list[float]) -> None:
        super().__init__()
        self.rates = [float(r) for r in rates]
        self._table = np.asarray(self.rates, dtype=np.float32)

    def __call__(self, step: Any) -> Any:
        last = keras.ops.cast(len(self.rates) - 1, "int64")
        at = keras.ops.minimum(keras.ops.cast(step, "int64"), last)
        return keras.ops.take(keras.ops.convert_to_tensor(self._table), at)

    def get_config(self) -> dict[str, Any]:
        return {"rates": self.rates}


@keras.saving.register_keras_serializable("fitdoctor")
class DecayFromBase(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Time decay of a rate that a plateau lowers: base / (1 + decay * step), as Keras 2 had it."""

    def __init__(self, base: float, decay: float) -> None:
        super().__init__()
        self.decay = decay
        self.base = keras.Variable(base, trainable=False, name="base_rate")

    def __call__(self, step: Any) -> Any:
        return self.base / (1 + self.decay * keras.ops.cast(step, self.base.dtype))

    def get_config(self) -> dict[str, Any]:
        base = float(keras.ops.convert_to_numpy(self.base.value))
        return {"base": base, "decay": self.decay}


def table(settings: Optimizer, epochs: int, steps_per_epoch: int) -> RateTable | None:
    """Return the schedule of a recipe; `None` where it is constant or driven by a plateau.

    Raises `RecipeError` where a part of the schedule is missing.
    """
    schedule = settings.schedule
    if schedule is None or schedule.kind == "plateau":
        return None
    steps = epochs * steps_per_epoch
    if steps > MOST_STEPS:
        raise RecipeError(f"a schedule over {steps:,} updates; at most {MOST_STEPS:,}")
    rates: NDArray[np.float64] | None
    if schedule.kind == "table":
        if len(schedule.rates) < epochs:
            raise RecipeError(f"the table holds {len(schedule.rates)} rates for {epochs} epochs")
        rates = np.repeat(np.asarray(schedule.rates[:epochs]), steps_per_epoch)
    else:
        at = np.arange(steps, dtype=np.float64)
        at = np.floor(at / steps_per_epoch) if schedule.unit == "epochs" else at
        whole = float(epochs if schedule.unit == "epochs" else steps)
        if schedule.kind in {"cosine", "one_cycle"} and schedule.total is None:
            filled = replace(schedule, total=whole - (schedule.warmup or 0))
            settings = replace(settings, schedule=filled)
        rates = rate_at(settings, at)
    if rates is None:
        raise RecipeError(
            f"schedule {schedule.kind}: a part of it is missing; see fitdoctor --help"
        )
    return RateTable(rates.tolist())
