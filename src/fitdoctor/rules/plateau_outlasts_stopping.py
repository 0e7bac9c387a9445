"""The rate is to be lowered on a plateau, and training is stopped before that can help.

## Why it matters
`ReduceLROnPlateau` waits for its patience and then lowers the rate; `EarlyStopping` waits for its
own and ends training. Where the second waits no longer than the first, the rate is never lowered,
or in the last epoch: the gain that a smaller rate brings on a plateau is lost.

## How it is measured
From the script: both callbacks of one `fit` watch the same figure, their patience is known (by
default 10 for the rate, 0 for stopping), and that of stopping is not greater. Where neither has
`min_delta` of its own they count the same epochs. Equal patience is a note: a rate that is lowered
in the last epoch does no harm.

## What to try
Give `ReduceLROnPlateau` a third to a half of the patience of `EarlyStopping`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Call, Fact, Script
from fitdoctor.rule import Rule

_PATIENCE = {"ReduceLROnPlateau": 10, "EarlyStopping": 0}
"""Callbacks of Keras, and how many epochs they wait where they are not told."""


def plateau_outlasts_stopping(script: Script) -> Iterator[Evidence]:
    lowering, stopping = (script.called(name) for name in _PATIENCE)
    if len(lowering) != 1 or len(stopping) != 1:
        return
    (plan,), (stop,) = lowering, stopping
    waits, ends = _patience(plan), _patience(stop)
    own = {"min_delta", "start_from_epoch", "epsilon", "cooldown"}
    if waits is None or ends is None or own & {*plan.arguments, *stop.arguments}:
        return
    if _monitor(plan) != _monitor(stop) or not _monitor(plan) or ends > waits:
        return
    yield Evidence(
        sentence=f"Training stops after {ends} epochs without a gain of {_monitor(plan)}, and the "
        f"rate is lowered after {waits}: it never is.",
        weight=4.0 if ends < waits else 1.5,
        severity=None if ends < waits else "note",
        line=plan.line,
    )


def _patience(call: Call) -> int | None:
    told = call.arguments.get("patience")
    if told is None:
        return _PATIENCE[call.name]
    return told.value if isinstance(told.value, int) else None


def _monitor(call: Call) -> str:
    told = call.arguments.get("monitor")
    if told is None:
        return "val_loss"
    return told.value if isinstance(told.value, str) else ""


def _waiting(name: str, patience: int, monitor: str = "val_loss") -> Call:
    told = {"monitor": Fact(repr(monitor), monitor, 3), "patience": Fact("", patience, 3)}
    return Call(name=name, arguments=told, line=3)


def _both(lowering: int, stopping: int, monitor: str = "val_loss") -> tuple[Call, ...]:
    return _waiting("ReduceLROnPlateau", lowering), _waiting("EarlyStopping", stopping, monitor)


RULE = Rule(
    code="FD334",
    check=plateau_outlasts_stopping,
    kind="cause",
    severity="warning",
    prior=0.005,
    advice="give ReduceLROnPlateau a third to a half of the patience of EarlyStopping",
    clear="the rate is lowered before training stops, as far as the callbacks tell",
    sick=(
        with_script(calls=_both(8, 5)),
        with_script(calls=(_waiting("EarlyStopping", 3), _waiting("ReduceLROnPlateau", 10))),
    ),
    healthy=(
        with_script(),
        with_script(calls=_both(3, 10)),
        with_script(calls=_both(8, 5, "val_accuracy")),
        with_script(calls=(_waiting("ReduceLROnPlateau", 8),)),
    ),
)
