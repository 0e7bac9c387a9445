"""Most units of a layer never fire, whatever the image.

## Why it matters
A relu whose input is negative for every image passes no gradient and can never come back. A layer
that is mostly silent is narrower than it looks; one that is wholly silent makes the output
constant.

## How it is measured
Where a look inside is known: the share of a layer's units that no probed training image makes
positive, half of them or more. Without it a weak hint, where the curves are exactly constant and
the layers before the output end in relu.

## What to try
A smaller learning rate, scaled inputs, He initialisation, or a leaky activation.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor.cases import looked_into
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import has_kind
from fitdoctor.records.probes import LayerState, ProbedEpoch
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Curve
from fitdoctor.rule import Rule

MOSTLY = 0.5
WHOLLY = 0.9


def dead_relu(
    probes: tuple[ProbedEpoch, ...] | None = None,
    recipe: Recipe | None = None,
    accuracy: Curve | None = None,
) -> Iterator[Evidence]:
    looked = [p for p in probes or () if p.layers]
    if looked:
        last = looked[-1]
        silent = [x for x in last.layers if x.dead is not None and x.dead >= MOSTLY]
        if silent:
            worst = max(silent, key=lambda layer: layer.dead or 0.0)
            yield Evidence(
                sentence=f"After epoch {last.epoch} {worst.dead:.0%} of the units of {worst.name} "
                "are silent for every probed image.",
                weight=3.0 if (worst.dead or 0) >= WHOLLY else 1.5,
                severity=None if (worst.dead or 0) >= WHOLLY else "note",
            )
        return
    if recipe is None or accuracy is None or len(accuracy) < 5:
        return
    relu = any(x.activation == "relu" for x in recipe.layers) or has_kind(recipe.layers, "ReLU")
    if relu and np.ptp(accuracy.values[-5:]) == 0 and 0 < accuracy.values[-1] < 0.6:
        yield Evidence(
            sentence=f"Accuracy is exactly {accuracy.values[-1]:.4g} for five epochs, behind relu "
            "layers: they may all be silent.",
            weight=0.5,
            severity="note",
        )


RULE = Rule(
    code="FD501",
    check=dead_relu,
    kind="symptom",
    severity="warning",
    any_of=("probes", "recipe"),
    told_by={"units_silent": 3.0},
    advice="a smaller learning rate, scaled inputs, or LeakyReLU",
    torch_advice="a smaller learning rate, scaled inputs, or nn.LeakyReLU",
    clear="units fire for some of the probed images",
    clear_with=("probes",),
    sick=(looked_into(layers=(LayerState(name="dense", kind="Dense", dead=0.97),)),),
    healthy=(looked_into(layers=(LayerState(name="dense", kind="Dense", dead=0.1),)),),
)
