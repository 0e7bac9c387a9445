"""Softmax where several labels can be true at once.

## Why it matters
Softmax shares one unit of probability among the classes: of two true labels neither can be sure,
and the threshold of 0.5 finds at most one.

## How it is measured
The asker states that an image may carry several labels, or a MultiLabelBinarizer makes them, and
the network ends in softmax. Labels that are several columns of a table are a hint alone: one of
them may be true at a time. Under `binary_crossentropy`, which is for several, they are more.

## What to try
A sigmoid for each label, under `binary_crossentropy`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fitdoctor import mends
from fitdoctor.cases import Case, stating, with_recipe
from fitdoctor.records.change import Change
from fitdoctor.records.claim import Claim, Said, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.flow import columns
from fitdoctor.records.network import activation_of, output_index
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Flow, Run, Script, training_feeds
from fitdoctor.rule import Rule


def softmax_for_many_labels(
    recipe: Recipe,
    claims: tuple[Claim, ...] | None = None,
    script: Script | None = None,
) -> Iterator[Evidence]:
    said = stated(claims, "several_labels")
    output = output_index(recipe.layers)
    several = _columns(script)
    binary = (recipe.loss or "").startswith("binary_crossentropy")
    softmax = output is not None and activation_of(recipe.layers, output) == "softmax"
    if output is not None and several and softmax:
        yield Evidence(
            sentence=f"Labels are {several} columns of a table; the network ends in softmax, which "
            "is right only if one of them is true of each image"
            + (f"; stated: \u201c{said.sentence}\u201d" if said else "."),
            weight=5.0 if said else 3.5 if binary else 1.3,
            severity=None if said or binary else "note",
            line=recipe.layers[output].line,
        )
        return
    if output is not None and softmax and any(_many_hot(f.labels) for f in training_feeds(script)):
        yield Evidence(
            sentence="The labels are made for several at a time (MultiLabelBinarizer); the network "
            "ends in softmax.",
            weight=5.0,
            line=recipe.layers[output].line,
        )
        return
    if output is not None and softmax and (columns_of_ones := _several_ones(script)):
        yield Evidence(
            sentence=f"Rows of the labels hold several ones among {columns_of_ones}; the network "
            "ends in softmax.",
            weight=5.0,
            line=recipe.layers[output].line,
        )
        return
    if said is None or output is None:
        return
    if softmax:
        yield Evidence(
            sentence=f"The network ends in softmax; stated: \u201c{said.sentence}\u201d",
            weight=5.0,
            line=recipe.layers[output].line,
        )


def _many_hot(labels: Flow) -> bool:
    """Return whether these are rows in which several classes may be true.

    That is the last that is done to labels.
    """
    coded = [o.name for o in labels.operations if o.name in {"many_hot", "one_hot", "argmax"}]
    return coded[-1:] == ["many_hot"]


def _several_ones(script: Script | None) -> int:
    """Return the columns of labels that the script holds, some rows of which hold several ones."""
    for feed in training_feeds(script):
        held = feed.labels.numbers
        if held is not None and held.many_hot and held != feed.inputs.numbers:
            return held.columns
    return 0


def _columns(script: Script | None) -> int:
    """Return how many columns of a table are the labels of an image; 0 where there is one."""
    for call in script.called("flow_from_dataframe") if script else ():
        column, mode = call.arguments.get("y_col"), call.arguments.get("class_mode")
        several = isinstance(column.value, list) if column else False
        if column and mode and several and mode.value in {"raw", "multi_output", "other"}:
            return len(column.value)
    return max((columns(feed.labels) for feed in training_feeds(script)), default=0)


def _said(activation: str) -> Case:
    words = stating("several_labels", None, "an image can have several labels")
    layers = (Layer(kind="Dense", units=6, activation=activation),)
    return lambda rng: replace(words(rng), recipe=with_recipe(layers=layers)(rng).recipe)


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give each label a sigmoid of its own, and the loss that adds them up."""
    del seen
    recipe = run.recipe or Recipe()
    held = next((f.labels.numbers for f in training_feeds(run.script) if f.labels.numbers), None)
    output = output_index(recipe.layers)
    if held is not None and output is not None and recipe.layers[output].units != held.columns:
        return  # labels of another shape: sequences of classes, mostly
    changed = mends.for_classes(run, recipe, "many-hot")
    if changed is not None:
        yield Change(
            recipe=changed,
            reason="Use sigmoid and binary_crossentropy: several labels may be true at once.",
            certain=True,
        )


RULE = Rule(
    code="FD233",
    check=softmax_for_many_labels,
    mend=mend,
    kind="cause",
    severity="error",
    prior=0.01,
    explains={"underfitting": 0.3},
    advice="sigmoid outputs under binary_crossentropy",
    torch_advice="BCEWithLogitsLoss on the linear output",
    clear="labels exclude each other, or the outputs do not",
    turns={"exclusive classes": -1},
    denied_by=(Said("several_labels", negated=True),),
    sick=(_said("softmax"),),
    healthy=(_said("sigmoid"),),
)
