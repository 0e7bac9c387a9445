"""A compiled network that is trained again from other seeds.

Tracing the steps of a network takes longer than a short training of it, and nothing in them depends
on a seed: initial weights, the states of random layers and the optimizer's memory are variables.
"""

from __future__ import annotations

from msgspec.structs import replace

from fitdoctor.records.recipe import Recipe
from fitdoctor.training.assembly import build
from fitdoctor.training.phase import loop_of
from fitdoctor.training.prepare import Prepared
from fitdoctor.training.probing.prober import Passes
from fitdoctor.training.started import keras

IMAGES = ("inputs", "labels", "train", "val")


class Reused:
    """One network with its compiled steps, for all trainings that differ in seeds only."""

    def __init__(self, ready: Prepared) -> None:
        self._ready = ready
        self._fresh = True
        self.model = build(ready)
        self.loop = loop_of(self.model, ready)
        self.passes = Passes(self.model)
        memory = self.model.optimizer.variables
        self._before = [(v, keras.ops.convert_to_numpy(v).copy()) for v in memory]

    def serves(self, ready: Prepared) -> bool:
        """Return whether this network can train these images by this recipe.

        Other backends than TensorFlow make the optimizer's variables within the first step.
        """
        same = all(getattr(ready, name) is getattr(self._ready, name) for name in IMAGES)
        recipe = but_for_seeds(ready) == but_for_seeds(self._ready)
        return keras.backend.backend() == "tensorflow" and same and recipe

    def begin(self, ready: Prepared) -> None:
        """Bring all variables to what they are in a network that is built for these seeds."""
        if self._fresh and ready.recipe.seed == self._ready.recipe.seed:
            self._fresh = False
            return
        self._fresh = False
        for variable, wanted in zip(self.model.variables, build(ready).variables, strict=True):
            variable.assign(wanted)
        for variable, value in self._before:
            variable.assign(value)


def but_for_seeds(ready: Prepared) -> Recipe:
    """Return the recipe with seeds that are the same for all of its trainings."""
    return replace(ready.recipe, seed=0, order_seed=0)
