"""Keras' public methods in a trial: seeds are set, one thing changed, the outcome measured."""

from __future__ import annotations

import functools
import os
import time
import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from msgspec.structs import replace

from fitdoctor.observe import arrays, passing, scoring, seam
from fitdoctor.observe.patient import UntreatableError
from fitdoctor.observe.treatments import Patient, all_treatments
from fitdoctor.records.job import Job, Measured
from fitdoctor.records.text import from_json, to_json

BEGAN = time.monotonic()
BATCH = 256
_for_good = ExitStack()
"""What holds until the process ends."""


class Trial:
    """What is known of the script's networks until the training that counts."""

    def __init__(self, keras: Any, job: Job, result: Path) -> None:
        self.keras, self.job, self.result = keras, job, result
        self.compiled: weakref.WeakKeyDictionary[Any, dict[str, Any]] = weakref.WeakKeyDictionary()
        self.fits = 0
        self.patient: Patient | None = None
        self.original: Any = None
        self.changed = ""

    @property
    def seed(self) -> int:
        return self.job.seed or 0

    def end(self, measured: Measured) -> NoReturn:
        """Write the result and end the process: what the script does later is none of a trial."""
        seconds = round(time.monotonic() - BEGAN, 3)
        whole = replace(measured, changed=self.changed, seconds=seconds)
        part = self.result.with_suffix(".part")
        part.write_text(to_json(whole), encoding="utf-8")
        part.replace(self.result)
        os._exit(0)


def install(keras: Any, order: bytes, result: Path) -> None:
    """Key the initial weights by the seed of the order, and wrap the methods of `keras.Model`."""
    from fitdoctor.training import streams  # noqa: PLC0415 - loads Keras

    job = from_json(order.decode(), Job)
    _for_good.enter_context(streams.keyed_weights(job.seed or 0))
    trial = Trial(keras, job, result)
    for name, around in {"compile": _compile, "fit": _fit, "evaluate": _evaluate}.items():
        seam.wrap(keras.Model, name, functools.partial(around, trial))


def _compile(trial: Trial, original: Any, self: Any, given: Any, named: Any) -> Any:
    result = original(self, *given, **named)
    if (bound := seam.bind(original, self, given, named)) is not None:
        arguments = dict(bound.arguments)
        arguments.pop("self", None)
        trial.compiled[self] = arguments
    return result


def _fit(trial: Trial, original: Any, self: Any, given: Any, named: Any) -> Any:
    bound = None if seam.busy(self) else seam.bind(original, self, given, named)
    if bound is None:
        return original(self, *given, **named)
    trial.fits += 1
    call = dict(bound.arguments)
    call.pop("self", None)
    call |= call.pop("kwargs", {})
    if trial.job.epochs is not None:
        call["epochs"] = min(call.get("epochs", 1), trial.job.epochs + call.get("initial_epoch", 0))
    if trial.fits != trial.job.fit or trial.patient is not None:
        with seam.Busy(self):
            return original(self, **call)
    return _treated(trial, original, self, call)


def _treated(trial: Trial, original: Any, model: Any, call: dict[str, Any]) -> Any:
    from fitdoctor.training import streams  # noqa: PLC0415 - loads Keras

    try:
        compiled = trial.compiled.get(model, {})
        patient = Patient(trial.keras, model, call, compiled, seed=trial.seed)
        _build(patient)
        if (treatment := trial.job.treatment) is not None:
            act = all_treatments()[treatment.intervention]
            trial.changed = act(patient, **treatment.arguments)
            if not trial.changed:
                trial.end(Measured(refused=f"{treatment.intervention} would change nothing here"))
        streams.key_generators(patient.model, trial.seed)
    except UntreatableError as error:
        trial.end(Measured(refused=str(error)))
    except Exception as error:  # noqa: BLE001 - whatever a stranger's network does
        trial.end(Measured(refused=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"))
    trial.patient, trial.original = patient, model
    trial.keras.utils.set_random_seed(trial.job.order_seed or 0)
    try:
        with seam.Busy(patient.model):
            history = original(patient.model, **patient.call)
    except Exception as error:  # noqa: BLE001 - a training that fails is an outcome
        words = " ".join(str(error).split())[:200]
        trial.end(Measured(outcome=trial.job.outcome, failure=f"{type(error).__name__}: {words}"))
    if trial.job.scored_on == "evaluate":
        return history
    held = patient.call.get("validation_data")
    if trial.job.scored_on == "training":
        x, y, steps = patient.call.get("x"), patient.call.get("y"), "steps_per_epoch"
    elif held is None:
        trial.end(Measured(refused="fit was given no validation data"))
    else:
        x, y = held[:2] if isinstance(held, tuple | list) else (held, None)
        steps = "validation_steps"
    return trial.end(_scored(trial, x, y, patient.call.get(steps)))


def _build(patient: Patient) -> None:
    """Make the weights of a network that waits for its first batch, so that it can be changed."""
    model = patient.model
    if not model.built and isinstance(model, patient.keras.Sequential):
        model.build((None, *patient.inputs.shape[1:]))


def _evaluate(trial: Trial, original: Any, self: Any, given: Any, named: Any) -> Any:
    bound = None if seam.busy(self) else seam.bind(original, self, given, named)
    waits = trial.patient is not None and self is trial.original
    if bound is None or not waits or trial.job.scored_on != "evaluate":
        return original(self, *given, **named)
    patient = trial.patient
    assert patient is not None
    x, y = bound.arguments.get("x"), bound.arguments.get("y")
    if x is patient.call.get("x") or (y is None and not passing.is_stream(x)):
        return original(self, *given, **named)
    x, y = patient.as_treated(x, y)
    return trial.end(_scored(trial, x, y, bound.arguments.get("steps")))


def _scored(trial: Trial, x: Any, y: Any, steps: int | None) -> Measured:
    patient = trial.patient
    assert patient is not None
    predict = patient.model.predict_on_batch
    try:
        with seam.Busy(patient.model):
            pairs = [(np.asarray(predict(a)), b) for a, b in _rows(x, y, steps)]
        predicted, labels = (np.concatenate(part) for part in zip(*pairs, strict=True))
    except Exception as error:  # noqa: BLE001 - whatever a stranger's network does
        return Measured(refused=f"the outcome cannot be measured: {type(error).__name__}: {error}")
    return scoring.scored(predicted, labels, trial.job, logits=_logits(patient))


def _rows(x: Any, y: Any, steps: int | None) -> Iterator[tuple[Any, Any]]:
    """Yield what is scored, batch by batch: of arrays some rows spread over them."""
    if passing.is_stream(x):
        seen = 0
        for inputs, labels in passing.batches(x, steps):
            yield inputs, labels
            seen += len(labels)
            if seen >= scoring.MOST_ROWS:
                return
        return
    count = arrays.rows_of(y) or 0
    rows = np.linspace(0, count - 1, min(count, scoring.MOST_ROWS)).astype(int)
    for at in range(0, len(rows), BATCH):
        some = rows[at : at + BATCH]
        yield np.asarray(x)[some], np.asarray(y)[some]


def _logits(patient: Patient) -> bool:
    """Return whether the output is a number around 0 rather than a probability."""
    if getattr(patient.model.loss, "from_logits", False) is True:
        return True
    activation = getattr(getattr(patient.output, "activation", None), "__name__", "linear")
    return activation == "tanh"
