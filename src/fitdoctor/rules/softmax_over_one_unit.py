"""The output is softmax over a single unit, which is always 1.

## Why it matters
Softmax divides by the sum over the units; over one unit that is 1 whatever the network computes.
Nothing can be learned, and the accuracy is the share of one class for ever.

## How it is measured
From the layers: the last Dense layer has one unit and its activation is softmax, or it has none and
the loss, a cross-entropy of classes, applies softmax itself. Exact.

## What to try
One unit with sigmoid for two classes, or one unit per class with softmax.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.interventions.architecture import match_output_to_classes
from fitdoctor.records.change import Change
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Run
from fitdoctor.rule import Rule


def softmax_over_one_unit(recipe: Recipe) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    if output is None or recipe.layers[output].units != 1:
        return
    if activation_of(recipe.layers, output) == "softmax":
        yield Evidence(
            sentence="The output is softmax over one unit: it is 1 for every image.",
            weight=8.0,
            line=recipe.layers[output].line,
        )
    elif recipe.loss in _OVER_CLASSES and activation_of(recipe.layers, output) is None:
        yield Evidence(
            sentence="The loss takes a softmax over the outputs, and there is one: it is 1 for "
            "every image, whatever the network gives.",
            weight=6.0,
            line=recipe.layers[output].line,
        )


_OVER_CLASSES = frozenset(
    {"sparse_categorical_crossentropy(from_logits)", "categorical_crossentropy(from_logits)"}
)


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Let the one unit end in sigmoid, or in nothing where numbers are fitted."""
    del seen
    recipe = run.recipe or Recipe()
    output = output_index(recipe.layers)
    if output is None:
        return
    if "categorical" in (recipe.loss or ""):
        if (changed := mends.for_one_unit(run, recipe)) is not None:
            why = "Use one unit and sigmoid for two classes, else a unit for each."
            yield Change(recipe=changed, reason=why, certain=True)
        return
    for_numbers = recipe.fits_numbers and mends.labels_of(run) is None
    changed = mends.with_activation(recipe, output, None if for_numbers else "sigmoid", run)
    if changed is None:
        return
    yield Change(
        recipe=changed,
        reason="No activation on the one output: a number is fitted."
        if for_numbers
        else "Use sigmoid on the one output: it is the probability of the second of two classes.",
        certain=True,
    )


RULE = Rule(
    code="FD207",
    check=softmax_over_one_unit,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.02,
    explains={"constant_output": 0.9, "never_learned": 0.8},
    remedies=(match_output_to_classes,),
    clear="the output has more than one unit, or is not softmax",
    sick=(
        with_recipe(layers=(Layer(kind="Dense", units=1, activation="softmax"),)),
        with_recipe(
            layers=(Layer(kind="Dense", units=1),),
            loss="sparse_categorical_crossentropy(from_logits)",
        ),
    ),
    healthy=(
        with_recipe(layers=(Layer(kind="Dense", units=1, activation="sigmoid"),)),
        with_recipe(layers=(Layer(kind="Dense", units=2, activation="softmax"),)),
        with_recipe(
            layers=(Layer(kind="Dense", units=1),), loss="binary_crossentropy(from_logits)"
        ),
    ),
)
