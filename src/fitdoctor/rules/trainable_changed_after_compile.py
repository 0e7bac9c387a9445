"""Layers are frozen or thawed after compile, and not compiled again.

## Why it matters
Keras collects the weights to train when the model is compiled. What `trainable` is set to
afterwards has no effect until the next compile: the layers thought to be frozen are trained, or
the other way.

## How it is measured
From the script: `trainable` set between the last compile before a fit and that fit. Keras' own
warning counts too.

## What to try
Compile again after changing `trainable`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fitdoctor.cases import with_script
from fitdoctor.records.change import Change, Move
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import unheard_change
from fitdoctor.records.run import Call, Run, Script
from fitdoctor.rule import Rule


def trainable_changed_after_compile(script: Script) -> Iterator[Evidence]:
    unheard = unheard_change(script)
    if unheard is not None:
        changed, fit = unheard
        yield Evidence(
            sentence=f"trainable is set in line {changed.line}, after compile; fit in line "
            f"{fit.line} does not know of it.",
            weight=5.5,
            line=changed.line,
        )


def _in_order(*names: str) -> tuple[Call, ...]:
    return tuple(Call(name=name, line=i) for i, name in enumerate(names, start=1))


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Set trainable before compile, which looks at it once."""
    unheard = unheard_change(run.script) if run.script else None
    if run.script is None or unheard is None or not seen.line:
        return
    changed, fit = unheard
    before = [c.line for c in run.script.called("compile") if c.line < changed.line]
    if not before:
        return
    trained = [c for c in run.script.called("fit", "fit_generator") if c.line < changed.line]
    if not trained:
        yield Change(
            edits=(Move(line=seen.line, to=before[-1]),),
            reason="compile looks at trainable once: it is set before.",
            certain=True,
        )
        return
    again = Move(line=before[-1], to=fit.line, keep=True)
    why = "compile once more, which is when trainable is looked at"
    yield Change(edits=(again,), reason=f"{why}.", certain=True)
    yield Change(
        edits=(replace(again, rate=FINE),),
        frees=("optimizer",),
        reason=f"{why}, at {FINE:g}, a rate for pretrained weights.",
    )


FINE = 1e-5
"""A learning rate that leaves pretrained weights what they are worth."""


RULE = Rule(
    code="FD311",
    check=trainable_changed_after_compile,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.02,
    told_by={"error_not_compiled_again": 6.0, "not_compiled_again": 4.5},
    advice="compile again after setting trainable",
    torch_advice="set requires_grad before the optimizer is made",
    clear="trainable is set before compile",
    sick=(
        with_script(calls=_in_order("compile", "set_trainable", "fit")),
        with_script(calls=_in_order("fit", "set_trainable", "fit")),
    ),
    healthy=(
        with_script(calls=_in_order("set_trainable", "compile", "fit")),
        with_script(calls=_in_order("compile", "fit", "set_trainable", "compile", "fit")),
    ),
)
