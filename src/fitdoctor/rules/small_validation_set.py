"""The validation set is too small to show the differences that are looked for.

## Why it matters
On 100 images at 80 % two runs must differ by eleven points before the difference means anything.
Early stopping, checkpoints and every comparison then follow the dice.

## How it is measured
The number of validation images, as stated, counted, or read off the digits of the accuracies
(they are near k / n for one n). This is a note below 400 images.

## What to try
Validate on more images, or by cross-validation; compare settings over several seeds.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import with_data
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Curve, DataSummary
from fitdoctor.rule import Rule
from fitdoctor.stats.proportions import smallest_visible_change, wilson

FEW, TINY, MANY = 400, 30, 2000


def small_validation_set(
    data: DataSummary,
    val_accuracy: Curve | None = None,
    claims: tuple[Claim, ...] | None = None,
) -> Iterator[Evidence]:
    if stated(claims, "validation_better") and val_accuracy is None:
        return
    if data.n_val is None or data.n_val >= FEW or data.n_val < 1:
        return
    level = 0.8
    if val_accuracy is not None and 0 <= val_accuracy.values[-1] <= 1:
        level = float(val_accuracy.values[-1])
    differ = stated(claims, "results_differ_each_time", "val_fluctuates")
    interval = wilson(level, data.n_val)
    least = smallest_visible_change(level, data.n_val)
    origin = data.origins.get("n_val")
    if data.n_val < TINY:
        weight = 5.0 if differ else 2.5
    else:  # above a hundred images it blurs comparisons; it is seldom what went wrong
        weight = 2.0 if data.n_val < 100 or differ else -0.5
    yield Evidence(
        sentence=f"{data.n_val} validation images{f' ({origin})' if origin else ''}: an accuracy "
        f"of {level:.0%} is known to {interval.low:.0%} - {interval.high:.0%}, and two runs must "
        f"differ by {100 * least:.0f} points to be told apart."
        + (f" You write: \u201c{differ.sentence}\u201d" if differ else ""),
        estimate=interval,
        weight=weight,
        effect=least,
    )


RULE = Rule(
    code="FD401",
    check=small_validation_set,
    kind="cause",
    severity="note",
    least_effect=0.03,
    effect_of="all images, between two runs,",
    prior=0.03,
    excluded=lambda run: bool(run.data and (run.data.n_val or 0) >= MANY),
    explains={"validation_spikes": 0.3},
    advice="validate on at least 400 images, or by cross-validation",
    clear="the validation set is large enough, or its size is not known",
    clear_with=("n_val",),
    budget=1.0,
    asks={
        "validation_images": {"below_100": 0.89, "100_to_1000": 0.09, "above_1000": 0.02},
    },
    sick=(with_data(n_val=63), with_data(n_val=200)),
    healthy=(with_data(n_val=2000),),
)
