"""Optimizers, one row each: their names, and the learning rates that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, Literal

import msgspec

Version = Literal["keras 2.2", "keras 2.3", "keras 3"]
"""The last version of Keras of which defaults hold: 2.2 and before, `tf.keras` 2, and 3."""


class Optimizer(msgspec.Struct, frozen=True, kw_only=True):
    """An algorithm that updates weights."""

    name: str
    """The class of Keras."""
    also: tuple[str, ...] = ()
    """Other classes and strings of Keras and TensorFlow 1 that mean it."""
    options: tuple[str, ...] = ()
    """What options of training programs call it, in small letters."""
    written: str = ""
    """How people write it, without regard to case; the name where nothing stands here."""
    defaults: Mapping[Version, float] = {}
    """Learning rates of Keras where none is given."""
    usual: float = 1e-3
    """The learning rate at which it is mostly used."""
    least: float = 0.0
    """Below it hardly anything moves within a hundred epochs."""
    steps: Literal["by the gradient", "by the rate", "by the weights"] = "by the rate"
    """What says how far a weight moves in an update; by the rate: as in Adam, about as far as the
    learning rate, whatever the gradient; by the weights: a share of their size."""
    averages_squares: bool = True
    """It divides by a moving average of squared gradients."""


def _all(rate: float) -> Mapping[Version, float]:
    return {"keras 2.2": rate, "keras 2.3": rate, "keras 3": rate}


OPTIMIZERS: Final[tuple[Optimizer, ...]] = (
    Optimizer(
        name="SGD", also=("sgd", "GradientDescentOptimizer", "MomentumOptimizer"),
        options=("sgd", "momentum", "nesterov", "nag"), defaults=_all(0.01), usual=1e-2, least=2e-4,
        steps="by the gradient", averages_squares=False,
    ),
    Optimizer(
        name="AdamW", options=("adamw", "adamw_torch", "adamw_hf", "adamw_torch_fused"),
        defaults={"keras 2.3": 0.001, "keras 3": 0.001},
    ),
    Optimizer(
        name="Adamax", options=("adamax",),
        defaults={"keras 2.2": 0.002, "keras 2.3": 0.001, "keras 3": 0.001},
    ),
    Optimizer(
        name="Adam", also=("adam", "AdamOptimizer"), options=("adam",), defaults=_all(0.001)
    ),
    Optimizer(
        name="Nadam", options=("nadam",),
        defaults={"keras 2.2": 0.002, "keras 2.3": 0.001, "keras 3": 0.001},
    ),
    Optimizer(
        name="RMSprop", also=("rmsprop", "RMSProp", "RMSPropOptimizer"),
        options=("rmsprop", "rmsproptf"), written="RMS-?prop", defaults=_all(0.001),
    ),
    Optimizer(
        name="Adagrad", also=("adagrad",), options=("adagrad",), written="Ada-?grad",
        defaults={"keras 2.2": 0.01, "keras 2.3": 0.001, "keras 3": 0.001}, usual=1e-2, least=0.005,
        steps="by the gradient", averages_squares=False,
    ),
    Optimizer(
        name="Adadelta", also=("adadelta",), options=("adadelta",), written="Ada-?delta",
        defaults={"keras 2.2": 1.0, "keras 2.3": 0.001, "keras 3": 0.001}, usual=1.0, least=0.05,
        steps="by the gradient",
    ),
    Optimizer(
        name="Ftrl", defaults={"keras 2.3": 0.001, "keras 3": 0.001}, usual=1e-1, least=0.02,
        steps="by the gradient", averages_squares=False,
    ),
    Optimizer(
        name="Lion", options=("lion",), written=r"Lion(?=\(| optimi[sz]er)",
        defaults={"keras 2.3": 1e-4, "keras 3": 0.001}, usual=1e-4, averages_squares=False,
    ),
    Optimizer(
        name="Adafactor", options=("adafactor",), defaults={"keras 2.3": 0.001, "keras 3": 0.001},
        steps="by the weights",
    ),
    Optimizer(
        name="Lamb", written=r"Lamb(?=\(| optimi[sz]er)", defaults={"keras 3": 0.001},
        steps="by the weights",
    ),
    Optimizer(
        name="Muon", written=r"Muon(?=\(| optimi[sz]er)", defaults={"keras 3": 0.001},
        steps="by the weights", averages_squares=False,
    ),
)  # fmt: skip
NAMES: Final = frozenset(o.name for o in OPTIMIZERS)
ALIASES: Final[Mapping[str, str]] = {alias: o.name for o in OPTIMIZERS for alias in o.also}
OPTIONS: Final[Mapping[str, str]] = {option: o.name for o in OPTIMIZERS for option in o.options}
OF_KERAS_1: Final = frozenset(o.name for o in OPTIMIZERS if "keras 2.2" in o.defaults)
OF_KERAS_2: Final = frozenset(o.name for o in OPTIMIZERS if "keras 2.3" in o.defaults)
WRITTEN: Final = "|".join(o.written or o.name for o in OPTIMIZERS)
"""How people write them: a regular expression without a group that counts."""
USUAL_RATE: Final = 1e-3
"""The rate of one that is not known, which is Adam's."""


@cache
def optimizer(name: str | None) -> Optimizer | None:
    """Return the row of an optimizer by its class or one of its other names, in any case."""
    key = (name or "").lower().replace("-", "")
    named = ALIASES.get(name or "", OPTIONS.get(key, ""))
    return next((o for o in OPTIMIZERS if o.name == named or o.name.lower() == key), None)


def usual_rate(name: str | None) -> float:
    """Return the learning rate at which an optimizer is mostly used."""
    known = optimizer(name)
    return known.usual if known is not None else USUAL_RATE


def default_rate(name: str | None, version: Version | None = None) -> float | None:
    """Return the learning rate that Keras takes where none is given.

    Without a version: the rate that all versions share which have the optimizer, or `None`.
    """
    known = optimizer(name)
    if known is None:
        return None
    if version is not None:
        return known.defaults.get(version)
    shared = set(known.defaults.values())
    return shared.pop() if len(shared) == 1 else None


def moves_by_rate(name: str | None) -> bool:
    """Return whether an update moves a weight by about the learning rate, as Adam's does.

    What is not known does not.
    """
    known = optimizer(name)
    return known is not None and known.steps == "by the rate"


def moves_by_gradient(name: str | None) -> bool:
    """Return whether an update is known to grow with the gradient, as that of SGD does."""
    known = optimizer(name)
    return known is not None and known.steps == "by the gradient"


def averages_squares(name: str | None) -> bool:
    """Return whether an optimizer divides by a moving average of squared gradients."""
    known = optimizer(name)
    return known is not None and known.averages_squares
