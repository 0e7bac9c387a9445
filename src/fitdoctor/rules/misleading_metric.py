"""The metric does not measure what is meant.

## Why it matters
Accuracy of a regression counts values that are equal to the last digit: it stays at nought however
good the network is. Binary accuracy over one-hot rows starts near (K - 1) / K. People then mend a
network that works.

## How it is measured
From layers and compile: accuracy under a regression loss over one linear output, or beside other
regression metrics; `binary_accuracy` where a row holds one of several classes;
`sparse_categorical_accuracy` under the loss of one-hot rows. Also: micro averages over exclusive
classes, argmax over one unit, which is always 0, and accuracy over five or more sigmoids that rests
where answering none of them puts it. In a log alone, a hint: a loss that falls
steadily far above what cross-entropy reaches, beside an accuracy near nought; surer where it rests
below what cross-entropy costs with so many wrong.

## What to try
Mean absolute error for a regression; `accuracy` (Keras chooses the kind) for classes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor import lazy_re, mends
from fitdoctor.cases import Case, with_script
from fitdoctor.records.change import Change
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Call, Curve, Fact, Run, Script
from fitdoctor.rule import Rule
from fitdoctor.stats.proportions import least_cross_entropy
from fitdoctor.stats.quantile import median

DISTANCES = {"mae", "mape", "msle", "mean_absolute_error", "mean_absolute_percentage_error", "rmse"}


def misleading_metric(
    recipe: Recipe | None = None,
    script: Script | None = None,
    loss: Curve | None = None,
    accuracy: Curve | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    if recipe is None or script is None:
        if recipe is None or recipe.loss is None:
            yield from _of_numbers(loss, accuracy)
        return
    averaged = [
        call
        for call in script.called("precision_score", "recall_score", "f1_score")
        if "average" in call.arguments
    ]
    micro = [call for call in averaged if call.arguments["average"].value == "micro"]
    if (
        micro and len(micro) == len(averaged) and not _of_several(recipe, micro[0])
    ):  # else the classes are looked at beside
        yield Evidence(
            sentence="Averaged with average='micro' over exclusive classes, precision, recall and "
            "F1 are all the accuracy.",
            weight=4.5 if _exclusive(recipe) else 3.0,
            line=micro[0].line,
            fix="average='macro', or average=None for the figure of each class",
        )
    fact = script.compile.get("metrics")
    output = output_index(recipe.layers)
    largest = next(
        (
            c
            for c in script.called("argmax")
            if "argument 0" in c.arguments and "predict" in c.arguments["argument 0"].source
        ),
        None,
    )
    if largest is not None and output is not None and recipe.layers[output].units == 1:
        yield Evidence(
            sentence="argmax over the one output unit is 0 for every image; compare the output "
            "with 0.5.",
            weight=6.0,
            line=largest.line,
            fix="take (predict(x) > 0.5) as the class in place of argmax",
        )
    if fact is None:
        return
    given = fact.value if isinstance(fact.value, (list, tuple)) else [fact.value]
    names = {str(name).lower() for name in given if name is not None}
    by_number = names & {"sparse_categorical_accuracy", "sparsecategoricalaccuracy"}
    if by_number and (recipe.loss or "").startswith("categorical_crossentropy"):
        yield Evidence(
            sentence="sparse_categorical_accuracy takes class numbers; the loss is given one-hot "
            "rows, so it compares answers with zeros and ones.",
            weight=5.0,
            line=fact.line,
        )
    if output is None:
        return
    layer, activation = recipe.layers[output], activation_of(recipe.layers, output)
    regression = recipe.fits_numbers
    counted = names & {"accuracy", "acc"}
    if counted and regression and (activation in {None, "linear"} or names & DISTANCES):
        yield Evidence(
            sentence=f"Accuracy is measured under {recipe.loss}: it counts outputs that equal "
            "their target to the last digit.",
            weight=2.5,
            line=fact.line,
        )
    binary = (recipe.loss or "").startswith("binary_crossentropy") and activation == "sigmoid"
    alike = stated(claims, "one_class_predicted", "same_every_epoch")
    at_rest = accuracy is not None and len(accuracy) > 1 and float(np.ptp(accuracy.values)) < REST
    each = counted or names & {"binary_accuracy", "binaryaccuracy"}
    if (
        each
        and binary
        and (layer.units or 0) >= MANY
        and accuracy is not None
        and median(accuracy.values) > MOSTLY_NONE
        and (alike or at_rest)
    ):
        yield Evidence(
            sentence=f"Accuracy counts each of {layer.units} outputs on its own: with few labels "
            f"an image, answering none of them scores about {median(accuracy.values):.3f}.",
            weight=4.0,
            line=fact.line,
            fix="judge by precision and recall of each label, at thresholds chosen on validation "
            "images, and look whether any output comes above 0.5",
        )
    several = (layer.units or 0) > 2 and activation == "softmax"
    if several and names & {"binary_accuracy", "binaryaccuracy"}:
        yield Evidence(
            sentence=f"binary_accuracy over {layer.units} exclusive classes: an uninformed network "
            f"shows {((layer.units or 2) - 1) / (layer.units or 2):.2f}.",
            weight=3.0,
            line=fact.line,
        )


def _exclusive(recipe: Recipe) -> bool:
    """Return whether output or loss show that an image is of one class alone."""
    output = output_index(recipe.layers)
    softmax = output is not None and activation_of(recipe.layers, output) == "softmax"
    loss = recipe.loss or ""
    return softmax or ("categorical_crossentropy" in loss and not loss.startswith("binary"))


def _of_several(recipe: Recipe, scored: Call) -> bool:
    """Return whether an image may have several labels: outputs of their own, or a threshold."""
    output = output_index(recipe.layers)
    units = recipe.layers[output].units if output is not None else None
    own = output is not None and activation_of(recipe.layers, output) == "sigmoid" and units != 1
    binary = (recipe.loss or "").startswith("binary_crossentropy") and units not in {None, 1}
    cut = any(_ABOVE.search(fact.source) for fact in scored.arguments.values())
    return own or binary or (cut and units != 1)


_ABOVE = lazy_re.compile(r"[<>]=?\s*0?\.\d")


MANY, MOSTLY_NONE, REST = 5, 0.8, 1e-3
"""Outputs of their own, and an accuracy that rests where answering none of them puts it."""


def _measured(metric: str, loss: str, units: int, activation: str | None) -> Case:
    layers = (Layer(kind="Dense", units=units, activation=activation),)
    compiled = {"metrics": Fact(repr([metric]), [metric], 7)}
    return with_script(compiled, recipe=Recipe(layers=layers, loss=loss))


CLIPPED, ALMOST_NONE, ENOUGH, HALF = 16.2, 0.25, 8, 0.5
"""Keras clips cross-entropy at 16.118 on most paths; a fit of numbers begins far above it."""


def _of_numbers(loss: Curve | None, accuracy: Curve | None) -> Iterator[Evidence]:
    """Return whether a loss is of numbers, by its size, beside an accuracy near nought."""
    if loss is None or accuracy is None or min(len(loss), len(accuracy)) < ENOUGH:
        return
    y, shares = loss.values, accuracy.values
    if not (np.isfinite(y).all() and np.isfinite(shares).all()):
        return
    end = slice(-max(3, len(y) // 3), None)
    level, right = median(y[end]), median(shares[end])
    if right < ALMOST_NONE and 0 <= level < HALF * least_cross_entropy(right):
        yield Evidence(
            sentence=f"Accuracy rests at {right:.2g} beside a loss of {level:.3g}, which "
            "cross-entropy cannot have with so many wrong: a regression, whose accuracy counts "
            "values that are equal to the last digit.",
            weight=2.5,
            severity="note",
        )
        return
    falls = y[-1] < y[0] and float((np.diff(y) < 0).mean()) > MOSTLY
    if falls and float(y.min()) > CLIPPED and median(shares) < ALMOST_NONE:
        yield Evidence(
            sentence=f"The loss falls steadily from {y[0]:.3g} to {y[-1]:.3g}, more than "
            f"cross-entropy of classes, beside an accuracy of {median(shares):.2g}: as a "
            "regression whose accuracy counts values that are equal to the last digit.",
            weight=1.0,
            severity="note",
        )


MOSTLY = 0.8


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Measure what the loss trains: a distance for numbers, accuracy for classes."""
    edit = mends.metrics_of_numbers(run) if "equal their target" in seen.sentence else None
    wrong = {"sparse_categorical_accuracy", "binary_accuracy"}
    if edit is None and any(name in seen.sentence for name in wrong):
        edit = mends.with_metrics(run, lambda name: "accuracy" if name in wrong else name)
    if edit is not None:
        yield Change(
            edits=(edit,),
            reason="Let the metric measure what the loss trains.",
            certain=True,
        )


RULE = Rule(
    code="FD318",
    check=misleading_metric,
    mend=mend,
    kind="cause",
    severity="warning",
    prior=0.02,
    any_of=("script", "accuracy", "claims"),
    told_by={"accuracy_of_regression": 4.0},
    advice="mean absolute error for a regression, accuracy for classes",
    clear="the metric measures what the loss trains, as far as it is shown",
    clear_with=("script", "loss accuracy"),
    asks={
        "metric": {"yes": 0.04, "another": 0.96},
    },
    sick=(
        _measured("accuracy", "mean_squared_error", 1, None),
        _measured("binary_accuracy", "categorical_crossentropy", 10, "softmax"),
    ),
    healthy=(_measured("accuracy", "categorical_crossentropy", 4, "softmax"),),
)
