"""The output layer is not as wide as there are classes.

## Why it matters
Units too many are trained to stay silent and cost little; units too few make classes unreachable.
Either way it is a sign that labels, loss and output were not written for each other.

## How it is measured
The units of the last Dense layer against the number of classes that is stated or counted, or that a
data set of keras.datasets has; where several networks of a script have outputs of several widths, a
stated number that is the width of another one says nothing. One unit for two classes is right with
a sigmoid. The libraries' own words for outputs and labels of different widths count too.

## What to try
One unit per class with softmax, or one unit with sigmoid for two classes.
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
from fitdoctor.records.run import OF_A_SET, DataSummary, Run, Script
from fitdoctor.rule import Rule


def output_units_differ_from_classes(
    recipe: Recipe, data: DataSummary, script: Script | None = None
) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    units = recipe.layers[output].units if output is not None else None
    known = data.n_classes
    if output is None or units is None or known is None or units == known:
        return
    if units == 1 and known == 2:
        return
    told = data.origins.get("n_classes")
    if told == OF_A_SET:
        return  # whose name may stand beside what is done with a part of it
    if told == "stated" and known in _units_beside(script):
        return  # of which of the two tasks the number was said is not told
    ends = activation_of(recipe.layers, output)
    if ends == "sigmoid" and units > known and told == "stated":
        return  # sigmoids are asked apart: several questions of two answers, not one of `units`
    few = units < known
    if not few and data.n_train is not None and (1 - 1 / units) ** data.n_train > BY_CHANCE:
        return  # so few labels need not hold every class
    # One unit under a loss for numbers: the loss is what was not made for classes.
    as_number = units == 1 and recipe.fits_numbers
    yield Evidence(
        sentence=f"{units} output units for {known} classes "
        f"({data.origins.get('n_classes', 'counted')}).",
        weight=3.0 if as_number else 5.0 if few else 3.8,
        line=recipe.layers[output].line,
    )


BY_CHANCE = 0.05


def _units_beside(script: Script | None) -> set[int | None]:
    """Return the output units of the other networks of a script."""
    beside = [other.recipe.layers for other in script.beside] if script is not None else []
    ends = [(layers, output_index(layers)) for layers in beside]
    return {layers[at].units for layers, at in ends if at is not None}


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give the output one unit a class, and softmax where the loss compares whole classes."""
    del seen
    recipe = run.recipe or Recipe()
    output = output_index(recipe.layers)
    classes = run.data.n_classes if run.data else None
    if output is not None and classes and not recipe.fits_numbers:
        changed = mends.with_layer(recipe, output, units=classes)
        ends = activation_of(recipe.layers, output)
        softmax = (recipe.loss or "").removeprefix("sparse_") == "categorical_crossentropy"
        also = softmax and ends not in {None, "linear", "softmax"}
        if also:
            changed = mends.with_activation(changed, output, "softmax", run) or changed
        yield Change(
            recipe=changed,
            reason=f"Use one output unit for each of the {classes} classes"
            + (", with softmax over them." if also else "."),
            certain=True,
        )


RULE = Rule(
    code="FD206",
    check=output_units_differ_from_classes,
    mend=mend,
    told_by={"error_units": 6.0},
    kind="cause",
    severity="warning",
    prior=0.02,
    explains={"constant_output": 0.2, "never_learned": 0.2},
    remedies=(match_output_to_classes,),
    clear="one output unit per class, as far as both are known",
    asks={
        "output_units": {"as_many": 0.03, "one_for_two": 0.02, "fewer": 0.71, "more": 0.24},
    },
    sick=(with_recipe(layers=(Layer(kind="Dense", units=7, activation="softmax"),)),),
    healthy=(with_recipe(),),
)
