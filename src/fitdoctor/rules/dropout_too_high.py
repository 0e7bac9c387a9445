"""Dropout takes away more than the layer can spare.

## Why it matters
With rate r on a layer of u units a sample loses *every* unit with probability r^u. What is left
for it to learn from is a constant. Training loss then stalls however long it runs; in inference
mode the network is better than its log. Dropout holds training down. It does not by itself make
validation worse than training.

## How it is measured
By calculation, from the layers: the share of samples that lose every unit of the layer that the
dropout acts on. From one per cent on this is a warning. A rate of 0.6 to 0.8 on a wide layer is a
note, above 0.8 a warning.

## What to try
Take dropout off narrow layers. On wide ones 0.2 to 0.5 is usual.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.interventions.regularisation import lower_dropout, remove_dropout
from fitdoctor.records.change import Change
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import activation_of, output_index, width_before
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule

HIGH = 0.6


def dropout_too_high(
    recipe: Recipe | None = None, claims: tuple[Claim, ...] | None = None
) -> Iterator[Evidence]:
    said = stated(claims, "dropout_rate")
    if said is not None and said.value is not None and HIGH <= said.value < 1:
        yield Evidence(
            sentence=f"You write: \u201c{said.sentence}\u201d: it keeps {1 - said.value:.0%} of "
            "the units.",
            weight=2.5,
        )
    kept = stated(claims, "dropout_kept")
    if kept is not None and kept.value is not None and 0 < kept.value <= 1 - HIGH:
        yield Evidence(
            sentence=f"You write: \u201c{kept.sentence}\u201d: {kept.value:.0%} of the units stay.",
            weight=2.5,
        )
    if recipe is None:
        return
    end = output_index(recipe.layers)
    if end is not None and activation_of(recipe.layers, end) not in {"softmax", "sigmoid"}:
        end = None
    # Behind the output it falls on the answers themselves: another fault.
    for index, layer in enumerate(recipe.layers[:end]):
        rate = layer.rate
        if not layer.kind.endswith("Dropout") or rate is None or not 0 < rate < 1:
            continue
        units = width_before(recipe.layers, index)
        lost = rate**units if units else 0.0
        if lost >= 0.01:
            yield Evidence(
                sentence=f"Dropout {rate:g} on {units} units: {rate:g}^{units} = {lost:.0%} of "
                "the samples lose every unit.",
                estimate=Estimate(lost, lost, lost),
                weight=4.0 + min(1.5, 4 * lost),
                line=layer.line,
            )
        elif rate >= HIGH:
            yield Evidence(
                sentence=f"Dropout {rate:g} keeps {1 - rate:.0%} of the units.",
                weight=2.5 if rate > 0.8 else 1.0,
                severity="warning" if rate > 0.8 else "note",
                line=layer.line,
            )


def _head(*layers: Layer) -> tuple[Layer, ...]:
    return (
        Layer(kind="GlobalAveragePooling2D"),
        *layers,
        Layer(kind="Dense", units=4, activation="softmax"),
    )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Lower the rate until next to no sample loses every unit; take the layer out otherwise."""
    recipe = run.recipe or Recipe()
    found = [i for i, x in enumerate(recipe.layers) if x.line == seen.line and x.rate]
    found = [i for i in found if recipe.layers[i].kind.endswith("Dropout")]
    if not found:
        return
    # Layers that one line makes, as in a loop, have one rate.
    rate = min(recipe.layers[i].rate or 0.0 for i in found)
    widths = [width for i in found if (width := width_before(recipe.layers, i))]
    for lower in (one for one in MILDER if one < rate):
        if not widths or lower ** min(widths) < LOST:
            milder = recipe
            for index in found:
                milder = mends.with_layer(milder, index, rate=lower)
            reason = f"Lower the rate to {lower:g}: then every sample keeps some units."
            yield Change(recipe=milder, reason=reason)
            return
    yield Change(
        recipe=mends.without_layer(recipe, found[0]),
        reason=f"No dropout on {min(widths)} units: at any rate some samples lose them all.",
    )


MILDER = (0.5, 0.3, 0.2)
LOST = 0.01
"""Share of samples that may lose every unit."""


RULE = Rule(
    code="FD201",
    check=dropout_too_high,
    mend=mend,
    kind="cause",
    severity="warning",
    any_of=("recipe", "claims"),
    prior=0.02,
    explains={"underfitting": 0.8, "never_learned": 0.3},
    helped_by=("no_dropout",),
    remedies=(remove_dropout, lower_dropout),
    clear="no dropout, or at a rate that its layer can spare",
    clear_with=("layers",),
    asks={
        "dropout": {"none": 0.02, "up_to_half": 0.22, "above_half": 0.76},
    },
    denied_by=(Said("dropout_used", negated=True),),
    sick=(
        with_recipe(
            layers=_head(
                Layer(kind="Dense", units=4, activation="relu"), Layer(kind="Dropout", rate=0.8)
            )
        ),
        with_recipe(layers=_head(Layer(kind="Dropout", rate=0.9))),
    ),
    healthy=(
        with_recipe(
            layers=_head(
                Layer(kind="Dense", units=128, activation="relu"), Layer(kind="Dropout", rate=0.5)
            )
        ),
    ),
)
