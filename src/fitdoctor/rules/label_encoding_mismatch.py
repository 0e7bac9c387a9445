"""The labels' encoding does not suit the loss.

## Why it matters
`categorical_crossentropy` wants one-hot rows, the sparse loss integers, `binary_crossentropy` one
number. The wrong pair raises an error at best; at worst it broadcasts and trains on nonsense.

## How it is measured
From the script, or from the labels that were recorded while it ran: one-hot labels (to_categorical,
LabelBinarizer, class_mode="categorical") under a sparse loss; integers (class_mode="sparse" or
"int", LabelEncoder, the labels of keras.datasets) under the dense one; class_mode="binary", or one
recorded column of whatever numbers, under a categorical loss of several units; integers under
binary_crossentropy of several units; `class_mode` left at its default, categorical, for a single
sigmoid unit. The libraries' own words for labels that do not fit the loss count too, and so do
labels that are said to be one-hot under a sparse loss, or class numbers under one for one-hot rows.

## What to try
sparse_categorical_crossentropy with integers, categorical_crossentropy with one-hot labels.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor import lazy_re, mends
from fitdoctor.cases import feeding, with_script
from fitdoctor.catalogue.datasets import GIVE_CLASS_NUMBERS, LABELS_BY_NUMBER
from fitdoctor.records.change import Change
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import output_units
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Flow, Run, Script
from fitdoctor.rule import Rule


def label_encoding_mismatch(
    script: Script, claims: tuple[Claim, ...] | None = None
) -> Iterator[Evidence]:
    loss = (script.recipe.loss or "").partition("(")[0]
    units = output_units(script.recipe.layers)
    for feed in script.fed("train"):
        encoding = _encoding(feed.labels) or _column(feed.labels, units)
        wrong = (
            (encoding == "one-hot" and loss.startswith("sparse_"))
            or (encoding == "integer" and loss == "categorical_crossentropy")
            or (encoding == "one number" and loss == "categorical_crossentropy" and units != 1)
            or (encoding == "one-hot" and loss == "binary_crossentropy" and units == 1)
            or (
                encoding in {"integer", "one number"}
                and loss == "binary_crossentropy"
                and (units or 0) > 1
            )
        )
        if encoding and wrong:
            yield Evidence(
                sentence=f"The labels are {encoding}, the loss is {loss}"
                + (f" on {units} unit{'s' * (units != 1)}." if "binary" in loss else "."),
                # One unit is a fault of its own, and the first to mend.
                weight=4.8 if units == 1 else 5.0,
                line=next((o.line for o in feed.labels.operations), feed.line),
            )
            return
    said = stated(claims, "labels_one_hot")
    known = any(_encoding(feed.labels) for feed in script.fed("train"))
    if said is not None and not known and loss.startswith("sparse_"):
        yield Evidence(
            sentence=f"The loss is {loss}, which wants class numbers; stated: "
            f"\u201c{said.sentence}\u201d",
            weight=4.5,
        )
    numbers = stated(claims, "labels_are_numbers")
    dense = loss in {"categorical_crossentropy", "binary_crossentropy"}
    if numbers is not None and said is None and not known and dense and (units or 0) > 1:
        yield Evidence(
            sentence=f"The loss is {loss} on {units} units, which wants one-hot rows; stated: "
            f"\u201c{numbers.sentence}\u201d",
            weight=4.5,
        )


def _column(labels: Flow, units: int | None) -> str | None:
    """Return how recorded labels of one column stand where the network has several outputs."""
    seen = labels.numbers
    if seen is None or not seen.recorded or seen.columns != 1 or (units or 0) < 2:
        return None
    return "one number"  # whatever it is: few rows do not hold every class


_OF_KERAS = lazy_re.compile(LABELS_BY_NUMBER)


def _encoding(labels: Flow) -> str | None:
    if labels.numbers is not None and (labels.numbers.one_hot or labels.numbers.classes > 1):
        return "one-hot" if labels.numbers.one_hot else "integer"
    mode = labels.value("class_mode")
    if labels.has("class_mode"):
        return {
            "categorical": "one-hot", "binary": "one number", "sparse": "integer", "int": "integer",
        }.get(str(mode))  # fmt: skip
    names = [o.name for o in labels.operations]
    if "many_hot" in names:
        return None
    if "argmax" in names and names.index("argmax") > 0:
        return "integer"
    if "one_hot" in names:
        return "one-hot"
    made = labels.origin or ""
    numbered = any(f"{name}(" in made for name in GIVE_CLASS_NUMBERS) or _OF_KERAS.match(made)
    if "label_encode" in names or (numbered and "call" not in names):
        return "integer"
    return None


_SPARSE = Recipe(loss="sparse_categorical_crossentropy", layers=(Layer(kind="Dense", units=4),))
_DENSE = Recipe(loss="categorical_crossentropy", layers=(Layer(kind="Dense", units=4),))
_ONE_HOT = (feeding("train", labels=(("one_hot", 4),)),)


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give the loss that takes labels in the form in which they are."""
    del seen
    recipe = run.recipe or Recipe()
    feeds = run.script.fed("train") if run.script else ()
    units = output_units(recipe.layers)
    forms = (_encoding(feed.labels) or _column(feed.labels, units) for feed in feeds)
    form = next(filter(None, forms), None)
    wanted = mends.for_classes(run, recipe, "integer" if form == "one number" else form)
    if wanted is None or units == 1:
        return
    yield Change(
        recipe=wanted,
        reason=f"{wanted.loss} is the loss that takes "
        + ("one-hot rows." if form == "one-hot" else "class numbers."),
        certain=True,
    )


RULE = Rule(
    code="FD313",
    check=label_encoding_mismatch,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.02,
    explains={"never_learned": 0.4, "constant_output": 0.3},
    told_by={"error_label_encoding": 6.0, "encoding_mixed_up": 4.0},
    advice="one-hot labels with categorical_crossentropy, integers with the sparse loss",
    torch_advice="class numbers for CrossEntropyLoss, floats of the output's shape for "
    "BCEWithLogitsLoss",
    clear="labels and loss agree, as far as both are shown",
    asks={
        "label_form": {
            "number_and_sparse_loss": 0.02,
            "one_hot_and_categorical": 0.02,
            "binary": 0.03,
            "they_do_not_match": 0.93,
        },
    },
    sick=(
        with_script(recipe=_SPARSE, feeds=_ONE_HOT),
        with_script(recipe=_DENSE, feeds=(feeding("train", labels=(("class_mode", "sparse"),)),)),
    ),
    healthy=(with_script(recipe=_DENSE, feeds=_ONE_HOT), with_script(recipe=_SPARSE)),
)
