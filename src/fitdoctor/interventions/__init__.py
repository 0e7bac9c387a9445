"""Edits of a recipe, one plain function each: Recipe in, Recipe out, grouped by theme.

Every parameter after the recipe has a default, so that an intervention can be prescribed by name.
An intervention that cannot change the recipe given returns it unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from msgspec.structs import replace

from fitdoctor.functions import functions_of
from fitdoctor.records.finding import Prescription
from fitdoctor.records.recipe import Layer, Recipe

Intervention = Callable[..., Recipe]
TURNS: Mapping[str, Mapping[str, int]] = {
    "raise_learning_rate": {"learning rate": 1},
    "lower_learning_rate": {"learning rate": -1},
    "train_longer": {"epochs": 1},
    "stop_early": {"epochs": -1},
    "add_dropout": {"dropout": 1},
    "remove_dropout": {"dropout": -1},
    "lower_dropout": {"dropout": -1},
    "unfreeze_backbone": {"trained backbone": 1},
    "scale_inputs": {"scaling": 1},
}
"""Intervention -> what it turns, and in which direction; opposite turns contradict each other."""


@cache
def all_interventions() -> dict[str, Intervention]:
    """Every public function of this package's modules, by name."""
    return functions_of(__name__, __path__)


def as_control(recipe: Recipe) -> Recipe:
    """Return the recipe as an experiment trains it: all epochs, layers without measured shapes.

    Early stopping reads the validation set and would favour the noisier arm; what was measured of a
    layer need not hold in the treated arm.
    """
    return replace(recipe, patience=0, layers=tuple(map(_unmeasured, recipe.layers)))


def effective(
    prescriptions: Sequence[Prescription], control: Recipe
) -> Iterator[tuple[Prescription, Recipe]]:
    """Yield each prescription that changes the control, with the treated recipe."""
    for prescription in prescriptions:
        treated = all_interventions()[prescription.intervention](control, **prescription.arguments)
        if treated != control:
            yield prescription, treated


def _unmeasured(layer: Layer) -> Layer:
    return replace(layer, input_shape=None, output_shape=None, parameters=None)
