"""Which recipes, on which seeds, looked at when."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from fitdoctor.errors import RecipeError
from fitdoctor.interventions import all_interventions
from fitdoctor.records.experiment import Experiment
from fitdoctor.records.finding import Prescription
from fitdoctor.records.recipe import Layer, Recipe

LOOKS = (5, 8, 12, 20)
MOST_PAIRS = 200


def first_that_applies(
    cause: str,
    prescriptions: Sequence[Prescription],
    control: Recipe,
    *,
    pairs: int = 5,
    smallest_difference: float = 0.02,
) -> Experiment:
    """Pair `control` with the first prescription that changes it.

    Looks are taken at 5, 8, 12 and 20 pairs as far as `pairs` goes, and at `pairs` itself.
    """
    if not 2 <= pairs <= MOST_PAIRS:
        raise RecipeError(f"seeds={pairs}: a paired experiment takes 2 to {MOST_PAIRS} seeds")
    # Both arms train the same number of epochs unless the remedy itself is about stopping: what
    # early stopping reads off the validation set would else favour the noisier arm.
    steady = replace(control, patience=0, layers=tuple(map(_unmeasured, control.layers)))
    for prescription in prescriptions:
        intervene = all_interventions()[prescription.intervention]
        treated = intervene(steady, **prescription.arguments)
        if treated != steady:
            return Experiment(
                cause=cause,
                prescription=prescription,
                control=steady,
                treated=treated,
                looks=looks(pairs),
                smallest_difference=smallest_difference,
            )
    names = ", ".join(p.intervention for p in prescriptions)
    raise RecipeError(f"{cause}: {names} would change nothing in this recipe, so it is not there")


def looks(pairs: int) -> tuple[int, ...]:
    """Return the numbers of pairs at which to judge.

    >>> looks(5), looks(10), looks(20)
    ((5,), (5, 8, 10), (5, 8, 12, 20))
    """
    return (*(look for look in LOOKS if look < pairs), pairs)


def _unmeasured(layer: Layer) -> Layer:
    """Return the layer without what was seen of it, which need not hold in the treated arm."""
    return replace(layer, input_shape=None, output_shape=None, parameters=None)
