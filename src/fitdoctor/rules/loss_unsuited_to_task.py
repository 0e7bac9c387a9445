"""The loss is not made for exclusive classes.

## Why it matters
Squared or absolute error on a softmax has vanishing gradients where the network is certain and
wrong; training crawls and stops early. Hinge losses want labels of -1 and 1.

## How it is measured
From the recipe: a regression loss or a hinge under an output that ends in softmax, or in a single
sigmoid with accuracy as the metric, or in one linear unit where accuracy of three classes or more
is counted; several sigmoids for one-hot labels; labels that folders name; a categorical
cross-entropy over one unit; binary_crossentropy for labels that are divided by hundreds,
which makes numbers of them, or for targets that are said to go beyond two classes.

## What to try
Cross-entropy: categorical or sparse for classes, binary for a single sigmoid.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fitdoctor import mends
from fitdoctor.cases import with_recipe
from fitdoctor.catalogue.losses import HINGES
from fitdoctor.records.change import Change
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import described
from fitdoctor.records.network import activation_of, output_index, output_units
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import DataSummary, Flow, Operation, Run, Script, training_feeds
from fitdoctor.records.written import Numbers
from fitdoctor.rule import Rule


def loss_unsuited_to_task(
    recipe: Recipe,
    script: Script | None = None,
    data: DataSummary | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    output = output_index(recipe.layers)
    loss = (recipe.loss or "").partition("(")[0]
    if "crossentropy" in loss and (measured := _measured(script, output_units(recipe.layers))):
        held, where = measured
        yield Evidence(
            sentence=f"The targets are numbers from {held.low:.4g} to {held.high:.4g}; {loss} is "
            "for classes.",
            weight=5.0,
            line=where,
        )
        return
    far = stated(claims, "largest_target")
    one_unit = output is not None and recipe.layers[output].units == 1
    if loss == "binary_crossentropy" and one_unit and far and (far.value or 0) >= BEYOND:
        yield Evidence(
            sentence=f"{loss} is for two classes; stated: \u201c{far.sentence}\u201d",
            weight=6.0,
            line=recipe.layers[output].line if output is not None else None,
        )
        return
    if output is not None and loss == "categorical_crossentropy":
        one = recipe.layers[output]
        # One sigmoid is for two classes: that the loss is another's is said by the rule of that.
        for_classes = {"softmax", "sigmoid", "unknown"}
        if one.units == 1 and activation_of(recipe.layers, output) not in for_classes:
            yield Evidence(
                sentence="categorical_crossentropy over one unit is 0 whatever it says: a number "
                "wants a squared or absolute error.",
                weight=5.0,
                line=one.line,
            )
        return
    if output is not None and loss == "binary_crossentropy" and (of := _numbers(script)):
        yield Evidence(
            sentence=f"The labels are {described((of,))}, which makes numbers of them; "
            "binary_crossentropy is for two classes.",
            weight=4.0,
            line=of.line,
        )
        return
    if not recipe.fits_numbers and loss not in (*HINGES, "poisson"):
        return
    found = _of_classes_all_the_same(loss, recipe, script, data)
    if found is not None:
        sentence, weight = found
        line = recipe.layers[output].line if output is not None else None
        given = script.compile.get("loss") if script is not None else None
        yield Evidence(sentence=sentence, weight=weight, line=given.line if given else line)


BEYOND = 3
"""A target that neither two classes have nor three, numbered from 1."""


def _of_classes_all_the_same(
    loss: str, recipe: Recipe, script: Script | None, data: DataSummary | None
) -> tuple[str, float] | None:
    """Say what shows that a loss for numbers, or a hinge, is given classes, and how surely."""
    output = output_index(recipe.layers)
    classes = data.n_classes if data is not None else None
    units = recipe.layers[output].units if output is not None else None
    as_wide = output is None or (classes is not None and units is not None and units >= classes)
    plain_hinge = loss in {"hinge", "squared_hinge"}
    if loss in HINGES and output is not None:
        # Over linear outputs it makes a support vector machine, of one against the others.
        scores = activation_of(recipe.layers, output) in {None, "linear"}
        as_wide = as_wide and not scores
    if classes and classes > 1 and as_wide and (output is not None or plain_hinge):
        return f"{loss} for {classes} classes; classes want cross-entropy.", 4.0
    if output is None:
        return None
    activation = activation_of(recipe.layers, output)
    metrics = script.compile.get("metrics") if script else None
    counts = metrics is not None and "acc" in metrics.source
    labels = [feed.labels for feed in training_feeds(script)]
    if units == 1 and activation in {None, "linear"} and counts and (classes or 0) > 2:
        return (
            f"{loss} over one linear unit for {classes} classes whose accuracy is counted: "
            "numbers are fitted, not classes."
        ), 4.5
    if units != 1 and any(map(_named_by_folders, labels)):
        return f"{loss} for the classes that folders name; classes want cross-entropy.", 4.0
    if (units or 0) > 1 and activation == "sigmoid" and any(x.has("one_hot") for x in labels):
        return (
            f"{loss} over {units} sigmoids for one-hot labels; classes want softmax and "
            "cross-entropy."
        ), 3.0
    if activation == "softmax" and units != 1:
        return f"{loss} under a softmax output; classes want cross-entropy.", 4.0
    if activation == "sigmoid" and counts and units == 1:
        return f"{loss} under a sigmoid output; classes want cross-entropy.", 2.0
    return None


def _measured(script: Script | None, units: int | None) -> tuple[Numbers, int] | None:
    """Return targets that the script holds and that are no names of classes, with their line."""
    for feed in training_feeds(script):
        held = feed.labels.numbers
        # A network that is to give back what it is given may take a cross-entropy for it.
        if held is not None and held.measured(units) and held != feed.inputs.numbers:
            return held, feed.line
    return None


def _named_by_folders(labels: Flow) -> bool:
    """Return whether this is the class numbers of a folder that Keras or torchvision reads."""
    read = labels.value("class_mode") in {"categorical", "sparse", "int"}
    return read or "ImageFolder(" in (labels.origin or "")


def _numbers(script: Script | None) -> Operation | None:
    """Return the step that makes labels numbers to be fitted: a small factor of their own.

    One that brings bytes to 0..1 is not such, nor is any that images are multiplied with as well.
    """
    for feed in training_feeds(script):
        done = {o.value for o in feed.inputs.operations if o.name == "scale"}
        for step in feed.labels.operations if feed.labels.origin != feed.inputs.origin else ():
            factor = step.value if step.name == "scale" else None
            if isinstance(factor, float) and factor < SMALL and factor not in done:
                return step
    return None


SMALL = 1 / 300


_OUTPUT = (Layer(kind="Dense", units=4, activation="softmax"),)


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give classes cross-entropy, and numbers a squared error."""
    recipe = run.recipe or Recipe()
    output = output_index(recipe.layers)
    if output is None:
        return
    if "are numbers from" in seen.sentence or "a number wants" in seen.sentence:
        plain = activation_of(recipe.layers, output) in {None, "linear"}
        changed = recipe if plain else mends.with_activation(recipe, output, None, run)
        if changed is not None:
            why = "Use a squared error on a linear output: the targets are numbers."
            wanted = replace(changed, loss="mean_squared_error")
            yield Change(recipe=wanted, reason=why, certain=True)
            if (metrics := mends.metrics_of_numbers(run)) is not None:
                yield Change(recipe=wanted, edits=(metrics,), reason=why, certain=True)
        return
    wanted_ = mends.for_classes(run, recipe, mends.labels_of(run))
    if wanted_ is not None:
        yield Change(
            recipe=wanted_,
            reason=f"{wanted_.loss} is the loss of classes.",
            certain=True,
        )


RULE = Rule(
    code="FD226",
    check=loss_unsuited_to_task,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.02,
    explains={"never_learned": 0.3, "underfitting": 0.4},
    advice="cross-entropy for classes",
    torch_advice="CrossEntropyLoss for classes, on the linear output",
    clear="the loss is made for classes, or the output is not one of classes",
    turns={"cross-entropy": 1},
    sick=(with_recipe(layers=_OUTPUT, loss="mean_squared_error"),),
    healthy=(
        with_recipe(layers=_OUTPUT, loss="categorical_crossentropy"),
        with_recipe(layers=(Layer(kind="Dense", units=1),), loss="mean_squared_error"),
    ),
)
