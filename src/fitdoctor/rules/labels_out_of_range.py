"""A cross-entropy below zero: the labels are outside the range that the loss takes.

## Why it matters
Cross-entropy of labels between 0 and 1 cannot be negative. With labels such as 2 or 7 it can fall
without end, and the network is pushed to one extreme.

## How it is measured
A training loss below -0.001 under a cross-entropy, or where the loss is not known but accuracy is.
Exact: nothing else does it, unless a negative regularisation term was added. Labels said or printed
to begin at 1 where the output has as many units as classes, and the libraries' own words for a
label out of range, count too; so does a table in the script that maps names to such numbers, and
labels that the script writes out. So do class numbers of a known set, or of a folder by classes,
that a script adds a number to on the way into the loss, where no output stands for the ends; and
labels of any set that a loop gives to the loss with another number added than to its accuracy.

## What to try
Class numbers with the sparse loss and one unit per class, or one-hot labels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitdoctor import mends
from fitdoctor.cases import straight, with_curves
from fitdoctor.catalogue.datasets import known_set
from fitdoctor.records.change import EVERY_SET, Change, Prepare
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import output_index
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import LABELS_RENUMBERED, Curve, Run, Script, training_feeds
from fitdoctor.records.written import SOFTENED
from fitdoctor.rule import Rule


def labels_out_of_range(
    loss: Curve | None = None,
    recipe: Recipe | None = None,
    accuracy: Curve | None = None,
    claims: tuple[Claim, ...] | None = None,
    classes: int | None = None,
    script: Script | None = None,
) -> Iterator[Evidence]:
    units = recipe.layers[-1].units if recipe and recipe.layers else None
    if units is not None and classes is not None and 1 < units < classes:
        return  # too few units, which has its own name
    if refused := stated(claims, "error_label_range"):
        yield Evidence(
            sentence=f"You write: \u201c{refused.sentence[:200]}\u201d: a label has no unit.",
            weight=6.0,
            rests_on=refused.predicate,
        )
        return
    renumbered = _renumbered(recipe, script)
    if coded := renumbered or _coded(recipe, script) or _written(recipe, script):
        yield coded
        return
    yield from _begin_at_one(loss, recipe, claims, classes)
    known = recipe.loss if recipe else None
    negative = stated(claims, "loss_negative")
    if negative is not None and "crossentropy" in (known or ""):
        yield Evidence(
            sentence=f"{known} cannot be negative on labels between 0 and 1; stated: "
            f"\u201c{negative.sentence}\u201d",
            weight=6.5,
        )
        return
    if loss is None:
        return
    if ("crossentropy" not in known) if known else accuracy is None:
        return
    finite = loss.values[np.isfinite(loss.values)]
    if len(finite) and float(finite.min()) < -0.001:
        yield Evidence(
            sentence=f"The loss is negative ({finite.min():.3g}), which a cross-entropy on labels "
            "between 0 and 1 cannot be.",
            weight=7.0,
        )


def _coded(recipe: Recipe | None, script: Script | None) -> Evidence | None:
    """Return whether a script gives its classes codes that the output has no unit for."""
    sparse = recipe is not None and (recipe.loss or "").startswith("sparse")
    units = recipe.layers[-1].units if recipe and recipe.layers else None
    if not sparse or units is None:
        return None
    for feed in training_feeds(script):
        operations = feed.labels.operations
        codes = feed.labels.value("codes")
        later = operations and operations[-1].name not in {"codes", "cast", "split", "shuffle"}
        if not isinstance(codes, tuple) or not codes or later:
            continue
        low, high = min(codes), max(codes)
        if low < 0 or high >= units:
            return Evidence(
                sentence=f"The classes are numbered {low} to {high}; {units} units know 0 to "
                f"{units - 1}.",
                weight=5.5,
                line=next(o.line for o in operations if o.name == "codes"),
            )
    return None


_ORDERING = frozenset({"split", "split_tail", "shuffle", "cast", "slice", "subset", "reshape"})
"""Operations that leave class numbers as they are."""


def _renumbered(recipe: Recipe | None, script: Script | None) -> Evidence | None:
    """Return whether a script adds to class numbers that begin at 0 and have all their units."""
    for call in script.called(LABELS_RENUMBERED) if script else ():
        if "added" in call.arguments:
            return Evidence(
                sentence=f"This loss is given the labels with {call.arguments['added'].value:+d}, "
                "the likeliest classes are compared with them as they are.",
                weight=5.5,
                line=call.line,
            )
        low, high = (call.arguments[end].value for end in ("low", "high"))
        ends = f"from {low} to {high}" if isinstance(high, int) and high > 0 else f"from {low} on"
        return Evidence(
            sentence=f"The class numbers that this loss is given go {ends}; the outputs know "
            "those from 0 on.",
            weight=5.5,
            line=call.line,
        )
    sparse = recipe is not None and (recipe.loss or "").startswith("sparse")
    units = recipe.layers[-1].units if recipe and recipe.layers else None
    if not sparse or units is None:
        return None
    for feed in training_feeds(script):
        known = known_set(feed.labels.origin or "")
        added = [o for o in feed.labels.operations if o.name == "shift"]
        plain = all(o.name in _ORDERING for o in feed.labels.operations if o not in added)
        if known is None or not known.classes or not added or not plain:
            continue
        if all(isinstance(o.value, int) for o in added):
            low = sum(int(o.value) for o in added)
            high = low + known.classes - 1
            if low < 0 or high >= units > 1:
                return Evidence(
                    sentence=f"The labels go from {low} to {high} once {added[-1].value:+d} is "
                    f"added; {units} units know 0 to {units - 1}.",
                    weight=5.5,
                    line=added[-1].line,
                )
    return None


def _written(recipe: Recipe | None, script: Script | None) -> Evidence | None:
    """Return whether the script writes out labels that the loss does not take."""
    loss = (recipe.loss if recipe else None) or ""
    units = recipe.layers[-1].units if recipe and recipe.layers else None
    for feed in training_feeds(script):
        held = feed.labels.numbers
        if held is None or held.measured(units):
            continue
        low, high = held.low, held.high
        beyond = units is not None and units > 1 and loss.startswith("sparse") and high >= units
        softened = not held.whole and low > SOFTENED[0] and high < SOFTENED[1]
        outside = (low < 0 or high > 1) and not softened
        signed = loss == "binary_crossentropy" and outside and held.classes <= 2
        if beyond or signed:
            takes = f"0 to {units - 1}" if beyond and units is not None else "0 and 1"
            return Evidence(
                sentence=f"The labels go from {low:g} to {high:g}; {loss} takes {takes}.",
                weight=5.5,
                line=feed.line,
            )
    return None


def _begin_at_one(
    loss: Curve | None,
    recipe: Recipe | None,
    claims: tuple[Claim, ...] | None,
    classes: int | None,
) -> Iterator[Evidence]:
    """Yield evidence of labels 1..K for K units: the last class has no unit."""
    said = stated(claims, "smallest_label")
    sparse = recipe is not None and (recipe.loss or "").startswith("sparse")
    if said is None or not said.value or not sparse or recipe is None or not recipe.layers:
        return
    units, failed = recipe.layers[-1].units, stated(claims, "loss_nan")
    broken = failed is not None or (loss is not None and not np.isfinite(loss.values).all())
    if units is not None and units == classes:
        yield Evidence(
            sentence=f"Labels begin at {said.value:.0f}, so the largest is {classes}; {units} "
            f"units know 0 to {units - 1}" + (", and the loss is NaN." if broken else "."),
            weight=6.0 if broken else 4.0,
            line=recipe.layers[-1].line,
        )


def mend(run: Run, seen: Evidence) -> Iterator[Change]:
    """Give each class a unit, or let labels begin at 0."""
    recipe = run.recipe or Recipe()
    output = output_index(recipe.layers)
    held = next((f.labels.numbers for f in training_feeds(run.script) if f.labels.numbers), None)
    if held is None or output is None or not held.whole:
        return
    low, units = held.low, recipe.layers[output].units or 1
    if low == 0 and held.high >= units > 1 and held.distinct in {0, held.high + 1}:
        yield Change(
            recipe=mends.with_layer(recipe, output, units=int(held.high) + 1),
            reason=f"Use one output unit for each of the {held.high + 1:.0f} classes.",
            certain=True,
        )
    elif low == 1 and held.high == units > 1:
        yield _relabelled(seen, "{y} = {y} - 1", "Labels from 0 on, as the loss counts units.")
    elif units == 1 and (low, held.high) == (-1, 1):
        yield _relabelled(seen, "{y} = ({y} + 1) / 2", "Labels 0 and 1 in place of -1 and 1.")


def _relabelled(seen: Evidence, source: str, reason: str) -> Change:
    edit = Prepare(line=seen.line or 0, source=source, sets=EVERY_SET)
    return Change(edits=(edit,), reason=reason, certain=True)


RULE = Rule(
    code="FD116",
    check=labels_out_of_range,
    mend=mend,
    kind="cause",
    severity="error",
    any_of=("loss", "claims", "script"),
    prior=0.02,
    told_by={"error_device_assert": 2.5, "loss_negative": 1.5},
    explains={"constant_output": 0.5, "loss_diverged": 0.2, "loss_became_nan": 0.5},
    advice="labels 0..K-1 with the sparse loss and K units, or one-hot labels",
    torch_advice="labels 0..K-1 and K outputs",
    clear="the loss is not negative",
    clear_with=("loss",),
    sick=(with_curves(loss=straight(start=-5, to=-60)),),
    healthy=(with_curves(loss=straight(start=1.0, to=0.05, noise=0.0)),),
)
