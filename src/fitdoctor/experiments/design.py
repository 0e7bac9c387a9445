"""Which recipes, on which seeds, and how many at most."""

from __future__ import annotations

from collections.abc import Sequence

from fitdoctor.errors import RecipeError
from fitdoctor.interventions import as_control, effective
from fitdoctor.records.experiment import ALPHA, PAIRS, Experiment
from fitdoctor.records.finding import Prescription
from fitdoctor.records.job import Job
from fitdoctor.records.recipe import Recipe
from fitdoctor.stats.sequential import LOOKS


def first_that_applies(
    cause: str,
    prescriptions: Sequence[Prescription],
    control: Recipe,
    *,
    pairs: int = PAIRS,
    smallest_difference: float = 0.02,
) -> Experiment:
    """Pair `control` with the first prescription that changes it.

    `pairs` is the most to train; at which numbers of pairs it is judged does not depend on it.
    """
    if not 2 <= pairs <= LOOKS[-1]:
        raise RecipeError(f"seeds={pairs}: a paired experiment takes 2 to {LOOKS[-1]} seeds")
    steady = as_control(control)
    for prescription, treated in effective(prescriptions, steady):
        return Experiment(
            cause=cause,
            prescription=prescription,
            control=steady,
            treated=treated,
            pairs=pairs,
            smallest_difference=smallest_difference,
        )
    names = ", ".join(p.intervention for p in prescriptions)
    raise RecipeError(f"{cause}: {names} would change nothing in this recipe, so it is not there")


def on_script(
    cause: str,
    prescription: Prescription,
    control: Job,
    treated: Job,
    *,
    outcome: str,
    pairs: int = PAIRS,
    smallest_difference: float = 0.02,
    alpha: float = ALPHA,
) -> Experiment:
    """Pair a script with itself, one thing changed; `alpha` is its share of the error rate."""
    if not 2 <= pairs <= LOOKS[-1]:
        raise RecipeError(f"seeds={pairs}: a paired experiment takes 2 to {LOOKS[-1]} seeds")
    return Experiment(
        cause=cause,
        prescription=prescription,
        jobs=(control, treated),
        pairs=pairs,
        outcome=outcome,
        smallest_difference=smallest_difference,
        alpha=alpha,
    )
