"""The gradient is far larger than the weights it changes.

## Why it matters
One such step throws the weights away: the loss jumps, becomes NaN, or rests at a constant answer.

## How it is measured
From a look inside: gradient norm by weight norm above 100 in some layer, or a kernel that changed
by more than ten times its own size within an epoch.

## What to try
Clip gradients by norm (`clipnorm=1`), lower the learning rate, scale the inputs.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import looked_into
from fitdoctor.records.finding import Evidence
from fitdoctor.records.probes import LayerState, ProbedEpoch
from fitdoctor.rule import Rule

HUGE_GRADIENT, HUGE_UPDATE = 100.0, 10.0


def exploding_gradient(probes: tuple[ProbedEpoch, ...]) -> Iterator[Evidence]:
    for probe in probes:
        for layer in probe.layers:
            if words := _out_of_bounds(layer):
                yield Evidence(
                    sentence=f"At epoch {probe.epoch} {words}.",
                    weight=3.0,
                    epochs=(probe.epoch, probe.epoch),
                )
                return


def _out_of_bounds(layer: LayerState) -> str | None:
    # Not a number is out of bounds too.
    if layer.gradient is not None and not layer.gradient < HUGE_GRADIENT:
        return f"the gradient of {layer.name} is {layer.gradient:.3g} times its weights"
    if layer.update is not None and not layer.update < HUGE_UPDATE:
        return f"the weights of {layer.name} changed by {layer.update:.3g} times their own size"
    return None


RULE = Rule(
    code="FD503",
    check=exploding_gradient,
    kind="symptom",
    severity="warning",
    told_by={"gradients_explode": 3.0},
    clear="no gradient is a hundred times the weights it changes",
    sick=(
        looked_into(layers=(LayerState(name="dense", kind="Dense", gradient=4e3),)),
        looked_into(layers=(LayerState(name="dense", kind="Dense", update=40.0),)),
    ),
    healthy=(
        looked_into(layers=(LayerState(name="dense", kind="Dense", gradient=3.0, update=0.3),)),
    ),
)
