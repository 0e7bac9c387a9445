"""Every input is the same number.

## Why it matters
Python 2 divides integers without a rest: 0..254 / 255 is 0 everywhere, and only pure white
survives. The network sees black images; the loss stands still from the second batch on.

## How it is measured
From the script: unsigned integers divided (`/` under Python 2, `//` anywhere) by 255 or more,
without a cast to float before; or pixels scaled to 0..1 and then cast to whole numbers. An eighth
or less of numbers of unknown size, cast to whole ones, is a hint. Where the script was run, the
numbers that training was given decide.

Or from curves: both losses equal the entropy of the class shares within 0.3 % in every epoch,
while validation accuracy never moves and no hidden layer could be silent.

## What to try
`x.astype("float32") / 255`
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from fitdoctor.cases import feeding, flat, with_curves, with_script
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.network import WEIGHTED
from fitdoctor.records.recipe import Layer, Recipe
from fitdoctor.records.run import Curve, DataSummary, Run, Script
from fitdoctor.rule import Rule

SAME = 3e-3
LEAST_EPOCHS = 4
LEAST_SEEN = 8
"""Recorded images of which no number differs."""
LESSENED = 1 / 8
"""Factors that leave little of whole numbers of unknown size when they are cast to such again."""


def inputs_constant(
    script: Script | None = None,
    claims: tuple[Claim, ...] | None = None,
    loss: Curve | None = None,
    val_loss: Curve | None = None,
    val_accuracy: Curve | None = None,
    recipe: Recipe | None = None,
    data: DataSummary | None = None,
    classes: int | None = None,
) -> Iterator[Evidence]:
    if _answers_class_shares(loss, val_loss, val_accuracy, data, classes) and _open(recipe):
        yield Evidence(
            sentence="In every epoch the losses of training and validation equal what the class "
            "shares alone give, and validation accuracy never moves: every image gets the same "
            "answer, as from constant inputs.",
            weight=3.5,
            severity="note",
        )
    if script is None:
        return
    version = stated(claims, "python_version")
    python_2 = script.python_2 or (version is not None and version.sentence.startswith("2"))
    for feed in script.fed("train"):
        held = feed.inputs.numbers
        if held is not None and held.seen:
            if held.low == held.high and held.seen >= LEAST_SEEN:
                yield Evidence(
                    sentence=f"As recorded, every number in {held.seen} training images is "
                    f"{held.low:g}.",
                    weight=7.0,
                    line=feed.line,
                )
            return
        whole = stated(claims, "whole_numbers") is not None
        below_one, lessened, factor = False, 0.0, 1.0
        for operation in feed.inputs.operations:
            if operation.name == "cast":
                whole = "int" in str(operation.value)
                if whole and below_one:
                    yield Evidence(
                        sentence=f"Pixels of 0..1 are cast to {operation.value}: nearly every one "
                        "becomes 0.",
                        weight=6.0,
                        line=operation.line,
                        fix="astype('float32') in place of whole numbers",
                    )
                    return
                if whole and lessened:
                    yield Evidence(
                        sentence=f"What is multiplied by {lessened:.3g} is cast to "
                        f"{operation.value}: of small numbers nothing is left.",
                        weight=1.5,
                        severity="note",
                        line=operation.line,
                    )
                    return
            divides = operation.name == "scale" and isinstance(operation.value, float)
            small = divides and 0 < operation.value <= 1 / 128
            lessened = operation.value if divides and 0 < operation.value <= LESSENED else 0.0
            if operation.name == "scale" and isinstance(operation.value, (int, float)):
                factor *= operation.value
            below_one = (small or below_one) and operation.name != "multiply" and factor <= 1 / 128
            floored = operation.name == "floor_divide" and (operation.value or 0) >= 128
            if floored or (small and whole and python_2):
                yield Evidence(
                    sentence="Whole numbers 0..255 are divided without a rest: nearly every pixel "
                    "becomes 0.",
                    weight=6.0,
                    line=operation.line,
                    fix="astype('float32') before the division, and / in place of //",
                )
                return


def _answers_class_shares(
    loss: Curve | None,
    val_loss: Curve | None,
    val_accuracy: Curve | None,
    data: DataSummary | None,
    classes: int | None,
) -> bool:
    if loss is None or val_loss is None or val_accuracy is None or not classes or classes < 2:
        return False
    n = min(len(loss), len(val_loss), len(val_accuracy))
    if n < LEAST_EPOCHS or np.ptp(val_accuracy.values[1:]) != 0:
        return False
    counts = np.asarray((data.class_counts if data else ()) or (1,) * classes, dtype=float)
    shares = counts[counts > 0] / counts.sum()
    entropy = -float((shares * np.log(shares)).sum())
    both = np.concatenate([loss.values[1:n], val_loss.values[1:n]])
    return bool(np.all(np.abs(both - entropy) < SAME * entropy + SAME))


def _open(recipe: Recipe | None) -> bool:
    """Return whether no layer can be silent as a whole, which would look the same."""
    if recipe is None or not recipe.layers:
        return False
    weighted = [layer for layer in recipe.layers if layer.kind in WEIGHTED]
    return len(weighted) < 2 or (recipe.backbone is not None and len(weighted) == 1)


_SILENT = Recipe(layers=(Layer(kind="Dense", units=4, activation="softmax"),))


def _answering(rng: np.random.Generator) -> Run:
    level = flat(12, at=float(np.log(4)), noise=0.0005)
    same = flat(12, at=0.25, noise=0.0)
    drawn = with_curves(classes=4, loss=level, val_loss=level, val_accuracy=same)(rng)
    return replace(drawn, recipe=_SILENT, data=DataSummary(n_classes=4, n_val=200))


RULE = Rule(
    code="FD316",
    check=inputs_constant,
    kind="cause",
    severity="error",
    prior=0.005,
    explains={"constant_output": 0.6, "never_learned": 0.6},
    advice="cast to float32 before dividing",
    clear="no integer division of pixels is shown",
    clear_with=("script",),
    any_of=("script", "val_accuracy"),
    asks={
        "pixel_range": {
            "0_to_1": 0.02,
            "-1_to_1": 0.02,
            "0_to_255": 0.02,
            "standardised": 0.02,
            "constant": 0.92,
        },
    },
    sick=(
        _answering,
        with_script(
            python_2=True, feeds=(feeding("train", ("cast", "uint8"), ("scale", 1 / 255)),)
        ),
        with_script(feeds=(feeding("train", ("floor_divide", 255)),)),
        with_script(feeds=(feeding("train", ("scale", 1 / 255), ("scale", 1), ("cast", "uint8")),)),
    ),
    healthy=(
        with_script(feeds=(feeding("train", ("cast", "uint8"), ("scale", 1 / 255)),)),
        *(
            with_script(feeds=(feeding("train", ("scale", 1 / 255), *back, ("cast", "uint8")),))
            for back in ((("scale", 255),), (("scale", 255.0),), (("scale", 2), ("scale", 127.5)))
        ),
    ),
)
