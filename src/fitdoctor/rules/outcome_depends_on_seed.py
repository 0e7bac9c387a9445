"""The same training sometimes works and sometimes does not.

## Why it matters
One run then proves nothing, neither for a setting nor against it. Initial weights and the order of
the images are two separate dice; either can decide.

## How it is measured
Either the asker says so: some runs are stuck (at the share given, if one is), others are not. Or
from three or more runs that differ in their seeds only: some end at chance (no further above it
than the scatter of so few images), others well above; the success rate is given with its exact
interval. Or the outcomes fall into two groups with a gap of ten points or more that one kind of
outcome would hardly show (simulated, 1 %). Runs that end thirty points apart need no number of
classes.

## What to try
Run the recipe on several seeds and look at all of them (`fitdoctor prove` does, in pairs). Then
remove what makes the start fragile: unscaled inputs, units that die, a rate too high at first.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import repeated, stating
from fitdoctor.records.claim import Claim, Said
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import DataSummary
from fitdoctor.rule import Rule
from fitdoctor.stats.mixture import Split, two_kinds
from fitdoctor.stats.proportions import clopper_pearson

FAR = 0.1
FURTHEST = 0.3


def outcome_depends_on_seed(
    claims: tuple[Claim, ...] | None = None,
    repeats: tuple[float, ...] | None = None,
    classes: int | None = None,
    data: DataSummary | None = None,
) -> Iterator[Evidence]:
    if repeats and classes and len(repeats) >= 3:
        chance = 1 / classes
        n_val = data.n_val if data and data.n_val else 100
        stuck = [r for r in repeats if r <= chance + 3 * (chance * (1 - chance) / n_val) ** 0.5]
        best = max(repeats)
        if stuck and best > chance + 0.5 * (1 - chance):
            rate = clopper_pearson(len(repeats) - len(stuck), len(repeats))
            yield Evidence(
                sentence=f"{len(stuck)} of {len(repeats)} seeds end at chance ({chance:.0%}), the "
                f"best at {best:.0%}: a run succeeds with probability {rate.value:.0%} "
                f"({rate.low:.0%} to {rate.high:.0%}).",
                estimate=rate,
                weight=5.0,
            )
        elif split := _of_two_kinds(repeats):
            yield Evidence(
                sentence=f"{split.lower} of {len(repeats)} seeds end below {split.boundary:.0%}, "
                "the others well above it, with nothing between.",
                p_value=split.p_value,
                weight=3.0,
                severity="note",
            )
    elif repeats and len(repeats) >= 3 and max(repeats) - min(repeats) > FURTHEST:
        yield Evidence(
            sentence=f"{len(repeats)} runs end between {min(repeats):.0%} and {max(repeats):.0%}: "
            "no validation set is so small that this were its noise.",
            weight=3.5,
        )
    for said in claims or ():
        if said.predicate == "outcome_varies":
            level = f" (at {said.value:.0%})" if said.value is not None else ""
            yield Evidence(
                sentence=f"You write: some runs work, others are stuck{level}: "
                f"\u201c{said.sentence}\u201d",
                weight=4.0,
            )


def _of_two_kinds(repeats: tuple[float, ...]) -> Split | None:
    split = two_kinds(repeats)
    if split is None or split.p_value > 0.01:
        return None
    ordered = sorted(repeats)
    return split if ordered[split.lower] - ordered[split.lower - 1] > FAR else None


RULE = Rule(
    code="FD110",
    check=outcome_depends_on_seed,
    kind="symptom",
    severity="warning",
    clear="repeated runs end alike",
    clear_with=("repeats",),
    asks={
        "other_seed": {"yes": 0.02, "no": 0.98},
    },
    denied_by=(Said("results_differ_each_time", negated=True),),
    sick=(
        repeated(0.5, 0.96, 0.49, 0.9, 0.5),
        stating("outcome_varies", 0.5, "sometimes it fits, other times it is stuck at 50 %"),
    ),
    healthy=(
        repeated(0.93, 0.96, 0.95, 0.9, 0.94),
        stating("n_classes", 2, "there are 2 classes"),
    ),
)
