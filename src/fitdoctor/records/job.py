"""Somebody's script as one arm of an experiment, and what a trial of it measured."""

from __future__ import annotations

from typing import Literal

import msgspec

from fitdoctor.records.finding import Prescription
from fitdoctor.records.written import Numbers

ScoredOn = Literal["validation", "evaluate", "training"]
"""The images an outcome is measured on: those that `fit` validates on, those that the script hands
to `evaluate` afterwards, or those that it was trained on, where there are no others. Of a loop of
PyTorch the first are what is measured beside training in each epoch, the second what is measured
behind the last."""


class Looped(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was seen of a loop of PyTorch when it was recorded."""

    epochs: int
    """Epochs that were trained: a trial ends with what is measured behind the last of them."""
    inputs: Numbers | None = None
    """What the network was given in training."""
    labels: Numbers | None = None
    loss: str = ""
    """By the name that recipes have for it."""


class Job(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A script, how it is executed, and what is changed where its values pass."""

    script: str
    """Its absolute path: a Python file or a notebook."""
    arguments: tuple[str, ...] = ()
    folder: str
    """The working directory."""
    digest: str
    """Names the contents of the script: a script that was changed is another one."""
    treatment: Prescription | None = None
    """The one change, made as values reach `fit`; `None` leaves the script as it is."""
    fit: int = 1
    """Which call of `fit` is the training, counted from 1; those before it run as they are."""
    epochs: int | None = None
    """The most epochs of each training, in both arms; `None` trains as many as the script says."""
    loop: Looped | None = None
    """What trains is a loop of PyTorch; `None` where it is `fit` of Keras."""
    scored_on: ScoredOn = "validation"
    classes: bool = True
    """Whether classes are learned; else numbers."""
    seed: int | None = None
    """Draws the initial weights and the dropout masks, keyed by the path of each."""
    order_seed: int | None = None
    """Draws the order of the training images. Data and split are the same for all seeds."""

    @property
    def outcome(self) -> str:
        """The name of what is measured.

        >>> Job(script="", folder="", digest="", classes=False, scored_on="training").outcome
        'r2'
        """
        prefix = {"validation": "val_", "evaluate": "test_", "training": ""}[self.scored_on]
        return prefix + ("accuracy" if self.classes else "r2")


class Measured(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one execution of a `Job` showed."""

    outcome: str = ""
    """`val_accuracy`, `test_accuracy` or `accuracy`; `..._r2`, the share of the variance that is
    explained, where numbers are learned. All in inference mode, by weights after the last epoch."""
    value: float | None = None
    failure: str | None = None
    """What ended the training, or made its result no number: an outcome, and the worst one."""
    refused: str | None = None
    """Why this was no trial at all: the script did not reach its training, or nothing changed."""
    changed: str = ""
    """What the treatment changed, in words."""
    rows: int | None = None
    """Images that were scored."""
    counts: tuple[int, ...] = ()
    """Of each class among them."""
    seconds: float = 0.0
    """From the beginning of the process to the result."""
