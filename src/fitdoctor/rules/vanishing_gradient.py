"""The gradient of early layers is gone before it reaches them.

## Why it matters
Layers that get no gradient keep their random weights: the network behaves as if it were only as
deep as the part that learns.

## How it is measured
Where a look inside is known: gradient norm by weight norm, layer by layer. The first layers get
less than a ten-thousandth of what the last one gets, in at least two looks or in the only one.
Without it a weak hint from three or more sigmoid or tanh layers in a row while training stays near
chance.

## What to try
Relu in place of sigmoid or tanh, BatchNormalization, He initialisation, fewer layers.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import looked_into
from fitdoctor.records.finding import Evidence
from fitdoctor.records.probes import LayerState, ProbedEpoch
from fitdoctor.rule import Rule

FAINT = 1e-4
LEAST_LAYERS = 3


def vanishing_gradient(probes: tuple[ProbedEpoch, ...]) -> Iterator[Evidence]:
    faint = [(p.epoch, found) for p in probes if (found := _faintest(p.layers)) is not None]
    looks = sum(len(_known(p.layers)) >= LEAST_LAYERS for p in probes)
    if not faint or (looks > 1 and len(faint) < 2):
        return
    epoch, (layer, ratio) = faint[-1]
    yield Evidence(
        sentence=f"After epoch {epoch} the gradient of {layer}, by the size of its weights, is "
        f"{ratio:.1g} times that of the last layer.",
        weight=3.0,
    )


def _known(layers: tuple[LayerState, ...]) -> list[tuple[str, float]]:
    return [(x.name, x.gradient) for x in layers if x.gradient is not None]


def _faintest(layers: tuple[LayerState, ...]) -> tuple[str, float] | None:
    known = _known(layers)
    if len(known) < LEAST_LAYERS or known[-1][1] <= 0:
        return None
    early = known[: max(1, len(known) // 2)]
    name, gradient = min(early, key=lambda pair: pair[1])
    ratio = gradient / known[-1][1]
    return (name, ratio) if ratio < FAINT else None


def _layers(*gradients: float) -> tuple[LayerState, ...]:
    return tuple(
        LayerState(name=f"dense_{i}", kind="Dense", gradient=g) for i, g in enumerate(gradients)
    )


RULE = Rule(
    code="FD502",
    check=vanishing_gradient,
    kind="symptom",
    severity="warning",
    told_by={"gradients_vanish": 3.0},
    clear="early layers get gradients of the size that later ones get",
    sick=(looked_into(layers=_layers(1e-8, 1e-6, 1e-3, 0.1)),),
    healthy=(looked_into(layers=_layers(0.02, 0.05, 0.1)),),
)
