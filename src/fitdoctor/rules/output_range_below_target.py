"""The output cannot reach the values it should predict.

## Why it matters
A sigmoid ends at 1, tanh at 1, softmax sums to 1, relu starts at 0. Regression targets beyond that
are never reached, and the loss stops far from zero.

## How it is measured
From the recipe: a regression loss under a single bounded output unit (sigmoid, tanh, softmax),
with no accuracy among the metrics; a training loss far above 1, or targets that are said to exceed
1, make it surer. Targets that the script writes out, or standardises, decide it.

## What to try
No activation on the output of a regression.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import lazy_re, mends
from fitdoctor.cases import both, flat, with_curves, with_recipe
from fitdoctor.records.change import Change
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Curve, Feed, Run, Script, training_feeds
from fitdoctor.rule import Rule

SQUARED = ("mean_squared_error", "mean_absolute_error", "mse", "mae", "huber")


def output_range_below_target(
    recipe: Recipe,
    loss: Curve | None = None,
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    if output is None or (recipe.loss or "") not in SQUARED:
        return
    activation = activation_of(recipe.layers, output)
    metrics = script.compile.get("metrics") if script else None
    if activation == "relu":
        yield from _never_negative(script, recipe.layers[output], claims)
        return
    if activation not in {"sigmoid", "tanh", "softmax"}:
        return
    written = [(f, held) for f in training_feeds(script) if (held := f.labels.numbers)]
    counts = metrics is not None and "acc" in metrics.source
    if counts and recipe.layers[output].units != 1 and not written:
        return
    least = -1.0 if activation == "tanh" else 0.0
    for feed, held in written:
        if activation == "softmax" and 1 < held.classes == recipe.layers[output].units:
            return  # classes, whatever the loss takes them for
        if held.low < least or held.high > 1:
            yield Evidence(
                sentence=f"The output ends in {activation}, from {least:g} to 1; the targets go "
                f"from {held.low:.4g} to {held.high:.4g}.",
                weight=6.0,
                line=feed.line,
            )
    if written:
        return
    if activation != "tanh" and (centred := _centred(script)) is not None:
        yield Evidence(
            sentence=f"The output ends in {activation}, from {least:g} to 1; the targets are "
            "standardised, half of them below 0.",
            weight=6.0,
            line=centred.line,
        )
        return
    said = stated(claims, "largest_target")
    if said is not None and said.value is not None and said.value > 1:
        yield Evidence(
            sentence=f"The output ends in {activation} and never exceeds 1; stated: "
            f"\u201c{said.sentence}\u201d",
            weight=6.0,
            line=recipe.layers[output].line,
        )
        return
    told = stated(claims, "said_loss", "loss_stays_at")
    error = told.value if told is not None else None
    if loss is not None and len(loss):
        error = float(loss.values[-1])
    far = error is not None and error > 1.5
    if far or recipe.layers[output].units == 1:
        yield Evidence(
            sentence=f"The output ends in {activation}, from {least:g} to 1"
            + (f", while the error stays at {error:.3g}." if far else "."),
            weight=4.5 if far else 1.5,
            severity=None if far else "note",
            line=recipe.layers[output].line,
        )


_SIGNED = lazy_re.compile(
    r"\b(?:sin|cos|tanh|randn|standard_normal|StandardScaler)\b|random\.normal\("
)
"""What gives numbers of either sign."""


def _centred(script: Script | None) -> Feed | None:
    """Return what is trained on targets that are brought to a mean of 0."""
    for feed in training_feeds(script):
        scaled = [o.value for o in feed.labels.operations if o.name == "standardise"]
        if scaled[-1:] == ["StandardScaler"]:
            return feed
    return None


def _never_negative(
    script: Script | None, layer: Layer, claims: tuple[Claim, ...] | None
) -> Iterator[Evidence]:
    said = stated(claims, "smallest_target")
    if said is not None and said.value is not None and said.value < 0:
        yield Evidence(
            sentence="The output ends in relu and is never below 0; stated: "
            f"\u201c{said.sentence}\u201d",
            weight=6.0,
            line=layer.line,
        )
        return
    if _centred(script) is not None:
        yield Evidence(
            sentence="The output ends in relu and is never below 0; the targets are standardised, "
            "half of them below 0.",
            weight=6.0,
            line=layer.line,
        )
        return
    for feed in training_feeds(script):
        calls = [str(o.value) for o in feed.labels.operations if o.name == "call"]
        signed = _SIGNED.search(" ".join([feed.labels.origin or "", *calls]))
        if signed:
            yield Evidence(
                sentence=f"The output ends in relu and is never below 0; targets come from "
                f"{signed[0]} and are of either sign.",
                weight=4.5,
                line=layer.line,
            )
            return


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Take the activation from the output, which then reaches any number."""
    del seen
    recipe = run.recipe or Recipe()
    output = output_index(recipe.layers)
    changed = None if output is None else mends.with_activation(recipe, output, None, run)
    why = "No activation on the output: it reaches every target."
    if changed is None:
        return
    yield Change(recipe=changed, reason=why, certain=True)
    if (metrics := mends.metrics_of_numbers(run)) is not None:
        yield Change(recipe=changed, edits=(metrics,), reason=why, certain=True)


RULE = Rule(
    code="FD228",
    check=output_range_below_target,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.01,
    explains={"underfitting": 0.4, "never_learned": 0.4},
    advice="no activation on the output of a regression",
    clear="the output can reach its targets, as far as they are known",
    turns={"output activation": -1, "cross-entropy": -1},
    sick=(
        both(
            with_curves(loss=flat(at=300.0)),
            with_recipe(
                layers=(Layer(kind="Dense", units=1, activation="sigmoid"),),
                loss="mean_squared_error",
            ),
        ),
    ),
    healthy=(with_recipe(layers=(Layer(kind="Dense", units=1),), loss="mean_squared_error"),),
)
